"""Results of ``interlock test`` as text and as data."""

from __future__ import annotations

from typing import TYPE_CHECKING

from interlock.cli.cells import plain
from interlock.cli.render.decision import by_what, failure
from interlock.cli.render.json import place
from interlock.cli.render.snippet import Label, draw
from interlock.cli.render.text import command, counted
from interlock.dsl.policy import Expect, Fail

if TYPE_CHECKING:
    from interlock.cli.console import Console
    from interlock.compiler.tests_run import Outcome, TestResult
    from interlock.runtime import Decision


def write_results(file: str, results: list[TestResult], console: Console, root: str | None) -> None:
    """Each test of a file with its verdict; under a failed one, what was expected and what came."""
    console.line(console.paint("strong", plain(file)))
    for result in results:
        mark = _mark(result.passed, console)
        console.line(f"  {mark} {plain(result.case.title)}")
        for outcome in result.outcomes:
            if not outcome.passed:
                write_failure(file, result, outcome, console, root)


def test_summary(results: list[TestResult], files: int, console: Console) -> str:
    """``2 tests passed, 1 failed in 1 file``."""
    failed = sum(not result.passed for result in results)
    passed = len(results) - failed
    parts = [console.paint("good", f"{counted(passed, 'test')} passed")] if passed or not failed else []
    if failed:
        words = f"{failed:,} failed" if passed else f"{counted(failed, 'test')} failed"
        parts.append(console.paint("error", words))
    return f"{', '.join(parts)} in {counted(files, 'file')}"


def results_json(results: list[TestResult]) -> dict[str, object]:
    """The object of ``test --format json``."""
    failed = sum(not result.passed for result in results)
    return {
        "tests": [_result(result) for result in results],
        "summary": {"tests": len(results), "passed": len(results) - failed, "failed": failed},
    }


def _result(result: TestResult) -> dict[str, object]:
    return {
        "title": result.case.title,
        **place(result.case.span),
        "passed": result.passed,
        "expectations": [
            {
                **place(outcome.expect.span),
                "passed": outcome.passed,
                "expected": _expected(outcome.expect),
                "got": outcome.got.to_dict(),
            }
            for outcome in result.outcomes
        ],
    }


def _expected(expect: Expect) -> dict[str, object]:
    to = expect.to
    return {
        "pool": None if isinstance(to, Fail) else to.pool,
        "fail": {"status": to.status, "message": to.message} if isinstance(to, Fail) else None,
        "rule": expect.rule,
        "after": list(expect.after),
    }


def write_failure(file: str, result: TestResult, outcome: Outcome, console: Console, root: str | None) -> None:
    """What a test expected, where, what came instead, and the command that says why."""
    label = Label(outcome.expect.span, f"got {_got(outcome.got)}", role="error", primary=True)
    for line in draw([label], console):
        console.line(f"  {line}" if line else line)
    if outcome.got.invalid is not None:
        console.line(f"    note: {console.prose(plain(outcome.got.invalid.message))}")
    if not file.startswith("<"):
        line = command("explain", file, result.case.request, outcome.expect.after, root)
        console.line(f"    {console.paint('second', 'why:')} {plain(line)}")
    console.line()


def wrong(outcome: Outcome) -> str:
    """``expected large[us_east] by rule big after overloaded, got fail 503 by rule big``."""
    expect, to = outcome.expect, outcome.expect.to
    words = failure(to.status, to.message) if isinstance(to, Fail) else to.pool
    words += f" by rule {expect.rule}" if expect.rule is not None else ""
    words += f" after {', '.join(expect.after)}" if expect.after else ""
    return f"expected {words}, got {_got(outcome.got)}"


def _got(got: Decision) -> str:
    """What came instead, and by which rule."""
    where = got.pool if got.fail is None else failure(got.fail.status, got.fail.message)
    return f"{where} {by_what(got)}"


def _mark(passed: bool, console: Console) -> str:
    glyphs = console.glyphs
    return console.paint("good", glyphs.tick) if passed else console.paint("error", glyphs.cross)
