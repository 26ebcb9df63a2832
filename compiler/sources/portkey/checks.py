"""What is wrong with a Portkey configuration as it is written: keys, and values that its schema does not take."""

from __future__ import annotations

import json
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

from interlock.compiler.source_findings import misplaced_key, misread_value, refused_configuration, repeated_key
from interlock.compiler.sources.document import Mapping, Node, Scalar, Sequence, written_twice
from interlock.compiler.sources.keys import check_keys
from interlock.compiler.sources.portkey.config import number, start_of
from interlock.compiler.sources.portkey.demands import REFUSED, check_demands, is_host
from interlock.dsl.finding import Finding, Related
from interlock.dsl.nearest import nearest
from interlock.dsl.source import Span

MODES = ("single", "loadbalance", "fallback", "conditional")
CACHES = ("simple", "semantic")
_IGNORED = "Portkey ignores it"


@cache
def known_keys() -> dict[str, Any]:
    """The keys that Portkey knows, with the types of those that it checks, and the providers."""
    found: dict[str, Any] = json.loads(Path(__file__).with_name("keys.json").read_text("utf-8"))
    return found


def check_text(root: Mapping) -> Iterator[Finding]:
    """Findings about keys and values."""
    for lost, kept in written_twice(root):
        message = f"`{lost.value}` is written twice: what stands here is lost"
        related = (Related("this one counts", kept.span),)
        yield Finding(repeated_key.KIND, message, lost.span, "merge the two, or remove one", related)
    yield from _target(root, None)


def _target(node: Mapping, outer: str | None) -> Iterator[Finding]:
    """Findings about a target and all within it. ``outer`` is the mode that chooses it."""
    known = known_keys()
    where = "the configuration" if outer is None else "a target"
    strategy, retry, cache_ = node.mapping("strategy"), node.mapping("retry"), node.mapping("cache")
    yield from check_keys(node, where, known["target"], _places("target"), _IGNORED)
    yield from check_keys(strategy, "`strategy`", known["strategy"], _places("strategy"), _IGNORED)
    yield from check_keys(retry, "`retry`", known["retry"], _places("retry"), _IGNORED)
    yield from check_keys(cache_, "`cache`", known["cache"], _places("cache"), _IGNORED)
    for entry in strategy.list("conditions"):
        if isinstance(entry, Mapping):
            yield from check_keys(entry, "a condition", known["condition"], _places("condition"), _IGNORED)
    yield from _values(node, where, known["target"])
    yield from check_demands(node, start_of(node))
    mode = strategy.text("mode")
    yield from _unused(node, strategy, mode, outer)
    for item in node.list("targets"):
        if isinstance(item, Mapping):
            yield from _target(item, mode or "")


def _unused(node: Mapping, strategy: Mapping, mode: str | None, outer: str | None) -> Iterator[Finding]:
    """Keys that do nothing for the mode they stand with."""
    for key, modes in (("on_status_codes", "fallback"), ("conditions", "conditional"), ("default", "conditional")):
        found = strategy.key(key)
        if found is not None and mode in MODES and mode != modes:
            message = f"`{key}` has no effect with the mode `{mode}`"
            yield Finding(misplaced_key.KIND, message, found.span, f"it is read with the mode `{modes}`")
    weight = node.key("weight")
    if weight is not None and outer is not None and outer != "loadbalance" and node.get("weight") is not None:
        message = "`weight` has no effect here: these targets are not load-balanced"
        yield Finding(misplaced_key.KIND, message, weight.span, "remove it, or set the mode `loadbalance`")
    if mode is not None:
        for key in ("provider", "api_key", "virtual_key"):
            found = node.key(key)
            if found is not None:
                message = f"`{key}` has no effect beside `strategy`: targets do not inherit it"
                yield Finding(misplaced_key.KIND, message, found.span, f"write `{key}` in each target")


def _values(node: Mapping, where: str, types: dict[str, str]) -> Iterator[Finding]:
    """Values that the schema refuses."""
    for key, value in node.items:
        name = str(key.value)
        if name in types:
            yield from _value(value, name, types[name], where)


