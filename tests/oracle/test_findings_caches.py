"""The moves of sessions' caches in random policies are those of brute force, in both directions, and every witness
shows two turns of one session."""

from __future__ import annotations

import random
import re
from collections import Counter
from functools import cache

import pytest
from hypothesis import assume, given

from interlock.compiler.pipeline import check
from interlock.compiler.reference import decide
from interlock.dsl.finding import Finding
from tests.oracle import brute, brute_caches
from tests.oracle.compiled import SCALE, examples, hypothesis_settings
from tests.oracle.policies import policies, seeded
from tests.oracle.requests import all_values, classes
from tests.oracle.test_findings import MOST_REQUESTS, Checked, undecided, valid

BATCH = 10
FIRST_SEED = 700_000 if SCALE == 1 else random.SystemRandom().randrange(10**9)
LOOKED_FOR = ("C302", "C307")


_ATTRIBUTE = re.compile(
    r"^(    \S+ : )(\w+(?:\((?:[^()]|\([^()]*\))*\))?)(\??)(?: per session| per turn| rising)?", re.MULTILINE
)


def steady(text: str) -> str:
    """The same policy where nothing is per turn: required ints only grow, all else is constant in a session. So C301
    is rare and what it hides shows."""

    def stable(match: re.Match[str]) -> str:
        grows = match[2].startswith("int") and not match[3]
        return f"{match[1]}{match[2]}{match[3]} {'rising' if grows else 'per session'}"

    return _ATTRIBUTE.sub(stable, text)


def growing(seed: int) -> str:
    """A policy whose pools pick models by a number that grows."""
    c = random.Random(seed)
    lines = ["policy generated", "request { k : int(0..=40) rising; b : bool per session }"]
    models = ["m", "n", "o"]
    lines += [f"model {model} {{}}" for model in models]
    places = ["here", "there"]
    lines += [f"upstream {place} {{ provider {place} }}" for place in places]
    pools = [f"p{i}" for i in range(c.randint(2, 4))]
    for pool in pools:
        members = [f"serve {c.choice(places)} with {model}" for model in c.sample(models, c.randint(1, 3))]
        lines.append(f"pool {pool} {{ {'; '.join(members)}; sticky by k }}")
    for i in range(c.randint(1, 4)):
        first, last = sorted(c.sample(range(41), 2))
        when = c.choice([f"k in {first}..={last}", f"k < {last}", f"k in {first}..={last} and b", "b"])
        lines.append(f"rule r{i} when {when} -> {c.choice(pools)}")
    return "\n".join([*lines, f"rule otherwise -> {c.choice(pools)}", ""])


def checked(text: str) -> Checked | None:
    """None where brute force would take too long."""
    result = check("generated.route", text=text)
    policy = result.front.policy
    assert policy is not None, (text, result.findings)
    assert undecided(result.findings) == [], text
    found = classes(policy)
    if found.size > MOST_REQUESTS or not found.complete or any(f.kind.code == "S504" for f in result.findings):
        return None
    return Checked(text, policy, result.findings, all_values(policy))


@cache
def seen() -> Counter[str]:
    """How often each finding was compared; filled by the batches below."""
    return Counter()


@pytest.mark.parametrize("batch", range(examples(15)))
def test_moves_are_those_of_brute_force(batch: int) -> None:
    for seed in range(FIRST_SEED + batch * BATCH, FIRST_SEED + (batch + 1) * BATCH):
        for text in (seeded(seed), steady(seeded(seed))):
            subject = checked(text)
            if subject is not None:
                seen().update({"compared": 1, **Counter(finding.kind.code for finding in subject.findings)})
                compare(subject)


def test_the_batches_met_every_finding_about_moves() -> None:
    if seen()["compared"] < 50:
        pytest.skip("the batches were not run before this")
    assert {code: seen()[code] for code in LOOKED_FOR if seen()[code] < 3} == {}


def test_moves_of_picks_by_what_grows_are_those_of_brute_force() -> None:
    found: Counter[str] = Counter()
    for seed in range(FIRST_SEED, FIRST_SEED + examples(60)):
        subject = checked(growing(seed))
        assert subject is not None, growing(seed)
        compare(subject)
        found.update(finding.kind.code for finding in subject.findings)
    assert SCALE < 1 or found["C302"] >= 20, found


@hypothesis_settings(50)
@given(policies(size=3))
def test_moves_are_those_of_brute_force_shrinking(text: str) -> None:
    subject = checked(steady(text))
    assume(subject is not None)
    assert subject is not None
    compare(subject)


def compare(subject: Checked) -> None:
    expected = brute_caches.most_moves(subject.policy, subject.requests)
    found = dict(_moves(subject, finding) for finding in subject.of("C302"))
    assert found == expected, subject.text
    flaps = subject.of("C307")
    assert bool(flaps) == brute_caches.flapping(subject.policy, subject.requests), subject.text
    for finding in flaps:
        one, two = _turns(subject, finding, ("per session", "rising"))
        assert decide(subject.policy, one)["model"] != decide(subject.policy, two)["model"]


def _moves(subject: Checked, finding: Finding) -> tuple[str, int]:
    """The model and the number of moves that a finding tells, after a look at its turns."""
    one, two = _turns(subject, finding, ("per session",))
    for name, attribute in subject.policy.attributes.items():
        if attribute.stability == "rising":
            first, second = (valid(subject, request)[name] for request in (one, two))
            assert isinstance(first, int)
            assert isinstance(second, int)
            assert first <= second, (subject.text, one, two)
    # As C302 has it, a pool that C303 reports picks its first member.
    turns = list(brute.turns(subject.policy, [valid(subject, one), valid(subject, two)]))
    assert len(turns) == 2
    assert turns[0].model == turns[1].model
    assert turns[0].home != turns[1].home, (subject.text, one, two)
    match = re.search(r"moves (?:(once)|at most (\d+) times) as", finding.message)
    assert match, finding.message
    return turns[0].model, 1 if match[1] else int(match[2])


def _turns(subject: Checked, finding: Finding, fixed: tuple[str, ...]) -> tuple[object, object]:
    """The two requests of a witness, which agree on what is fixed within a session."""
    assert finding.witness is not None
    one, two = finding.witness.requests
    for name, attribute in subject.policy.attributes.items():
        if attribute.stability in fixed:
            assert valid(subject, one)[name] == valid(subject, two)[name], (subject.text, one, two)
    return one, two
