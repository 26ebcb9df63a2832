"""What is wrong with a LiteLLM configuration as it is written: keys, values and names."""

from __future__ import annotations

import json
from collections.abc import Iterator
from functools import cache
from pathlib import Path

from interlock.compiler.source_findings import misread_value, refused_configuration, repeated_key, unknown_key
from interlock.compiler.sources.document import Mapping, Node, Scalar, Sequence, written_twice
from interlock.compiler.sources.keys import check_keys
from interlock.compiler.sources.litellm.config import CONTEXT, IN_BOTH, KINDS
from interlock.dsl.finding import Finding, Related
from interlock.dsl.nearest import nearest
from interlock.dsl.source import Span

_IGNORED = "LiteLLM ignores it"
_SETTINGS = ("router_settings", "litellm_settings", "general_settings")
_MEANT = {"rpm_limit": "rpm", "tpm_limit": "tpm"}
"""Keys of `litellm_params` that are often written for one that decides where requests go."""
_ROUTING = ("order", "weight", "rpm", "tpm", "tags", "timeout", "stream_timeout", "num_retries", "cooldown_time")
"""Keys of `litellm_params` that decide where requests go. All others may be meant for the provider."""


@cache
def known_keys() -> dict[str, list[str]]:
    """The keys that LiteLLM knows, by section."""
    found: dict[str, list[str]] = json.loads(Path(__file__).with_name("keys.json").read_text("utf-8"))
    return found


def check_text(root: Mapping) -> Iterator[Finding]:
    """Findings about keys and values."""
    for lost, kept in written_twice(root):
        message = f"`{lost.value}` is written twice: what stands here is lost"
        related = (Related("this one counts", kept.span),)
        yield Finding(repeated_key.KIND, message, lost.span, "merge the two, or remove one", related)
    yield from _sections(root)
    for entry in root.list("model_list"):
        if isinstance(entry, Mapping):
            yield from _entry(entry)
    for section in ("router_settings", "litellm_settings"):
        settings = root.mapping(section)
        for kind in (*KINDS, "default_fallbacks"):
            value, key = settings.get(kind), settings.key(kind)
            if value is not None and key is not None:
                yield from _fallbacks(kind, value, key.span)
    yield from _choices(root.mapping("router_settings"))


def _sections(root: Mapping) -> Iterator[Finding]:
    known = known_keys()
    everywhere: dict[str, str] = {}
    for section in reversed(_SETTINGS):
        everywhere |= dict.fromkeys(known[section], f"`{section}`")
    yield from check_keys(root, "the top level", known["top"], everywhere, _IGNORED)
    for section in _SETTINGS:
        here = set(known[section])
        if section == "router_settings":
            here |= set(known["router_settings_refused"])
        elif section == "litellm_settings":
            # The router has these from its own section alone, whatever is set here.
            here -= (set(known["router_settings"]) - IN_BOTH - {"set_verbose"}) | {"allowed_fails"}
        elsewhere = {key: place for key, place in everywhere.items() if key not in here}
        yield from check_keys(root.mapping(section), f"`{section}`", here, elsewhere, _IGNORED)
    router = root.mapping("router_settings")
    for name in known["router_settings_refused"]:
        key = router.key(name)
        if key is not None:
            message = f"LiteLLM does not start with `{name}` in `router_settings`"
            yield Finding(refused_configuration.KIND, message, key.span, "move it to `general_settings`")


