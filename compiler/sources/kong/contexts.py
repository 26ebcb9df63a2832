"""That no request can come to a model too small for it, if the models it is sent to first would have taken it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from interlock.compiler.sources.plan import Model, Obligation
from interlock.dsl.model_data import tokens


def obligations(
    sent: Sequence[tuple[str | None, Sequence[str], Sequence[str]]], models: Iterable[Model]
) -> tuple[bool, tuple[Obligation, ...]]:
    """Whether the length of prompts matters at all, and what is required of it.

    ``sent`` has for each rule that sends requests to a pool its predicate, the models that are asked first, and all
    that can be asked. Rules before it may take some of its requests: those that lead elsewhere are none of its
    business, so only rules are looked at whose later models are smaller than the first."""
    contexts = {model.name: model.context for model in models}
    required: list[Obligation] = []
    before: list[str] = []
    for when, first, reached in sent:
        least = _least(contexts, first)
        if least is not None and (rest := _least(contexts, reached)) is not None and rest < least:
            tests = [when] if when is not None else []
            tests += [f"not ({test})" for test in before if not _disjoint(test, when)]
            text = " and ".join([*tests, f"input_tokens <= {tokens(least)}"])
            required.append(Obligation(f"context >= input_tokens when {text}", None))
        if when is not None:
            before.append(when)
    return bool(required), tuple(dict.fromkeys(required))


def _least(contexts: dict[str, int | None], names: Sequence[str]) -> int | None:
    """The smallest context of some models; None if one is not known."""
    found = [contexts.get(name) for name in names]
    known = [context for context in found if context is not None]
    return min(known) if known and len(known) == len(found) else None


def _disjoint(one: str, other: str | None) -> bool:
    """Whether two predicates plainly never hold together: they ask for two models, or are stages of one choice."""
    if other is None:
        return False
    ours, theirs = one.split(" and "), other.split(" and ")
    for attribute in ("model", "path"):
        a = [test for test in ours if test.startswith(f"{attribute} == ")]
        b = [test for test in theirs if test.startswith(f"{attribute} == ")]
        if a and b and a[0] != b[0]:
            return True
    return False
