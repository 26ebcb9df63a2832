"""The versions that a comparison is about, from what there is of them."""

from __future__ import annotations

from interlock.compiler.artifact import document, encode
from interlock.compiler.diff.side import Check, Side
from interlock.compiler.diff.tables import rules_of
from interlock.compiler.pipeline import Front, findings_of
from interlock.compiler.progress import Progress
from interlock.compiler.settings import DEFAULTS, Settings
from interlock.dsl.finding import Finding
from interlock.runtime import load


def side_of(title: str, found: Front, settings: Settings = DEFAULTS, check: Check | None = None) -> Side:
    """A version that is a policy free of T findings. ``settings`` are for what is found about it, unless ``check``
    says that. Raises ``ValueError`` for a module or a policy with T findings."""
    if found.policy is None or found.table is None:
        raise ValueError(f"`{title}` is no policy that can decide")
    table, policy = found.table, found.policy

    def findings(progress: Progress) -> tuple[Finding, ...]:
        return findings_of(found, settings, progress)

    return Side(
        title,
        policy,
        policy.rules,
        table.automaton,
        dict(table.maglev),
        load(encode(table)),
        table,
        tuple((module.source.key, module.source.text) for module in found.program.modules),
        check or findings,
    )


def alike(old: Side, new: Side) -> tuple[Side, Side]:
    """The two with rules that can be told to be the same: where one is a table, both as tables have them."""
    if (old.table is None) == (new.table is None):
        return old, new
    return _plain(old), _plain(new)


def _plain(side: Side) -> Side:
    if side.table is None:
        return side
    rules = rules_of(document(side.table))
    return Side(side.title, side.policy, rules, side.automaton, side.maglev, side.reader, side.table, side.texts)
