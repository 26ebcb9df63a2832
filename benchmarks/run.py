"""``make bench``: compare every engine's answers, then time them, then write one table."""

from __future__ import annotations

import json
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

from benchmarks import large, line, realistic, report
from benchmarks.peers import Case, Engine, load
from benchmarks.policies import Policy, first_match, generate, generate_draft, requests
from benchmarks.text import to_text
from benchmarks.timing import Disagreement, agree, time_engines
from interlock.compiler import pipeline

SIZES = (8, 100, 1_000)
LARGE = (1_000, 10_000)
REQUESTS = 10_000
HERE = Path(__file__).parent


def main() -> int:
    """Prints the table and writes RESULTS.md; 1 when two engines disagree."""
    sizes, engines, missing = [], dict[str, Engine](), dict[str, str]()
    with tempfile.TemporaryDirectory() as folder:
        for rules in SIZES:
            print(f"{rules:,} rules …", file=sys.stderr)
            try:
                size, built, lacking = _size(rules, Path(folder))
            except Disagreement as disagreement:
                print(f"not timed: {disagreement}", file=sys.stderr)
                return 1
            sizes.append(size)
            # A slow engine sits the large sizes out, so no one size has them all.
            engines |= {engine.name: engine for engine in built}
            missing |= lacking
        costs = [_large(rules, Path(folder)) for rules in LARGE]
    start_ups = [line.start_up(file) for file in sorted((HERE.parent / "stdlib_policies").glob("*.route"))]
    print(report.table(sizes, start_ups))
    print(large.rows(costs))
    for name, why in missing.items():
        print(f"SKIPPED: {name} is not installed here ({why})", file=sys.stderr)
    (HERE / "RESULTS.md").write_text(report.page(sizes, start_ups, costs, list(engines.values()), missing), "utf-8")
    return 0


def _size(rules: int, folder: Path) -> tuple[report.Size, list[Engine], dict[str, str]]:
    policy = generate(rules)
    file = _write(policy, folder)
    phases = line.phases(file)
    artifact = line.build(file)
    engines, missing = load(Case(policy, artifact))
    traffic = requests(policy, REQUESTS)
    expected = [first_match(policy.rules, request) for request in traffic]
    agree(engines, traffic, expected)
    timings = time_engines(engines, traffic)
    draft = _write(generate_draft(rules), folder)
    size = report.Size(
        rules=rules,
        columns=len(json.loads(artifact)["columns"]),
        places=_quartiles(expected),
        timings=timings,
        phases=phases,
        check_command=line.command("check", str(file)),
        compile_command=line.command("compile", str(file), "-o", str(file.with_suffix(".table.json"))),
        draft_command=line.command("check", str(draft)),
        draft_errors=sum(found.severity == "error" for found in pipeline.check(str(draft)).findings),
    )
    return size, engines, missing


def _large(rules: int, folder: Path) -> large.Large:
    print(f"{rules:,} realistic rules …", file=sys.stderr)
    return large.measure(f"{rules:,} realistic rules", rules, realistic.text(rules), folder)


def _write(policy: Policy, folder: Path) -> Path:
    file = folder / f"{policy.name}.route"
    file.write_text(to_text(policy), "utf-8")
    return file


def _quartiles(places: Sequence[int]) -> tuple[int, int, int]:
    ordered = sorted(places)
    return ordered[len(ordered) // 4], ordered[len(ordered) // 2], ordered[len(ordered) * 3 // 4]
