"""What may happen to the upstreams a, b and c of a table, and what the runtime for Python answers then."""

from __future__ import annotations

import random
from collections.abc import Iterator
from typing import Any

from interlock.runtime import load
from interlock.runtime.decision import Fail
from interlock.runtime.serving import Permit, State


def histories(data: bytes, count: int = 60) -> Iterator[tuple[list[dict[str, Any]], list[Permit | Fail]]]:
    """Histories of 199 steps: each asks an upstream, or says how the request of an earlier step (``of``) ended, at a
    time ``now`` in milliseconds that may go back. With each the answers to what was asked, permits or refusals."""
    for seed in range(count):
        random_ = random.Random(seed)
        now = 1_000_000
        table, state = load(data), State(lambda: now)  # noqa: B023
        steps: list[dict[str, Any]] = []
        permits: dict[int, Permit] = {}
        answers: list[Permit | Fail] = []
        for number in range(1, 200):
            now += random_.choice([0, 1, 3, 40, 400, 2500, -50])
            if permits and random_.random() < 0.5:
                of = random_.choice(sorted(permits))
                permit, failed = permits.pop(of), random_.random() < 0.6
                permit.done("timeout" if failed else None)
                steps.append({"upstream": permit.upstream, "now": now, "of": of, "failed": failed})
                continue
            upstream = random_.choice("abc")
            answer = state.ask(table, upstream)
            if isinstance(answer, Permit):
                permits[number] = answer
            answers.append(answer)
            steps.append({"upstream": upstream, "now": now})
        yield steps, answers
