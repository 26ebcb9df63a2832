"""R105 redundant-condition."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from interlock.compiler.conditions import implies
from interlock.compiler.facts import Facts
from interlock.compiler.needless import Needless, Needlessness
from interlock.compiler.wording import listed
from interlock.compiler.written import Operand, Site
from interlock.dsl import policy as p
from interlock.dsl import syntax as s
from interlock.dsl.edits import operand_removal
from interlock.dsl.finding import Finding, Fix, Kind, Related, Witness
from interlock.dsl.resolve_attributes import shorten

DOC = """\
A condition can be left out, and every rule still decides the same requests. It is an operand of an `and` or `or` that
holds wherever the others do, or adds nothing to them; or earlier rules have taken every request for which it would
matter. It may stand in the `when` of a rule, ladder or `within`, at any depth, or in a `let`, where it has to be
needless in every rule, `require` and `assert` that uses the let. Lets of imported files are left alone: other policies
use them too. Of operands that say the same the last is reported, and nothing inside an operand that is needless as a
whole.

## Why it hurts
A condition that does nothing makes a rule look narrower, or wider, than it is. The next change is made to what the rule
says, not to what it does. Often it is a mistake: `or` where `and` was meant, the wrong attribute, a bound off by one.

## Example
```route
rule free  when tier == free -> haiku
rule large when tier in [team, enterprise] and input_tokens >= 40K and input_tokens >= 8K -> opus
rule otherwise -> sonnet
```
`free` has taken the free tier, so `tier in [team, enterprise]` always holds there; and 40K is at least 8K.

## What to write instead
Only what makes a difference, or the condition that was meant.

```route
rule free  when tier == free -> haiku
rule large when input_tokens >= 40K -> opus
rule otherwise -> sonnet
```
"""

KIND = Kind("R105", "redundant-condition", "warning", DOC)


def check(facts: Facts) -> Iterator[Finding]:
    """One finding for each operand that can be dropped alone."""
    needlessness = Needlessness(facts)
    for needless in needlessness.find():
        yield _finding(facts, needless)
    for site, limit in needlessness.undecided:
        what = f"whether every condition of {_named(site)} is needed"
        help_ = "split it in two, or name fewer sets and patterns together"
        facts.undecided.append((site.span, what, limit, help_))


def _finding(facts: Facts, needless: Needless) -> Finding:
    operand, site = needless.operand, needless.site
    text = shorten(operand.span.text)
    takers = [facts.policy.rules[taker] for taker in needless.takers]
    related: tuple[Related, ...] = ()
    if takers:
        names = [f"`{taker.name}`" for taker in takers]
        why = f"every request it makes a difference for meets {_one_of(names)} first"
        related = tuple(Related(f"`{taker.name}` takes those requests", taker.name_span) for taker in takers[:3])
        help_ = "leave it out"
        if not site.is_let:
            help_ += f", or move `{site.name}` above {names[0] if len(names) == 1 else 'them'} if it is to matter"
    else:
        why, related = _reason(facts, operand)
        rest = _rest(needless)
        help_ = f"leave it out: `{rest}` is enough" if rest else "leave it out"
    edit = operand_removal(facts.program.main, operand.span)
    return Finding(
        KIND,
        f"`{text}` can be dropped from {_named(site)}: {why}",
        operand.span,
        help_,
        related,
        None if needless.request is None else Witness((facts.space.request(needless.request),)),
        fix=None if edit is None else Fix(f"drop `{text}`", (edit,), True),
    )


def _reason(facts: Facts, operand: Operand) -> tuple[str, tuple[Related, ...]]:
    """Why it changes nothing, whatever earlier rules do; and the operand beside it that makes it so, if it is one."""
    node, written = operand.meant, operand.written.operands
    mine, conjunction = node.operands[operand.at], isinstance(node, p.And)
    beside = [(part, written[k].span) for k, part in enumerate(node.operands) if k != operand.at]
    others = tuple(part for part, _ in beside)
    never = p.Const(False, node.span)
    if implies(facts, p.Not(mine, node.span) if conjunction else mine, never):
        return f"it {'always' if conjunction else 'never'} holds", ()
    for part, span in beside:
        if implies(facts, part, mine) and implies(facts, mine, part):
            text = shorten(span.text)
            what = "it is written twice" if text == shorten(operand.span.text) else f"it says the same as `{text}`"
            return what, (Related("here it is already", span),)
    for part, span in beside:
        text = shorten(span.text)
        if conjunction and implies(facts, part, mine):
            return f"it holds wherever `{text}` does", (Related("wherever this holds, it does too", span),)
        if not conjunction and implies(facts, mine, part):
            return f"`{text}` holds wherever it does", (Related("this holds wherever it does", span),)
    if not conjunction:
        if implies(facts, mine, p.Or(others, node.span)):
            return "it adds nothing to the conditions beside it", ()
        return "what stands around it leaves nothing for it to add", ()
    if implies(facts, p.And(others, node.span), never):
        return "the conditions beside it never hold together", ()
    if implies(facts, p.And(others, node.span), mine):
        return "it holds wherever the conditions beside it do", ()
    return "what stands around it implies it", ()


def _rest(needless: Needless) -> str:
    """What is left of its `and` or `or`, if that fits on a line."""
    operands, at = needless.operand.written.operands, needless.operand.at
    word = " and " if isinstance(needless.operand.written, s.And) else " or "
    text = word.join(" ".join(part.span.text.split()) for k, part in enumerate(operands) if k != at)
    return text if len(text) <= 60 and "#" not in text else ""


def _one_of(names: Sequence[str]) -> str:
    if len(names) > 3:
        return "an earlier rule"
    return names[0] if len(names) == 1 else f"one of {listed(names)}"


def _named(site: Site) -> str:
    return f"the let `{site.name}`" if site.is_let else f"`{site.name}`"
