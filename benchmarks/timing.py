"""How time is taken: each decision by itself, engines in turn, the clock's own cost taken off.

Every request is timed once a round, and in each round every engine has its turn, so that a slow spell of the
machine meets all of them. A request's time is the median of its rounds: that removes what the machine did,
and leaves what the request costs. p50 and p99 are over the requests. The collector is off while the clock
runs, as in `timeit`; no engine here leaves cycles behind. One thread.
"""

from __future__ import annotations

import gc
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from statistics import median
from time import perf_counter_ns
from typing import Any

from benchmarks.peers import Engine
from benchmarks.policies import Request

ROUNDS = 11
ROUND_NS = 300_000_000
"""An engine too slow to decide every request in this time is timed on as many of the first ones as fit."""

FEWEST = 200


class Disagreement(Exception):
    """Two engines decide one request differently: nothing is timed."""


@dataclass(frozen=True, slots=True)
class Timing:
    """Nanoseconds a decision, over ``requests`` requests."""

    p50: float
    p99: float
    requests: int


def agree(engines: Sequence[Engine], requests: Sequence[Request], expected: Sequence[int]) -> None:
    """Raises Disagreement with the request when an engine's answer differs from ``expected``."""
    for engine in engines:
        for request, want in zip(requests, expected, strict=True):
            got = engine.rule(engine.decide(engine.form(request)))
            if got != want:
                raise Disagreement(f"{engine.name} decides by rule {got}, not by {want}, for {request}")


def time_engines(engines: Sequence[Engine], requests: Sequence[Request]) -> dict[str, Timing]:
    """The timing of each engine, by name. Asking ``agree`` first has also warmed them."""
    formed = {engine.name: [engine.form(request) for request in requests] for engine in engines}
    for engine in engines:
        formed[engine.name] = formed[engine.name][: _fitting(engine.decide, formed[engine.name])]
    rounds: dict[str, list[list[int]]] = {engine.name: [] for engine in engines}
    overheads = []
    gc.collect()
    gc.disable()
    try:
        for _ in range(ROUNDS):
            overheads.append(median(_clock_pass(requests)))
            for engine in engines:
                rounds[engine.name].append(_pass(engine.decide, formed[engine.name]))
    finally:
        gc.enable()
    overhead = median(overheads)
    return {name: _timing(passes, overhead) for name, passes in rounds.items()}


def _fitting(decide: Callable[[Any], Any], formed: list[Any]) -> int:
    typical = median(_pass(decide, formed[:FEWEST]))
    return min(len(formed), max(FEWEST, int(ROUND_NS / typical)))


def _pass(decide: Callable[[Any], Any], formed: Sequence[Any]) -> list[int]:
    times: list[int] = []
    keep, clock = times.append, perf_counter_ns
    for request in formed:
        start = clock()
        decide(request)  # the answer is dropped, and freed, within its own time
        keep(clock() - start)
    return times


def _clock_pass(formed: Sequence[Any]) -> list[int]:
    """The same loop around nothing."""
    times: list[int] = []
    keep, clock = times.append, perf_counter_ns
    for _request in formed:
        start = clock()
        keep(clock() - start)
    return times


def _timing(passes: list[list[int]], overhead: float) -> Timing:
    each = sorted(median(of_one) - overhead for of_one in zip(*passes, strict=True))
    return Timing(median(each), each[len(each) * 99 // 100], len(each))


def seconds(work: Callable[[], object], times: int) -> float:
    """The median wall time of ``work``, run ``times`` times."""
    taken = []
    for _ in range(times):
        start = perf_counter_ns()
        work()
        taken.append((perf_counter_ns() - start) / 1e9)
    return median(taken)


def interleaved(first: Callable[[], object], second: Callable[[], object], times: int) -> tuple[float, float]:
    """The median wall times of both, run in turn."""
    pairs = [(seconds(first, 1), seconds(second, 1)) for _ in range(times)]
    return median(pair[0] for pair in pairs), median(pair[1] for pair in pairs)
