"""The comparison: for each size of body and each rate, the gateway without and with the policy in turn."""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from importlib import import_module

from benchmarks.gateways.burst import burst
from benchmarks.gateways.load import Load, load, percentile, request_of
from benchmarks.gateways.served import Served, Side

GATEWAYS = ("litellm", "envoy", "cloudflare", "kong", "portkey")
SIZES = {"10 KB": 10_000, "200 KB": 200_000, "1 MB": 1_000_000}
ENOUGH = 0.8
"""Of a rate, for a second, what the load and the gateway alone must reach: else the queue would be measured, and not
the policy."""


def asked(served: Served, side: Side, size: int, rate: float, seconds: float) -> Load:
    """One load on one side."""
    port, headers, body = side
    return load(port, request_of(served.path, body(size), headers), rate, seconds)


def reached(served: Served, upstream: int, size: int, rate: float) -> str | None:
    """Why a rate cannot be measured here, if it cannot: the load and the upstream alone are too slow for it, or the
    gateway without the policy is."""
    _, headers, body = served.without
    alone = load(upstream, request_of(served.path, body(size), headers), rate, 1).rate
    if alone < ENOUGH * rate:
        return f"not reached: load and upstream alone make {alone:.0f}"
    most = asked(served, served.without, size, rate, 1).rate
    return None if most >= ENOUGH * rate else f"not reached: the gateway alone answers {most:.0f}"


def compare(served: Served, upstream: int, rates: Sequence[float], seconds: float, rounds: int) -> int:
    """Measure and print; how many requests failed."""
    failed = 0
    if served.alone is not None:
        for name, size in SIZES.items():
            print(f"{name}: {served.alone(size):.2f} ms of the policy's own, without the gateway", flush=True)
        print()
    print("| body | asked/s | answered/s without, with | p50 ms without, with | p99 ms without, with | p50 more |")
    print("|---|--:|--:|--:|--:|--:|")
    for name, size in SIZES.items():
        for side in (served.without, served.with_policy):
            asked(served, side, size, 10, 2)  # warm
        for rate in sorted(rates):
            if why := reached(served, upstream, size, rate):
                print(f"| {name} | {rate:g} | {why} | | | |", flush=True)
                break
            pairs = [
                [asked(served, side, size, rate, seconds) for side in (served.without, served.with_policy)]
                for _ in range(rounds)
            ]
            failed += sum(each.errors for pair in pairs for each in pair)
            print(_row(name, rate, pairs), flush=True)
    print(f"{failed} requests failed")
    return failed


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure and print; 1 if a request failed, or a burst did not go as the limits say."""
    parser = argparse.ArgumentParser(prog="benchmarks.gateways")
    parser.add_argument("gateway", choices=GATEWAYS)
    parser.add_argument("--rates", type=float, nargs="+", default=[5, 50, 500], help="requests a second")
    parser.add_argument("--seconds", type=float, default=2, help="of each load")
    parser.add_argument("--rounds", type=int, default=6, help="both sides have their turn in each")
    parser.add_argument("--burst", action="store_true", help="a tenfold burst at limits instead")
    options = parser.parse_args(arguments)
    gateway = import_module(f"benchmarks.gateways.{options.gateway}")
    if options.burst and not hasattr(gateway, "bursting"):
        parser.error(f"there is no burst for {options.gateway}")
    print(
        f"{options.gateway}; {os.cpu_count()} processors, load average {os.getloadavg()[0]:.1f} before it", flush=True
    )
    with upstream() as port:
        if options.burst:
            with gateway.bursting(port) as bursting:
                print(bursting.note, end="\n" if bursting.note else "", flush=True)
                return 0 if burst(bursting, options.seconds) else 1
        with gateway.served(port) as served:
            print(served.note, end="\n" if served.note else "", flush=True)
            return 1 if compare(served, port, options.rates, options.seconds, options.rounds) else 0


def _row(name: str, rate: float, pairs: Sequence[Sequence[Load]]) -> str:
    sides = [[pair[side] for pair in pairs] for side in range(2)]
    answered = [sum(each.rate for each in side) / len(side) for side in sides]
    all_ = [[ms for each in side for ms in each.milliseconds] for side in sides]
    (p50, p99) = ([percentile(each, share) for each in all_] for share in (0.5, 0.99))
    more = f"{p50[1] - p50[0]:+.1f}" if answered[1] >= ENOUGH * rate else "more than it can with the policy: a queue"
    cells = [name, f"{rate:g}", *(f"{a:.1f}, {b:.1f}" for a, b in (answered, p50, p99)), more]
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
