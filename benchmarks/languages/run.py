"""``make bench-languages``: compare every engine's answers, then measure, then write LANGUAGES.md."""

from __future__ import annotations

import argparse
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

from benchmarks.languages import report
from benchmarks.languages.case import Case, write
from benchmarks.languages.engines import ENGINES, Engine, Figures, Unavailable, missing
from benchmarks.timing import Disagreement

SIZES = (8, 100, 1_000)
TURNS = 3


def main(arguments: Sequence[str] | None = None) -> int:
    """Prints the tables and writes LANGUAGES.md; 1 when two engines disagree."""
    parser = argparse.ArgumentParser(prog="benchmarks.languages")
    parser.add_argument("--turns", type=int, default=TURNS, help="how often each engine is measured")
    parser.add_argument("-o", "--output", type=Path, default=Path(__file__).parents[1] / "LANGUAGES.md")
    options = parser.parse_args(arguments)
    loads = [report.load()]
    sizes = []
    skipped = {engine: f"there is no {' and no '.join(lacking)}" for engine in ENGINES if (lacking := missing(engine))}
    with tempfile.TemporaryDirectory() as folder:
        for rules in SIZES:
            print(f"{rules:,} rules …", file=sys.stderr)
            place = Path(folder, str(rules))
            place.mkdir()
            try:
                sizes.append(report.Size(rules, _measure(write(rules, place), options.turns, skipped)))
            except Disagreement as disagreement:
                print(f"not timed: {disagreement}", file=sys.stderr)
                return 1
            loads.append(report.load())
    page = report.page(sizes, skipped, options.turns, loads)
    print(page)
    for engine, why in skipped.items():
        print(f"SKIPPED: {engine.name} in {engine.language} ({why})", file=sys.stderr)
    options.output.write_text(page, "utf-8")
    return 0


def _measure(case: Case, turns: int, skipped: dict[Engine, str]) -> dict[Engine, Figures]:
    """The figures of each engine that runs: those of the turn with the lowest p50. Adds to ``skipped``."""
    best: dict[Engine, Figures] = {}
    for engine in ENGINES:
        if engine not in skipped:
            try:
                engine.prepare(case)
            except Unavailable as why:
                _skip(engine, why, skipped)
    for _ in range(turns):
        for engine in ENGINES:
            if engine in skipped:
                continue
            try:
                told = engine.ask(case)
            except Unavailable as why:
                _skip(engine, why, skipped)
                continue
            if engine not in best or told["p50_ns"] < best[engine]["p50_ns"]:
                best[engine] = told
    return best


def _skip(engine: Engine, why: Unavailable, skipped: dict[Engine, str]) -> None:
    """A peer may fail to be installed. A runtime must not."""
    if engine.name == "Interlock":
        raise why
    skipped[engine] = str(why)
