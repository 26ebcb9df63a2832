"""R105 redundant-condition."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from interlock.compiler.facts import Facts
from interlock.compiler.needless import Needless, Needlessness
from interlock.compiler.wording import listed
from interlock.compiler.written import Site
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
        facts.give_up(site.span, what, limit, help_)


def _finding(facts: Facts, needless: Needless) -> Finding:
    operand, site = needless.operand, needless.site
    text = shorten(operand.span.text)
    takers = [facts.policy.rules[taker] for taker in needless.takers]
    related: tuple[Related, ...] = ()
    if needless.why == "earlier":
        related = tuple(Related(f"`{taker.name}` takes those requests", taker.name_span) for taker in takers[:3])
        help_ = "leave it out"
        if not site.is_let:
            above = f"`{takers[0].name}`" if len(takers) == 1 else "them"
            help_ += f", or move `{site.name}` above {above} if it is to matter"
    else:
        rest = _rest(needless)
        help_ = f"leave it out: `{rest}` is enough" if rest else "leave it out"
    if needless.other is not None:
        words = "here it is already" if needless.why == "same" else _SETTLES[isinstance(operand.written, s.And)]
        related = (Related(words, operand.written.operands[needless.other].span),)
    edit = operand_removal(facts.program.main, operand.span)
    return Finding(
        KIND,
        f"`{text}` can be dropped from {_named(site)}: {_why(needless, [f'`{taker.name}`' for taker in takers])}",
        operand.span,
        help_,
        related,
        None if needless.request is None else Witness((facts.space.request(needless.request),)),
        fix=None if edit is None else Fix(f"drop `{text}`", (edit,), True),
    )


_SETTLES = {True: "wherever this holds, it does too", False: "this holds wherever it does"}


def _why(needless: Needless, takers: Sequence[str]) -> str:
    operand = needless.operand
    conjunction = isinstance(operand.written, s.And)
    other = "" if needless.other is None else shorten(operand.written.operands[needless.other].span.text)
    match needless.why:
        case "earlier":
            return f"every request it makes a difference for meets {_one_of(takers)} first"
        case "always" | "never":
            return f"it {needless.why} holds"
        case "same":
            again = other == shorten(operand.span.text)
            return "it is written twice" if again else f"it says the same as `{other}`"
        case "implied":
            return f"it holds wherever `{other}` does" if conjunction else f"`{other}` holds wherever it does"
        case "contradiction":
            return "the conditions beside it never hold together"
        case "beside" if conjunction:
            return "it holds wherever the conditions beside it do"
        case "beside":
            return "it adds nothing to the conditions beside it"
        case _:
            return f"what stands around it {'implies it' if conjunction else 'leaves nothing for it to add'}"


def _rest(needless: Needless) -> str:
    """What is left of its `and` or `or`, if that fits on a line."""
    operands, at = needless.operand.written.operands, needless.operand.at
    if len(operands) > 8:
        return ""
    word = " and " if isinstance(needless.operand.written, s.And) else " or "
    text = word.join(" ".join(part.span.text.split()) for k, part in enumerate(operands) if k != at)
    return text if len(text) <= 60 and "#" not in text else ""


def _one_of(names: Sequence[str]) -> str:
    if len(names) > 3:
        return "an earlier rule"
    return names[0] if len(names) == 1 else f"one of {listed(names)}"


def _named(site: Site) -> str:
    return f"the let `{site.name}`" if site.is_let else f"`{site.name}`"
