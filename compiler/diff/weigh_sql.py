"""The decisions of two versions for rows that lie in DuckDB, in one query.

What is read has a row number ``$n``, a column for each attribute of the versions, and the facts ``$at`` (microseconds),
``$count`` and those of tokens: names that no attribute can have. What cannot be read into such columns exactly as the
language reads it is not ``$ok``, and is left to the runtime.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from sqlglot import exp

from interlock.compiler.diff.side import Side
from interlock.compiler.diff.weight import Answer, Served
from interlock.compiler.table import Pair, Table
from interlock.compiler.targets.sql import outcomes
from interlock.compiler.targets.sql.by_rule import by_rule
from interlock.compiler.targets.sql.by_words import by_words
from interlock.compiler.targets.sql.decision import Decision
from interlock.compiler.targets.sql.expressions import case, number, write
from interlock.compiler.targets.sql.statement import MANY_COLUMNS
from interlock.dsl.policy import Attribute, BoolType, IntType, SetType

MOST_COUNT = 2**31
MOST_TOKENS = 2**30
"""Rows with more are left to the runtime, so that the product fits 64 bits."""

TOKENS = ("$input_tokens", "$output_tokens", "$cache_read_tokens", "$cache_write_tokens")
COUNTED = (*TOKENS, "$count")

_TIME = r"[12][0-9]{3}-[0-9]{2}-[0-9]{2}T([01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9](\.[0-9]{6})?Z"

_LATEST = 1 << 54
"""Microseconds since 1970, some 570 years."""


def quoted(name: str) -> str:
    """A name in SQL."""
    return '"' + name.replace('"', '""') + '"'


def text(value: str) -> str:
    """A string in SQL."""
    return "'" + value.replace("'", "''") + "'"


def sql_type(attribute: Attribute) -> str:
    """The type of a column that holds an attribute's values."""
    if isinstance(attribute.type, IntType):
        return "BIGINT"
    if isinstance(attribute.type, BoolType):
        return "BOOLEAN"
    return "VARCHAR[]" if isinstance(attribute.type, SetType) else "VARCHAR"


# ── reading ──────────────────────────────────────────────────────────────────────────────────────────────


def time(said: str) -> str:
    """The microseconds that a text says, NULL where it is no time as most are written."""
    return f"CASE WHEN regexp_full_match({said}, {text(_TIME)}) THEN epoch_us(TRY_CAST({said} AS TIMESTAMP)) END"


def counts(name: str, value: str) -> str:
    """Whether an integer may be that fact."""
    if name == "$count":
        return f"{value} BETWEEN 1 AND {MOST_COUNT - 1}"
    return f"{value} BETWEEN 0 AND {MOST_TOKENS - 1}"


_INTEGERS = ("BIGINT", "INTEGER", "SMALLINT", "TINYINT", "UINTEGER", "USMALLINT", "UTINYINT")


def parquet_query(attributes: Mapping[str, Attribute], columns: Mapping[str, str], relation: str) -> str:
    """The rows of a Parquet file whose columns have these types."""
    selected, fits = [], []
    for name, attribute in attributes.items():
        wanted = sql_type(attribute)
        if name not in columns:
            selected.append(f"CAST(NULL AS {wanted}) AS {quoted(name)}")
            continue
        value, fit = _from_column(wanted, columns[name], f"f.{quoted(name)}")
        selected.append(f"{value} AS {quoted(name)}")
        fits.append(f"(f.{quoted(name)} IS NULL OR {fit})")
    for name in ("$at", *COUNTED):
        if name not in columns:
            selected.append(f"CAST(NULL AS BIGINT) AS {quoted(name)}")
            continue
        there = f"f.{quoted(name)}"
        if name == "$at":
            value = time(there) if columns[name] == "VARCHAR" else "CAST(NULL AS BIGINT)"
            if columns[name] in ("TIMESTAMP", "TIMESTAMP WITH TIME ZONE"):
                known = f"isfinite({there}) AND epoch_us({there}) BETWEEN 0 AND {_LATEST}"
                value = f"CASE WHEN {known} THEN epoch_us({there}) END"
            fits.append(f"({there} IS NULL OR {value} IS NOT NULL)")
        else:
            value, fit = _from_column("BIGINT", columns[name], there)
            fits.append(f"({there} IS NULL OR ({fit} AND coalesce({counts(name, value)}, false)))")
        selected.append(f"{value} AS {quoted(name)}")
    for name in columns:
        if name == "$cost" and columns[name] in ("DOUBLE", *_INTEGERS):
            fits.append(f"coalesce(f.{quoted(name)} BETWEEN 0 AND 1e11, true)")
        elif name.startswith("$") and name not in ("$at", *COUNTED):
            fits.append(f"f.{quoted(name)} IS NULL")
    ok = " AND ".join(fits) or "true"
    return (
        f'SELECT f.file_row_number + 1 AS "$n", {", ".join(selected)}, coalesce({ok}, false) AS "$ok"'
        f" FROM {relation} AS f"
    )


