"""The results as one Markdown table, aligned so that it reads as well on a terminal."""

from __future__ import annotations

import os
import platform
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from importlib.metadata import version

from benchmarks import large
from benchmarks.line import Phases, StartUp
from benchmarks.peers import Engine
from benchmarks.timing import Timing

Row = tuple[str, ...]

TOO_SLOW = "not run: too slow"
"""Stands where an engine sat a size out (`peers.MOST_RULES`)."""


@dataclass(frozen=True, slots=True)
class Size:
    """Everything measured for one size of policy. ``places`` are the first quartile, median and third
    quartile of the deciding rule's place among the requests; ``draft`` is the hard case for ``check``, with
    the number of errors it finds there."""

    rules: int
    columns: int
    places: tuple[int, int, int]
    timings: Mapping[str, Timing]
    phases: Phases
    check_command: float
    compile_command: float
    draft_command: float
    draft_errors: int


def table(sizes: Sequence[Size], start_ups: Sequence[StartUp]) -> str:
    """One table: engines, phases and commands down, sizes of policy across."""
    names = list(dict.fromkeys(name for size in sizes for name in size.timings))
    rows: list[Row] = [("", *(f"{size.rules:,} rules" for size in sizes))]
    rows.append(("**one decision, p50 µs** (× bare loop, × Interlock)",))
    rows += [(name, *(_p50(size, name) for size in sizes)) for name in names]
    rows.append(("**one decision, p99 µs**",))
    rows += [(name, *(_p99(size, name) for size in sizes)) for name in names]
    rows.append(("**from text to table, in process**",))
    rows.append(("parse, resolve, lower, encode", *(_time(size.phases.build) for size in sizes)))
    rows.append(("… with every analysis", *(_time(size.phases.check) for size in sizes)))
    rows.append(("verification of the table", *(_time(size.phases.verify) for size in sizes)))
    rows.append(("policy text", *(_bytes(size.phases.text_bytes) for size in sizes)))
    rows.append(("table", *(_bytes(size.phases.table_bytes) for size in sizes)))
    rows.append(("columns", *(f"{size.columns:,}" for size in sizes)))
    rows.append(("**whole commands, start-up included**",))
    rows.append(("`interlock check`", *(_time(size.check_command) for size in sizes)))
    rows.append(("`interlock compile`", *(_time(size.compile_command) for size in sizes)))
    rows.append(
        (
            "`interlock check`, a draft (errors in it)",
            *(f"{_time(size.draft_command)} ({size.draft_errors:,})" for size in sizes),
        )
    )
    rows.append(("**start-up** (× `python -c pass`)",))
    for each in start_ups:
        ratio = each.interlock / each.python
        rows.append((f"`interlock check {each.policy}`", f"{_time(each.interlock)} ({ratio:.1f}×)"))
    return markdown(rows)


def page(
    sizes: Sequence[Size],
    start_ups: Sequence[StartUp],
    costs: Sequence[large.Large],
    engines: Sequence[Engine],
    missing: Mapping[str, str],
) -> str:
    """The whole of RESULTS.md."""
    places = "; ".join(f"{size.rules:,} rules: {size.places[0]}, {size.places[1]}, {size.places[2]}" for size in sizes)
    fewer = "; ".join(
        f"{name} at {size.rules:,} rules on {timing.requests:,}"
        for size in sizes
        for name, timing in size.timings.items()
        if timing.requests < max(each.requests for each in size.timings.values())
    )
    timed = f"Slow engines were timed on the first requests only: {fewer}." if fewer else ""
    versions = "".join(f"- {engine.name}: {engine.version}\n" for engine in engines)
    skipped = "".join(f"- **skipped: {name}** ({why})\n" for name, why in missing.items())
    return f"""\
# Results

Written by `make bench`; [README.md](README.md) says what is measured and how.

{table(sizes, start_ups)}
Large policies, as platform teams grow them ([realistic.py](realistic.py)): whole commands, one run each, and the most
memory they held. `compile` checks, and verifies the table against the policy.

{large.rows(costs)}
- Machine: {machine()}
- {platform.python_implementation()} {platform.python_version()}, lark {version("lark")}, typer {version("typer")}
- Date: {date.today().isoformat()}
{versions}{skipped}- Place of the deciding rule (quartiles over the requests): {places}
- Every engine that ran answered every request alike before anything was timed. {timed}
- To repeat: `make bench`
"""


def _p50(size: Size, name: str) -> str:
    if name not in size.timings:
        return TOO_SLOW
    p50 = size.timings[name].p50
    loop, interlock = size.timings["bare loop"].p50, size.timings["Interlock"].p50
    return f"{p50 / 1000:,.2f} ({_ratio(p50 / loop)}, {_ratio(p50 / interlock)})"


def _p99(size: Size, name: str) -> str:
    return f"{size.timings[name].p99 / 1000:,.2f}" if name in size.timings else TOO_SLOW


def _ratio(value: float) -> str:
    return f"{value:.2f}×" if value < 10 else f"{value:,.0f}×"


def _time(value: float) -> str:
    if value >= 1:
        return f"{value:.2f} s"
    return f"{value * 1000:.0f} ms" if value >= 0.01 else f"{value * 1000:.1f} ms"


def _bytes(value: int) -> str:
    return f"{value / 1000:,.1f} kB"


def markdown(rows: Sequence[Row]) -> str:
    count = max(map(len, rows))
    full = [(*row, *[""] * (count - len(row))) for row in rows]
    widths = [max(len(row[column]) for row in full) for column in range(count)]
    head, *body = [(row[0].ljust(widths[0]), *map(str.rjust, row[1:], widths[1:])) for row in full]
    rule = ("-" * widths[0], *("-" * (width - 1) + ":" for width in widths[1:]))
    return "".join(f"| {' | '.join(row)} |\n" for row in (head, rule, *body))


def machine() -> str:
    try:
        with open("/proc/cpuinfo", encoding="utf-8") as file:
            model = next(line.split(":", 1)[1].strip() for line in file if line.startswith("model name"))
    except (OSError, StopIteration):
        model = platform.processor() or platform.machine()
    return f"{model}, {os.cpu_count()} cores, {platform.system()} {platform.release()} {platform.machine()}"
