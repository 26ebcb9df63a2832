"""The whole difference between two versions of a policy: what it is made of, and how far it goes."""

from __future__ import annotations

from typing import Literal

from interlock.compiler.diff.caches import Cold, cold
from interlock.compiler.diff.chains import Chain, chains
from interlock.compiler.diff.changes import Change, Changes, compare
from interlock.compiler.diff.declared import AttributeChange, Setting, TestChange, attributes, models, tests, upstreams
from interlock.compiler.diff.joint import renamed
from interlock.compiler.diff.outcomes import Outcomes
from interlock.compiler.diff.proofs import AssertChange, Findings, assertions, findings
from interlock.compiler.diff.side import Side
from interlock.compiler.diff.sides import alike
from interlock.compiler.progress import Progress, silent
from interlock.dsl.finding import Finding
from interlock.dsl.record import record
from interlock.runtime import Explanation

Kind = Literal["identical", "refactor", "fallback-only", "routing", "interface"]
KINDS: tuple[Kind, ...] = ("identical", "refactor", "fallback-only", "routing", "interface")
"""From the least to the most that a difference can be."""


@record
class Region:
    """A change, with the decisions for its request in both versions, explained but for earlier rules, and the sessions
    that it costs their prompt cache, for each of its pairs."""

    change: Change
    explained: tuple[Explanation, Explanation]
    cold: tuple[tuple[Cold, ...], ...]


@record
class Diff:
    """All that differs between two versions.

    ``kind`` is how far it goes: ``identical``; ``refactor``, where every request is treated as before;
    ``fallback-only``, where only what follows an error differs; ``routing``; ``interface``, where requests are to be
    sent otherwise, so that gateways must know first. None where nothing differs as far as it was decided. Compared are
    the requests that are valid in either version.

    ``regions`` are the requests that are treated otherwise, the largest first. ``undecided`` are pairs of rules, one
    of each version, of which a search within its limits did not find out whether they are among them. ``findings`` is
    None where one version is a table: of those nothing is found, and they have no assertions and tests."""

    old: Side
    new: Side
    kind: Kind | None
    regions: tuple[Region, ...]
    undecided: tuple[tuple[str | None, str | None], ...]
    chains: tuple[Chain, ...]
    attributes: tuple[AttributeChange, ...]
    upstreams: tuple[Setting, ...]
    models: tuple[Setting, ...]
    renamed: tuple[tuple[str, str], ...]
    findings: Findings | None
    assertions: tuple[AssertChange, ...]
    tests: tuple[TestChange, ...]


class TooLarge(Exception):
    """Two versions are too large to be compared; ``findings`` say where."""

    def __init__(self, findings: list[Finding]) -> None:
        super().__init__(findings[0].message)
        self.findings = tuple(findings)


def diff(old: Side, new: Side, progress: Progress = silent) -> Diff:
    """Everything that differs between two versions, as ``side_of`` (a policy) and ``side_of_table`` (a compiled
    table) make them. ``progress`` is told how far it has come. Raises ``TooLarge``."""
    one, two = alike(old, new)
    outcomes = Outcomes(one, two)
    changes = compare(one, two, outcomes, progress)
    if not isinstance(changes, Changes):
        raise TooLarge(changes)
    regions = tuple(_region(old, new, change) for change in changes.changes)
    changed, settings = attributes(old, new), upstreams(old, new)
    return Diff(
        old,
        new,
        _kind(old, new, changes, changed, settings),
        regions,
        changes.undecided,
        chains(one, two, outcomes),
        changed,
        settings,
        models(old, new),
        tuple((before, name) for name, before in renamed(one, two, outcomes).items()),
        findings(old, new, progress),
        assertions(old, new),
        tests(old, new),
    )


def _region(old: Side, new: Side, change: Change) -> Region:
    explained = tuple(side.reader.explain(change.request, earlier=False) for side in (old, new))
    return Region(change, (explained[0], explained[1]), tuple(cold(old, new, pair) for pair in change.pairs))


def _kind(
    old: Side, new: Side, changes: Changes, changed: tuple[AttributeChange, ...], settings: tuple[Setting, ...]
) -> Kind | None:
    if any(attribute.interface for attribute in changed):
        return "interface"
    if any(change.moved for change in changes.changes) or any(each.field == "endpoint" for each in settings):
        return "routing"
    if changes.undecided:
        return None
    # How long a try may take, and when there is none, decides which errors happen.
    if changes.changes or any(each.field != "supports" for each in settings):
        return "fallback-only"
    texts = [[text for _, text in side.texts] for side in (old, new)]
    same = old.reader.version == new.reader.version and (not texts[0] or not texts[1] or texts[0] == texts[1])
    return "identical" if same else "refactor"
