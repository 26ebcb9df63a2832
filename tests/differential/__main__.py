"""``python -m tests.differential``: the long run, which `make fuzz` starts.

    python -m tests.differential [--cases 1000000] [--mutations 100000] [--seed 1] [--only NAME,…]

Prints what was compared. Exit code 1 at the first difference, with the seed and the command that show it.
"""

from __future__ import annotations

import argparse
import sys
import time

from tests.differential.compare import CASES, decisions, tables
from tests.differential.runtimes import RUNTIMES, Speaker, present

A_TABLE = 100
"""Mutations of one table."""


def main() -> int:
    """Run it; the exit code."""
    parser = argparse.ArgumentParser(prog="python -m tests.differential")
    parser.add_argument("--cases", type=int, default=1_000_000, help="of (table, request, walk), each to every runtime")
    parser.add_argument("--mutations", type=int, default=100_000, help="of valid tables")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--only", help="names of runtimes, with commas")
    given = parser.parse_args()
    chosen = [r for r in present() if given.only is None or r.name in given.only.split(",")]
    missing = [r.name for r in RUNTIMES if r not in chosen]
    print(f"asked: {', '.join(r.name for r in chosen)}" + (f"; NOT asked: {', '.join(missing)}" if missing else ""))
    speakers = [Speaker(runtime) for runtime in chosen]
    start = time.monotonic()
    seed, done, broken, loaded = given.seed, 0, 0, 0
    try:
        while done < given.cases:
            done += decisions(speakers, seed, min(CASES, given.cases - done))
            seed += 1
            _progress(f"{done:,} of {given.cases:,} cases", start)
        while broken < given.mutations:
            more, whole = tables(speakers, seed, min(A_TABLE, given.mutations - broken))
            broken, loaded, seed = broken + more, loaded + whole, seed + 1
            _progress(f"{broken:,} of {given.mutations:,} broken tables", start)
    except AssertionError as difference:
        print(f"\n{difference}")
        return 1
    finally:
        for speaker in speakers:
            speaker.close()
    print(
        f"\n{done:,} cases and {broken:,} changed tables ({loaded:,} of them still tables) in "
        f"{time.monotonic() - start:.0f} s: "
        f"{len(speakers)} runtimes and the reference evaluator agree; seeds {given.seed} to {seed - 1}"
    )
    return 0


def _progress(text: str, start: float) -> None:
    if sys.stderr.isatty():
        print(f"\r{text}, {time.monotonic() - start:.0f} s", end="", file=sys.stderr, flush=True)


if __name__ == "__main__":
    sys.exit(main())
