"""What the analyzer finds in random policies is what brute force finds, in both directions, and every witness
shows what it claims when it is given to the reference evaluator."""

from __future__ import annotations

import random
import re
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache

import pytest
from hypothesis import assume, given

from interlock.compiler.pipeline import check
from interlock.compiler.reference import Invalid, Values, decide, holds, validate, walk
from interlock.dsl import policy as p
from interlock.dsl.finding import Finding
from interlock.dsl.policy import UNAVAILABLE
from tests.oracle import brute
from tests.oracle.compiled import SCALE, examples, hypothesis_settings
from tests.oracle.policies import policies, seeded
from tests.oracle.requests import all_values, classes

MOST_REQUESTS = 5_000
BATCH = 10
FIRST_SEED = 0 if SCALE == 1 else random.SystemRandom().randrange(10**9)
LOOKED_FOR = ("R101", "R102", "R103", "R106", "F201", "F202", "C301", "C303")


@dataclass(frozen=True)
class Checked:
    """A policy with what was found in it, and one request of every class."""

    text: str
    policy: p.Policy
    findings: Sequence[Finding]
    requests: Sequence[Values]

    def of(self, *codes: str) -> list[Finding]:
        return [finding for finding in self.findings if finding.kind.code in codes]


def checked(text: str) -> Checked | None:
    """None where brute force would take too long."""
    result = check("generated.route", text=text)
    policy = result.front.policy
    assert policy is not None, (text, result.findings)
    assert undecided(result.findings) == [], text
    found = classes(policy)
    if found.size > MOST_REQUESTS or not found.complete:
        return None
    return Checked(text, policy, result.findings, all_values(policy))


def undecided(findings: Sequence[Finding]) -> list[Finding]:
    """What was not decided about a policy; but not that C302 does not follow the picks of a number that grows."""
    return [f for f in findings if f.kind.code == "S504" and "picks anew with each number" not in f.message]


@cache
def seen() -> Counter[str]:
    """How often each finding was compared; filled by the batches below."""
    return Counter()


@pytest.mark.parametrize("batch", range(examples(30)))
def test_findings_are_those_of_brute_force(batch: int) -> None:
    for seed in range(FIRST_SEED + batch * BATCH, FIRST_SEED + (batch + 1) * BATCH):
        subject = checked(seeded(seed))
        seen()["policies"] += 1
        if subject is not None:
            seen().update({"compared": 1, **Counter(finding.kind.code for finding in subject.findings)})
            for compare in COMPARISONS:
                compare(subject)


def test_the_batches_met_every_finding() -> None:
    if seen()["policies"] < 100:
        pytest.skip("the batches were not run before this")
    assert seen()["compared"] >= 0.9 * seen()["policies"]
    assert {code: seen()[code] for code in LOOKED_FOR if seen()[code] < 10} == {}


@hypothesis_settings(50)
@given(policies(size=3))
def test_findings_are_those_of_brute_force_shrinking(text: str) -> None:
    subject = checked(text)
    assume(subject is not None)
    assert subject is not None
    for compare in COMPARISONS:
        compare(subject)


# ── R ────────────────────────────────────────────────────────────────────────────────────────────────


def valid(subject: Checked, request: object) -> Values:
    """The values of a witness's request."""
    values = validate(subject.policy, request)
    assert not isinstance(values, Invalid), (subject.text, request, values)
    return values


def compare_dead_rules(subject: Checked) -> None:
    rules = {rule.name_span: rule for rule in subject.policy.rules}
    found = subject.of("R101", "R102", "R106")
    named = [(finding.kind.code, rules[finding.span].name) for finding in found]
    assert sorted(named) == sorted(brute.dead_rules(subject.policy, subject.requests)), subject.text
    for finding in found:
        rule = rules[finding.span]
        mine = [values for values in subject.requests if holds(rule.when, values)]
        assert (finding.witness is None) == (not mine), subject.text
        if finding.witness is not None:
            (request,) = finding.witness.requests
            assert holds(rule.when, valid(subject, request)), (subject.text, request)
            taker = decide(subject.policy, request)["rule"]
            assert taker in [earlier.name for earlier in before(subject.policy, rule)], (
                subject.text,
                request,
            )
            compare_cover(subject, rule, [rules[related.span] for related in finding.related], mine)


def compare_cover(subject: Checked, rule: p.Rule, cover: Sequence[p.Rule], mine: Sequence[Values]) -> None:
    """The rules named take all of its requests, and none of them can be left out."""
    assert set(map(id, cover)) <= set(map(id, before(subject.policy, rule)))
    takers = [{other.name for other in cover if holds(other.when, values)} for values in mine]
    assert all(takers), subject.text
    for other in cover:
        assert {other.name} in takers, (subject.text, other.name)


