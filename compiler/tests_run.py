"""Running the ``test`` blocks of a policy through its compiled table."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from interlock.dsl.policy import Expect, Fail, Policy, TestCase

if TYPE_CHECKING:
    from interlock.runtime import Decision, Table


@dataclass(frozen=True, slots=True)
class Outcome:
    """One expectation and what happened."""

    expect: Expect
    got: Decision
    passed: bool


@dataclass(frozen=True, slots=True)
class TestResult:
    """One ``test`` block; it passes when all its expectations do."""

    __test__ = False  # not a pytest class

    case: TestCase
    outcomes: tuple[Outcome, ...]

    @property
    def passed(self) -> bool:
        """Whether every expectation held."""
        return all(outcome.passed for outcome in self.outcomes)


def run_tests(policy: Policy, table: Table) -> list[TestResult]:
    """The result of each test, in the order written."""
    return [TestResult(case, tuple(_run(case, expect, table) for expect in case.expects)) for case in policy.tests]


def _run(case: TestCase, expect: Expect, table: Table) -> Outcome:
    got = table.decide(dict(case.request))
    for name in expect.after:
        got = table.after(got, name)
    return Outcome(expect, got, _as_expected(expect, got))


def _as_expected(expect: Expect, got: Decision) -> bool:
    if expect.rule is not None and got.rule != expect.rule:
        return False
    if isinstance(expect.to, Fail):
        # A message is compared only where it is written.
        return (
            got.fail is not None
            and got.fail.status == expect.to.status
            and expect.to.message in (None, got.fail.message)
        )
    return got.fail is None and got.pool == expect.to.pool
