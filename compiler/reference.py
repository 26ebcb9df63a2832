"""The meaning of a policy, as plainly as it can be said: the oracle of everything that is faster.

Written from the language's definition alone, straight over the resolved ``Policy``. It shares no code with
the table or the runtime, so that a mistake in either shows as a difference: ``compile`` compares every new
table with it, and the property tests compare far more.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from interlock.compiler.reference_pick import maglev, murmur3, pick
from interlock.compiler.reference_predicates import all_of, by_attribute, holds, is_like, test
from interlock.compiler.reference_request import Invalid, Value, Values, validate
from interlock.dsl.policy import CLASSES, Chain, Expr, Fail, Policy, Pool, Rule, To, ToIndexed

__all__ = [
    "Invalid",
    "Meaning",
    "State",
    "Value",
    "Values",
    "decide",
    "holds",
    "is_like",
    "maglev",
    "matching_rule",
    "murmur3",
    "step",
    "validate",
    "walk",
]


class Meaning:
    """A policy made ready to be asked about many requests: the predicate of each rule is a function.

    Most rules of a large policy ask for one attribute in an operand of its own (whose request it is, say). Those that
    a value of it rules out are looked for once a value, and not asked again.
    """

    def __init__(self, policy: Policy) -> None:
        """``policy`` is resolved, and stays as it is."""
        self.policy = policy
        own = [by_attribute(rule.when) for rule in policy.rules]
        asked = Counter(attribute for operands in own for attribute in operands)
        self._attribute = max(asked, key=lambda name: (asked[name], name), default="")
        self._tests = [test(rule.when) for rule in policy.rules]
        alike: dict[tuple[Expr, ...], list[int]] = {}
        for number, operands in enumerate(own):
            alike.setdefault(tuple(operands.get(self._attribute, ())), []).append(number)
        self._alike = [
            (all_of([test(operand) for operand in operands]), numbers) for operands, numbers in alike.items()
        ]
        self._left: dict[Value, list[int]] = {}

    def rule(self, values: Values) -> Rule | None:
        """The first rule whose predicate holds for validated ``values``."""
        value = values.get(self._attribute)
        left = self._left.get(value)
        if left is None:
            may_hold = [numbers for holds_for, numbers in self._alike if holds_for(values)]
            left = self._left[value] = sorted(number for numbers in may_hold for number in numbers)
        return next((self.policy.rules[number] for number in left if self._tests[number](values)), None)

    def decide(self, request: object, after: Sequence[str] = ()) -> dict[str, object]:
        """As the function ``decide``."""
        policy = self.policy
        values = validate(policy, request)
        rule: Rule | None = None
        to: To | ToIndexed | Fail
        if isinstance(values, Invalid):
            to = policy.invalid
        else:
            rule = self.rule(values)
            to = Fail(500, None) if rule is None else rule.to
        keys: Values = {} if isinstance(values, Invalid) else values
        if isinstance(to, ToIndexed):
            to = To(dict(to.pools)[str(keys[to.attribute])])
        end = walk(policy, to, after)
        return {
            "policy": policy.name,
            "rule": None if rule is None else rule.name,
            **_place(policy, end, keys),
            "invalid": (
                {"attribute": values.attribute, "reason": values.reason, "message": values.message}
                if isinstance(values, Invalid)
                else None
            ),
        }


def decide(policy: Policy, request: object, after: Sequence[str] = ()) -> dict[str, object]:
    """What the policy does with ``request`` after the errors ``after``: the JSON form of ``decide``
    (see docs/table-format.md, "The decision") without ``version``.

    Never raises for any request. Raises ``ValueError`` if ``after`` names no error class.
    """
    return _meaning(policy).decide(request, after)


def matching_rule(policy: Policy, values: Values) -> Rule | None:
    """The first rule whose predicate holds for validated ``values``."""
    return _meaning(policy).rule(values)


_asked_last: list[Meaning] = []


def _meaning(policy: Policy) -> Meaning:
    """The meaning of the policy that was asked about last is kept: it is likely to be asked about again."""
    if not _asked_last or _asked_last[0].policy is not policy:
        _asked_last[:] = [Meaning(policy)]
    return _asked_last[0]


# ── fallback chains ──────────────────────────────────────────────────────────────────────────────────


@dataclass(frozen=True, slots=True)
class State:
    """A place in a walk: at ``pool``, having taken ``position`` steps of the chain ``walked`` (None: in the
    pool's start state); or ended, with ``fail``. A returned error is a fail without a status, its message
    the class. ``hop`` counts the moves to a pool."""

    pool: str | None
    walked: Chain | None
    position: int
    hop: int
    fail: Fail | None
    returned: str | None = None


def walk(policy: Policy, to: To | Fail, after: Sequence[str] = ()) -> State:
    """Where a request sent ``to`` is after the errors ``after``. Raises ``ValueError`` for a name that is
    no error class."""
    state = State(None, None, 0, 0, to) if isinstance(to, Fail) else State(to.pool, None, 0, 0, None)
    for error in after:
        if error not in CLASSES:
            raise ValueError(f"{error!r} is no error class; these are: {', '.join(CLASSES)}")
        state = step(policy, state, error)
    return state


def step(policy: Policy, state: State, error: str) -> State:
    """The state after an error of class ``error``, once retries are spent."""
    if state.pool is None:
        return state  # errors after a fail change nothing
    if state.walked is not None and error in state.walked.classes:
        chain, position = state.walked, state.position
    else:
        own = [chain for chain in policy.chains if chain.pool == state.pool and error in chain.classes]
        if not own:
            return State(None, None, 0, state.hop, None, error)  # returned to the client
        chain, position = own[0], 0  # a pool has at most one chain per class
    if position < len(chain.hops):
        return State(chain.hops[position], chain, position + 1, state.hop + 1, None)
    if isinstance(chain.end, Fail):
        return State(None, None, 0, state.hop, chain.end)
    return State(chain.end.pool, None, 0, state.hop + 1, None)


def _place(policy: Policy, state: State, keys: Values) -> dict[str, object]:
    """The part of a decision that says where the request goes."""
    if state.pool is None:
        fail: dict[str, object] = {"status": None, "message": state.returned}
        if state.fail is not None:
            fail = {"status": state.fail.status, "message": state.fail.message}
        nowhere = dict.fromkeys(("pool", "upstream", "provider", "account", "region", "model"))
        return {**nowhere, "hop": state.hop, "fail": fail}
    pool: Pool = policy.pools[state.pool]
    member = pick(pool, None if pool.sticky is None else keys.get(pool.sticky))
    upstream = policy.upstreams[member.upstream]
    return {
        "pool": pool.name,
        "upstream": upstream.name,
        "provider": upstream.provider,
        "account": upstream.account,
        "region": upstream.region,
        "model": member.model,
        "hop": state.hop,
        "fail": None,
    }
