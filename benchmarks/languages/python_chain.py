"""Times an if-chain in Python: `python_chain.py CHAIN.py REQUESTS.jsonl EXPECTED`, one index a line in EXPECTED.

Prints a JSON object. Exit code 3: the chain decides a request differently, and nothing was timed.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from statistics import median, quantiles
from time import perf_counter_ns
from typing import Any

ROUNDS = 300
ROUND_NS = 1_000_000


def main(chain: str, requests_file: str, expected_file: str) -> int:
    """Compare, measure and print; gives the exit code."""
    scope: dict[str, Any] = {}
    exec(compile(Path(chain).read_text("utf-8"), chain, "exec"), scope)
    decide = scope["decide"]
    requests = [json.loads(line) for line in Path(requests_file).read_text("utf-8").splitlines()]
    expected = [int(line) for line in Path(expected_file).read_text("utf-8").splitlines()]
    for request, want in zip(requests, expected, strict=True):
        if (got := decide(request)) != want:
            print(f"if-chain decides differently: by rule {got}, not by {want}, for {request}", file=sys.stderr)
            return 3

    def timed(passes: int) -> int:
        started = perf_counter_ns()
        for _ in range(passes):
            for request in requests:
                decide(request)
        return perf_counter_ns() - started

    passes = 1
    while timed(passes) < ROUND_NS:  # warms up too
        passes *= 2
    rounds = [timed(passes) / (passes * len(requests)) for _ in range(ROUNDS)]
    p99 = quantiles(rounds, n=100, method="inclusive")[98]
    print(json.dumps({"p50_ns": median(rounds), "p99_ns": p99, "rounds": ROUNDS}))
    return 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
