"""The comparison: for each size of body and each rate, the gateway without and with the policy in turn."""

from __future__ import annotations

import argparse
import subprocess
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from importlib import import_module

from benchmarks.gateways.load import Load, load, percentile, request_of

GATEWAYS = ("litellm",)
SIZES = {"10 KB": 10_000, "200 KB": 200_000, "1 MB": 1_000_000}
ENOUGH = 0.8
"""Of a rate, for a second, what the gateway alone must answer: else the queue would be measured, and not the policy."""
Side = tuple[int, dict[str, str], Callable[[int], bytes]]


@dataclass(frozen=True, slots=True)
class Served:
    """A gateway twice: each side is a port, the headers for it, and the body of a given size. ``alone`` gives the
    milliseconds of the policy's own work for one request of a size, without the gateway."""

    path: str
    without: Side
    with_policy: Side
    alone: Callable[[int], float]


def asked(served: Served, side: Side, size: int, rate: float, seconds: float) -> Load:
    """One load on one side."""
    port, headers, body = side
    return load(port, request_of(served.path, body(size), headers), rate, seconds)


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure and print; 1 if a request failed."""
    parser = argparse.ArgumentParser(prog="benchmarks.gateways")
    parser.add_argument("gateway", choices=GATEWAYS)
    parser.add_argument("--rates", type=float, nargs="+", default=[5, 50, 500], help="requests a second")
    parser.add_argument("--seconds", type=float, default=2, help="of each load")
    parser.add_argument("--rounds", type=int, default=6, help="both sides have their turn in each")
    options = parser.parse_args(arguments)
    failed = 0
    with upstream() as port, import_module(f"benchmarks.gateways.{options.gateway}").served(port) as served:
        for name, size in SIZES.items():
            print(f"{name}: {served.alone(size):.2f} ms of the policy's own, without the gateway", flush=True)
        print()
        print("| body | asked/s | answered/s without, with | p50 without, with | p99 without, with | p50 more |")
        print("|---|--:|--:|--:|--:|--:|")
        for name, size in SIZES.items():
            for side in (served.without, served.with_policy):
                asked(served, side, size, 10, 2)  # warm
            for rate in sorted(options.rates):
                most = asked(served, served.without, size, rate, 1).rate
                if most < ENOUGH * rate:
                    alone = f"not reached: the gateway alone answers {most:.0f}"
                    print(f"| {name} | {rate:g} | {alone} | | | |", flush=True)
                    break
                pairs = [
                    [asked(served, side, size, rate, options.seconds) for side in (served.without, served.with_policy)]
                    for _ in range(options.rounds)
                ]
                failed += sum(each.errors for pair in pairs for each in pair)
                print(_row(name, rate, pairs), flush=True)
    print(f"{failed} requests failed")
    return 1 if failed else 0


def _row(name: str, rate: float, pairs: Sequence[Sequence[Load]]) -> str:
    sides = [[pair[side] for pair in pairs] for side in range(2)]
    answered = [sum(each.rate for each in side) / len(side) for side in sides]
    all_ = [[ms for each in side for ms in each.milliseconds] for side in sides]
    (p50, p99) = ([percentile(each, share) for each in all_] for share in (0.5, 0.99))
    cells = [name, f"{rate:g}", *(f"{a:.1f}, {b:.1f}" for a, b in (answered, p50, p99)), f"{p50[1] - p50[0]:+.1f}"]
    return f"| {' | '.join(cells)} |"


@contextmanager
def upstream() -> Iterator[int]:
    """The upstream, in a process of its own; its port."""
    command = [sys.executable, "-m", "benchmarks.gateways.upstream"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        try:
            yield int(process.stdout.readline())
        finally:
            process.terminate()
