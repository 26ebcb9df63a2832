"""One of the two versions that are compared."""

from __future__ import annotations

from interlock.compiler.automaton import Automaton
from interlock.dsl import policy as p
from interlock.dsl.load import Program
from interlock.dsl.record import record
from interlock.runtime import Table


@record
class Side:
    """A version: ``title`` is how the user named it. ``automaton`` and ``maglev`` are those of its table, which
    ``reader`` decides by. A version that is a compiled table has no ``program``, and its ``policy`` only what tables
    hold: no prices, no tests, no assertions."""

    title: str
    policy: p.Policy
    automaton: Automaton
    maglev: dict[str, tuple[int, ...]]
    invalid: p.To | p.Fail
    program: Program | None
    reader: Table
