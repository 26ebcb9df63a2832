"""LANGUAGES.md: a table of each language, and what was measured where."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from benchmarks.languages.case import REQUESTS
from benchmarks.languages.engines import ENGINES, Engine, Figures
from benchmarks.report import machine, markdown

FEW = 100
"""Rounds of which no percentile but the median is told."""

TARGETS = {"Go": 150, "TypeScript": 400, "LuaJIT": 600, "Python": 2_000}
"""What a decision may take at most at the median, in nanoseconds."""


@dataclass(frozen=True, slots=True)
class Size:
    """The figures of each engine for one size of policy."""

    rules: int
    figures: Mapping[Engine, Figures]


def page(sizes: Sequence[Size], skipped: Mapping[Engine, str], turns: int, loads: Sequence[float]) -> str:
    """The whole of LANGUAGES.md."""
    languages = dict.fromkeys(engine.language for engine in ENGINES)
    tables = "\n".join(f"## {language}\n\n{_table(language, sizes)}" for language in languages)
    left_out = "".join(f"- **skipped: {each.name} in {each.language}** ({why})\n" for each, why in skipped.items())
    return f"""\
# A decision in each language

Written by `make bench-languages`; [README.md](README.md#in-each-language) says what is measured and how.
p50, p99 and what is allocated are per decision; × is the p50 beside that of the if-chain.

{tables}
{_targets(sizes)}
- Machine: {machine()}
- {_shared(loads)}
- Date: {date.today().isoformat()}
{_versions(sizes)}{left_out}\
- Every engine that ran decided each of {REQUESTS:,} requests by the same rule before it was timed; the runtimes' whole
  answers are the same to the byte. Figures are of the best of {turns} turns.
- p99 is over rounds of at least a millisecond each, so it says what the machine did more than what a request costs;
  "–": fewer than {FEW} rounds. {_fewer(sizes)}
- To repeat: `make bench-languages`
"""


def load() -> float:
    """How many processes wanted a core in the last minute."""
    return os.getloadavg()[0]


def _table(language: str, sizes: Sequence[Size]) -> str:
    rows: list[tuple[str, ...]] = [
        ("", "rules", "p50 ns", "×", "p99 ns", "allocations", "bytes allocated", "load ms", "kB")
    ]
    for engine in ENGINES:
        if engine.language != language:
            continue
        for size in sizes:
            if engine not in size.figures:
                continue
            told = size.figures[engine]
            chain = next((f["p50_ns"] for e, f in size.figures.items() if _is_chain(e, language)), None)
            name = engine.name if size is sizes[0] else ""
            rows.append((name, f"{size.rules:,}", *_cells(told, chain)))
    return markdown(rows)


def _is_chain(engine: Engine, language: str) -> bool:
    return engine.name == "if-chain" and engine.language == language


def _cells(told: Figures, chain: float | None) -> tuple[str, ...]:
    p50 = told["p50_ns"]
    bytes_held = told.get("table_bytes")
    return (
        f"{p50:,.0f}",
        "" if chain is None else f"{p50 / chain:.2f}" if p50 < 10 * chain else f"{p50 / chain:,.0f}",
        f"{told['p99_ns']:,.0f}" if told.get("rounds", FEW) >= FEW else "–",
        _or_dash(told.get("allocations")),
        _or_dash(0 if told.get("allocations") == 0 else told.get("allocated_bytes")),
        _or_dash(told.get("load_ms")),
        "–" if bytes_held is None else _or_dash(bytes_held / 1000),
    )


def _or_dash(value: float | None) -> str:
    if value is None:
        return "–"
    return f"{value:,.2g}" if 0 < value < 10 else f"{value:,.0f}"


def _targets(sizes: Sequence[Size]) -> str:
    lines = []
    for language, most in TARGETS.items():
        told = [figures["p50_ns"] for size in sizes for e, figures in size.figures.items() if _is_runtime(e, language)]
        if told:
            met = "met" if max(told) <= most else "MISSED"
            lines.append(f"- {language}: at most {most:,} ns wanted, at most {max(told):,.0f} ns measured: {met}\n")
    return f"## Beside what was wanted of Interlock\n\n{''.join(lines)}\n## Where and how\n"


def _is_runtime(engine: Engine, language: str) -> bool:
    return engine.name == "Interlock" and engine.language == language


def _shared(loads: Sequence[float]) -> str:
    nice = os.nice(0)
    priority = f" The benchmark ran with the priority nice {nice}." if nice else ""
    if max(loads) < 1.5:
        return f"The machine did little else: its load was {min(loads):.1f} to {max(loads):.1f}.{priority}"
    return (
        f"**The machine was shared**: its load was {min(loads):.1f} to {max(loads):.1f} where this benchmark alone "
        f"makes 1, so that figures are too high, and the p99 tells of the others.{priority}"
    )


def _versions(sizes: Sequence[Size]) -> str:
    told = {}
    for size in sizes:
        for engine, figures in size.figures.items():
            if figures.get("version"):
                told[engine] = figures["version"]
    return "".join(f"- {engine.language}, {engine.name}: {version}\n" for engine, version in told.items())


def _fewer(sizes: Sequence[Size]) -> str:
    fewer = [
        f"{engine.name} in {engine.language} at {size.rules:,} rules on {figures['requests']:,}"
        for size in sizes
        for engine, figures in size.figures.items()
        if figures.get("requests", REQUESTS) < REQUESTS
    ]
    return f"Slow engines were timed on the first requests only: {'; '.join(fewer)}." if fewer else ""
