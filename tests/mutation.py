"""Mutants of the analyses' own code, and which of them the tests of findings let through: ``make mutation``.

Each mutant is one small change (``<`` for ``<=``, ``or`` for ``and``, 2 for 1, a loop that never runs) in one file. A
failing test kills it; one that survives is the same program in other words, or a hole in the tests. Not tried are
changes that no request could notice: in messages, annotations and asserts. Drawn evenly over the files, the same ones
for a seed. Exits with 1 where the tests fail without any mutant.
"""

from __future__ import annotations

import argparse
import ast
import difflib
import os
import random
import resource
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from queue import SimpleQueue

from cosmic_ray.ast import ast_nodes, get_ast
from cosmic_ray.mutating import mutate_code
from cosmic_ray.plugins import get_operator

ROOT = Path(__file__).parents[1]
CORE = (
    "assertions automaton cache_moves cache_split coverage facts homes hop_claims keyed loops move_search "
    "reach repeats search slowest space sticky visits walk_claims walks"
)
BATCHES = {  # of 10 random policies each: a quarter of what `make test` tries
    "findings.py::test_findings_are": 8,
    "findings_chains.py::test_findings_about_chains_are": 5,
    "findings_claims.py::test_claims_are": 8,
    "findings_caches.py::test_moves_are": 4,
}
TESTS = (
    *(
        f"tests/oracle/test_{name}_those_of_brute_force[{n}]"
        for n in range(8)
        for name, most in BATCHES.items()
        if n < most
    ),
    "tests/test_findings_examples.py",
    "tests/test_findings_witness.py",
    "tests/test_findings_limits.py",
    "tests/test_findings_needless.py",
    "tests/test_findings_words.py",
    "tests/test_fixes.py",
)
# One way to change each: the eleven other operators would only say the same again.
OPERATORS = (
    *("AddNot", "ReplaceAndWithOr", "ReplaceOrWithAnd", "ReplaceTrueWithFalse", "ReplaceFalseWithTrue"),
    *("NumberReplacer", "ZeroIterationForLoop", "ReplaceContinueWithBreak", "ReplaceBreakWithContinue"),
    *(f"ReplaceUnaryOperator_Delete_{name}" for name in ("Not", "USub", "Invert")),
    *(f"ReplaceComparisonOperator_{pair}" for pair in ["Eq_NotEq", "NotEq_Eq", "Is_IsNot", "IsNot_Is"]),
    *(f"ReplaceComparisonOperator_{pair}" for pair in ["Lt_LtE", "LtE_Lt", "Gt_GtE", "GtE_Gt", "Lt_Gt", "Gt_Lt"]),
    *(f"ReplaceBinaryOperator_{pair}" for pair in ["BitOr_BitAnd", "BitAnd_BitOr", "Add_Sub", "Sub_Add"]),
    *(f"ReplaceBinaryOperator_{pair}" for pair in ["LShift_RShift", "RShift_LShift", "Mul_Add", "FloorDiv_Mul"]),
)
MEMORY = 6 << 30

Place = tuple[int, int]  # line and character, both as parso counts them


@dataclass(frozen=True)
class Mutant:
    """One change of one file."""

    path: str
    operator: str
    line: int
    before: str
    after: str

    def diff(self) -> str:
        """The lines that differ."""
        lines = difflib.unified_diff(self.before.splitlines(), self.after.splitlines(), lineterm="", n=1)
        return "\n".join(line for line in list(lines)[2:] if not line.startswith("@@"))


def mutants(root: Path, path: str) -> Iterator[Mutant]:
    """Every mutant of a file, in no order."""
    source = (root / path).read_text(encoding="utf-8")
    tree = get_ast(source)
    hidden, operators = _hidden(source)
    for name in OPERATORS:
        operator = get_operator(f"core/{name}")()
        places: list[Place] = [at for node in ast_nodes(tree) for at, _ in operator.mutation_positions(node)]
        for occurrence, at in enumerate(places):
            binary = name.startswith("ReplaceBinary")
            if any(a <= at < b for a, b in hidden) or (binary and not any(a <= at < b for a, b in operators)):
                continue
            after = mutate_code(source, operator, occurrence)
            if ast.dump(ast.parse(after)) != ast.dump(ast.parse(source)):
                yield Mutant(path, name, at[0], source, after)


