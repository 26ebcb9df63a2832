"""Requests as they stand in a file of requests: an object or row each, with attributes and facts as its keys."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from interlock.compiler.traffic.entry import FACTS, is_facts_key
from interlock.compiler.traffic.values import canonical_time, dollars, reader, tokens
from interlock.dsl.nearest import nearest
from interlock.dsl.policy import Attribute
from interlock.dsl.record import record


@record
class Request:
    """One request: ``file`` is the number of its file and ``line`` where it begins there. ``values`` are those of
    declared attributes, absent ones left out; ``facts`` those of ``FACTS`` that are known."""

    file: int
    line: int
    values: Mapping[str, object]
    facts: Mapping[str, object]


class Odd(Exception):
    """A row that is no request; the message says why."""


Parts = tuple[dict[str, object], dict[str, object], list[str]]


def row_parts(attributes: Mapping[str, Attribute], from_text: bool) -> Callable[[Mapping[str, object]], Parts]:
    """What takes a row apart: into values of declared attributes, facts, and the keys that are neither. ``from_text``:
    cells are texts, read as what their attribute is. It raises ``Odd`` for facts that are none."""
    readers = {name: reader(attribute.type) for name, attribute in attributes.items()}

    def parts(row: Mapping[str, object]) -> Parts:
        values = {key: value for key, value in row.items() if value is not None and key in readers}
        if from_text:
            values = {key: readers[key](value) for key, value in values.items()}
        facts: dict[str, object] = {}
        rest: list[str] = []
        if len(values) < len(row):
            for key, value in row.items():
                if value is None or key in readers:
                    continue
                if is_facts_key(key):
                    facts[key] = _fact(key, value)
                else:
                    rest.append(key)
        return values, facts, rest

    return parts


def _fact(key: str, value: object) -> object:
    if key not in FACTS:
        close = nearest(key, FACTS)
        raise Odd(f"`{key}` is not known" + (f"; did you mean `{close}`?" if close else ""))
    if key == "$at":
        text = canonical_time(value)
        if text is None:
            raise Odd("`$at` must be a time as in RFC 3339")
        return text
    known = dollars(value) if key == "$cost" else tokens(value)
    if known is None or (key == "$count" and not known):
        least = ", 1 at least" if key == "$count" else ""
        what = "an amount of US dollars" if key == "$cost" else f"a whole number{least}"
        raise Odd(f"`{key}` must be {what}")
    return known
