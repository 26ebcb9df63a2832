"""A question about a policy, in the language of `assert`: does this hold of every request, and if not, of which?"""

from __future__ import annotations

from itertools import count

from interlock.compiler.assertions import Assertions, Broken
from interlock.compiler.dnf import TooMany
from interlock.compiler.facts import Facts
from interlock.compiler.lower import lower
from interlock.compiler.search import Incomplete
from interlock.dsl import policy as p
from interlock.dsl.finding import Finding
from interlock.dsl.findings.syntax_error import syntax_error
from interlock.dsl.load import Program
from interlock.dsl.parse import parse
from interlock.dsl.record import record
from interlock.dsl.resolve import resolve
from interlock.dsl.source import Source, Span
from interlock.dsl.syntax import Assert


@record
class Answer:
    """``broken`` has the ways in which the claim fails; without any it holds, unless ``undecided`` names the limit
    that kept the analysis from knowing. ``vacuous``: no request satisfies the condition."""

    item: p.Assert
    broken: tuple[Broken, ...]
    vacuous: bool
    undecided: str | None


def ask(program: Program, when: str | None, claim: str, *, every: bool = False) -> Answer | list[Finding]:
    """The answer to a question about the policy of a program that is free of findings; or what is wrong with the
    question, as findings in a source named ``question``. ``every``: all ways in which it fails, not only the
    first."""
    names = {d.name.text for m in program.modules for d in m.declarations if isinstance(d, Assert)}
    name = next(n for n in (f"question_{k}" for k in count(1)) if n not in names)
    condition = f" when {when}" if when is not None else ""
    source = Source("question", f"assert {name}{condition} {claim}", "question")
    module, findings = parse(source)
    if not findings and len(module.declarations) != 1:
        extra = module.declarations[1] if module.declarations else None
        findings = [
            syntax_error(extra.span, "a question is one claim", "ask one thing at a time")
            if extra is not None
            else syntax_error(Span(source, 0, 0), "there is no claim", 'write `"every hop.provider == anthropic"`')
        ]
    if findings:
        return findings
    asked = Program(program.main, (module, *program.modules), (), program.complete)
    policy, findings = resolve(asked)
    if policy is None:
        return findings
    table, findings = lower(policy)
    assert table is not None, findings  # the policy alone has one, and a question adds no rule
    item = next(a for a in policy.asserts if a.name == name)
    return _answer(Facts(table, asked), item, every)


def _answer(facts: Facts, item: p.Assert, every: bool) -> Answer:
    try:
        assertions = Assertions(facts, [item])
        broken: list[Broken] = []
        for found in assertions.broken(item):
            broken.append(found)
            if not every:
                break
        undecided = assertions.limit if assertions.unsure else None
        vacuous = not broken and not facts.including([item.when]).where(item.when)
    except (Incomplete, TooMany):
        return Answer(item, (), False, assertions.limit)
    return Answer(item, tuple(broken), vacuous, undecided)
