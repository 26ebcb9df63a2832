"""What is said of chains and of keys in random policies is what brute force says, in both directions, and every witness
shows what it claims when it is given to the reference evaluator."""

from __future__ import annotations

import random
import re
from collections import Counter
from collections.abc import Sequence
from functools import cache
from math import inf

import pytest
from hypothesis import assume, given

from interlock.compiler.reference import State, decide, step, walk
from interlock.compiler.settings import DEFAULTS
from interlock.dsl import policy as p
from interlock.dsl.finding import Finding
from tests.oracle import brute_chains as brute
from tests.oracle.brute import place_of
from tests.oracle.brute_chains import at
from tests.oracle.compiled import SCALE, examples, hypothesis_settings
from tests.oracle.policies import policies, seeded
from tests.oracle.test_findings import Checked, checked, valid

BATCH = 10
FIRST_SEED = 300_000 if SCALE == 1 else random.SystemRandom().randrange(10**9)
LOOKED_FOR = ("F203", "F204", "F205", "F206", "F209", "C304", "C305", "C306")


@cache
def seen() -> Counter[str]:
    """How often each finding was compared; filled by the batches below."""
    return Counter()


@pytest.mark.parametrize("batch", range(examples(20)))
def test_findings_about_chains_are_those_of_brute_force(batch: int) -> None:
    for seed in range(FIRST_SEED + batch * BATCH, FIRST_SEED + (batch + 1) * BATCH):
        subject = checked(seeded(seed))
        if subject is not None:
            seen().update({"compared": 1, **Counter(finding.kind.code for finding in subject.findings)})
            compare(subject)


def test_the_batches_met_every_finding_about_chains() -> None:
    if seen()["compared"] < 100:
        pytest.skip("the batches were not run before this")
    assert {code: seen()[code] for code in LOOKED_FOR if seen()[code] < 10} == {}
    assert seen()["too many walks"] < seen()["compared"] / 10


@hypothesis_settings(50)
@given(policies(size=3))
def test_findings_about_chains_are_those_of_brute_force_shrinking(text: str) -> None:
    subject = checked(text)
    assume(subject is not None)
    assert subject is not None
    compare(subject)


def compare(subject: Checked) -> None:
    starts = brute.starts(subject.policy, subject.requests)
    compare_repeats(subject)
    compare_attempts(subject, starts)
    compare_waits(subject, starts)
    compare_domains(subject, starts)
    compare_cliffs(subject, starts)
    compare_keys(subject)
    compare_unpinned(subject)


def spans(findings: Sequence[Finding]) -> list[brute.Written]:
    return sorted(at(finding.span) for finding in findings)


def states_of(subject: Checked, finding: Finding, start: str) -> list[State]:
    """The states of a witness's walk from a pool, which are its hops."""
    assert finding.witness is not None
    states = [
        walk(subject.policy, p.To(start), finding.witness.after[:n]) for n in range(len(finding.witness.after) + 1)
    ]
    assert tuple(state.pool for state in states) == finding.witness.hops, (subject.text, finding)
    return states


def shown(subject: Checked, finding: Finding) -> list[p.Member]:
    """What the witness's request is sent to at each hop of its walk."""
    assert finding.witness is not None
    (request,) = finding.witness.requests
    valid(subject, request)
    after = finding.witness.after
    first = decide(subject.policy, request)["pool"]
    members = []
    for n, state in enumerate(states_of(subject, finding, str(first))):
        where = decide(subject.policy, request, after[:n])
        members += [
            m
            for m in subject.policy.pools[str(state.pool)].members
            if (m.upstream, m.model) == (where["upstream"], where["model"])
        ]
    return members


# ── F203 ─────────────────────────────────────────────────────────────────────────────────────────────


def compare_repeats(subject: Checked) -> None:
    policy = subject.policy
    expected = brute.repeating_chains(policy)
    if expected is None:
        seen()["too many walks"] += 1
        return
    same = brute.same_tries(policy)
    found = subject.of("F203")
    declared = []
    for finding in found:
        assert finding.witness is not None
        states = states_of(subject, finding, finding.witness.hops[0])
        places = [place_of(policy, state) for state in states]
        assert len(set(places)) == len(places), (subject.text, finding)
        last, error = states[-2], finding.witness.after[-1]
        taken = next((chain, place) for class_, _, chain, place in brute.moves(policy, last) if class_ == error)
        assert taken[0].places[taken[1]] == finding.span, (subject.text, finding)
        declared.append(at(taken[0].span))
        copies = expected[declared[-1]]
        assert taken[0].pool in copies
        more = re.search(r"\(and (\d+) more", finding.message)
        assert len(copies) == 1 + (int(more[1]) if more else 0), (subject.text, finding)
        earlier = [
            n
            for n, class_ in enumerate(finding.witness.after)
            if class_ in p.UNAVAILABLE and (states[n].pool, states[-1].pool) in same
        ]
        assert earlier, (subject.text, finding)
        if finding.witness.requests:
            tried = [(_served(policy, member)) for member in shown(subject, finding)]
            assert any(tried[n] == tried[-1] for n in earlier), (subject.text, finding)
    assert sorted(declared) == sorted(expected), subject.text


