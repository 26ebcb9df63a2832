"""Rules and conditions of random policies that change nothing are those of brute force, in both directions; every
witness shows what it claims when the reference evaluator gets it, and every fix leaves each decision as it was."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Sequence
from functools import cache

import pytest
from hypothesis import assume, given

from interlock.compiler import strings
from interlock.compiler.pipeline import check, front
from interlock.compiler.reference import decide, holds, matching_rule
from interlock.compiler.settings import DEFAULTS, Settings
from interlock.dsl import syntax as s
from interlock.dsl.finding import Finding
from interlock.dsl.load import Program
from interlock.dsl.source import Span
from tests.oracle import brute_rules as brute
from tests.oracle.brute_rules import Operand
from tests.oracle.compiled import SCALE, examples, hypothesis_settings
from tests.oracle.policies import policies, seeded
from tests.oracle.requests import all_values, classes
from tests.oracle.test_findings import Checked, undecided, valid

MOST_REQUESTS = 1_500
BATCH = 10
FIRST_SEED = 900_000 if SCALE == 1 else random.SystemRandom().randrange(10**9)
LOOKED_FOR = ("R104", "R105", "R108")
SETTINGS = Settings({"R108": "info"}, DEFAULTS.max_attempts, DEFAULTS.max_wait_ms, DEFAULTS.client_retries)


def checked(text: str) -> tuple[Checked, Program] | None:
    """None where brute force would take too long."""
    result = check("generated.route", text=text, settings=SETTINGS)
    policy = result.front.policy
    assert policy is not None, (text, result.findings)
    assert undecided(result.findings) == [], text
    also = brute.predicates(policy)
    found = classes(policy, also)
    if found.size > MOST_REQUESTS or not found.complete:
        return None
    return Checked(text, policy, result.findings, all_values(policy, also=also)), result.front.program


@cache
def seen() -> Counter[str]:
    """How often each finding was compared; filled by the batches below."""
    return Counter()


@pytest.mark.parametrize("batch", range(examples(20)))
def test_what_changes_nothing_is_what_brute_force_says(batch: int) -> None:
    for seed in range(FIRST_SEED + batch * BATCH, FIRST_SEED + (batch + 1) * BATCH):
        found = checked(seeded(seed))
        if found is not None:
            subject, program = found
            seen().update({"compared": 1, **Counter(finding.kind.code for finding in subject.findings)})
            compare(subject, program)


def test_it_is_where_strings_are_asked_one_question_at_a_time(monkeypatch: pytest.MonkeyPatch) -> None:
    """As if each attribute had too many combinations of patterns and samples to list."""
    monkeypatch.setattr(strings, "MAX_ATOMS", 0)
    compared = 0
    for seed in range(FIRST_SEED, FIRST_SEED + examples(60)):
        text = seeded(seed)
        if " like " in text or "sample(" in text:
            found = checked(text)
            if found is not None:
                compared += 1
                compare(*found)
    assert compared > 10


def test_the_batches_met_every_finding_about_what_changes_nothing() -> None:
    if seen()["compared"] < 50:
        pytest.skip("the batches were not run before this")
    assert {code: seen()[code] for code in LOOKED_FOR if seen()[code] < 20} == {}


@hypothesis_settings(40)
@given(policies(size=3))
def test_what_changes_nothing_is_what_brute_force_says_shrinking(text: str) -> None:
    found = checked(text)
    assume(found is not None)
    assert found is not None
    compare(*found)


def compare(subject: Checked, program: Program) -> None:
    compare_redundant_rules(subject)
    compare_shadowed_rules(subject)
    compare_conditions(subject, program)
    compare_fixes(subject)


# ── R104, R108 ───────────────────────────────────────────────────────────────────────────────────────


def compare_redundant_rules(subject: Checked) -> None:
    policy = subject.policy
    rules = {rule.name_span: rule for rule in policy.rules}
    found = subject.of("R104")
    named = [rules[finding.span].name for finding in found]
    assert sorted(named) == sorted(brute.redundant_rules(policy, subject.requests)), subject.text
    for finding in found:
        rule, later = rules[finding.span], [rules[related.span] for related in finding.related]
        assert finding.witness is not None
        (request,) = finding.witness.requests
        values = valid(subject, request)
        assert decide(policy, request)["rule"] == rule.name, (subject.text, request)
        after = next(r for r in policy.rules if r is not rule and holds(r.when, values))
        assert after in later, (subject.text, request)
        # Each of its requests meets one of the rules named, and none of those can be left out.
        mine = [values for values in subject.requests if matching_rule(policy, values) is rule]
        holding = [{r.name for r in later if holds(r.when, values)} for values in mine]
        assert all(holding), subject.text
        for other in later:
            assert {other.name} in holding, (subject.text, other.name)


def compare_shadowed_rules(subject: Checked) -> None:
    policy = subject.policy
    rules = {rule.name_span: rule for rule in policy.rules}
    found = subject.of("R108")
    expected = brute.shadowed_rules(policy, subject.requests)
    assert sorted(rules[finding.span].name for finding in found) == sorted(expected), subject.text
    for finding in found:
        rule = rules[finding.span]
        named = [rules[related.span].name for related in finding.related]
        takers = expected[rule.name]
        assert set(named) <= takers if len(takers) >= 6 else set(named) == takers, subject.text
        assert finding.witness is not None
        (request,) = finding.witness.requests
        values = valid(subject, request)
        by = matching_rule(policy, values)
        assert by is not None
        assert by.name == named[0], (subject.text, request)
        assert holds(rule.when, values)
        assert brute.destination(by, values) != brute.destination(rule, values)


# ── R105 ─────────────────────────────────────────────────────────────────────────────────────────────


def compare_conditions(subject: Checked, program: Program) -> None:
    droppable = brute.droppable(program, subject.policy, subject.requests)
    found = subject.of("R105")
    places = {finding.span for finding in found}
    assert len(places) == len(found), subject.text
    assert places <= {operand.span for operand in droppable}, (subject.text, _texts(places))
    settled = settled_lets(program, droppable)
    for operand in droppable:
        if operand.span not in places:
            inside = any(_inside(operand.span, outer) for outer in droppable)
            assert inside or operand.owner in settled or repeated(subject, program, operand, places), (
                subject.text,
                operand.span.text,
                _texts(places),
            )
        else:
            assert not any(_inside(operand.span, outer) for outer in droppable), (subject.text, operand.span.text)
            assert operand.owner not in settled, (subject.text, operand.span.text)
    for finding in found:
        if finding.witness is not None:
            (request,) = finding.witness.requests
            compare_witness(subject, program, finding, request)


def compare_witness(subject: Checked, program: Program, finding: Finding, request: object) -> None:
    """Without the operand a rule would hold for the request, or no longer; but an earlier one decides it."""
    operand = next(o for o in brute.operands(program) if o.span == finding.span)
    changed = front("changed.route", text=brute.without(program, operand)).policy
    assert changed is not None
    values = valid(subject, request)
    differing = [
        number
        for number, (one, two) in enumerate(zip(subject.policy.rules, changed.rules, strict=True))
        if holds(one.when, values) != holds(two.when, values)
    ]
    assert differing, (subject.text, request)
    by = matching_rule(subject.policy, values)
    assert by is not None
    assert by in subject.policy.rules[: differing[0]], (subject.text, request)


def settled_lets(program: Program, droppable: Sequence[Operand]) -> list[object]:
    """Lets of which every mention is part of something that can be dropped."""
    lets = [d for d in program.main.declarations if isinstance(d, s.Let)]
    settled: list[object] = []
    for _ in lets:
        for let in lets:
            mentions = list(brute.mentions(program, let))
            if not brute.claims_naming(program, let) and all(
                user in settled or any(_covers(operand.span, span) for operand in droppable) for user, span in mentions
            ):
                settled.append(let)
    return settled


def repeated(subject: Checked, program: Program, operand: Operand, places: set[Span]) -> bool:
    """Whether a later operand beside it, which is reported, is true of the same requests."""
    truth = _truth(subject, program, operand)
    later = [Operand(operand.node, at, operand.owner) for at in range(operand.at + 1, len(operand.node.operands))]
    return any(other.span in places and _truth(subject, program, other) == truth for other in later)


def _truth(subject: Checked, program: Program, operand: Operand) -> list[bool]:
    text = f"{program.main.source.text}\nrule zz when {operand.span.text} -> fail 503\n"
    policy = front("probe.route", text=text).policy
    assert policy is not None
    return [holds(policy.rules[-1].when, values) for values in subject.requests]


def _inside(inner: Span, outer: Operand) -> bool:
    return _covers(outer.span, inner) and outer.span != inner


def _covers(outer: Span, inner: Span) -> bool:
    return outer.start <= inner.start and inner.end <= outer.end


def _texts(places: set[Span]) -> list[str]:
    return [span.text for span in places]


# ── fixes ────────────────────────────────────────────────────────────────────────────────────────────


def compare_fixes(subject: Checked) -> None:
    """Each fix by itself leaves every request where it goes; one of a condition, with the rule that decides it."""
    for finding in subject.of("R104", "R105"):
        if finding.fix is None:
            assert finding.kind.code == "R104"
            assert subject.policy.tests
            continue
        assert finding.fix.safe
        (edit,) = finding.fix.edits
        text = subject.text[: edit.span.start] + edit.text + subject.text[edit.span.end :]
        fixed = front("fixed.route", text=text).policy
        assert fixed is not None, (subject.text, text)
        for values in subject.requests:
            one, two = matching_rule(subject.policy, values), matching_rule(fixed, values)
            assert brute.destination(one, values) == brute.destination(two, values), (subject.text, text, values)
            if finding.kind.code == "R105":
                assert (one and one.name) == (two and two.name), (subject.text, text, values)
