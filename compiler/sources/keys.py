"""Keys that a gateway does not know, or not where they stand."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping

from interlock.compiler.source_findings import misplaced_key, unknown_key
from interlock.compiler.sources import document
from interlock.dsl.finding import Finding
from interlock.dsl.nearest import nearest


def check_keys(
    mapping: document.Mapping,
    where: str,
    known: Collection[str],
    elsewhere: Mapping[str, str],
    effect: str,
    *,
    counts: Callable[[str], bool] = lambda key: True,
) -> Iterator[Finding]:
    """What is wrong with the keys of a mapping: ``where`` is its name for people, ``elsewhere`` says by key in which
    other place the gateway reads it, ``effect`` what it does with a key it does not know. Keys that do not ``count``
    are passed over."""
    for key, _ in mapping.items:
        name = str(key.value)
        if name in known or name.startswith("x-") or not counts(name):
            continue
        if name in elsewhere:
            message = f"`{name}` has no effect in {where}"
            yield Finding(misplaced_key.KIND, message, key.span, f"it is read in {elsewhere[name]}: move it there")
            continue
        close = nearest(name, [*known, *elsewhere])
        if close is not None and close in elsewhere and close not in known:
            help_ = f"did you mean `{close}`, in {elsewhere[close]}?"
        elif close is not None:
            help_ = f"did you mean `{close}`?"
        else:
            help_ = "remove it, or look up how this version spells it"
        yield Finding(unknown_key.KIND, f"unknown key `{name}` in {where}: {effect}", key.span, help_)
