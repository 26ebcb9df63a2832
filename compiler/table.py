"""The decision table: what is executed, analysed and diffed.

Every attribute has one main dimension (int intervals, enum values, exact strings, bool) unless it is a set; each set
element, each `like` pattern and each `sample` that the policy mentions is a dimension of two classes of its own.
A column is one conjunction of a rule: for some dimensions, the classes it admits, as a bit-set. A row is the
transpose: for one class, the columns that admit it.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

from interlock.compiler.automaton import Automaton
from interlock.dsl.policy import Policy, Scalar
from interlock.dsl.record import record

HOLDS, FAILS = 0, 1
"""The classes of an element, pattern or sample dimension."""


@record
class Main:
    """The classes of an attribute's value, numbered: first ``values`` (for an int the ``intervals``), then
    any other value if ``other``, then absent if ``absent``."""

    attribute: str
    values: tuple[Scalar, ...]
    intervals: tuple[tuple[int, int], ...]
    other: bool
    absent: bool

    @property
    def listed(self) -> int:
        """How many classes have a value or an interval of their own."""
        return len(self.values) or len(self.intervals)

    @property
    def size(self) -> int:
        """How many classes there are."""
        return self.listed + self.other + self.absent


@record
class Pair:
    """Holds or fails: a set element (``what`` its value), a pattern (its pieces) or a sample (salt, below)."""

    attribute: str
    kind: Literal["element", "pattern", "sample"]
    what: str | tuple[str, ...] | tuple[str | None, int]

    @property
    def size(self) -> int:
        """Two classes."""
        return 2


Dimension = Main | Pair


@record
class Column:
    """One conjunction: the rule (index), where it leads (index of a state), and for each dimension that it
    constrains (index, ascending) the bit-set of classes it admits."""

    rule: int
    state: int
    conditions: tuple[tuple[int, int], ...]


@record
class Table:
    """``rows[d][c]`` is the bit-set of columns that admit class c of dimension d. Dimensions are grouped by
    attribute in name order, the main one first."""

    policy: Policy
    dimensions: tuple[Dimension, ...]
    columns: tuple[Column, ...]
    rows: tuple[tuple[int, ...], ...]
    automaton: Automaton
    invalid: int
    maglev: Mapping[str, tuple[int, ...]]

    @property
    def all_columns(self) -> int:
        """The bit-set of every column."""
        return (1 << len(self.columns)) - 1
