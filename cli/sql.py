"""A policy as a query: the options of `compile --to sql`, and its text."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import typer

from interlock.cli.files import Unusable

if TYPE_CHECKING:
    from interlock.compiler.table import Table
    from interlock.compiler.targets.sql.dialects import Dialect

_PREFIX = re.compile(r"([A-Za-z_][A-Za-z0-9_]*)?")


def pick_dialect(to: str, name: str | None) -> Dialect | None:
    """The dialect of ``--dialect``, None for a table. Raises a usage error where it does not go with ``--to``, and,
    with the nearest name, for one that is not written."""
    from interlock.compiler.targets.sql.dialects import DIALECTS
    from interlock.dsl.nearest import nearest

    known = next((dialect for dialect in DIALECTS if dialect == name), None)
    if to not in ("table", "sql"):
        raise typer.BadParameter(f"{to!r} is not one of table, sql", param_hint="--to")
    if to == "table":
        if name is not None:
            raise typer.BadParameter("a dialect is for --to sql", param_hint="--dialect")
        return None
    if name is None:
        raise typer.BadParameter(f"--to sql needs one of {', '.join(DIALECTS)}", param_hint="--dialect")
    if known is None:
        close = nearest(name, DIALECTS)
        advice = f"did you mean {close!r}?" if close else f"the dialects are {', '.join(DIALECTS)}"
        raise typer.BadParameter(f"{name!r} is no dialect that is written; {advice}", param_hint="--dialect")
    return known


def pick_prefix(prefix: str) -> str:
    """``prefix`` if a column's name may begin so. Raises a usage error."""
    if _PREFIX.fullmatch(prefix) is None:
        raise typer.BadParameter(f"{prefix!r} is not made of letters, digits and _", param_hint="--prefix")
    return prefix


def sql_text(table: Table, dialect: Dialect, relation: str, prefix: str) -> str:
    """The query. Raises ``Unusable``, and a usage error for a relation that is none."""
    try:
        import sqlglot  # noqa: F401 - what follows cannot be imported without it
    except ModuleNotFoundError:
        raise Unusable("SQL is written by sqlglot, which is not installed: pip install 'interlock[sql]'") from None
    from interlock.compiler.targets.sql.dialects import Unsupported
    from interlock.compiler.targets.sql.statement import NoRelation, statement

    try:
        return statement(table, dialect, relation, prefix)
    except Unsupported as error:
        raise Unusable(str(error)) from error
    except NoRelation as error:
        raise typer.BadParameter(str(error), param_hint="--relation") from None