def _hidden(source: str) -> tuple[list[tuple[Place, Place]], list[tuple[Place, Place]]]:
    """From where to where nothing is changed, and where binary operators stand: cosmic-ray takes the star of
    ``f(*, a)`` for one."""
    lines = source.splitlines()

    def place(line: int, offset: int) -> Place:
        return line, len(lines[line - 1].encode()[:offset].decode())

    def start(node: ast.expr | ast.stmt) -> Place:
        return place(node.lineno, node.col_offset)

    def end(node: ast.expr | ast.stmt) -> Place:
        return place(node.end_lineno or 0, node.end_col_offset or 0)

    hidden: list[ast.expr | ast.stmt] = []
    operators = []
    for node in ast.walk(ast.parse(source)):
        match node:
            case ast.JoinedStr() | ast.Assert() | ast.Raise():
                hidden.append(node)
            case ast.Call(func=ast.Name(id="isinstance" | "cast")):
                hidden.append(node)
            case ast.FunctionDef(returns=ast.expr() as returns):
                hidden.append(returns)
            case ast.arg(annotation=ast.expr() as annotation) | ast.AnnAssign(annotation=annotation):
                hidden.append(annotation)
            case ast.BinOp():
                operators.append((end(node.left), start(node.right)))
    return [(start(node), end(node)) for node in hidden], operators


def sample(root: Path, paths: Sequence[str], seed: int, each: int) -> list[Mutant]:
    """At most ``each`` mutants a file, no two of one line by one operator."""
    drawn = []
    for path in paths:
        choose = random.Random(f"{seed} {path}")
        found = list(mutants(root, path))
        choose.shuffle(found)
        drawn += list({(mutant.line, mutant.operator): mutant for mutant in found}.values())[:each]
    random.Random(seed).shuffle(drawn)
    return drawn


def run_tests(copy: Path, seconds: int) -> str:
    """``survived``, ``killed``, ``timeout``, or ``broken`` where no test could be run."""

    def limits() -> None:
        resource.setrlimit(resource.RLIMIT_CPU, (seconds, seconds))  # not of the clock: the machine may be busy
        resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))

    command = [sys.executable, "-m", "pytest", "-x", "-q", "-p", "no:cacheprovider", *TESTS]
    environment = {**os.environ, "PYTHONPATH": str(copy / "src"), "PYTHONHASHSEED": "0", "INTERLOCK_EXAMPLES": "1"}
    done = subprocess.run(command, cwd=copy, env=environment, capture_output=True, text=True, preexec_fn=limits)
    if done.returncode < 0:
        return "timeout"
    return {0: "survived", 1: "killed"}.get(done.returncode, "broken")


def main() -> int:
    """Draws, tries and tells."""
    parser = argparse.ArgumentParser(prog="python -m tests.mutation", description=(__doc__ or "").split("\n\n")[0])
    parser.add_argument("files", nargs="*", help="compiler/search.py …; without any, all that analyses need")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--each", type=int, default=5, help="mutants a file")
    parser.add_argument("--workers", type=int, default=2)
    options = parser.parse_args()
    counts: Counter[str] = Counter()
    with tempfile.TemporaryDirectory() as folder:
        copies: SimpleQueue[Path] = SimpleQueue()
        for number in range(options.workers):
            copy = Path(folder, str(number))
            subprocess.run(["git", "clone", "-q", str(ROOT), str(copy)], check=True)  # what is committed
            began = resource.getrusage(resource.RUSAGE_CHILDREN).ru_utime
            if run_tests(copy, 600) != "survived":
                print("the tests fail without any mutant")
                return 1
            seconds = round(3 * (resource.getrusage(resource.RUSAGE_CHILDREN).ru_utime - began)) + 10
            copies.put(copy)
        analyses = [str(path.relative_to(copy)) for path in sorted((copy / "compiler/analyses").glob("*.py"))]
        paths = options.files or [*(f"compiler/{name}.py" for name in CORE.split()), *analyses]
        drawn = sample(copy, paths, options.seed, options.each)

        def one(mutant: Mutant) -> tuple[Mutant, str]:
            copy = copies.get()
            (copy / mutant.path).write_text(mutant.after, encoding="utf-8")
            try:
                return mutant, run_tests(copy, seconds)
            finally:
                (copy / mutant.path).write_text(mutant.before, encoding="utf-8")
                copies.put(copy)

        print(f"{len(drawn)} mutants, {seconds} s each at most", flush=True)
        began = time.monotonic()
        with ThreadPoolExecutor(options.workers) as pool:
            for mutant, outcome in pool.map(one, drawn):
                counts[outcome] += 1
                if outcome == "survived":
                    print(f"\n{mutant.path}:{mutant.line} {mutant.operator}\n{mutant.diff()}", flush=True)
    killed = counts["killed"] + counts["timeout"]
    tried = killed + counts["survived"]
    print(
        f"\n{killed} of {tried} mutants killed ({killed / max(1, tried):.0%}), "
        f"{counts['timeout']} of them by the limit of time; {counts['broken']} could not be imported; "
        f"{time.monotonic() - began:.0f} s"
    )
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
