"""A compiled table is compared as the policy that it was compiled from is."""

from __future__ import annotations

import random

import pytest

from interlock.compiler.artifact import encode
from interlock.compiler.diff.changes import Changes, compare
from interlock.compiler.diff.outcomes import Outcomes
from interlock.compiler.diff.side import Side
from interlock.compiler.diff.sides import alike, side_of
from interlock.compiler.diff.tables import side_of_table
from interlock.compiler.pipeline import Front, front
from tests.oracle.compiled import examples
from tests.oracle.policies import seeded
from tests.oracle.test_equivalence import mutated

BATCH = 6


@pytest.mark.parametrize("batch", range(examples(4)))
def test_tables_and_policies(batch: int) -> None:
    for seed in range(batch * BATCH, (batch + 1) * BATCH):
        old = front("a.route", text=seeded(seed))
        new = front("a.route", text=mutated(old.program.main, random.Random(seed)))
        if old.table is None or new.table is None:
            continue
        policies, tables = (side_of("old", old), side_of("new", new)), (as_table(old), as_table(new))
        told = said(*policies)
        assert said(*tables) == told, seed
        assert said(policies[0], tables[1]) == told, seed
        assert said(tables[0], policies[1]) == told, seed
        assert said(policies[0], tables[0]) == [], seed


def as_table(found: Front) -> Side:
    assert found.table is not None
    return side_of_table("table", encode(found.table))


def said(old: Side, new: Side) -> list[tuple[object, ...]]:
    """What differs, whatever it was read from. Descriptions may use other words: test_diff.py evaluates them."""
    sides = alike(old, new)
    found = compare(*sides, Outcomes(*sides))
    assert isinstance(found, Changes)
    assert not found.undecided
    return sorted((repr(sorted(map(repr, c.pairs))), c.moved, c.invalid) for c in found.changes)
