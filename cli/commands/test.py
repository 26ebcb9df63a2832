"""``interlock test``: the policies' own ``test`` blocks."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Literal

import typer

from interlock.cli.console import complain, err, out
from interlock.cli.options import ColorOption, Files, Root

if TYPE_CHECKING:
    from interlock.cli.console import Color
    from interlock.compiler.tests_run import TestResult


def run(
    files: Files,
    format_: Annotated[
        Literal["text", "json", "junit"], typer.Option("--format", help="How to write the results.")
    ] = "text",
    root: Root = None,
    color: ColorOption = "auto",
) -> None:
    """Run the tests that policies carry."""
    from interlock.cli.files import STDIN, Unusable, route_files
    from interlock.cli.render.tests import results_json, test_summary, write_results

    console, notes = out(color), err(color)
    tested: dict[str, list[TestResult]] = {}
    unusable: dict[str, str] = {}
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
            unusable[name] = str(error)
            continue
        except typer.Exit:  # its findings have been shown; the other files still have their turn
            unusable[name] = "the policy has errors; `interlock check` shows them"
            continue
        if found is None:
            notes.line(f"{name} is a module: it has nothing to test")
        elif not found:
            notes.line(f"{name} has no tests")
        else:
            shown = "<stdin>" if name == STDIN else name
            tested[shown] = found
            if format_ == "text":
                write_results(shown, found, console, root)
    results = [result for found in tested.values() for result in found]
    if format_ == "json":
        from interlock.cli.render.json import write_json

        write_json(results_json(results), console)
    elif format_ == "junit":
        from interlock.cli.render.junit import junit
        from interlock.cli.render.junit_tests import test_suites

        console.line(junit("test", test_suites(tested, unusable, root)))
    elif results or not unusable:
        console.line(test_summary(results, len(tested), console))
    if unusable:
        raise typer.Exit(2)
    if not all(result.passed for result in results):
        raise typer.Exit(1)


def _tests_of(file: str, root: str | None, color: Color) -> list[TestResult] | None:
    """The results of a file's tests; None for a module."""
    from interlock.cli.tables import read_front, read_once
    from interlock.compiler.artifact import encode
    from interlock.compiler.tests_run import run_tests
    from interlock.runtime import load

    front = read_front(file, root, read_once(file), color)
    if front.policy is None or front.table is None:
        return None
    if not front.policy.tests:
        return []
    return run_tests(front.policy, load(encode(front.table)))