def before(policy: p.Policy, rule: p.Rule) -> Sequence[p.Rule]:
    return policy.rules[: [other is rule for other in policy.rules].index(True)]


def compare_gap(subject: Checked) -> None:
    found = subject.of("R103")
    assert bool(found) == brute.has_gap(subject.policy, subject.requests), subject.text
    for finding in found:
        assert finding.witness is not None
        (request,) = finding.witness.requests
        valid(subject, request)
        assert decide(subject.policy, request)["rule"] is None, (subject.text, request)


# ── F ────────────────────────────────────────────────────────────────────────────────────────────────


def compare_loops(subject: Checked) -> None:
    policy = subject.policy
    loops = brute.loops(policy)
    found = subject.of("F201")
    assert bool(found) == bool(loops), subject.text
    for finding in found:
        assert finding.witness is not None
        after, hops = finding.witness.after, finding.witness.hops
        assert len(after) + 1 == len(hops)
        if finding.witness.requests:
            (request,) = finding.witness.requests
            assert places(subject, request, after)[-1] in places(subject, request, after)[:-1], subject.text
            assert visited(subject, request, after) == hops
        assert hops[-1] in hops[:-1]
        assert {*re.findall("`([^`]*)`", finding.message.partition(", over ")[0])} <= {pool for pool, *_ in loops}
    # Each set of states that lead to each other has a finding at chains that it walks.
    spans = [{finding.span, *(related.span for related in finding.related)} for finding in found]
    for group in brute.loop_groups(policy):
        walked = {chain.span for chain in group}
        assert any(some <= walked for some in spans), (subject.text, walked)


def places(subject: Checked, request: object, after: Sequence[str]) -> list[brute.Place]:
    """The states of a walk."""
    first = decide(subject.policy, request)["pool"]
    assert isinstance(first, str)
    states = [walk(subject.policy, p.To(first), after[:n]) for n in range(len(after) + 1)]
    return [brute.place_of(subject.policy, state) for state in states]


def visited(subject: Checked, request: object, after: Sequence[str]) -> tuple[object, ...]:
    return tuple(decide(subject.policy, request, after[:n])["pool"] for n in range(len(after) + 1))


def compare_open_chains(subject: Checked) -> None:
    policy = subject.policy
    found = subject.of("F202")
    named = set()
    for finding in found:
        every = "any error of the provider" in finding.message
        errors = [error for error in UNAVAILABLE if every or f"`{error}`" in finding.message]
        named |= {(finding.span, error) for error in errors}
        assert finding.witness is not None
        (request,) = finding.witness.requests
        valid(subject, request)
        *walked, last = finding.witness.after
        assert decide(policy, request, [*walked, last])["fail"] == {"status": None, "message": last}, subject.text
        assert visited(subject, request, walked) == finding.witness.hops
        assert policy.pools[finding.witness.hops[-1]].span == finding.span
        assert last in errors
    expected = {(policy.pools[pool].span, error) for pool, error in brute.open_states(policy, subject.requests)}
    assert named == expected, subject.text


# ── C ────────────────────────────────────────────────────────────────────────────────────────────────


def compare_unsticky_pools(subject: Checked) -> None:
    expected = {subject.policy.pools[name].span for name in brute.unsticky_pools(subject.policy)}
    found = [finding.span for finding in subject.of("C303")]
    assert sorted(map(str, found)) == sorted(map(str, expected)), subject.text


def compare_splits(subject: Checked) -> None:
    policy = subject.policy
    found = {}
    for finding in subject.of("C301"):
        model = re.findall("use `([^`]*)`", finding.message)
        assert len(model) == 1
        assert model[0] not in found, "one finding a model"
        found[model[0]] = finding
    assert set(found) == brute.split_models(policy, subject.requests), subject.text
    for model, finding in found.items():
        assert finding.witness is not None
        one, two = (valid(subject, request) for request in finding.witness.requests)
        flipping = [name for name in policy.attributes if one[name] != two[name]]
        assert flipping, subject.text
        for name in flipping:
            assert policy.attributes[name].stability == "per turn", (subject.text, name)
            assert f"`{name}`" in finding.message
        first, second = brute.turns(policy, [one, two])
        assert first.model == second.model == model, subject.text
        assert first.home != second.home, subject.text
        names = [rule.name for rule in policy.rules]
        later = max(names.index(str(decide(policy, request)["rule"])) for request in finding.witness.requests)
        assert finding.span == policy.rules[later].name_span


COMPARISONS: tuple[Callable[[Checked], None], ...] = (
    compare_dead_rules,
    compare_gap,
    compare_loops,
    compare_open_chains,
    compare_unsticky_pools,
    compare_splits,
)
