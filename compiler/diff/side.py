"""One of the two versions that are compared."""

from __future__ import annotations

from collections.abc import Callable

from interlock.compiler.automaton import Automaton
from interlock.compiler.progress import Progress
from interlock.compiler.table import Table as Lowered
from interlock.dsl import policy as p
from interlock.dsl.finding import Finding
from interlock.dsl.record import record
from interlock.runtime import Table

Check = Callable[[Progress], tuple[Finding, ...]]


@record
class Side:
    """A version: ``title`` is how the user named it. ``automaton`` and ``maglev`` are those of its table, which
    ``reader`` decides by; ``rules`` are those of its policy, or as a table has them.

    ``texts`` are the files it was written in, and ``check`` says what is found about it. A version that is a compiled
    table has neither, no ``table``, and its ``policy`` only what tables hold: no tests, no assertions."""

    title: str
    policy: p.Policy
    rules: tuple[p.Rule, ...]
    automaton: Automaton
    maglev: dict[str, tuple[int, ...]]
    reader: Table
    table: Lowered | None = None
    texts: tuple[tuple[str, str], ...] = ()
    check: Check | None = None
