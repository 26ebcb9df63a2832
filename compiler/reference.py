"""The meaning of a policy, as plainly as it can be said: the oracle of everything that is faster.

Written from the language's definition alone, straight over the resolved ``Policy``. It shares no code with
the table or the runtime, so that a mistake in either shows as a difference: ``compile`` compares every new
table with it, and the property tests compare far more.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from interlock.compiler.reference_pick import maglev, murmur3, pick
from interlock.compiler.reference_request import Invalid, Value, Values, validate
from interlock.dsl.policy import (
    CLASSES,
    And,
    Between,
    Chain,
    Const,
    Contains,
    Expr,
    Fail,
    Has,
    Like,
    Not,
    OneOf,
    Or,
    Policy,
    Pool,
    Rule,
    Sample,
    To,
    ToIndexed,
)

__all__ = [
    "Invalid",
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


def decide(policy: Policy, request: object, after: Sequence[str] = ()) -> dict[str, object]:
    """What the policy does with ``request`` after the errors ``after``: the JSON form of ``decide``
    (see docs/table-format.md, "The decision") without ``version``.

    Never raises for any request. Raises ``ValueError`` if ``after`` names no error class.
    """
    values = validate(policy, request)
    rule: Rule | None = None
    to: To | ToIndexed | Fail
    if isinstance(values, Invalid):
        to = policy.invalid
    else:
        rule = matching_rule(policy, values)
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


def matching_rule(policy: Policy, values: Values) -> Rule | None:
    """The first rule whose predicate holds for validated ``values``."""
    for rule in policy.rules:
        if holds(rule.when, values):
            return rule
    return None


# ── predicates ───────────────────────────────────────────────────────────────────────────────────────


def holds(expr: Expr, values: Values) -> bool:
    """Whether the predicate holds for validated ``values`` (None: absent; a set: a frozenset).

    Two-valued: every kind of comparison is false on an absent attribute, and ``Not`` is plain negation.
    """
    # Ordered by how often a policy of many rules meets each kind.
    if isinstance(expr, And):
        for operand in expr.operands:  # noqa: SIM110  a generator would double the time
            if not holds(operand, values):
                return False
        return True
    if isinstance(expr, OneOf):
        return values[expr.attribute] in expr.values
    if isinstance(expr, Between):
        number = values[expr.attribute]
        return (
            isinstance(number, int)
            and (expr.lo is None or expr.lo <= number)
            and (expr.hi is None or number <= expr.hi)
        )
    if isinstance(expr, Not):
        return not holds(expr.operand, values)
    if isinstance(expr, Like):
        text = values[expr.attribute]
        return isinstance(text, str) and is_like(text, expr.pieces)
    if isinstance(expr, Or):
        for operand in expr.operands:  # noqa: SIM110
            if holds(operand, values):
                return True
        return False
    if isinstance(expr, Contains):
        elements = values[expr.attribute]
        return isinstance(elements, frozenset) and expr.value in elements
    if isinstance(expr, Has):
        return values[expr.attribute] is not None
    if isinstance(expr, Sample):
        text = values[expr.attribute]
        if not isinstance(text, str):
            return False
        seed = 0 if expr.salt is None else murmur3(expr.salt.encode(), 0)
        return murmur3(text.encode(), seed) % 10_000 < expr.basis_points
    assert isinstance(expr, Const)
    return expr.value


def is_like(text: str, pieces: Sequence[str]) -> bool:
    """Whether ``text`` is the first piece, any run, the next piece, any run, … the last piece."""
    first, *middle, last = pieces
    if not text.startswith(first):
        return False
    text = text[len(first) :]
    for piece in middle:
        # The leftmost occurrence leaves the most for the pieces after it.
        at = text.find(piece)
        if at < 0:
            return False
        text = text[at + len(piece) :]
    return text.endswith(last)


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
