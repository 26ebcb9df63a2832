"""Conditions that hold for other requests than they say."""

from __future__ import annotations

import math
from collections.abc import Iterator

from interlock.compiler.source_findings import ignored_condition, misread_value, unknown_key
from interlock.compiler.sources.document import Mapping, Node, Scalar, Sequence
from interlock.compiler.sources.portkey.conditions import (
    COMPARE,
    OPERATORS,
    evaluate,
    is_wrong,
    key_of,
    kind_of,
    parse_float,
    text_of,
)
from interlock.compiler.sources.portkey.formulas import FALSE, TRUE
from interlock.dsl.finding import Finding, Related
from interlock.dsl.nearest import nearest
from interlock.dsl.source import Span

_OF_KEYS = tuple(operator for operator in OPERATORS if operator not in ("$and", "$or"))
_TYPES = {
    **dict.fromkeys(("model", "user"), "string"),
    **dict.fromkeys(("max_tokens", "max_completion_tokens", "temperature", "top_p", "n", "seed"), "number"),
    "stream": "bool",
}
"""What parameters of a request are, whatever they are compared with."""
_SAID = {"string": "a text", "number": "a number", "bool": "true or false", "null": "null"}


def check_query(query: Node) -> Iterator[Finding]:
    """Findings about a query and all within it."""
    if not isinstance(query, Mapping):
        return
    end: Scalar | None = None
    for key, value in query.items:
        name = str(key.value)
        if end is not None:
            help_ = f"put it before `{end.value}`, or write both in one `$and`"
            yield _unread(f"`{name}`", key, end, help_)
            continue
        if name in ("$or", "$and"):
            if isinstance(value, Sequence):
                for item in value.items:
                    yield from check_query(item)
                end = key
            else:
                message = f"`{name}` takes a list: this never holds"
                yield _ignored(message, key.span, f'write `"{name}": [{{…}}, {{…}}]`')
            continue
        yield from _key(key, value)


def _key(key: Scalar, value: Node) -> Iterator[Finding]:
    name = str(key.value)
    found = key_of(name)
    if found is None:
        holds = evaluate(Mapping(((key, value),), key.span)).holds  # no choice, so never too much
        outcome = {TRUE: "it always holds", FALSE: "it never holds"}.get(holds, "it is not asked")
        yield _ignored(f"`{name}` never has a value: {outcome}", key.span, _meant(name))
    elif name.count(".") > 1:
        message = f"`{name}` is read as `{found.shown}`: the first two parts count alone"
        yield _ignored(message, key.span, f"send it as one key, `{found.section}.{'_'.join(name.split('.')[1:])}`")
    if isinstance(value, Sequence):
        message = f"`{name}` is compared with a list: a request that comes to it is answered with an error"
        yield Finding(misread_value.KIND, message, value.span, 'write `{"$in": […]}`')
    elif isinstance(value, Mapping):
        yield from _operators(name, value)
    elif found is not None:
        yield from _types(name, (value,))


def _operators(name: str, operators: Mapping) -> Iterator[Finding]:
    end: Scalar | None = None
    if not operators.items:
        message = f"`{name}` is compared with nothing: it always holds"
        yield _ignored(message, operators.span, "write an operator, such as `$eq`")
    for key, wanted in operators.items:
        operator = str(key.value)
        if end is not None:
            yield _unread(f"`{operator}`", key, end, f"put it before `{end.value}`")
        elif operator not in _OF_KEYS:
            message = f"unknown operator `{operator}`: a request that comes to it is answered 400"
            close = nearest(operator if operator.startswith("$") else f"${operator}", _OF_KEYS)
            help_ = f"did you mean `{close}`?" if close else f"there are {', '.join(_OF_KEYS)}"
            if operator in ("$and", "$or", "$not"):
                help_ = "`$and` and `$or` stand in the place of a key, each with a list of queries"
            yield Finding(unknown_key.KIND, message, key.span, help_, level="error")
        else:
            yield from _operator(name, operator, wanted)
        if operator == "$regex":
            end = end or key


def _operator(name: str, operator: str, wanted: Node) -> Iterator[Finding]:
    if operator in ("$in", "$nin"):
        if not isinstance(wanted, Sequence):
            message = f"`{operator}` takes a list: this never holds"
            yield _ignored(message, wanted.span, f'write `{{"{operator}": […]}}`')
        elif key_of(name) is not None:
            yield from _types(name, tuple(item for item in wanted.items if isinstance(item, Scalar)))
    elif operator in COMPARE:
        if math.isnan(parse_float(text_of(wanted))):
            message = f"`{operator}` compares numbers, and this is none: it never holds"
            yield _ignored(message, wanted.span, "write a number")
    elif operator == "$regex":
        if is_wrong(text_of(wanted)):
            message = "this is no regular expression of JavaScript: it never matches"
            help_ = "correct it; for both cases write `[Pp]ro`, as there is no `(?i)`"
            yield _ignored(message, wanted.span, help_)
    elif not isinstance(wanted, Scalar):
        outcome = "never" if operator == "$eq" else "always"
        message = f"`{operator}` compares single values: this {outcome} holds"
        yield _ignored(message, wanted.span, 'write one value, or `{"$in": […]}`')
    elif key_of(name) is not None:
        yield from _types(name, (wanted,))


def _types(name: str, values: tuple[Scalar, ...]) -> Iterator[Finding]:
    """Values that are compared with what is of another type. Metadata are texts: Portkey's own service takes no other
    values."""
    key = key_of(name)
    assert key is not None
    expected = "string" if key.section != "params" else _TYPES.get(key.name)
    for value in values:
        kind = kind_of(value.value)
        if expected is not None and kind not in (expected, "null"):
            what = "metadata are texts" if key.section == "metadata" else f"`{name}` is {_SAID[expected]}"
            message = f"`{text_of(value)}` is {_SAID[kind]}, and {what}: they are never equal"
            text = text_of(value)
            help_ = f'write `"{text}"`' if expected == "string" else f"write it without quotes: `{text}`"
            yield Finding(misread_value.KIND, message, value.span, help_, level="warning")


def _meant(name: str) -> str:
    section, _, rest = name.partition(".")
    if section == "headers" and rest:
        return f"send it in `x-portkey-metadata`, and ask for `metadata.{rest}`"
    if section == "url":
        return "did you mean `url.pathname`?"
    close = nearest(section, ("metadata", "params"))
    if close is not None and rest:
        return f"did you mean `{close}.{rest}`?"
    if not rest and section in _TYPES:
        return f"did you mean `params.{section}`?"
    return f"did you mean `metadata.{rest or section}`? there are `metadata.KEY`, `params.KEY` and `url.pathname`"


def _unread(what: str, key: Scalar, end: Scalar, help_: str) -> Finding:
    message = f"{what} is not looked at: `{end.value}` before it decides"
    return Finding(ignored_condition.KIND, message, key.span, help_, (Related("this decides", end.span),))


def _ignored(message: str, span: Span, help_: str) -> Finding:
    return Finding(ignored_condition.KIND, message, span, help_)
