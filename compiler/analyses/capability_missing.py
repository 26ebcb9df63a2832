"""F208 capability-missing."""

from __future__ import annotations

from collections.abc import Iterator

from interlock.compiler.dnf import TooMany
from interlock.compiler.facts import MAX_STEPS, Facts
from interlock.compiler.hop_claims import HopClaims, Shortfall, both, place, witness
from interlock.dsl import policy as p
from interlock.dsl.finding import Finding, Kind, Related

DOC = """\
`require CAPABILITY` fails at a hop: some request that needs it can get to a pool where neither the model nor the
upstream supports it. The witness is the request and the walk.

## Why it hurts
An agent whose tools are refused, or silently dropped, does not fail over: it fails, or goes on without them. It happens
only while the first choice is down, when nobody is looking at the fallback.

## Example
```route
model plain { context 1M }
pool rescue { serve west with plain }
fallback sonnet -> rescue -> fail 503

require tools when has_tools
rule otherwise -> sonnet
```

## What to write instead
Fall back to a model that has it. If this one does, declare it: `supports tools`.

```route
model plain { context 1M; supports tools }
pool rescue { serve west with plain }
fallback sonnet -> rescue -> fail 503

require tools when has_tools
rule otherwise -> sonnet
```
"""

KIND = Kind("F208", "capability-missing", "error", DOC)


def check(facts: Facts) -> Iterator[Finding]:
    """One finding for each requirement, hop as written and model."""
    requires = [r for r in facts.policy.requires if r.capability is not None]
    if not requires:
        return
    claims = HopClaims(facts, [both(r.when, p.Const(True, r.span)) for r in requires])
    for require in requires:
        claims.unsure = False

        def trouble(_: str, member: p.Member, require: p.Require = require) -> p.Expr | None:
            has = require.capability in _supported(facts.policy, member)
            return None if has else p.Const(True, require.span)

        try:
            for found in claims.find(require.when, trouble):
                yield _finding(facts, require, found)
        except TooMany:
            claims.unsure = True
        if claims.unsure:
            what = f"whether every hop has `{require.capability}`"
            limit = f"{MAX_STEPS:,} steps"
            facts.give_up(require.span, what, limit, "name fewer things in its `when`, or split it")


def _supported(policy: p.Policy, member: p.Member) -> frozenset[str]:
    return policy.models[member.model].supports | policy.upstreams[member.upstream].supports


def _finding(facts: Facts, require: p.Require, found: Shortfall) -> Finding:
    policy = facts.policy
    member = found.pick.member
    rule = policy.rules[facts.table.columns[found.column].rule]
    here = place(facts, found)
    related = [Related(f"this asks for `{require.capability}`", require.span)]
    if here != rule.name_span:
        related.append(Related(f"`{rule.name}` sends the request on its way", rule.name_span))
    comes = f"a request of `{rule.name}` {'can come' if found.visit.walk else 'comes'} to `{found.visit.hop.pool}`"
    instead = "fall back to" if found.visit.walk else "send it to"
    return Finding(
        KIND,
        f"{comes}, where neither `{member.model}` nor `{member.upstream}` supports `{require.capability}`",
        here,
        f"{instead} a model that does, or declare it: `model {member.model} {{ supports {require.capability} }}`",
        tuple(related),
        witness(facts, found),
    )
