"""The versions that a comparison is about, from what the user named."""

from __future__ import annotations

from interlock.compiler.artifact import encode
from interlock.compiler.diff.side import Side
from interlock.compiler.table import Table
from interlock.dsl.load import Program
from interlock.runtime import load


def side_of(title: str, table: Table, program: Program | None) -> Side:
    """A version that is a policy."""
    policy = table.policy
    return Side(title, policy, table.automaton, dict(table.maglev), policy.invalid, program, load(encode(table)))
