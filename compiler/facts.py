"""What the analyses share about one table: which columns some request reaches, and how."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import cached_property
from typing import NamedTuple

from interlock.compiler import joint_search
from interlock.compiler.automaton import Hop
from interlock.compiler.homes import Slots
from interlock.compiler.joint_search import Parts
from interlock.compiler.lower import Classes, classes_of, lower
from interlock.compiler.progress import Progress, silent
from interlock.compiler.search import Candidate, Incomplete, Search
from interlock.compiler.settings import DEFAULTS, Settings
from interlock.compiler.space import Assignment, Space
from interlock.compiler.string_variables import Searched
from interlock.compiler.table import Table
from interlock.dsl.finding import Severity
from interlock.dsl.load import Program
from interlock.dsl.policy import CLASSES, Expr
from interlock.dsl.source import Span

MAX_STEPS = 20_000
"""Choices one search may try before the analysis says so (S504)."""


class Undecided(NamedTuple):
    """Something that no search decided: where, what (as in "whether …"), the limit it met, and what to write instead.
    What could not be found decides how bad that is."""

    span: Span
    what: str
    limit: str
    help: str
    level: Severity


class Facts:
    """One table and what has been found out about it, computed when first asked for."""

    def __init__(
        self,
        table: Table,
        program: Program | None = None,
        settings: Settings = DEFAULTS,
        progress: Progress = silent,
    ) -> None:
        """Takes any table, and the program it comes from where what was written matters."""
        self.table = table
        self.progress = progress
        self._also: tuple[Expr, ...] = ()
        self._program = program
        self.settings = settings
        self._candidates: dict[tuple[int, int], list[Candidate]] = {}  # by variable and classes
        self.policy = table.policy
        self.incomplete: set[int] = set()
        """Rules (indices) whose search hit its limit; -1 for the search past the last rule."""
        self.undecided: list[Undecided] = []
        """What other searches did not decide."""
        self.at_stake: Severity = "error"
        """How bad what the analysis at work looks for would be."""

    @property
    def program(self) -> Program:
        """What was written: the main file and the modules it imports."""
        assert self._program is not None  # the analyses always have it
        return self._program

    def give_up(self, span: Span, what: str, limit: str, help_: str) -> None:
        """Take down what the analysis at work does not decide; it becomes a finding of its own (S504)."""
        self.undecided.append(Undecided(span, what, limit, help_, "error" if self.at_stake == "error" else "warning"))

    def including(self, predicates: Iterable[Expr]) -> Facts:
        """The facts about the same policy with classes fine enough for ``predicates``, so that ``where`` takes
        them. Columns are numbered alike."""
        also = (*self._also, *predicates)
        table, _ = lower(self.policy, also)
        assert table is not None  # finer classes make no more columns
        if table.dimensions == self.table.dimensions:
            self._also = also
            self.__dict__.pop("_classes", None)
            return self
        finer = Facts(table, self._program, self.settings)
        finer._also = also
        finer.undecided, finer.at_stake = self.undecided, self.at_stake
        return finer

    @cached_property
    def _classes(self) -> Classes:
        return classes_of(self.policy, self._also)

    def where(self, expr: Expr) -> list[dict[int, int]]:
        """A predicate over classes that the table tells apart, as alternatives: for each, by variable that it
        constrains, the classes it admits. Those that no request satisfies are left out. Raises ``TooMany`` and
        ``Incomplete``."""
        alternatives = (self.space.where(conjunct) for conjunct in self._classes.conjuncts(expr))
        return [admitted for admitted in alternatives if self.can_be(admitted)]

    def can_be(self, admitted: dict[int, int]) -> bool:
        """Whether some request meets ``admitted`` (classes by variable). Raises ``Incomplete``."""
        return all(admitted.values()) and all(
            self._strings_within(admitted, [strings]) is not None
            for strings in self.space.searched
            if not admitted.keys().isdisjoint(strings.variables)
        )

    def _strings_within(self, admitted: dict[int, int], searched: Sequence[Searched]) -> dict[int, int] | None:
        variables = {v: self.candidates(v, admitted) for strings in searched for v in strings.variables}
        return self.run(Search(MAX_STEPS), variables, 0)

    def run(self, search: Search, variables: Mapping[int, Sequence[Candidate]], columns: int) -> dict[int, int] | None:
        """What ``search.run`` gives, as far as some request has these classes. All variables of a ``unit`` of the space
        are there or none. Raises ``Incomplete``."""
        strings = [Parts(searched) for searched in self.space.searched if searched.main in variables]
        return joint_search.run(search, variables, columns, strings)

    def place(self, span: Span) -> Span:
        """A span of the main file as it is; instead of one of an imported file, the policy's name."""
        return span if span.source is self.policy.span.source else self.policy.span

    @cached_property
    def space(self) -> Space:
        """The space of valid requests."""
        return Space(self.table)

    @cached_property
    def slots(self) -> Slots:
        """The Maglev entries that values of sticky attributes fall on."""
        return Slots(self.space)

    @cached_property
    def columns_of(self) -> list[list[int]]:
        """The columns of each rule."""
        columns: list[list[int]] = [[] for _ in self.policy.rules]
        for number, column in enumerate(self.table.columns):
            columns[column.rule].append(number)
        return columns

    @cached_property
    def possible(self) -> int:
        """The columns that some request satisfies, taken alone; also those of which that is not known (``incomplete``
        then has the rule)."""
        columns = 0
        for number, admitted in enumerate(self.space.admitted):
            try:
                columns |= self.can_be(admitted) << number
            except Incomplete:
                self.incomplete.add(self.table.columns[number].rule)
                columns |= 1 << number
        return columns

    @cached_property
    def _unions(self) -> list[dict[int, int]]:
        return [{} for _ in self.space.variables]

    def overlapping(self, admitted: dict[int, int]) -> int:
        """The possible columns that some request meeting ``admitted`` satisfies too."""
        columns = self.possible
        for v, classes in admitted.items():
            known = self._unions[v]
            if classes not in known:
                union = 0
                rows = self.space.variables[v].rows
                left = classes
                while left:
                    union |= rows[(left & -left).bit_length() - 1]
                    left &= left - 1
                known[classes] = union
            columns &= known[classes]
        return columns

    @cached_property
    def _meets(self) -> list[dict[int, int]]:
        return [{} for _ in self.space.variables]

    def certain(self, admitted: dict[int, int]) -> int:
        """The possible columns that every request meeting ``admitted`` satisfies too."""
        columns = self.possible
        for v, variable in enumerate(self.space.variables):
            if not columns:
                break
            classes = admitted.get(v, self.space.full[v])
            known = self._meets[v]
            if classes not in known:
                meet = self.possible
                left = classes
                while left:
                    meet &= variable.rows[(left & -left).bit_length() - 1]
                    left &= left - 1
                known[classes] = meet
            columns &= known[classes]
        return columns

    def candidates(self, v: int, admitted: dict[int, int]) -> list[Candidate]:
        """The classes of a variable that ``admitted`` leaves, the most ordinary first, with their rows."""
        variable = self.space.variables[v]
        key = v, admitted.get(v, self.space.full[v])
        if key not in self._candidates:
            self._candidates[key] = [(c, variable.rows[c]) for c in variable.quiet if key[1] >> c & 1]
        return self._candidates[key]

    def avoid(
        self, admitted: dict[int, int], columns: int, search: Search | None = None
    ) -> tuple[Assignment | None, int]:
        """A complete assignment within ``admitted`` (classes by variable) that satisfies none of ``columns``;
        or None and a set of them that cannot be avoided. ``search``: one whose steps are shared with other
        searches. Raises ``Incomplete``."""
        lost = columns & self.certain(admitted)  # quick to see, and the most common reason
        if lost:
            return None, lost & -lost
        columns &= self.overlapping(admitted)
        search = search or Search(MAX_STEPS)
        variables = {v: self.candidates(v, admitted) for v in range(len(self.space.variables))}
        found = self.run(search, variables, columns)
        if found is None:
            return None, search.core
        return self.complete(found, admitted), 0

    def complete(self, found: Assignment, admitted: dict[int, int]) -> Assignment:
        """A partial assignment (what a search has found, or nothing) with the most ordinary admitted class wherever
        it leaves the choice. Raises ``Incomplete``."""
        missing = [strings for strings in self.space.searched if strings.main not in found]
        if missing:
            strings = self._strings_within(admitted, missing)
            if strings is None:
                raise Incomplete
            found = {**found, **strings}
        return {
            v: found[v] if v in found else self.candidates(v, admitted)[0][0] for v in range(len(self.space.variables))
        }

    @cached_property
    def reached(self) -> list[Assignment | None]:
        """For each column an assignment that it decides, or None where there is none (or where the search
        hit its limit; ``incomplete`` then has the rule)."""
        reached: list[Assignment | None] = []
        for number, admitted in enumerate(self.space.admitted):
            self.progress("what reaches each rule", number, len(self.space.admitted))
            assignment = None
            if self.possible >> number & 1:
                try:
                    assignment, _ = self.avoid(admitted, (1 << number) - 1)
                except Incomplete:
                    self.incomplete.add(self.table.columns[number].rule)
            reached.append(assignment)
        return reached

    @cached_property
    def unmatched(self) -> Assignment | None:
        """An assignment that no column admits, or None."""
        try:
            return self.avoid({}, self.table.all_columns)[0]
        except Incomplete:
            self.incomplete.add(-1)
            return None

    def rule_is_reached(self, rule: int) -> bool:
        """Whether some request is decided by this rule."""
        return any(self.reached[n] is not None for n in self.columns_of[rule])

    def simplest(
        self, assignment: Assignment, holds: Callable[[Assignment], bool], fixed: Iterable[int] = ()
    ) -> Assignment:
        """The assignment with as many variables as possible at their most ordinary class, ``holds`` kept."""
        kept = dict(assignment)
        frozen = set(fixed)
        for unit in self.space.units:
            if not frozen.isdisjoint(unit):
                continue
            for choice in self.space.ordinary(unit):
                if all(kept[v] == class_ for v, class_ in choice.items()):
                    break
                if holds({**kept, **choice}):
                    kept.update(choice)
                    break
        return kept

    def request_for(self, column: int) -> dict[str, object] | None:
        """A request that a column decides, or None."""
        found = self.reached[column]
        if found is None:
            return None
        return self.space.request(self.simplest(found, lambda a: self.space.first_column(a) == column))

    @cached_property
    def reached_states(self) -> dict[int, tuple[int, tuple[int, ...]]]:
        """Every state some request can reach, with a column that leads to a walk there and the classes of
        the walk (a shortest one), as indices into CLASSES."""
        found: dict[int, tuple[int, tuple[int, ...]]] = {}
        queue: list[int] = []
        for number, column in enumerate(self.table.columns):
            if self.reached[number] is not None and column.state not in found:
                found[column.state] = (number, ())
                queue.append(column.state)
        for state in queue:  # grows while it is read: breadth first
            there = self.table.automaton.states[state]
            if isinstance(there, Hop):
                number, walk = found[state]
                for class_, after in enumerate(there.next):
                    if after is not None and after not in found:
                        found[after] = (number, (*walk, class_))
                        queue.append(after)
        return found

    def pools_along(self, state: int, classes: Sequence[int]) -> tuple[str, ...]:
        """The pools of a walk from a state, the first included."""
        states = self.table.automaton.states
        at: int | None = state
        pools = []
        for class_ in (*classes, None):
            here = states[at] if at is not None else None
            if not isinstance(here, Hop):
                break
            pools.append(here.pool)
            at = here.next[class_] if class_ is not None else None
        return tuple(pools)


def class_names(classes: Iterable[int]) -> tuple[str, ...]:
    """The names of error classes given as indices."""
    return tuple(CLASSES[c] for c in classes)