def _served(policy: p.Policy, member: p.Member) -> tuple[object, ...]:
    upstream = policy.upstreams[member.upstream]
    return upstream.provider, upstream.account, upstream.region, upstream.endpoint, member.model


# ── F204, F205 ───────────────────────────────────────────────────────────────────────────────────────


def compare_attempts(subject: Checked, starts: Sequence[brute.Start]) -> None:
    policy = subject.policy
    found = subject.of("F204")
    most = brute.most_attempts(policy, starts)
    worst = [finding for finding in found if finding.message.startswith("one request")]
    assert len(worst) == (most > DEFAULTS.max_attempts), subject.text
    for finding in worst:
        shown(subject, finding)
        assert finding.witness is not None
        if most == inf:
            assert "without end" in finding.message, subject.text
            assert _goes_round(subject, finding), (subject.text, finding)
        else:
            assert f"cause {int(most):,} attempts" in finding.message, (subject.text, finding, most)
            assert f"make {10 * int(most):,} more" in finding.message
            assert most == sum(1 + policy.pools[hop].retry for hop in finding.witness.hops)
        assert finding.span == policy.pools[finding.witness.hops[0]].span
    others = [finding for finding in found if finding not in worst]
    assert spans(others) == sorted(brute.retrying_pools(policy, starts)), subject.text
    for finding in others:
        shown(subject, finding)
        assert finding.witness is not None
        pool = policy.pools[finding.witness.hops[-1]]
        assert pool.span == finding.span
        assert f"up to {1 + pool.retry} times" in finding.message


def _goes_round(subject: Checked, finding: Finding) -> bool:
    assert finding.witness is not None
    states = states_of(subject, finding, finding.witness.hops[0])
    places = [place_of(subject.policy, state) for state in states]
    return places[-1] in places[:-1] and len(set(places)) == len(places) - 1


def compare_waits(subject: Checked, starts: Sequence[brute.Start]) -> None:
    policy = subject.policy
    most = brute.longest_wait(policy, starts)
    found = subject.of("F205")
    assert len(found) == (most > DEFAULTS.max_wait_ms), (subject.text, most)
    for finding in found:
        members = shown(subject, finding)
        assert finding.witness is not None
        assert finding.span == policy.pools[finding.witness.hops[0]].span
        if most == inf:
            assert "without end" in finding.message, subject.text
            assert _goes_round(subject, finding), (subject.text, finding)
        else:
            assert f"wait {int(most) // 1_000:,}" in finding.message, (subject.text, finding, most)
        total = 0
        for member, hop in zip(members, finding.witness.hops, strict=True):
            timeouts = policy.upstreams[member.upstream].timeouts
            once = timeouts["total"] if "total" in timeouts else timeouts["connect"] + timeouts["first_token"]
            total += once * (1 + policy.pools[hop].retry)
        assert most in (inf, total), (subject.text, finding)


# ── F206, F209 ───────────────────────────────────────────────────────────────────────────────────────


def compare_domains(subject: Checked, starts: Sequence[brute.Start]) -> None:
    policy = subject.policy
    expected: dict[brute.Written, list[str]] = {}
    domains = brute.single_domains(policy, starts)
    for pool in domains:
        expected.setdefault(at(policy.pools[pool].span), []).append(pool)
    found = subject.of("F206")
    assert spans(found) == sorted(expected), subject.text
    for finding in found:
        copies = expected[at(finding.span)]
        named = re.findall(r"`([^`]*)`", finding.message)[0]
        provider, region = domains[named]
        assert named in copies
        assert re.findall(r"one provider, `([^`]*)`", finding.message) == ([] if provider is None else [provider])
        assert re.findall(r"one region, `([^`]*)`", finding.message) == ([] if region is None else [region])
        more = re.search(r"\(and (\d+) more", finding.message)
        assert len(copies) == 1 + (int(more[1]) if more else 0), (subject.text, finding)


def compare_cliffs(subject: Checked, starts: Sequence[brute.Start]) -> None:
    policy = subject.policy
    told = []
    for finding in subject.of("F209"):
        members = shown(subject, finding)
        states = states_of(subject, finding, str(finding.witness and finding.witness.hops[0]))
        error = str(finding.witness and finding.witness.after[-1])
        places = [c.places[n] for class_, _, c, n in brute.moves(policy, states[-2]) if class_ == error]
        assert places == [finding.span], (subject.text, finding)
        assert step(policy, states[-2], error) == states[-1]
        assert {members[0].model, members[-1].model} == {*re.findall(r"`([^`]*)`", finding.message)}
        told.append((at(finding.span), members[0].model, members[-1].model))
    assert sorted(told) == sorted(brute.cliffs(policy, starts)), subject.text


# ── C304, C305, C306 ─────────────────────────────────────────────────────────────────────────────────


def compare_keys(subject: Checked) -> None:
    assert spans(subject.of("C304")) == sorted(brute.absent_keys(subject.policy)), subject.text
    assert spans(subject.of("C305")) == sorted(brute.coarse_keys(subject.policy)), subject.text


def compare_unpinned(subject: Checked) -> None:
    policy = subject.policy
    serves = {at(m.span): at(pool.span) for pool in policy.pools.values() for m in pool.members}
    found = [(serves[at(finding.span)], at(finding.related[0].span)) for finding in subject.of("C306")]
    assert sorted(found) == sorted(brute.unpinned(policy)), subject.text
