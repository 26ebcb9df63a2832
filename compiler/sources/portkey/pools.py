"""Places of a configuration as pools, with what is asked in them."""

from __future__ import annotations

from fractions import Fraction
from math import gcd

from interlock.compiler.sources.draft import Names
from interlock.compiler.sources.plan import MAX_RETRIES, Member, Pool
from interlock.compiler.sources.portkey.attributes import Attributes
from interlock.compiler.sources.portkey.config import Target
from interlock.compiler.sources.portkey.trees import Ask
from interlock.compiler.sources.portkey.upstreams import Upstreams, provider_of
from interlock.compiler.sources.portkey.walk import Place

MAX_WEIGHT = 100


def pools_of(order: list[Place], upstreams: Upstreams, attributes: Attributes) -> dict[int, Pool]:
    """The pools of places, by the numbers of these."""
    names = Names()
    seen: set[str] = set()
    found: dict[int, Pool] = {}
    for place in order:
        members: dict[tuple[str, str], Member] = {}
        weights = weights_of(place.ask)
        for (target, _), weight in zip(place.ask.targets, weights, strict=True):
            key = (upstreams.of(target), model_name(target))
            before = members.get(key)
            weight = min(MAX_WEIGHT, weight + (before.weight if before is not None else 0))
            members[key] = Member(*key, weight, before.span if before is not None else target.span)
        owner = place.ask.owner
        asked = [target for target, _ in place.ask.targets]
        retries = [target.settings.retry for target in asked if target.settings.retry is not None]
        most = max(retries, key=lambda retry: retry.attempts, default=None)
        note = None
        if owner.path in seen:
            note = f"`{owner.shown}` where other errors lead on, or elsewhere."
        seen.add(owner.path)
        found[place.number] = Pool(
            names.give(owner.shown if owner.mode is None or owner.name else "-or-".join(t.shown for t in asked[:2])),
            owner.shown,
            tuple(members.values()),
            attributes.chance() if len(members) > 1 else None,
            0 if most is None else min(most.attempts, MAX_RETRIES),
            most is not None,
            None if most is None else most.span,
            owner.span,
            note,
        )
    return found


def weights_of(ask: Ask) -> list[int]:
    """The shares of targets as whole numbers from 1 to 100, as near as that can be."""
    shares = [share for _, share in ask.targets]
    scale = 1
    for share in shares:
        scale = scale * share.denominator // gcd(scale, share.denominator)
    whole = [int(share * scale) for share in shares]
    divisor = gcd(*whole) or 1
    small = [weight // divisor for weight in whole]
    most = max(small)
    return small if most <= MAX_WEIGHT else [max(1, round(Fraction(weight * MAX_WEIGHT, most))) for weight in small]


def model_name(target: Target) -> str:
    """What a target is asked for; one that leaves the model to the request is called after its provider."""
    model = target.settings.model
    if model is None or model.value in (None, ""):
        return f"{provider_of(target)} (as asked)"
    said = str(model.value)
    return said.partition("/")[2] or said if said.startswith("@") else said
