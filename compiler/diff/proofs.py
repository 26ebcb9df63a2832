"""What is found about either version, and what of it is new or gone."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from typing import Literal

from interlock.compiler.assertions import Assertions
from interlock.compiler.diff.side import Side
from interlock.compiler.facts import Facts
from interlock.compiler.progress import Progress
from interlock.compiler.table import Table
from interlock.dsl import policy as p
from interlock.dsl.finding import Finding
from interlock.dsl.record import record

Verdict = Literal["holds", "broken", "undecided"]


@record
class Findings:
    """Findings that only one version has. Two are the same if they say the same, wherever that is."""

    new: tuple[Finding, ...]
    gone: tuple[Finding, ...]


@record
class AssertChange:
    """An assertion that only one version has, or claims something else, or holds in one version only. ``verdicts``
    are for each version None where it has none of that name."""

    name: str
    rewritten: bool
    verdicts: tuple[Verdict | None, Verdict | None]


def findings(old: Side, new: Side, progress: Progress) -> Findings | None:
    """The findings that differ; None where one version is a table, of which nothing is found."""
    if old.check is None or new.check is None:
        return None
    before, after = old.check(progress), new.check(progress)
    return Findings(_less(after, before), _less(before, after))


def assertions(old: Side, new: Side) -> tuple[AssertChange, ...]:
    """The assertions that differ, those of the new version first. Tables have none, and are not compared."""
    if old.table is None or new.table is None:
        return ()
    before, after = _verdicts(old.table), _verdicts(new.table)
    found = []
    for name in dict.fromkeys([*after, *before]):
        (claim, one), (other, two) = before.get(name, (None, None)), after.get(name, (None, None))
        rewritten = claim is not None and other is not None and claim != other
        if rewritten or one != two:
            found.append(AssertChange(name, rewritten, (one, two)))
    return tuple(found)


def _less(findings: Iterable[Finding], others: Iterable[Finding]) -> tuple[Finding, ...]:
    left = Counter(map(_said, others))
    kept = []
    for finding in findings:
        if left[_said(finding)] > 0:
            left[_said(finding)] -= 1
        else:
            kept.append(finding)
    return tuple(kept)


def _said(finding: Finding) -> tuple[str, str]:
    return finding.kind.code, finding.message


def _verdicts(table: Table) -> dict[str, tuple[p.Assert, Verdict]]:
    """What becomes of each assertion, whatever findings are looked for or allowed."""
    items = table.policy.asserts
    asked = Assertions(Facts(table), items) if items else None
    found: dict[str, tuple[p.Assert, Verdict]] = {}
    for item in items:
        assert asked is not None
        broken = next(asked.broken(item), None) is not None
        found[item.name] = item, "broken" if broken else "undecided" if asked.unsure else "holds"
    return found
