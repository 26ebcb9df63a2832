"""Results of ``interlock test`` as suites of a JUnit report."""

from __future__ import annotations

import io
from collections.abc import Mapping, Sequence
from textwrap import dedent
from typing import TYPE_CHECKING

from interlock.cli.console import Console
from interlock.cli.paths import base_folder, relative
from interlock.cli.render.junit import Case, Suite
from interlock.cli.render.tests import write_failure, wrong

if TYPE_CHECKING:
    from interlock.compiler.tests_run import TestResult


def test_suites(
    tested: Mapping[str, Sequence[TestResult]], unusable: Mapping[str, str], root: str | None
) -> list[Suite]:
    """A suite for each file that has tests, a case each; and one with an error for each file, by name, that could
    not be tested, with the reason."""
    base = base_folder()

    def named(file: str) -> str:
        return file if file.startswith("<") else relative(file, base)

    suites = [Suite(named(file), [_case(file, result, root) for result in found]) for file, found in tested.items()]
    suites += [
        Suite(named(file), [Case("can be tested", "error", "unusable", why, why)]) for file, why in unusable.items()
    ]
    return sorted(suites, key=lambda suite: suite.file)


def _case(file: str, result: TestResult, root: str | None) -> Case:
    if result.passed:
        return Case(result.case.title)
    failed = [outcome for outcome in result.outcomes if not outcome.passed]
    paper = io.StringIO()
    for outcome in failed:
        write_failure(file, result, outcome, Console(paper, "never"), root)
    return Case(
        result.case.title, "failure", "failure", "; ".join(map(wrong, failed)), dedent(paper.getvalue()).rstrip()
    )