def _from_column(wanted: str, there: str, value: str) -> tuple[str, str]:
    """A column's value as one of the type that is wanted, and whether it can be, where it is not NULL."""
    if there == wanted or (wanted == "BIGINT" and there in _INTEGERS):
        return f"CAST({value} AS {wanted})", "true"
    if wanted == "BIGINT" and there == "VARCHAR":
        return f"TRY_CAST({value} AS BIGINT)", f"regexp_full_match({value}, '-?[0-9]{{1,18}}')"
    if wanted == "BOOLEAN" and there == "VARCHAR":
        return f"({value} = 'true')", f"{value} IN ('true', 'false')"
    return f"CAST(NULL AS {wanted})", "false"


# ── deciding ─────────────────────────────────────────────────────────────────────────────────────────────


class Deciding:
    """What a version decides for a row, as two numbers: of the outcome, and of the member that the key picks."""

    def __init__(self, side: Side, table: Table, prefix: str) -> None:
        """``prefix`` begins the names of its columns. Raises ``Unsupported``."""
        self._policy, self._table = side.policy, table
        many = len(table.columns) >= MANY_COLUMNS["duckdb"]
        self._decision: Decision = by_words(table, "duckdb", prefix) if many else by_rule(table.policy, "duckdb")
        self.number, self.member = f"{prefix}number", f"{prefix}member"
        self.classes = {name: write(class_, "duckdb") for name, class_ in self._decision.classes.items()}
        dimensions = {f"{prefix}class_{d}": dimension for d, dimension in enumerate(table.dimensions)}
        self.sampled = {
            name: dimension.attribute
            for name, dimension in dimensions.items()
            if name in self.classes and isinstance(dimension, Pair) and dimension.kind == "sample"
        }

    def decided(self) -> str:
        """The number of the outcome, over a row ``r`` that has the columns of ``classes``."""
        return write(self._decision.number, "duckdb")

    def picked(self) -> str:
        """The number of the member, over a row ``r`` that has the number of the outcome; 0 where there is no choice."""
        found = self._decision.outcomes
        branches = []
        for pool in outcomes.picking(self._table, found):
            numbers = [n for n, each in found.items() if self._picks(each, pool.name)]
            chosen = exp.In(
                this=exp.column(self.number, table="r", quoted=True), expressions=[number(n) for n in numbers]
            )
            branches.append((chosen, outcomes.member(self._table, pool, "duckdb")))
        return write(case(branches, number(0)), "duckdb")

    def _picks(self, outcome: outcomes.Outcome, pool: str) -> bool:
        to = outcome.to
        return getattr(to, "pool", None) == pool and outcomes.fixed(self._table, outcome) is None

    def answer(self, n: int, member: int) -> Answer:
        """What the two numbers mean."""
        outcome = self._decision.outcomes[n]
        pool = getattr(outcome.to, "pool", None)
        if pool is None:
            return Answer(None, None, outcome.to, outcome.invalid)  # type: ignore[arg-type]
        place = outcomes.fixed(self._table, outcome)
        place = place or outcomes.places(self._policy, self._policy.pools[pool])[member]
        served = Served(place.upstream, place.provider, place.account, place.region, place.model)
        return Answer(pool, served, None, outcome.invalid)


