"""From the JSON of a table's ``attributes`` to ``Attribute``s: each field checked, each row looked up."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from .hashing import murmur3_x86_32
from .shape import (
    TableError,
    boolean,
    choice,
    distinct,
    fields,
    index,
    integer,
    items,
    rising,
    text,
    text_or_null,
)
from .spec import (
    Attribute,
    BoolAttribute,
    Element,
    EnumAttribute,
    IntAttribute,
    Pattern,
    Row,
    Sample,
    SetAttribute,
    StringAttribute,
)

_COMMON = ("name", "type", "optional", "default", "stability", "error", "source")
_FURTHER = {
    "bool": ("false", "true", "absent"),
    "int": ("lo", "hi", "cuts", "rows", "absent"),
    "enum": ("enum", "open", "values", "rows", "other", "absent"),
    "string": ("literals", "rows", "other", "absent", "patterns", "samples"),
    "set": ("enum", "open", "values", "elements"),
}


def attributes(value: Any, rows: Sequence[Row]) -> tuple[Attribute, ...]:
    """The attributes of a table. Raises ``TableError``."""
    found = items(value, "attributes", lambda item, where: _attribute(item, where, _Rows(rows)))
    rising([attribute.name for attribute in found], "attributes", "names")
    return found


class _Rows:
    """Looks rows up by index."""

    def __init__(self, rows: Sequence[Row]) -> None:
        self.rows = rows

    def row(self, value: Any, where: str) -> Row:
        return self.rows[index(value, where, len(self.rows), "rows")]

    def if_so(self, so: bool, value: Any, where: str, when: str) -> Row | None:
        """A row if ``so``, else None; ``when`` says when that is."""
        if so != (value is not None):
            raise TableError(f"{where}: must be {'a row' if so else 'null'}; it is a row exactly {when}")
        return self.row(value, where) if so else None

    def pair(self, item: dict[str, Any], where: str) -> tuple[Row, Row]:
        return self.row(item["holds"], f"{where}.holds"), self.row(item["fails"], f"{where}.fails")


def _attribute(value: Any, where: str, rows: _Rows) -> Attribute:
    if type(value) is not dict:
        raise TableError(f"{where}: must be an object")
    if "type" not in value:
        raise TableError(f"{where}: field 'type' is missing")
    kind = choice(value["type"], f"{where}.type", tuple(_FURTHER))
    item = fields(value, where, _COMMON + _FURTHER[kind])
    text(item["name"], f"{where}.name")
    optional = boolean(item["optional"], f"{where}.optional")
    choice(item["stability"], f"{where}.stability", ("per session", "rising", "per turn"))
    if item["error"] is not None:
        integer(item["error"], f"{where}.error", 0)
    if item["source"] is not None:
        source = fields(item["source"], f"{where}.source", ("kind", "name"))
        choice(source["kind"], f"{where}.source.kind", ("header", "body", "metadata", "gateway"))
        text(source["name"], f"{where}.source.name")
    if kind == "set":
        if optional:
            raise TableError(f"{where}.optional: must be false for a set")
        return _set(item, where, rows)
    absent = rows.if_so(
        optional and item["default"] is None,
        item["absent"],
        f"{where}.absent",
        "where the attribute is optional and has no default",
    )
    return _SCALARS[kind](item, where, rows, absent)


def _bool(item: dict[str, Any], where: str, rows: _Rows, absent: Row | None) -> Attribute:
    return BoolAttribute(
        name=item["name"],
        default=None if item["default"] is None else boolean(item["default"], f"{where}.default"),
        false=rows.row(item["false"], f"{where}.false"),
        true=rows.row(item["true"], f"{where}.true"),
        absent=absent,
    )


def _int(item: dict[str, Any], where: str, rows: _Rows, absent: Row | None) -> Attribute:
    lo = integer(item["lo"], f"{where}.lo")
    hi = integer(item["hi"], f"{where}.hi", lo)
    cuts = items(item["cuts"], f"{where}.cuts", lambda cut, at: integer(cut, at, lo + 1, hi))
    rising(cuts, f"{where}.cuts", "cuts")
    return IntAttribute(
        name=item["name"],
        default=None if item["default"] is None else integer(item["default"], f"{where}.default", lo, hi),
        lo=lo,
        hi=hi,
        cuts=cuts,
        rows=items(item["rows"], f"{where}.rows", rows.row, len(cuts) + 1),
        absent=absent,
    )


def _values(item: dict[str, Any], where: str) -> tuple[bool, tuple[str, ...]]:
    """Whether an enum is open, and its values."""
    text_or_null(item["enum"], f"{where}.enum")
    values = items(item["values"], f"{where}.values", text)
    distinct(values, f"{where}.values", "values")
    return boolean(item["open"], f"{where}.open"), values


def _enum(item: dict[str, Any], where: str, rows: _Rows, absent: Row | None) -> Attribute:
    is_open, values = _values(item, where)
    default = text_or_null(item["default"], f"{where}.default")
    if default is not None and not is_open and default not in values:
        raise TableError(f"{where}.default: must be one of the values", "bounds")
    return EnumAttribute(
        name=item["name"],
        default=default,
        values=values,
        rows=items(item["rows"], f"{where}.rows", rows.row, len(values)),
        other=rows.if_so(is_open, item["other"], f"{where}.other", "in an open enum"),
        absent=absent,
    )


def _string(item: dict[str, Any], where: str, rows: _Rows, absent: Row | None) -> Attribute:
    literals = items(item["literals"], f"{where}.literals", text)
    rising(literals, f"{where}.literals", "literals")
    return StringAttribute(
        name=item["name"],
        default=text_or_null(item["default"], f"{where}.default"),
        literals=literals,
        rows=items(item["rows"], f"{where}.rows", rows.row, len(literals)),
        other=rows.row(item["other"], f"{where}.other"),
        absent=absent,
        patterns=items(item["patterns"], f"{where}.patterns", lambda value, at: _pattern(value, at, rows)),
        samples=items(item["samples"], f"{where}.samples", lambda value, at: _sample(value, at, rows)),
    )


def _pattern(value: Any, where: str, rows: _Rows) -> Pattern:
    item = fields(value, where, ("pieces", "holds", "fails"))
    pieces = items(item["pieces"], f"{where}.pieces", text)
    if len(pieces) < 2:
        raise TableError(f"{where}.pieces: must have at least 2 items, has {len(pieces)}")
    return Pattern(pieces, *rows.pair(item, where))


def _sample(value: Any, where: str, rows: _Rows) -> Sample:
    item = fields(value, where, ("salt", "seed", "below", "holds", "fails"))
    salt = text_or_null(item["salt"], f"{where}.salt")
    seed = integer(item["seed"], f"{where}.seed", 0, 2**32 - 1)
    if seed != (0 if salt is None else murmur3_x86_32(salt.encode(), 0)):
        raise TableError(f"{where}.seed: is not the salt's")
    below = integer(item["below"], f"{where}.below", 0, 10_000)
    return Sample(salt, seed, below, *rows.pair(item, where))


def _set(item: dict[str, Any], where: str, rows: _Rows) -> Attribute:
    is_open, values = _values(item, where)
    default = None if item["default"] is None else items(item["default"], f"{where}.default", text)
    if default is not None and not is_open and not set(default) <= set(values):
        raise TableError(f"{where}.default: may hold only the values", "bounds")
    elements = items(item["elements"], f"{where}.elements", lambda value, at: _element(value, at, rows))
    rising([element.value for element in elements], f"{where}.elements", "values")
    return SetAttribute(
        name=item["name"],
        default=default,
        # A set of strings is written as one of an open enum that has neither name nor values.
        enum=bool(values) or not is_open or item["enum"] is not None,
        values=None if is_open else values,
        elements=elements,
    )


def _element(value: Any, where: str, rows: _Rows) -> Element:
    item = fields(value, where, ("value", "holds", "fails"))
    return Element(text(item["value"], f"{where}.value"), *rows.pair(item, where))


_SCALARS: dict[str, Callable[[dict[str, Any], str, _Rows, Row | None], Attribute]] = {
    "bool": _bool,
    "int": _int,
    "enum": _enum,
    "string": _string,
}