def _value(value: Node, name: str, type_: str, where: str) -> Iterator[Finding]:
    known = known_keys()
    if type_ in ("strategy", "retry", "cache", "object"):
        if not isinstance(value, Mapping):
            yield _refused(f"`{name}` of {where} is no object", value, f'write `"{name}": {{…}}`')
        elif type_ != "object":
            required = {"strategy": "mode", "retry": "attempts", "cache": "mode"}[type_]
            if value.key(required) is None:
                yield _refused(f"`{name}` has no `{required}`", value, f"add `{required}`")
            yield from _values(value, f"`{name}`", known[type_])
    elif type_ in ("targets", "conditions", "objects", "guardrails", "numbers", "strings"):
        yield from _list(value, name, type_, where)
    elif type_ == "query" and not isinstance(value, Mapping):
        yield _refused("`query` is no object", value, 'write `"query": {"metadata.KEY": "VALUE"}`')
    elif type_ not in ("any", "query"):
        yield from _scalar(value, name, type_, where)


def _list(value: Node, name: str, type_: str, where: str) -> Iterator[Finding]:
    if not isinstance(value, Sequence):
        yield _refused(f"`{name}` of {where} is no list", value, f'write `"{name}": […]`')
        return
    for item in value.items:
        if type_ == "numbers":
            if number(item) is None:
                yield _refused(f"there is no number in `{name}`", item, f'write `"{name}": [429, 500, 529]`')
        elif type_ == "strings":
            if not (isinstance(item, Scalar) and isinstance(item.value, str)):
                yield _refused(f"there is no text in `{name}`", item, "write a text in quotes")
        elif type_ == "guardrails" and isinstance(item, Scalar) and isinstance(item.value, str):
            continue
        elif not isinstance(item, Mapping):
            yield _refused(f"there is something in `{name}` that is no object", item, "write `{…}`")
        elif type_ == "conditions":
            for key in ("query", "then"):
                if item.key(key) is None:
                    yield _refused(f"a condition has no `{key}`", item, f"add `{key}`")
            yield from _values(item, "a condition", known_keys()["condition"])


def _scalar(value: Node, name: str, type_: str, where: str) -> Iterator[Finding]:
    said = value.value if isinstance(value, Scalar) else None
    if type_ == "number":
        if number(value) is None:
            yield _refused(f"`{name}` of {where} is no number", value, f'write it without quotes: `"{name}": 1`')
        elif name == "weight" and (number(value) or 0) < 0:
            message, help_ = "a weight below zero makes Portkey choose no target", "write 0 or more"
            yield Finding(misread_value.KIND, message, value.span, help_)
    elif type_ == "boolean":
        if not isinstance(said, bool):
            yield _refused(f"`{name}` of {where} is neither true nor false", value, "write `true` or `false`")
    elif not isinstance(said, str):
        yield _refused(f"`{name}` of {where} is no text", value, f'write it in quotes: `"{name}": "…"`')
    elif type_ in ("mode", "cache mode"):
        choices = MODES if type_ == "mode" else CACHES
        if said not in choices:
            yield _refused(f"`{said}` is no `mode` of {where}", value, _nearest(said, choices))
    elif type_ == "provider":
        # What starts with `@` is one of the model catalog, which the hosted gateway has.
        if said not in known_keys()["providers"] and not said.startswith("@"):
            yield _refused(
                f"`{said}` is no provider that Portkey knows", value, _nearest(said, known_keys()["providers"])
            )
    elif type_ == "host" and said and not is_host(said):
        yield _refused("`custom_host` is no URL that Portkey takes", value, "write `https://HOST/…`")


def _nearest(said: str, known: tuple[str, ...] | list[str]) -> str:
    close = nearest(said, known)
    if close is not None:
        return f"did you mean `{close}`?"
    return f"there are {', '.join(known)}" if len(known) < 8 else "look up how Portkey spells it"


def _refused(message: str, node: Node, help_: str) -> Finding:
    return Finding(refused_configuration.KIND, f"{message}: {REFUSED}", first_line(node.span), help_)


def first_line(span: Span) -> Span:
    """The first line of a place: all of a target is too much to point at."""
    end = span.source.text.find("\n", span.start, span.end)
    return span if end < 0 else Span(span.source, span.start, end)


@cache
def _places(section: str) -> dict[str, str]:
    """Where keys are read that are often written one level too high or too low."""
    known = known_keys()
    found = dict.fromkeys(known["parameters"], "`override_params`")
    found |= dict.fromkeys(known["target"], "a target") if section != "target" else {}
    found |= dict.fromkeys(("max_age",), "`cache`")
    found |= dict.fromkeys(("attempts", "use_retry_after_header"), "`retry`")
    found |= dict.fromkeys(("query", "then"), "an entry of `conditions`")
    found |= dict.fromkeys(("mode", "on_status_codes", "conditions", "default"), "`strategy`")
    return {key: place for key, place in found.items() if key not in known[section]}
