"""The space of valid requests as the analyses see it: variables, their classes, and who admits what.

A variable is an attribute, or one element of a set. The classes of a string attribute are the combinations of its
literals, patterns and samples that some string satisfies, so any choice of one class for each variable is a request.
Where these are too many, ``searched`` has the attribute: its parts are variables of their own, and only what a search
has found (joint_search.py) is a request.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from functools import cached_property

from interlock.compiler.bits import bits, union
from interlock.compiler.language import TooComplex
from interlock.compiler.string_variables import Dimensions, Listed, Searched
from interlock.compiler.strings import Atom, Strings
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
    """The variables of a table."""

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
        """The strings of attributes of which a class is a combination that some string satisfies."""
        self.searched: list[Searched] = []
        """The other attributes of type string."""
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
                self._add_string(attribute)
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

    def _add_string(self, attribute: p.Attribute) -> None:
        dimensions, first = Dimensions(self.table, attribute), len(self.variables)
        try:
            listed = Listed(dimensions)
        except TooComplex:
            self._add_searched(attribute, dimensions)
            return
        self.strings[attribute.name] = listed.strings
        self._by_dimension |= {i: (first, there) for i, there in listed.members.items()}
        self._add(Variable(attribute, None, listed.rows, listed.quiet, (), tuple(listed.atoms)))

    def _add_searched(self, attribute: p.Attribute, dimensions: Dimensions) -> None:
        searched = Searched(dimensions, len(self.variables))
        self.searched.append(searched)
        for v, i, row in zip(
            searched.variables,
            (dimensions.main_at, *dimensions.pairs),
            searched.rows(dimensions, self.table),
            strict=True,
        ):
            self._by_dimension[i] = (v, None)
            classes = range(len(row))
            # No string is like anything, or named, until something asks for it.
            quiet = reversed(classes) if v != searched.main else sorted(classes, key=lambda c: c < searched.other)
            self.variables.append(Variable(attribute, None, row, tuple(quiet)))
        self.index[attribute.name, None] = searched.main

    def where(self, conjunct: Iterable[tuple[int, int]]) -> dict[int, int]:
        """The classes that a conjunct (dimensions and the classes it admits) leaves, by variable."""
        admitted: dict[int, int] = {}
        for i, classes in conjunct:
            v, members = self._by_dimension[i]
            there = classes
            if members is not None:
                if (i, classes) not in self._unions:
                    self._unions[i, classes] = union(members[class_] for class_ in bits(classes))
                there = self._unions[i, classes]
            admitted[v] = admitted[v] & there if v in admitted else there
        for strings in self.searched:
            if not admitted.keys().isdisjoint(strings.variables):
                admitted[strings.main] = strings.narrowed(admitted)
        return admitted

    def variable_of(self, dimension: int) -> int:
        """The variable of a dimension of the table."""
        return self._by_dimension[dimension][0]

    def classes_of(self, dimension: int, class_: int) -> int:
        """The classes of that variable that a class of the dimension consists of."""
        members = self._by_dimension[dimension][1]
        return 1 << class_ if members is None else members[class_]

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

    @cached_property
    def units(self) -> list[tuple[int, ...]]:
        """The variables that only make sense together: one, or all of an attribute that is ``searched``."""
        first = {v: strings.main for v, strings in self.parts.items()}
        return [
            self.parts[v].variables if v in self.parts else (v,)
            for v in range(len(self.variables))
            if first.get(v, v) == v
        ]

    def ordinary(self, unit: tuple[int, ...]) -> list[dict[int, int]]:
        """A few choices of classes for the variables of a unit, the most ordinary first."""
        if unit[0] in self.parts:
            return self.parts[unit[0]].ordinary
        return [{unit[0]: class_} for class_ in self.variables[unit[0]].quiet[:4]]

    @cached_property
    def parts(self) -> dict[int, Searched]:
        """By variable the attribute that is ``searched``, for variables of one."""
        return {v: strings for strings in self.searched for v in strings.variables}

    def value(self, v: int, assignment: Mapping[int, int]) -> p.Scalar | None:
        """An example of the class of a variable: a value, or ABSENT. For an element of a set: whether it is in.
        Raises ``Incomplete``."""
        variable, class_ = self.variables[v], assignment[v]
        type_ = variable.attribute.type
        if variable.element is not None:
            return class_ == 0
        if v in self.parts:
            return self.parts[v].text(assignment)
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
                return self.strings[variable.attribute.name].example(variable.atoms[class_])
            case _:
                lo, hi = variable.intervals[class_]
                # The boundary that matters: a threshold, which is the end of the first interval and the
                # start of every other one.
                return hi if class_ == 0 and len(variable.intervals) > 1 else lo

    def request(
        self, assignment: Mapping[int, int], values: Mapping[int, p.Scalar | None] | None = None
    ) -> dict[str, object]:
        """An assignment as a request, absent attributes and defaults left out. ``values`` has, by variable,
        values to use instead of the examples. Raises ``Incomplete``."""
        request: dict[str, object] = {}
        sets: dict[str, list[str]] = {}
        for v, variable in enumerate(self.variables):
            name = variable.attribute.name
            if variable.element is not None:
                sets.setdefault(name, [])
                if assignment[v] == 0:
                    sets[name].append(variable.element)
                continue
            if v in self.parts and self.parts[v].main != v:
                continue
            value = values[v] if values and v in values else self.value(v, assignment)
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


def _other(values: Sequence[str]) -> str:
    """A value of an open enum that is none of those declared."""
    return next(name for name in ("other", *(f"other-{n}" for n in range(len(values) + 1))) if name not in values)
