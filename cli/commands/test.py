"""``interlock test``: the policies' own ``test`` blocks."""

from __future__ import annotations

from typing import TYPE_CHECKING

import typer

from interlock.cli.console import complain, err, out
from interlock.cli.options import ColorOption, Files, Format, Root, pick_format

if TYPE_CHECKING:
    from interlock.cli.console import Color
    from interlock.cli.tests_run import TestResult


def run(files: Files, format_: Format = "text", root: Root = None, color: ColorOption = "auto") -> None:
    """Run the tests that policies carry."""
    format_ = pick_format(format_, ("junit",))
    from interlock.cli.files import Unusable, route_files
    from interlock.cli.render.tests import results_json, test_summary, write_results

    console, notes = out(color), err(color)
    results: list[TestResult] = []
    unusable = False
    tested = 0
    try:
        names = route_files(files)
    except Unusable as error:
        complain(str(error), color)
        raise typer.Exit(2) from None
    for name in names:
        try:
            found = _tests_of(name, root, color)
        except Unusable as error:
            complain(str(error), color)
            unusable = True
            continue
        except typer.Exit:  # its findings have been shown; the other files still have their turn
            unusable = True
            continue
        if found is None:
            notes.line(f"{name} is a module: it has nothing to test")
        elif not found:
            notes.line(f"{name} has no tests")
        else:
            tested += 1
            results += found
            if format_ == "text":
                write_results("<stdin>" if name == "-" else name, found, console, root)
    if format_ == "json":
        from interlock.cli.render.json import write_json

        write_json(results_json(results), console)
    elif results or not unusable:
        console.line(test_summary(results, tested, console))
    if unusable:
        raise typer.Exit(2)
    if not all(result.passed for result in results):
        raise typer.Exit(1)


def _tests_of(file: str, root: str | None, color: Color) -> list[TestResult] | None:
    """The results of a file's tests; None for a module."""
    from interlock.cli.tables import read_front, read_once
    from interlock.cli.tests_run import run_tests
    from interlock.compiler.artifact import encode
    from interlock.runtime import load

    front = read_front(file, root, read_once(file), color)
    if front.policy is None or front.table is None:
        return None
    if not front.policy.tests:
        return []
    return run_tests(front.policy, load(encode(front.table)))
