"""What the vectors ask of limits and breakers: sequences of admissions and outcomes, made by a fixed seed."""

from __future__ import annotations

import random
from typing import Any

from serving_model import Model

ERRORS = [None, None, "overloaded", "rate_limited", "server_error", "timeout", "unreachable",
          "context_overflow", "refused"]  # fmt: skip
STEPS = [0, 0, 0, 1, 1, 7, 99, 100, 101, 333, 999, 1_000, 1_001, 5_000, 60_000]
SEQUENCES = 12


def sequences(upstream: dict[str, Any]) -> list[object]:
    """Cases for an upstream of a table, whose clock begins at the first step's time."""
    names = [f"{upstream['name']} {number}" for number in range(SEQUENCES)]
    return [{"name": name, "steps": _steps(upstream, random.Random(name), 50)} for name in names]


def _steps(upstream: dict[str, Any], chance: random.Random, many: int) -> list[object]:
    at = chance.choice([0, 1, 12_345])
    model = Model(upstream, at)
    steps: list[object] = []
    open_: list[tuple[int, int]] = []  # the step and the number of each request that is under way
    sent = 0
    failing = chance.choice([0.2, 0.6, 0.95])
    for i in range(many):
        at += chance.choice(STEPS[: chance.choice([6, 11, 15])]) if i else 0
        if open_ and chance.random() < 0.5:
            step, request = open_.pop(chance.randrange(len(open_)))
            error = chance.choice(ERRORS[2:7]) if chance.random() < failing else chance.choice(ERRORS)
            model.done(request, error, at)
            steps.append({"at_ms": at, "done": step, "error": error})
            continue
        answer = model.admit(at)
        if answer == "send":
            open_.append((i, sent))
            sent += 1
        steps.append({"at_ms": at, "admit": upstream["name"], "answer": answer})
    return steps
