"""The decision of a row as a number, and what the numbers mean."""

from __future__ import annotations

from collections.abc import Mapping

from sqlglot import exp

from interlock.compiler.targets.sql.outcomes import Outcome
from interlock.dsl.record import record


@record
class Decision:
    """``number`` is an expression over a row of the relation ``r``, a key of ``outcomes``. Where ``classes`` is not
    empty, it uses these columns too, to be computed below it (in a subquery over the same relation)."""

    number: exp.Expr
    outcomes: Mapping[int, Outcome]
    classes: Mapping[str, exp.Expr]
