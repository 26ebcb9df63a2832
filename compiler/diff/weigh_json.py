"""Lines of JSON as rows of columns, in DuckDB.

Most lines are told by adding up: where the keys that are looked for and their values, as they stand, are as long as the
whole line, no key is there twice, none is unknown, and nothing else hides. Of other lines all keys are looked at.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from interlock.compiler.diff.weigh_sql import COUNTED, counts, quoted, sql_type, text, time
from interlock.compiler.traffic.entry import FACTS
from interlock.dsl.policy import Attribute

LONGEST = 3_000
"""So many bytes of a line are looked at in columns."""

# DuckDB takes some texts for JSON that are none (a comma before a bracket, NaN, inf), and no text has a lone surrogate
# there. A `$` may be written as an escape. Python does not read what is nested too deeply.
_UNSURE = r"(?i),\s*[}\]]|[:,\[]\s*[-+]?(na|in)|\\u(d|00[0-2])|[\[{]\s*[\[{]\s*[\[{]\s*[\[{]"
_TEXTS = r'\[("[^"]*"( ?, ?"[^"]*")*)?\]'


def lines_of(path: str) -> str:
    """The lines of a file in UTF-8 that are not blank, as ``n`` (from 1) and ``line``."""
    return (
        "SELECT n, line FROM (SELECT generate_subscripts(l, 1) AS n, unnest(l) AS line FROM ("
        f"SELECT string_split(content, chr(10)) AS l FROM read_text({text(path)}))) WHERE line NOT IN ('', chr(13))"
    )


# ── lines with known keys only ───────────────────────────────────────────────────────────────────────────


def plain_lines(attributes: Mapping[str, Attribute], relation: str) -> str:
    """The rows in a relation of lines; ``$ok`` those without a backslash that have no keys but these, once each."""
    keys = [*attributes, *FACTS]
    fields = "{" + ", ".join(f'"{key}": "JSON"' for key in keys) + "}"
    said = {key: f"k{n}" for n, key in enumerate(keys)}
    columns, fits = [], ["sure", f"CASE WHEN {_length(said, 'strlen(line)', '')} THEN true ELSE {_spaced(said)} END"]
    for name, attribute in attributes.items():
        value, fit = _as_said(sql_type(attribute), said[name])
        columns.append(f"{value} AS {quoted(name)}")
        fits.append(f"({said[name]} IS NULL OR {fit})")
    at = time(f"""replace({said["$at"]}, '"', '')""")
    columns.append(f'{at} AS "$at"')
    fits.append(f"""({said["$at"]} IS NULL OR (starts_with({said["$at"]}, '"') AND {at} IS NOT NULL))""")
    for name in COUNTED:
        value, fit = _as_said("BIGINT", said[name])
        columns.append(f"{value} AS {quoted(name)}")
        fits.append(f"({said[name]} IS NULL OR ({fit} AND {counts(name, value)}))")
    fits.append(f"({said['$cost']} IS NULL OR {_cost(said['$cost'])})")
    begins = "starts_with(line, '{') AND ends_with(line, '}')"
    sure = f"{begins} AND strlen(line) < {LONGEST} AND NOT contains(line, '\\') AND json_valid(line)"
    extracted = ", ".join(f"CAST(j.{quoted(key)} AS VARCHAR) AS {column}" for key, column in said.items())
    ok = f"coalesce({' AND '.join(fits)}, false)"
    return _rows(
        columns,
        ok,
        f"SELECT n, line, sure, {extracted} FROM ("
        f"SELECT n, line, sure, CASE WHEN sure THEN from_json(line, {text(fields)}) END AS j"
        f" FROM (SELECT n, line, coalesce({sure}, false) AS sure FROM ({relation})))",
    )


def _rows(columns: Sequence[str], ok: str, relation: str) -> str:
    return (
        f'SELECT "$n", * EXCLUDE ("$n", "$line"), CASE WHEN NOT "$ok" THEN "$line" END AS "$line" FROM ('
        f'SELECT n AS "$n", {", ".join(columns)}, {ok} AS "$ok", line AS "$line" FROM ({relation}))'
    )


def _length(said: Mapping[str, str], whole: str, absent: str, strip: bool = False) -> str:
    """Whether members and braces are as long as the whole. A value is never written shorter in JSON than DuckDB writes
    it, but for numbers that are no integers: of those only `$cost` is taken, and looked at apart."""
    parts = []
    for key, value in said.items():
        long = f"strlen(replace({value}, ' ', ''))" if strip else f"strlen({value})"
        none = f"CASE WHEN contains(bare, {text(f'{chr(34)}{key}{chr(34)}:null')}) THEN {len(key) + 8} ELSE 0 END"
        parts.append(f"coalesce({long} + {len(key) + 4}, {none if absent else 0})")
    return f"{whole} = 1 + {' + '.join(parts)}"


def _spaced(said: Mapping[str, str]) -> str:
    """The same without spaces, and with members that are null. No text has a quote in it where there is no backslash,
    so what looks like a member is one."""
    lengths = _length(said, "strlen(bare)", "null", strip=True).replace("bare", "replace(line, ' ', '')")
    return f"({lengths})"


def _as_said(type_: str, said: str) -> tuple[str, str]:
    """The value of a JSON text without escapes as one of a column, and whether it can be."""
    if type_ == "BIGINT":
        value = f"TRY_CAST({said} AS BIGINT)"
        return value, f"coalesce(CAST({value} AS VARCHAR) = {said}, false)"
    if type_ == "BOOLEAN":
        return f"({said} = 'true')", f"{said} IN ('true', 'false')"
    if type_ == "VARCHAR":
        return f"""replace({said}, '"', '')""", f"""starts_with({said}, '"')"""
    inside = f"substr({said}, 3, len({said}) - 4)"
    return f"""CASE WHEN {said} = '[]' THEN [] ELSE string_split({inside}, '","') END""", (
        f"regexp_full_match({said}, {text(_TEXTS)})"
    )


def _cost(said: str) -> str:
    """Whether an amount is one, and stands in the line as it is said."""
    there = " OR ".join(
        f"contains(line, '\"$cost\":{space}' || {said} || '{end}')" for space in ("", " ") for end in (",", "}")
    )
    return f"(regexp_full_match({said}, '[0-9].*') AND TRY_CAST({said} AS DOUBLE) BETWEEN 0 AND 1e11 AND ({there}))"


# ── any lines ────────────────────────────────────────────────────────────────────────────────────────────


def any_lines(attributes: Mapping[str, Attribute], relation: str) -> str:
    """The rows in a relation of lines, whatever their keys."""
    keys = [*attributes, *FACTS]
    paths = "[" + ", ".join(text(f"/{key}") for key in keys) + "]"
    kind = {key: f"t[{n}]" for n, key in enumerate(keys, start=1)}
    said = {key: f"v[{n}]" for n, key in enumerate(keys, start=1)}
    columns, fits = [], ["whole"]
    for name, attribute in attributes.items():
        value, fit = _from_json(sql_type(attribute), kind[name], said[name])
        columns.append(f"{value} AS {quoted(name)}")
        fits.append(f"({kind[name]} IS NULL OR {kind[name]} = 'NULL' OR {fit})")
    at = f"CASE WHEN {kind['$at']} = 'VARCHAR' THEN {time(said['$at'])} END"
    columns.append(f'{at} AS "$at"')
    fits.append(f"({kind['$at']} IS NULL OR {kind['$at']} = 'NULL' OR {at} IS NOT NULL)")
    for name in COUNTED:
        value, _ = _from_json("BIGINT", kind[name], said[name])
        columns.append(f"{value} AS {quoted(name)}")
        fits.append(f"({kind[name]} IS NULL OR {kind[name]} = 'NULL' OR coalesce({counts(name, value)}, false))")
    price = f"coalesce(TRY_CAST({said['$cost']} AS DOUBLE) BETWEEN 0 AND 1e11, false)"
    numeric = f"{kind['$cost']} IN ('UBIGINT', 'BIGINT', 'DOUBLE')"
    fits.append(f"({kind['$cost']} IS NULL OR {kind['$cost']} = 'NULL' OR ({numeric} AND {price}))")
    facts = " + ".join(f"({kind[name]} IS NOT NULL)::INTEGER" for name in FACTS)
    fits.append(f"dollars = {facts}")
    plain = (
        f"starts_with(line, '{{') AND strlen(line) < {LONGEST} AND NOT regexp_matches(line, {text(_UNSURE)})"
        " AND json_valid(line)"
    )
    return _rows(
        columns,
        f"coalesce({' AND '.join(fits)}, false)",
        f"SELECT *, {_ONCE} AS whole FROM (SELECT *, CASE WHEN plain THEN json_type(line, {paths}) END AS t,"
        f" CASE WHEN plain THEN json_extract_string(line, {paths}) END AS v,"
        " (strlen(line) - strlen(replace(line, '\"$', ''))) // 2 AS dollars"
        f" FROM (SELECT n, line, {plain} AS plain FROM ({relation})))",
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
