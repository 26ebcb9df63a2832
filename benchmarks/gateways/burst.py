"""A tenfold burst at a policy's limits: say 50 requests a second, 500, and at once 50 again."""

from __future__ import annotations

import time
from collections import Counter
from pathlib import Path

from benchmarks.gateways.load import LOST, STUCK, Load, load, percentile, request_of
from benchmarks.gateways.served import Bursting

SIZE = 10_000
NAMES = ("before", "burst", "after")


def burst(bursting: Bursting, seconds: float) -> bool:
    """Measure and print; whether all is as the limits say, and everything recovers."""
    port, headers, body = bursting.side
    rate = bursting.rate
    request = request_of(bursting.path, body(SIZE), headers)
    load(port, request, 10, 1)  # warm
    time.sleep(1)  # buckets full
    loads = []
    for each in (rate, 10 * rate, rate):
        time.sleep(1 / each)  # the burst's last request may have taken the last token there was
        loads.append(load(port, request, each, seconds))
    print(f"each upstream takes {2 * rate:g} a second and {2 * rate:g} in store; bodies of 10 KB; {seconds:g} s each")
    print("| phase | told/s | left/s | answers | p50 ms | p99 ms |")
    print("|---|--:|--:|---|--:|--:|")
    for name, told, one in zip(NAMES, (rate, 10 * rate, rate), loads, strict=True):
        p50, p99 = (percentile(one.milliseconds, share) for share in (0.5, 0.99))
        print(f"| {name} | {told:g} | {one.asked:.0f} | {_counted(one.answers)} | {p50:.1f} | {p99:.1f} |")
    time.sleep(0.5)
    open_ = connections(port)
    under_way = None if bursting.under_way is None else bursting.under_way()
    wrong = faults(loads, rate, open_, under_way)
    print(f"connections of the load that the gateway still has: {'not known here' if open_ is None else open_}")
    print(f"requests under way in it: {'it does not tell' if under_way is None else under_way}")
    print("\n".join(f"wrong: {each}" for each in wrong) or "what the limits let through, and no more; all recovers")
    return not wrong


def faults(loads: list[Load], rate: float, open_: int | None, under_way: int | None) -> list[str]:
    """What is not as it should be: in the quiet phases (``rate`` requests a second) all get 200 from the first
    upstream, in the burst each upstream gets what its limit lets through, the rest 429, and nothing is left over."""
    wrong = []
    for name, one in zip(NAMES, loads, strict=True):
        if name != "burst":
            wrong += [f"{name}: {_counted(one.answers)}"] if set(one.answers) != {("200", "east")} else []
            continue
        least, most = (2 * rate * (1 + seconds) for seconds in (one.leaving, one.seconds))
        for upstream in ("east", "west"):
            got = sum(count for (_, by), count in one.answers.items() if by == upstream)
            if not 0.8 * least <= got <= 1.05 * most:  # the second's bucket is full until the first's is empty
                wrong.append(f"{upstream} took {got} in {one.seconds:.1f} s; its limit lets {most:.0f} through")
        others = {status for status, _ in one.answers} - {"200", "429"}
        wrong += [f"burst: {_counted(one.answers)}"] if others else []
    wrong += [f"{open_} connections are still open"] if open_ else []
    wrong += [f"{under_way} requests are still under way"] if under_way else []
    return wrong


def _counted(answers: Counter[tuple[str, str]]) -> str:
    names = {LOST: "lost", STUCK: "stuck"}
    each = [f"{count} × {names.get(status, status)}{by and f' by {by}'}" for (status, by), count in answers.items()]
    return ", ".join(sorted(each, key=lambda one: one.split(" × ")[1]))


def connections(port: int) -> int | None:
    """How many TCP connections somebody here still has at this port of his; None where the system does not tell as
    Linux does (proc(5), `/proc/net/tcp`; 01 is established, 08 waits to be closed by the process)."""
    found, told = 0, False
    for file in (Path("/proc/net/tcp"), Path("/proc/net/tcp6")):
        if file.exists():
            told = True
            rows = (line.split() for line in file.read_text("ascii").splitlines()[1:])
            found += sum(row[1].endswith(f":{port:04X}") and row[3] in ("01", "08") for row in rows)
    return found if told else None
