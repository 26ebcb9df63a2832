"""F207 context-too-small."""

from __future__ import annotations

from collections.abc import Iterator

from interlock.compiler.dnf import TooMany
from interlock.compiler.facts import MAX_STEPS, Facts
from interlock.compiler.hop_claims import HopClaims, Shortfall, both, place, witness
from interlock.dsl import policy as p
from interlock.dsl.finding import Finding, Kind, Related

DOC = """\
`require context >= ATTRIBUTE` fails at a hop: some request can get there, by a rule or by errors on the way, with more
tokens than the model's context holds. The witness is the request and the walk. Where an attribute is an estimate
(`error 35%`), the proof is for what the truth may be. A model whose context is not declared is a warning.

## Why it hurts
The fallback that was to save the request answers 400 `prompt is too long` instead, and it does so for the longest
sessions only, on the day the first choice is down: the user gets an error about the context from a fallback nobody
mentioned (LiteLLM issue 31557). Falling back from a model of 1M tokens to one of 200K is the commonest case.

## Example
```route
fallback opus -> haiku -> fail 503

require context >= input_tokens
rule otherwise -> opus
```
`opus` holds a million tokens, `haiku` 200,000.

## What to write instead
A fallback that is as large, or a rule of their own for requests that fit nowhere else.

```route
fallback opus -> sonnet -> fail 503

require context >= input_tokens
rule otherwise -> opus
```
"""

KIND = Kind("F207", "context-too-small", "error", DOC)


def check(facts: Facts) -> Iterator[Finding]:
    """One finding for each requirement, hop as written and model."""
    requires = [r for r in facts.policy.requires if r.context is not None]
    if not requires:
        return
    models = [facts.policy.models[m.model] for pool in facts.policy.pools.values() for m in pool.members]
    claims = HopClaims(facts, [both(r.when, bad) for r in requires for m in models if (bad := _beyond(facts, r, m))])
    for require in requires:
        claims.unsure = False

        def trouble(_: str, member: p.Member, require: p.Require = require) -> p.Expr | None:
            return _beyond(facts, require, facts.policy.models[member.model])

        try:
            for found in claims.find(require.when, trouble):
                yield _finding(facts, require, found)
        except TooMany:
            claims.unsure = True
        if claims.unsure:
            what = "whether every hop's context is large enough"
            limit = f"{MAX_STEPS:,} steps"
            facts.give_up(require.span, what, limit, "name fewer things in its `when`, or split it")


def _beyond(facts: Facts, require: p.Require, model: p.Model) -> p.Expr | None:
    """The requests that a model's context may be too small for; with an unknown context, all that ask."""
    assert require.context is not None
    attribute = facts.policy.attributes[require.context]
    assert isinstance(attribute.type, p.IntType)
    if model.context is None:
        return p.Has(attribute.name, require.span) if attribute.optional else p.Const(True, require.span)
    least = _largest(model.context, attribute.error or 0) + 1
    if least > attribute.type.hi:
        return None
    return p.Between(attribute.name, max(least, attribute.type.lo), None, require.span)


def _largest(context: int, error: int) -> int:
    """The largest estimate whose truth is sure to fit: ⌈value × (1 + error)⌉ is at most the context. ``error`` is in
    basis points; in integers, as floats would round."""
    return context * 10_000 // (10_000 + error)


def _finding(facts: Facts, require: p.Require, found: Shortfall) -> Finding:
    policy = facts.policy
    assert require.context is not None
    model = policy.models[found.pick.member.model]
    rule = policy.rules[facts.table.columns[found.column].rule]
    here = place(facts, found)
    related = [Related("this asks for it", require.span)]
    if here != rule.name_span:
        related.append(Related(f"`{rule.name}` sends the request on its way", rule.name_span))
    comes = f"a request of `{rule.name}` {'can come' if found.visit.walk else 'comes'} to `{found.visit.hop.pool}`"
    if model.context is None:
        from interlock.dsl.model_data import word

        return Finding(
            KIND,
            f"{comes}, where the context of `{model.name}` is unknown",
            here,
            f"declare it: `model {word(model.name)} {{ context 200K }}`",
            (*related, Related("no context is declared here", model.span)) if model.own else tuple(related),
            witness(facts, found),
            level="warning",
        )
    attribute = policy.attributes[require.context]
    notes: tuple[str, ...] = ()
    tokens = found.request.get(attribute.name, attribute.default)
    if attribute.error and isinstance(tokens, int):
        truth = -(-tokens * (10_000 + attribute.error) // 10_000)
        notes = (f"`{attribute.name}` may be {_percent(attribute.error)} too low: {tokens:,} may be {truth:,} tokens",)
    instead = "fall back to" if found.visit.walk else "send it to"
    return Finding(
        KIND,
        f"{comes}, where `{model.name}` has a context of {model.context:,} tokens, "
        f"too small for its `{attribute.name}`",
        here,
        f"{instead} a model with a larger context, or give such requests a rule of their own",
        tuple(related),
        witness(facts, found),
        notes,
    )


def _percent(basis_points: int) -> str:
    return f"{basis_points / 100:g}%"
