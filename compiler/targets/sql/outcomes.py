"""What can become of a request, numbered: the rule that decides and where it leads, or why the request is invalid."""

from __future__ import annotations

from collections.abc import Mapping

from sqlglot import exp

from interlock.compiler.hashing import murmur3
from interlock.compiler.maglev import SIZE, sorted_members
from interlock.compiler.table import Table
from interlock.compiler.targets.sql import murmur
from interlock.compiler.targets.sql.dialects import Dialect
from interlock.compiler.targets.sql.expressions import case, function, number, numbers, text
from interlock.compiler.targets.sql.requests import faults, value
from interlock.dsl import policy as p
from interlock.dsl.record import record

NO_RULE = p.Fail(500, None)
"""What a request gets that no rule takes."""


@record
class Outcome:
    """``rule`` is None for no rule and for an invalid request, which has its attribute and reason in ``invalid``."""

    rule: str | None
    to: p.To | p.Fail
    invalid: tuple[str, str] | None


@record
class Place:
    """A member of a pool, and what is known of its upstream."""

    upstream: str
    provider: str
    account: str | None
    region: str | None
    model: str


def not_by_rule(policy: p.Policy) -> dict[int, Outcome]:
    """The outcomes that no rule decides: 0 where none holds, and -1, -2, … for the faults in order."""
    found = {0: Outcome(None, NO_RULE, None)}
    for count, fault in enumerate(faults(policy), start=1):
        found[-count] = Outcome(None, policy.invalid, (fault.attribute, fault.reason))
    return found


def with_faults(policy: p.Policy, valid: exp.Expr) -> exp.Expr:
    """The number of the first fault; of a row without one, ``valid``."""
    found = [(fault.when, number(-count)) for count, fault in enumerate(faults(policy), start=1)]
    if isinstance(valid, exp.Case) and valid.this is None:
        found += [(branch.this, branch.args["true"]) for branch in valid.args["ifs"]]
        valid = valid.args["default"]
    return case(found, valid)


def places(policy: p.Policy, pool: p.Pool) -> list[Place]:
    """The members of a pool, in the order in which a table numbers them."""
    found = []
    for member in sorted_members(pool):
        upstream = policy.upstreams[member.upstream]
        found.append(Place(upstream.name, upstream.provider, upstream.account, upstream.region, member.model))
    return found


def fixed(table: Table, outcome: Outcome) -> Place | None:
    """The place of an outcome that is the same for every row; None for a fail and where a key picks."""
    if isinstance(outcome.to, p.Fail):
        return None
    pool = table.policy.pools[outcome.to.pool]
    if len(pool.members) == 1:
        return places(table.policy, pool)[0]
    if pool.sticky is None or outcome.invalid is not None:  # the key is empty
        return places(table.policy, pool)[table.maglev[pool.name][murmur3("", 0) % SIZE]]
    return None


def picking(table: Table, outcomes: Mapping[int, Outcome]) -> list[p.Pool]:
    """The pools, in order of declaration, whose member depends on the key of a row."""
    named = {
        outcome.to.pool
        for outcome in outcomes.values()
        if isinstance(outcome.to, p.To) and fixed(table, outcome) is None
    }
    return [pool for pool in table.policy.pools.values() if pool.name in named]


def member(table: Table, pool: p.Pool, dialect: Dialect) -> exp.Expr:
    """The index of the member of a pool of several that the key of a valid row picks. Raises ``Unsupported``."""
    assert pool.sticky is not None
    key = _key(table.policy.attributes[pool.sticky])
    slot = exp.Mod(this=murmur.murmur3(key, 0, dialect), expression=number(SIZE))
    at = exp.cast(exp.Add(this=slot, expression=number(1)), "INT")
    return function("LIST_EXTRACT" if dialect == "duckdb" else "ELEMENT_AT", numbers(table.maglev[pool.name]), at)


def _key(attribute: p.Attribute) -> exp.Expr:
    """What a sticky attribute is hashed as: text, empty if absent."""
    there = value(attribute)
    if isinstance(attribute.type, p.BoolType):
        there = case([(there, text("true")), (exp.Not(this=exp.paren(there.copy())), text("false"))], None)
    elif isinstance(attribute.type, p.IntType):
        there = exp.cast(there, "VARCHAR")
    return exp.Coalesce(this=there, expressions=[text("")]) if attribute.optional else there