def decided_query(relation: str, old: Deciding, new: Deciding, session: Sequence[str], twice: bool = False) -> str:
    """The rows of ``relation`` that are ``$ok``, each with what both versions decide and the key of its session.
    ``twice``: the relation may be read twice, so that samples, which are slow, are taken of each value once."""
    found, joined = {**old.classes, **new.classes}, ""
    if twice:
        apart: dict[tuple[str, str], str] = {}
        for name, attribute in {**old.sampled, **new.sampled}.items():
            table = apart.setdefault((attribute, found[name]), f"s{len(apart)}")
            found[name] = f"coalesce({table}.class, 2)"  # what is absent is in no sample
        for (attribute, written), table in apart.items():
            values = f'SELECT DISTINCT r.{quoted(attribute)} FROM ({relation}) AS r WHERE "$ok"'
            samples = f"SELECT r.{quoted(attribute)} AS value, {written} AS class FROM ({values}) AS r"
            joined += f" LEFT JOIN ({samples}) AS {table} ON {table}.value = r.{quoted(attribute)}"
    classes = "".join(f", {written} AS {quoted(name)}" for name, written in found.items())
    numbers = f"{old.decided()} AS {quoted(old.number)}, {new.decided()} AS {quoted(new.number)}"
    known = '"$input_tokens" >= coalesce("$cache_read_tokens", 0) + coalesce("$cache_write_tokens", 0)'
    known = f'coalesce("$output_tokens" IS NOT NULL AND {known}, false)'
    return (
        f'SELECT "$n", coalesce("$count", 1) AS "$count", "$at", {known} AS "$known", "$input_tokens",'
        f' "$cache_read_tokens", "$cache_write_tokens", "$output_tokens", {_session(session)} AS "$key",'
        f" {quoted(old.number)}, {old.picked()} AS {quoted(old.member)},"
        f" {quoted(new.number)}, {new.picked()} AS {quoted(new.member)} FROM ("
        f'SELECT r.*, {numbers} FROM (SELECT r.*{classes} FROM ({relation}) AS r{joined} WHERE "$ok") AS r) AS r'
    )


def counted_query(relation: str) -> str:
    """How many of the decided rows have the same answers: the four numbers of those, how many rows and requests, those
    whose tokens are known and these tokens, the first and last time, and three rows that a version does not take."""
    known = 'FILTER (WHERE "$known")'
    read, written = 'coalesce("$cache_read_tokens", 0)', 'coalesce("$cache_write_tokens", 0)'
    sums = [f'"$count" * ("$input_tokens" - {read} - {written})', f'"$count" * {read}', f'"$count" * {written}']
    sums = ['"$count"', *sums, '"$count" * "$output_tokens"']
    summed = ", ".join(f"coalesce(sum({each}) {known}, 0)" for each in sums)
    by = "old_number, old_member, new_number, new_member"
    return (
        f'SELECT {by}, count(*), sum("$count"), {summed}, min("$at"), max("$at"),'
        f' min("$n", 3) FILTER (WHERE old_number < 0 OR new_number < 0) FROM {relation} GROUP BY {by}'
    )


def _session(session: Sequence[str]) -> str:
    """One text for the values that make a session, different ones for different values; NULL where all are absent."""
    if not session:
        return "CAST(NULL AS VARCHAR)"
    there = [f"CAST(r.{quoted(name)} AS VARCHAR)" for name in session]
    if len(there) == 1:
        return there[0]
    parts = " || ".join(f"coalesce(strlen({part}) || ':' || {part}, '-')" for part in there)
    return f"CASE WHEN coalesce({', '.join(there)}) IS NOT NULL THEN {parts} END"


def session_key(values: Sequence[str | None]) -> str | None:
    """The same text, of values in Python."""
    if all(value is None for value in values):
        return None
    if len(values) == 1:
        return values[0]
    return "".join("-" if value is None else f"{len(value.encode())}:{value}" for value in values)


def as_text(value: object, attribute: Attribute) -> str | None:
    """A value as a column of its type would have it, as text; None for one that would not fit."""
    type_ = sql_type(attribute)
    if type_ == "BIGINT" and type(value) is float and value.is_integer():
        value = int(value)
    if type_ == "VARCHAR" and type(value) is str:
        try:
            value.encode()
        except UnicodeEncodeError:
            return None
        return value
    if type_ == "BIGINT" and type(value) is int:
        return str(value)
    return str(value).lower() if type_ == "BOOLEAN" and type(value) is bool else None