def _entry(entry: Mapping) -> Iterator[Finding]:
    known = known_keys()
    params = dict.fromkeys(known["litellm_params"], "`litellm_params`")
    yield from check_keys(entry, "an entry of `model_list`", known["model_list_entry"], params, _IGNORED)
    here = entry.mapping("litellm_params")
    yield from check_keys(
        here,
        "`litellm_params`",
        [*known["litellm_params"], *(str(key.value) for key, _ in here.items if not _is_slip(str(key.value)))],
        {},
        "it is passed on to the provider",
    )
    for name, meant in _MEANT.items():
        key = here.key(name)
        if key is not None and here.get(meant) is None:
            message = f"`{name}` in `litellm_params` does not decide where requests go: it is passed on to the provider"
            help_ = f"write `{meant}`, if the router is meant"
            yield Finding(unknown_key.KIND, message, key.span, help_)
    for name in ("order", "weight", "rpm", "tpm", "num_retries"):
        value = here.scalar(name)
        if value is not None and (isinstance(value.value, bool) or not isinstance(value.value, int | float)):
            what = {
                "order": "every request to this group fails where another order is a number",
                "weight": "every request to this group fails",
                "num_retries": "LiteLLM takes it for 0",
            }.get(name, "it counts for nothing")
            message = f"`{name}` is no number: {what}"
            yield Finding(misread_value.KIND, message, value.span, f"write a number without quotes: `{name}: 1`")


def _is_slip(name: str) -> bool:
    return name not in known_keys()["litellm_params"] and nearest(name, _ROUTING) is not None


def _fallbacks(kind: str, value: Node, key: Span) -> Iterator[Finding]:
    shape = f"write `{kind}: [{{GROUP: [OTHER, …]}}, …]`"
    if kind == "default_fallbacks":
        if isinstance(value, Scalar):
            yield _letters(value, f"`{kind}`", f"write `{kind}: [{value.value}]`")
        return
    # Of these lists LiteLLM looks at the shape of all but one.
    kinds = misread_value.KIND if kind == CONTEXT else refused_configuration.KIND
    refusal = "LiteLLM finds nothing in it" if kind == CONTEXT else "LiteLLM does not start"
    if not isinstance(value, Sequence):
        yield Finding(kinds, f"`{kind}` is no list: {refusal}", key, shape)
        return
    for item in value.items:
        if not isinstance(item, Mapping):
            yield Finding(kinds, f"an entry of `{kind}` is no mapping of a group: {refusal}", item.span, shape)
        elif len(item.items) != 1:
            many = "the first only is looked at" if kind == CONTEXT else refusal
            message = f"an entry of `{kind}` has {len(item.items)} groups: {many}"
            yield Finding(kinds, message, item.span, "write one entry for each group, each with its own `-`")
        for group, targets in item.items if isinstance(item, Mapping) else ():
            if isinstance(targets, Scalar) and targets.value is not None:
                yield _letters(
                    targets, f"the fallbacks of `{group.value}`", f"write `{group.value}: [{targets.value}]`"
                )


def _letters(value: Scalar, what: str, help_: str) -> Finding:
    text = str(value.value)
    letters = ", ".join(f"`{letter}`" for letter in text[:3])
    more = ", …" if len(text) > 3 else ""
    message = f"{what}: a text where a list should be is tried letter by letter: {letters}{more}"
    return Finding(misread_value.KIND, message, value.span, help_)


def _choices(router: Mapping) -> Iterator[Finding]:
    known = known_keys()
    strategy = router.scalar("routing_strategy")
    if strategy is not None and strategy.value not in known["routing_strategy"]:
        close = nearest(str(strategy.value), known["routing_strategy"])
        help_ = f"did you mean `{close}`?" if close else f"there are {', '.join(known['routing_strategy'])}"
        message = f"LiteLLM does not start: it has no routing strategy `{strategy.value}`"
        yield Finding(refused_configuration.KIND, message, strategy.span, help_)
    for check in router.list("optional_pre_call_checks"):
        if isinstance(check, Scalar) and check.value not in known["optional_pre_call_checks"]:
            close = nearest(str(check.value), known["optional_pre_call_checks"])
            help_ = f"did you mean `{close}`?" if close else "remove it, or look up how this version spells it"
            message = f"unknown check `{check.value}` in `optional_pre_call_checks`: {_IGNORED}"
            yield Finding(unknown_key.KIND, message, check.span, help_)
