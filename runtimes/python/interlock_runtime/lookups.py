"""What the fast path looks rows up in: one flat tuple for each attribute, grouped by how it is looked up.

Rows are mirrored here: column 0 is the highest bit. So the first column of a mask is told by its
``bit_length`` alone, which is a quarter of the work of ``mask & -mask`` on a row of a thousand columns.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable, Sequence
from typing import Any

from .classify import row_of
from .record import changed, record
from .spec import (
    Attribute,
    BoolAttribute,
    EnumAttribute,
    IntAttribute,
    Row,
    SetAttribute,
    StringAttribute,
)
from .strings import Sets, Strings

_SMALL = 128  # an int of at most so many values is looked up value by value

Missing = Row | None
"""The row when the attribute is missing; None where that is a fault, so that an AND with it raises."""


@record
class Lookups:
    """``exact``: (name, type, row by value, missing). ``ranges``: (name, cuts, rows, missing), where the rows
    beyond both ends are None. ``texts``: (name, row by value, mask of any other, missing). ``sets``: (name,
    mask, missing)."""

    exact: tuple[tuple[str, type, dict[Any, Row], Missing], ...]
    ranges: tuple[tuple[str, tuple[int, ...], tuple[Missing, ...], Missing], ...]
    sets: tuple[tuple[str, Callable[[Row, Any], Row], Missing], ...]
    texts: tuple[tuple[str, dict[str, Row], Callable[[Row, str], Row], Missing], ...]


def lookups(attributes: Sequence[Attribute], columns: int) -> Lookups:
    """The tables of the fast path for ``attributes``, whose rows have ``columns`` columns."""
    mirror = _Mirror(columns)
    exact: list[tuple[str, type, dict[Any, Row], Missing]] = []
    ranges: list[tuple[str, tuple[int, ...], tuple[Missing, ...], Missing]] = []
    sets: list[tuple[str, Callable[[Row, Any], Row], Missing]] = []
    texts: list[tuple[str, dict[str, Row], Callable[[Row, str], Row], Missing]] = []
    for original in attributes:
        attribute = mirror.attribute(original)
        name = attribute.name
        missing = _missing(attribute)
        if isinstance(attribute, BoolAttribute):
            exact.append((name, bool, {False: attribute.false, True: attribute.true}, missing))
        elif isinstance(attribute, IntAttribute):
            if attribute.hi - attribute.lo < _SMALL:
                values = range(attribute.lo, attribute.hi + 1)
                rows = {value: attribute.rows[bisect_right(attribute.cuts, value)] for value in values}
                exact.append((name, int, rows, missing))
            else:
                cuts = (attribute.lo, *attribute.cuts, attribute.hi + 1)
                ranges.append((name, cuts, (None, *attribute.rows, None), missing))
        elif isinstance(attribute, EnumAttribute):
            by_value = dict(zip(attribute.values, attribute.rows, strict=True))
            if attribute.other is None:
                exact.append((name, str, by_value, missing))
            else:
                texts.append((name, by_value, _Others(attribute.other).mask, missing))
        elif isinstance(attribute, StringAttribute):
            strings = Strings(attribute)
            texts.append((name, strings.whole, strings.mask, missing))
        else:
            sets.append((name, Sets(attribute).mask, missing))
    # Texts come last: the fewer columns are left, the more samples need no hash.
    return Lookups(tuple(exact), tuple(ranges), tuple(sets), tuple(texts))


def _missing(attribute: Attribute) -> Missing:
    default = attribute.default
    if isinstance(default, tuple):
        return row_of(attribute, frozenset(default))
    if isinstance(attribute, SetAttribute):
        return row_of(attribute, frozenset())
    if default is None and attribute.absent is None:
        return None
    return row_of(attribute, default)  # of None: a string's patterns and samples fail too


class _Others:
    """The row of the values that an open enum does not list."""

    __slots__ = ("_row",)

    def __init__(self, row: Row) -> None:
        self._row = row

    def mask(self, mask: Row, text: str) -> Row:
        if not text.isascii():
            text.encode()  # raises for a lone surrogate
        return mask & self._row


class _Mirror:
    """Turns rows round, each distinct one once."""

    def __init__(self, columns: int) -> None:
        self._columns = columns
        self._known: dict[Row, Row] = {}

    def row(self, row: Row) -> Row:
        if row not in self._known:
            self._known[row] = int(f"{row:0{self._columns}b}"[::-1], 2)
        return self._known[row]

    def attribute(self, attribute: Attribute) -> Attribute:
        row = self.row
        if isinstance(attribute, SetAttribute):
            elements = tuple(changed(e, holds=row(e.holds), fails=row(e.fails)) for e in attribute.elements)
            return changed(attribute, elements=elements)
        absent = None if attribute.absent is None else row(attribute.absent)
        if isinstance(attribute, BoolAttribute):
            return changed(attribute, false=row(attribute.false), true=row(attribute.true), absent=absent)
        rows = tuple(map(row, attribute.rows))
        if isinstance(attribute, IntAttribute):
            return changed(attribute, rows=rows, absent=absent)
        other = None if attribute.other is None else row(attribute.other)
        if isinstance(attribute, EnumAttribute):
            return changed(attribute, rows=rows, other=other, absent=absent)
        return changed(
            attribute,
            rows=rows,
            other=row(attribute.other),
            absent=absent,
            patterns=tuple(changed(p, holds=row(p.holds), fails=row(p.fails)) for p in attribute.patterns),
            samples=tuple(changed(s, holds=row(s.holds), fails=row(s.fails)) for s in attribute.samples),
        )
