"""From an attribute's ``from`` clause, or a pointer that the user gives, to its value in an entry of a log."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from interlock.compiler.traffic.entry import Entry
from interlock.compiler.traffic.values import at_pointer, reader, steps
from interlock.dsl.policy import Attribute
from interlock.dsl.record import record

Take = Callable[[Entry], object]


@record
class Taker:
    """``where`` in the policy's words: ``header "x-region"``, or ``log "/metadata/team"`` for a pointer of the user's.
    ``take`` is None where nothing says where to look; ``kind`` is that of the clause."""

    attribute: str
    kind: str | None
    where: str
    take: Take | None


def takers(attributes: Mapping[str, Attribute], pointers: Mapping[str, str]) -> list[Taker]:
    """How to find each attribute; ``pointers`` are JSON pointers into the log's records, by attribute, and win.
    Raises ``ValueError`` for one that is none, or that is for no attribute."""
    for name in pointers:
        if name not in attributes:
            raise ValueError(f"the policy declares no attribute `{name}`")
    return [_taker(attribute, pointers.get(name)) for name, attribute in attributes.items()]


def _taker(attribute: Attribute, pointer: str | None) -> Taker:
    found = _pointed(pointer) if pointer is not None else _sourced(attribute)
    if found is None:
        return Taker(attribute.name, None, "nothing", None)
    kind, name, find = found
    read = reader(attribute.type)
    return Taker(attribute.name, kind, f'{kind} "{name}"', lambda entry: read(find(entry)))


def _pointed(pointer: str) -> tuple[str, str, Take]:
    path = steps(pointer)
    return "log", pointer, lambda entry: at_pointer(entry.raw, path)


def _sourced(attribute: Attribute) -> tuple[str, str, Take] | None:
    if attribute.source is None:
        return None
    kind, name = attribute.source
    if kind == "header":
        lower = name.lower()
        return kind, name, lambda entry: entry.header(lower)
    if kind == "body":
        try:
            path = steps(name)
        except ValueError:
            return kind, name, lambda _: None
        return kind, name, lambda entry: at_pointer(entry.body(), path)
    if kind == "metadata":
        return kind, name, lambda entry: entry.metadata(name)
    return kind, name, lambda entry: entry.gateway(name)
