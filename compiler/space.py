"""The space of valid requests as the analyses see it: variables, their classes, and who admits what.

A variable is an attribute, or one element of a set. The classes of a string attribute are the combinations of its
literals, patterns and samples that some string satisfies, so any choice of one class for each variable is a request.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from functools import cached_property

from interlock.compiler.strings import Atom, Strings, TooComplex
from interlock.compiler.table import Main, Pair, Table
from interlock.dsl import policy as p
from interlock.dsl.record import record

ABSENT = None


@record
class Variable:
    """An attribute, or one ``element`` of a set attribute (classes: 0 holds, 1 fails). ``quiet`` has its
    classes with the most ordinary first: what a witness shows unless something else matters."""

    attribute: p.Attribute
    element: str | None
    rows: tuple[int, ...]
    quiet: tuple[int, ...]
    intervals: tuple[tuple[int, int], ...] = ()
    atoms: tuple[Atom, ...] = ()


Assignment = dict[int, int]
"""For each variable (index) the class chosen."""


class Space:
    """The variables of a table. Raises ``TooComplex`` (with the attribute's name) when made."""

    def __init__(self, table: Table) -> None:
        """Takes any table; the rows are its own, regrouped."""
        self.table = table
        self.policy = table.policy
        self.variables: list[Variable] = []
        self._unions: dict[tuple[int, int], int] = {}
        self.index: dict[tuple[str, str | None], int] = {}
        # For each dimension its variable and, for each class, the classes of the variable it consists of
        # (None: the same ones).
        self._by_dimension: dict[int, tuple[int, list[int] | None]] = {}
        self.strings: dict[str, Strings] = {}
        dimensions = list(enumerate(table.dimensions))
        for attribute in self.policy.attributes.values():
            mine = [(i, d) for i, d in dimensions if d.attribute == attribute.name]
            if isinstance(attribute.type, p.SetType):
                for i, d in mine:
                    assert isinstance(d, Pair)
                    assert isinstance(d.what, str)
                    default = attribute.default
                    quiet = (0, 1) if isinstance(default, tuple) and d.what in default else (1, 0)
                    self._by_dimension[i] = (len(self.variables), None)
                    self._add(Variable(attribute, d.what, table.rows[i], quiet))
            elif isinstance(attribute.type, p.StringType):
                self._add_string(attribute, mine)
            else:
                ((i, main),) = mine
                assert isinstance(main, Main)
                self._by_dimension[i] = (len(self.variables), None)
                self._add(Variable(attribute, None, table.rows[i], _quiet(attribute, main), main.intervals))
        self.admitted = [self.where(column.conditions) for column in table.columns]
        """For each column, by variable that it constrains, the bit-set of classes it admits."""

    def _add(self, variable: Variable) -> None:
        self.index[variable.attribute.name, variable.element] = len(self.variables)
        self.variables.append(variable)

    def _add_string(self, attribute: p.Attribute, mine: Sequence[tuple[int, Main | Pair]]) -> None:
        (main_at, main), *pairs = mine
        assert isinstance(main, Main)
        patterns = [(i, d) for i, d in pairs if isinstance(d, Pair) and d.kind == "pattern"]
        samples = [(i, d) for i, d in pairs if isinstance(d, Pair) and d.kind == "sample"]
        try:
            strings = Strings(
                [str(v) for v in main.values],
                [tuple(map(str, d.what)) for _, d in patterns],
                [(d.what[0], int(d.what[1])) for _, d in samples],
            )
        except TooComplex as error:
            raise TooComplex(attribute.name, str(error)) from None
        self.strings[attribute.name] = strings
        atoms = strings.atoms
        absent = len(atoms)
        # The row of an atom is what all its parts admit; an absent string fails every pattern and sample.
        parts: list[list[tuple[int, int]]] = [
            [(main_at, main.listed if atom.literal is None else atom.literal)]
            + [(i, 1 - (atom.patterns >> k & 1)) for k, (i, _) in enumerate(patterns)]
            + [(i, 1 - (atom.samples >> k & 1)) for k, (i, _) in enumerate(samples)]
            for atom in atoms
        ]
        if main.absent:
            parts.append([(main_at, main.size - 1), *((i, 1) for i, _ in pairs)])
        rows = []
        for part in parts:
            row = self.table.all_columns
            for i, class_ in part:
                row &= self.table.rows[i][class_]
            rows.append(row)
        members = {i: [0] * d.size for i, d in mine}
        for number, part in enumerate(parts):
            for i, class_ in part:
                members[i][class_] |= 1 << number
        self._by_dimension |= {i: (len(self.variables), there) for i, there in members.items()}
        free = [n for n, atom in enumerate(atoms) if atom.literal is None]
        free.sort(key=lambda n: (atoms[n].patterns.bit_count() + atoms[n].samples.bit_count(), n))
        named = [n for n, atom in enumerate(atoms) if atom.literal is not None]
        quiet = [*free, *named]
        if attribute.default is not None:
            quiet.insert(0, self._atom_of(atoms, strings, str(attribute.default)))
        if main.absent:
            quiet.insert(0, absent)
        self._add(Variable(attribute, None, tuple(rows), tuple(dict.fromkeys(quiet)), (), tuple(atoms)))

    @staticmethod
    def _atom_of(atoms: Sequence[Atom], strings: Strings, text: str) -> int:
        literal, patterns, samples = strings.classify(text)
        return next(
            n for n, a in enumerate(atoms) if (a.literal, a.patterns, a.samples) == (literal, patterns, samples)
        )

    def where(self, conjunct: Iterable[tuple[int, int]]) -> dict[int, int]:
        """The classes that a conjunct (dimensions and the classes it admits) leaves, by variable."""
        admitted: dict[int, int] = {}
        for i, classes in conjunct:
            v, members = self._by_dimension[i]
            there = classes
            if members is not None:
                if (i, classes) not in self._unions:
                    self._unions[i, classes] = _union(members, classes)
                there = self._unions[i, classes]
            admitted[v] = admitted[v] & there if v in admitted else there
        return admitted

    @cached_property
    def full(self) -> list[int]:
        """For each variable the bit-set of all its classes."""
        return [(1 << len(v.rows)) - 1 for v in self.variables]

    def row(self, assignment: Mapping[int, int]) -> int:
        """The columns that hold for a complete assignment."""
        row = self.table.all_columns
        for v, variable in enumerate(self.variables):
            row &= variable.rows[assignment[v]]
        return row

    def first_column(self, assignment: Mapping[int, int]) -> int | None:
        """The column that decides a complete assignment, or None."""
        row = self.row(assignment)
        return (row & -row).bit_length() - 1 if row else None

    def value(self, v: int, class_: int) -> p.Scalar | None:
        """An example of a class: a value, or ABSENT. For an element of a set: whether it is in."""
        variable = self.variables[v]
        type_ = variable.attribute.type
        if variable.element is not None:
            return class_ == 0
        if variable.attribute.optional and class_ == len(variable.rows) - 1:
            return ABSENT
        default = variable.attribute.default
        if isinstance(default, bool | int | str) and variable.quiet[0] == class_:
            return default
        match type_:
            case p.BoolType():
                return class_ == 1
            case p.EnumType(values=values):
                return values[class_] if class_ < len(values) else _other(values)
            case p.StringType():
                return variable.atoms[class_].example
            case _:
                lo, hi = variable.intervals[class_]
                # The boundary that matters: a threshold, which is the end of the first interval and the
                # start of every other one.
                return hi if class_ == 0 and len(variable.intervals) > 1 else lo

    def request(
        self, assignment: Mapping[int, int], values: Mapping[int, p.Scalar | None] | None = None
    ) -> dict[str, object]:
        """An assignment as a request, absent attributes and defaults left out. ``values`` has, by variable,
        values to use instead of the examples."""
        request: dict[str, object] = {}
        sets: dict[str, list[str]] = {}
        for v, variable in enumerate(self.variables):
            name = variable.attribute.name
            if variable.element is not None:
                sets.setdefault(name, [])
                if assignment[v] == 0:
                    sets[name].append(variable.element)
                continue
            value = values[v] if values and v in values else self.value(v, assignment[v])
            if value is not None and value != variable.attribute.default:
                request[name] = value
        for name, elements in sets.items():
            # A missing set is empty, unless it has a default.
            default = self.policy.attributes[name].default
            if sorted(elements) != sorted(default if isinstance(default, tuple) else ()):
                request[name] = sorted(elements)
        return dict(sorted(request.items()))


def _quiet(attribute: p.Attribute, main: Main) -> tuple[int, ...]:
    order = list(range(main.size))
    if main.absent:
        order = [order[-1], *order[:-1]]
    default = attribute.default
    if default is not None and not isinstance(default, tuple):
        if main.intervals:
            here = next(c for c, (lo, hi) in enumerate(main.intervals) if lo <= int(default) <= hi)
        else:
            here = main.values.index(default)
        order.remove(here)
        order.insert(0, here)
    return tuple(order)


def _union(members: Sequence[int], classes: int) -> int:
    union = 0
    for class_, bits in enumerate(members):
        if classes >> class_ & 1:
            union |= bits
    return union


def _other(values: Sequence[str]) -> str:
    """A value of an open enum that is none of those declared."""
    return next(name for name in ("other", *(f"other-{n}" for n in range(len(values) + 1))) if name not in values)
