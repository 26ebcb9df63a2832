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
from interlock.compiler.table import Table
from interlock.compiler.targets.sql import outcomes
from interlock.compiler.targets.sql.by_rule import by_rule
from interlock.compiler.targets.sql.by_words import by_words
from interlock.compiler.targets.sql.decision import Decision
from interlock.compiler.targets.sql.expressions import case, number, write
from interlock.compiler.targets.sql.statement import MANY_COLUMNS
from interlock.compiler.traffic.entry import FACTS
from interlock.dsl.policy import Attribute, BoolType, IntType, SetType

MOST_COUNT = 2**31
MOST_TOKENS = 2**30
"""Rows with more are left to the runtime, so that the product fits 64 bits."""

TOKENS = ("$input_tokens", "$output_tokens", "$cache_read_tokens", "$cache_write_tokens")
COUNTED = (*TOKENS, "$count")

# DuckDB takes some texts for JSON that are none (a comma before a bracket, NaN, inf), and no text has a lone surrogate
# there. A `$` may be written as an escape. Python does not read what is nested too deeply.
_UNSURE = r"(?i),\s*[}\]]|[:,\[]\s*[-+]?(na|in)|\\u(d|00[0-2])|[\[{]\s*[\[{]\s*[\[{]\s*[\[{]"
_LONGEST = 3_000
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


def lines_query(attributes: Mapping[str, Attribute]) -> str:
    """The rows in the table ``lines`` (``n``, ``line``) of JSON Lines."""
    keys = [*attributes, *FACTS]
    paths = "[" + ", ".join(text(f"/{key}") for key in keys) + "]"
    kind = {key: f"t[{n}]" for n, key in enumerate(keys, start=1)}
    said = {key: f"v[{n}]" for n, key in enumerate(keys, start=1)}
    columns, fits = [], ["whole"]
    for name, attribute in attributes.items():
        value, fit = _from_json(sql_type(attribute), kind[name], said[name])
        columns.append(f"{value} AS {quoted(name)}")
        fits.append(f"({kind[name]} IS NULL OR {kind[name]} = 'NULL' OR {fit})")
    at = f"CASE WHEN {kind['$at']} = 'VARCHAR' THEN {_time(said['$at'])} END"
    columns.append(f'{at} AS "$at"')
    fits.append(f"({kind['$at']} IS NULL OR {kind['$at']} = 'NULL' OR {at} IS NOT NULL)")
    for name in COUNTED:
        value, _ = _from_json("BIGINT", kind[name], said[name])
        columns.append(f"{value} AS {quoted(name)}")
        fits.append(f"({kind[name]} IS NULL OR {kind[name]} = 'NULL' OR coalesce({_counts(name, value)}, false))")
    price = f"coalesce(TRY_CAST({said['$cost']} AS DOUBLE) BETWEEN 0 AND 1e11, false)"
    numeric = f"{kind['$cost']} IN ('UBIGINT', 'BIGINT', 'DOUBLE')"
    fits.append(f"({kind['$cost']} IS NULL OR {kind['$cost']} = 'NULL' OR ({numeric} AND {price}))")
    facts = " + ".join(f"({kind[name]} IS NOT NULL)::INTEGER" for name in FACTS)
    fits.append(f"dollars = {facts}")
    plain = (
        f"starts_with(line, '{{') AND strlen(line) < {_LONGEST} AND NOT regexp_matches(line, {text(_UNSURE)})"
        " AND json_valid(line)"
    )
    return (
        f'SELECT n AS "$n", {", ".join(columns)}, coalesce({" AND ".join(fits)}, false) AS "$ok" FROM ('
        f"SELECT *, {_ONCE} AS whole FROM (SELECT *, CASE WHEN plain THEN json_type(line, {paths}) END AS t,"
        f" CASE WHEN plain THEN json_extract_string(line, {paths}) END AS v,"
        " (strlen(line) - strlen(replace(line, '\"$', ''))) // 2 AS dollars"
        f" FROM (SELECT n, line, {plain} AS plain FROM lines)))"
    )


# Whether no key is there twice. Where all keys are such as are looked for, their number tells it, which is quick.
_ONCE = (
    "CASE WHEN NOT plain THEN false WHEN len(json_keys(line)) = list_count(t) THEN true"
    " ELSE len(json_keys(line)) = len(list_distinct(json_keys(line))) END"
)


def _from_json(type_: str, kind: str, said: str) -> tuple[str, str]:
    """A value of JSON as one of a column, and whether it can be."""
    if type_ == "BIGINT":
        value = f"CASE WHEN {kind} IN ('UBIGINT', 'BIGINT') THEN TRY_CAST({said} AS BIGINT) END"
        return value, f"{value} IS NOT NULL"
    if type_ == "BOOLEAN":
        return f"CASE WHEN {kind} = 'BOOLEAN' THEN {said} = 'true' END", f"{kind} = 'BOOLEAN'"
    if type_ == "VARCHAR":
        return f"CASE WHEN {kind} = 'VARCHAR' THEN {said} END", f"{kind} = 'VARCHAR'"
    kinds = f"CASE WHEN {kind} = 'ARRAY' THEN json_type({said}, '$[*]') END"
    value = f"CASE WHEN {kind} = 'ARRAY' THEN json_extract_string({said}, '$[*]') END"
    return value, f"({kind} = 'ARRAY' AND len(list_filter({kinds}, lambda x: x <> 'VARCHAR')) = 0)"


def _time(said: str) -> str:
    return f"CASE WHEN regexp_full_match({said}, {text(_TIME)}) THEN epoch_us(TRY_CAST({said} AS TIMESTAMP)) END"


def _counts(name: str, value: str) -> str:
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
            value = _time(there) if columns[name] == "VARCHAR" else "CAST(NULL AS BIGINT)"
            if columns[name] in ("TIMESTAMP", "TIMESTAMP WITH TIME ZONE"):
                known = f"isfinite({there}) AND epoch_us({there}) BETWEEN 0 AND {_LATEST}"
                value = f"CASE WHEN {known} THEN epoch_us({there}) END"
            fits.append(f"({there} IS NULL OR {value} IS NOT NULL)")
        else:
            value, fit = _from_column("BIGINT", columns[name], there)
            fits.append(f"({there} IS NULL OR ({fit} AND coalesce({_counts(name, value)}, false)))")
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


def decided_query(relation: str, old: Deciding, new: Deciding, session: Sequence[str]) -> str:
    """The rows of ``relation`` that are ``$ok``, each with what both versions decide and the key of its session."""
    classes = "".join(f", {written} AS {quoted(name)}" for name, written in {**old.classes, **new.classes}.items())
    numbers = f"{old.decided()} AS {quoted(old.number)}, {new.decided()} AS {quoted(new.number)}"
    known = '"$input_tokens" >= coalesce("$cache_read_tokens", 0) + coalesce("$cache_write_tokens", 0)'
    known = f'coalesce("$output_tokens" IS NOT NULL AND {known}, false)'
    return (
        f'SELECT "$n", coalesce("$count", 1) AS "$count", "$at", {known} AS "$known", "$input_tokens",'
        f' "$cache_read_tokens", "$cache_write_tokens", "$output_tokens", {_session(session)} AS "$key",'
        f" {quoted(old.number)}, {old.picked()} AS {quoted(old.member)},"
        f" {quoted(new.number)}, {new.picked()} AS {quoted(new.member)} FROM ("
        f'SELECT r.*, {numbers} FROM (SELECT r.*{classes} FROM ({relation}) AS r WHERE "$ok") AS r) AS r'
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
