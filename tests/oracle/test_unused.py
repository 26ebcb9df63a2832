"""R107 in random policies: what it reports can go, all at once, and nothing decides differently; what it does not
report cannot go, or something would.

What is cut out is cut out of the text, and what it does is asked of the reference evaluator.
"""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Iterable, Sequence
from functools import cache

import pytest

from interlock.compiler.analyses import unused_declaration
from interlock.compiler.facts import Facts
from interlock.compiler.pipeline import Front, front
from interlock.compiler.reference import State, decide, step
from interlock.dsl import policy as p
from interlock.dsl import syntax as s
from interlock.dsl.policy import CLASSES
from tests.oracle.compiled import SCALE, examples
from tests.oracle.policies import seeded
from tests.oracle.requests import all_requests

BATCH = 10
FIRST_SEED = 0 if SCALE == 1 else random.SystemRandom().randrange(10**9)
NAMED = s.Let | s.Pool | s.Upstream | s.Model | s.Enum | s.Attribute
Declared = NAMED | s.Fallback


@cache
def seen() -> Counter[str]:
    """How many declarations of each kind were reported, and how many were not."""
    return Counter()


@pytest.mark.parametrize("batch", range(examples(20)))
def test_what_nothing_uses(batch: int) -> None:
    for seed in range(FIRST_SEED + batch * BATCH, FIRST_SEED + (batch + 1) * BATCH):
        whole = read(seeded(seed))
        reported = unused(whole)
        seen().update(type(declaration).__name__ for declaration in reported)
        rest = read(cut(whole, reported))
        assert not rest.findings, (whole.program.main.source.text, rest.findings)
        assert_decides_alike(whole, rest, seed)
        # The types of the attributes that went were in use.
        freed = unused(rest)
        assert all(isinstance(declaration, s.Enum) for declaration in freed), rest.program.main.source.text
        for declaration in declared(rest):
            if declaration in freed:
                continue
            seen()[f"used {type(declaration).__name__}"] += 1
            assert_is_needed(rest, declaration)


def test_the_batches_met_everything() -> None:
    if not seen():
        pytest.skip("the batches were not run before this")
    for kind in ("Let", "Pool", "Upstream", "Model", "Enum", "Attribute", "Fallback"):
        assert seen()[f"used {kind}"] >= 20, seen()
        # The enum of the generator is the type of an attribute wherever it is not an index.
        assert seen()[kind] >= (1 if kind == "Enum" else 20), seen()


def read(text: str) -> Front:
    return front("generated.route", text=text)


def declared(subject: Front) -> list[Declared]:
    found: list[Declared] = []
    for declaration in subject.program.main.declarations:
        if isinstance(declaration, s.Request):
            found += declaration.attributes
        elif isinstance(declaration, s.Let | s.Pool | s.Upstream | s.Model | s.Enum | s.Fallback):
            found.append(declaration)
    return found


def unused(subject: Front) -> list[Declared]:
    """What R107 reports; its findings point at names, and at where chains start."""
    assert subject.table is not None
    spans = {f.span.start for f in unused_declaration.check(Facts(subject.table, subject.program))}
    return [
        declaration
        for declaration in declared(subject)
        if (declaration.start if isinstance(declaration, s.Fallback) else declaration.name).span.start in spans
    ]


def cut(subject: Front, gone: Iterable[Declared]) -> str:
    text = subject.program.main.source.text
    for declaration in sorted(gone, key=lambda d: -d.span.start):
        text = text[: declaration.span.start] + text[declaration.span.end :]
    return text


def assert_decides_alike(whole: Front, rest: Front, seed: int) -> None:
    """Valid requests; that requests are invalid for the sake of an attribute is what its finding says."""
    assert whole.policy is not None
    assert rest.policy is not None
    rng = random.Random(seed)
    for request in all_requests(whole.policy, cap=200, seed=seed):
        for after in ([], rng.choices(CLASSES, k=1), rng.choices(CLASSES, k=3), rng.choices(CLASSES, k=8)):
            assert decide(whole.policy, request, after) == decide(rest.policy, request, after)
    for errors in range(3):
        after = ["timeout"] * errors
        assert decide(whole.policy, 1, after) == decide(rest.policy, 1, after)


def assert_is_needed(subject: Front, declaration: Declared) -> None:
    less = read(cut(subject, [declaration]))
    text = subject.program.main.source.text
    if isinstance(declaration, s.Fallback):
        assert subject.policy is not None
        assert less.policy is not None, (text, less.findings)
        assert walks_differ(subject.policy, less.policy), (text, declaration.span.text)
    elif isinstance(declaration, s.Model) and less.policy is not None:
        # A claim may compare with any model, but means this one while there is one.
        assert any(a.field == "model" and declaration.name.text in a.values for a in less.policy.asserts), text
    else:
        assert less.findings, (text, declaration.span.text)


def walks_differ(one: p.Policy, two: p.Policy) -> bool:
    """Whether some errors lead elsewhere from where a rule or `invalid` leads."""
    todo = [(State(pool, None, 0, 0, None),) * 2 for pool in starts(one)]
    met: set[tuple[str | None, str, int]] = set()
    for here, there in todo:  # grows while it is read
        place = here.pool, repr(here.walked), here.position
        if place in met:
            continue
        met.add(place)
        for error in CLASSES:
            after, other = step(one, here, error), step(two, there, error)
            if (after.pool, after.fail, after.returned) != (other.pool, other.fail, other.returned):
                return True
            if after.pool is not None:
                todo.append((after, other))
    return False


def starts(policy: p.Policy) -> Sequence[str]:
    found: list[str] = []
    for to in (policy.invalid, *(rule.to for rule in policy.rules)):
        if isinstance(to, p.ToIndexed):
            found += [pool for _, pool in to.pools]
        elif isinstance(to, p.To):
            found.append(to.pool)
    return found
