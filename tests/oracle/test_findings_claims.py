"""Requirements and assertions of random policies hold or fail as brute force says, in both directions, and every
witness shows what it claims when it is given to the reference evaluator."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Sequence
from functools import cache

import pytest
from hypothesis import assume, given

from interlock.compiler.pipeline import check
from interlock.compiler.reference import Values, decide, holds, walk
from interlock.dsl import policy as p
from interlock.dsl.finding import Finding
from interlock.dsl.source import Span
from tests.oracle import brute_claims as brute
from tests.oracle.compiled import SCALE, examples, hypothesis_settings
from tests.oracle.policies import policies, seeded
from tests.oracle.requests import all_values, classes
from tests.oracle.test_findings import MOST_REQUESTS, Checked, undecided, valid

BATCH = 10
FIRST_SEED = 500_000 if SCALE == 1 else random.SystemRandom().randrange(10**9)
LOOKED_FOR = ("F207", "F208", "A401", "A402")


def checked(text: str) -> Checked | None:
    """None where there are no claims, or where brute force would take too long."""
    result = check("generated.route", text=text)
    policy = result.front.policy
    assert policy is not None, (text, result.findings)
    assert undecided(result.findings) == [], text
    also = brute.predicates(policy)
    if not policy.asserts and not policy.requires:
        return None
    found = classes(policy, also)
    if found.size > MOST_REQUESTS or not found.complete:
        return None
    return Checked(text, policy, result.findings, all_values(policy, also=also))


@cache
def seen() -> Counter[str]:
    """How often each finding was compared; filled by the batches below."""
    return Counter()


@pytest.mark.parametrize("batch", range(examples(30)))
def test_claims_are_those_of_brute_force(batch: int) -> None:
    for seed in range(FIRST_SEED + batch * BATCH, FIRST_SEED + (batch + 1) * BATCH):
        subject = checked(seeded(seed))
        if subject is not None:
            seen().update({"compared": 1, **Counter(finding.kind.code for finding in subject.findings)})
            compare(subject)


def test_the_batches_met_every_finding_about_claims() -> None:
    if seen()["compared"] < 50:
        pytest.skip("the batches were not run before this")
    assert {code: seen()[code] for code in LOOKED_FOR if seen()[code] < 5} == {}


@hypothesis_settings(50)
@given(policies(size=3))
def test_claims_are_those_of_brute_force_shrinking(text: str) -> None:
    subject = checked(text)
    assume(subject is not None)
    assert subject is not None
    compare(subject)


def compare(subject: Checked) -> None:
    compare_requirements(subject)
    compare_assertions(subject)


# ── F207, F208 ───────────────────────────────────────────────────────────────────────────────────────


def compare_requirements(subject: Checked) -> None:
    policy = subject.policy
    expected = {
        (number, _declared(policy, hop), model) for number, hop, model in brute.shortfalls(policy, subject.requests)
    }
    found = [_shortfall(subject, finding) for finding in subject.of("F207", "F208")]
    assert sorted(map(repr, found)) == sorted(map(repr, expected)), subject.text


def _declared(policy: p.Policy, hop: brute.Hop) -> tuple[object, ...]:
    """A hop as it is written: copies of a family are one."""
    pool, chain, position = hop
    return _at(policy.pools[pool].span), None if chain is None else _at(policy.chains[chain].span), position


def _at(span: Span) -> tuple[str, int]:
    return span.file, span.start


def _shortfall(subject: Checked, finding: Finding) -> tuple[int, tuple[object, ...], str]:
    """What a finding says, after a look at whether its witness shows it."""
    policy = subject.policy
    assert finding.witness is not None
    (request,) = finding.witness.requests
    after = finding.witness.after
    values = valid(subject, request)
    number = next(n for n, r in enumerate(policy.requires) if r.span == finding.related[0].span)
    require = policy.requires[number]
    assert holds(require.when, values), (subject.text, request)
    end = walk(policy, _first(policy, request), after)
    assert end.pool is not None
    assert finding.witness.hops == _pools(policy, request, after)
    model = str(decide(policy, request, after)["model"])
    members = [m for m in policy.pools[end.pool].members if m.model == model]
    assert any(brute.lacks(policy, require, values, m) for m in members), (subject.text, request, after)
    unknown = finding.kind.code == "F207" and policy.models[model].context is None
    assert finding.severity == ("warning" if unknown else "error")
    return number, _declared(policy, brute.written(policy, end)), model


def _first(policy: p.Policy, request: object) -> p.To:
    pool = decide(policy, request)["pool"]
    assert isinstance(pool, str)
    return p.To(pool)


def _pools(policy: p.Policy, request: object, after: Sequence[str]) -> tuple[object, ...]:
    pools = [decide(policy, request, after[:n])["pool"] for n in range(len(after) + 1)]
    return tuple(pool for pool in pools if pool is not None)


# ── A401, A402 ───────────────────────────────────────────────────────────────────────────────────────


def compare_assertions(subject: Checked) -> None:
    policy = subject.policy
    broken = {finding.span: finding for finding in subject.of("A401")}
    vacuous = {finding.span for finding in subject.of("A402")}
    for item in policy.asserts:
        met = any(holds(item.when, values) for values in subject.requests)
        assert (item.when.span in vacuous) == (not met), (subject.text, item.name)
        finding = broken.get(item.name_span)
        assert (finding is not None) == brute.broken(policy, item, subject.requests), (subject.text, item.name)
        if finding is not None:
            _check_witness(subject, item, finding)


def _check_witness(subject: Checked, item: p.Assert, finding: Finding) -> None:
    policy = subject.policy
    assert finding.witness is not None
    (request,) = finding.witness.requests
    after = finding.witness.after
    values: Values = valid(subject, request)
    assert holds(item.when, values), (subject.text, request)
    pools = _pools(policy, request, after)
    assert finding.witness.hops == pools, (subject.text, request)
    end = walk(policy, _first(policy, request), after)
    if item.quantifier == "chain":
        assert end.pool is None, (subject.text, request, after)
        assert not brute.passes(item, brute.measure(policy, item, values, [str(pool) for pool in pools]))
    else:
        assert end.pool is not None
        assert not after or item.quantifier == "every"
        hop = brute.written(policy, end)
        wrong = [m for h, m, _ in brute.hops(policy, values) if h == hop]
        assert not brute.passes(item, brute.field(policy, item, end.pool, wrong[0])), (subject.text, request, after)
