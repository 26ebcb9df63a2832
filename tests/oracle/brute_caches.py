"""Plain twins of the analyses of a session's path: C302 and C307 by their definitions, tried on every session."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import product

from interlock.compiler.reference import Values, matching_rule
from interlock.compiler.reference_pick import pick
from interlock.dsl import policy as p
from tests.oracle.brute import Home, split_models, turns


def most_moves(policy: p.Policy, requests: Sequence[Values]) -> dict[str, int]:
    """C302: for each model that C301 does not report, the most moves between homes on a path of values that never
    fall; models that never move are left out."""
    split = split_models(policy, requests)
    session = [name for name, a in policy.attributes.items() if a.stability == "per session"]
    rising = [name for name, a in policy.attributes.items() if a.stability == "rising"]
    steps = [sorted({_number(values[name]) for values in requests}) for name in rising]
    homes: dict[tuple[object, ...], dict[tuple[int, ...], Home]] = {}
    for turn in turns(policy, requests):
        if turn.model not in split:
            key = (turn.model, *(turn.values[name] for name in session))
            homes.setdefault(key, {})[tuple(_number(turn.values[name]) for name in rising)] = turn.home
    found: dict[str, int] = {}
    for (model, *_), there in homes.items():
        # By step: for each home that a path may be at, the most moves so far.
        best: dict[tuple[int, ...], dict[Home, int]] = {}
        most = 0
        for at in product(*(range(len(values)) for values in steps)):
            ways: dict[Home, int] = {}
            for i in range(len(at)):
                if at[i]:
                    for home, moves in best[(*at[:i], at[i] - 1, *at[i + 1 :])].items():
                        ways[home] = max(ways.get(home, 0), moves)
            here = there.get(tuple(values[k] for values, k in zip(steps, at, strict=True)))
            if here is not None:
                ways[here] = max([ways.get(here, 0), *(m + 1 for home, m in ways.items() if home != here)])
            best[at] = ways
            most = max([most, *ways.values()])
        if most:
            found[str(model)] = max(found.get(str(model), 0), most)
    return found


def _number(value: object) -> int:
    assert isinstance(value, int)
    return value


def flapping(policy: p.Policy, requests: Sequence[Values]) -> bool:
    """C307: whether, with all per-session and rising attributes fixed, two turns use two models."""
    fixed = [name for name, a in policy.attributes.items() if a.stability != "per turn"]
    models: dict[tuple[object, ...], set[str]] = {}
    for values in requests:
        model = first_model(policy, values)
        if model is not None:
            models.setdefault(tuple(values[name] for name in fixed), set()).add(model)
    return any(len(some) > 1 for some in models.values())


def first_model(policy: p.Policy, values: Values) -> str | None:
    """The model of the first hop."""
    rule = matching_rule(policy, values)
    if rule is None or isinstance(rule.to, p.Fail):
        return None
    name = rule.to.pool if isinstance(rule.to, p.To) else dict(rule.to.pools)[str(values[rule.to.attribute])]
    pool = policy.pools[name]
    return pick(pool, None if pool.sticky is None else values[pool.sticky]).model
