"""Rows of CSV as rows of columns, in DuckDB.

A line that is a whole row by itself (RFC 4180, its quotes in order) is cut into cells there. Where all lines before it
are such, it begins where a row does; from the first one that is not, Python's own reader says where rows begin.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence

from interlock.compiler.diff.weigh_rows import BLOCK
from interlock.compiler.diff.weigh_sql import COUNTED, counts, quoted, sql_type, text, time
from interlock.compiler.traffic.csv_rows import Cells
from interlock.compiler.traffic.entry import FACTS, is_facts_key
from interlock.compiler.traffic.record import Broken
from interlock.dsl.policy import Attribute

SEPARATOR = "\x1f"
"""Stands between cells that are cut already."""

_LONGEST = 1 << 20
_CELL = '(?:"(?:[^"]|"")*"|[^",]*)'
_ROW = f"{_CELL}(?:,{_CELL})*"
_LIST = r'\[(?:"[^"\\[:cntrl:]]*"(?:, ?"[^"\\[:cntrl:]]*")*)?\]'
_WORD = r"[0-9A-Za-z_.:/@+-]+"
_DOLLARS = r"[0-9]{1,11}(\.[0-9]{1,17})?([eE]-[0-9]{1,2})?"


def cut_lines(path: str) -> str:
    """The lines of a file in UTF-8 that are not blank: ``n`` (from 1), ``line``, and its ``cells``, NULL where it is
    not sure that it is a row."""
    bare = "CASE WHEN ends_with(line, chr(13)) THEN substr(line, 1, len(line) - 1) ELSE line END"
    odd = f"contains(line, chr(13)) OR contains(line, chr(0)) OR strlen(line) > {_LONGEST}"
    # Between quotes are the texts of quoted cells; an empty text between two of those is a quote that was doubled.
    cells = (
        "list_transform(string_split(line, '\"'), lambda x, i: CASE WHEN i % 2 = 0 THEN x"
        " WHEN x = '' AND i > 1 AND i <= quotes THEN '\"' ELSE replace(x, ',', chr(31)) END)"
    )
    whole = f"NOT contains(line, chr(31)) AND regexp_full_match(line, {text(_ROW)})"
    return (
        f"SELECT n, line, CASE WHEN {odd} THEN NULL WHEN quotes = 0 THEN string_split(line, ',')"
        f" WHEN {whole} THEN string_split(array_to_string({cells}, ''), chr(31)) END AS cells FROM ("
        "SELECT *, CASE WHEN contains(line, '\"') THEN len(string_split(line, '\"')) - 1 ELSE 0 END AS quotes FROM ("
        f"SELECT n, {bare} AS line FROM (SELECT generate_subscripts(l, 1) AS n, unnest(l) AS line FROM ("
        f"SELECT string_split(content, chr(10)) AS l FROM read_text({text(path)}))))) WHERE line <> ''"
    )


def cut_rows(path: str) -> str:
    """The rows in a file that ``cut_file`` wrote: ``n``, ``line`` and ``cells``."""
    return (
        "SELECT CAST(cells[1] AS BIGINT) AS n, line, cells[2:] AS cells FROM ("
        "SELECT line, string_split(line, chr(31)) AS cells FROM (SELECT unnest(string_split(content, chr(10))) AS line"
        f" FROM read_text({text(path)})) WHERE line <> '')"
    )


def typed_rows(attributes: Mapping[str, Attribute], header: Sequence[str], relation: str) -> str:
    """The rows in a relation of cells. Of those that are not ``$ok``, ``$line`` is NULL where it is not a row."""
    at = {key: f"nullif(cells[{n}], '')" for n, key in enumerate(header, start=1)}
    columns, fits = [], [f"len(cells) = {len(header)}"]
    for name, attribute in attributes.items():
        type_ = sql_type(attribute)
        if name not in at:
            columns.append(f"CAST(NULL AS {type_}) AS {quoted(name)}")
            continue
        value, fit = _from_text(type_, at[name])
        columns.append(f"{value} AS {quoted(name)}")
        fits.append(f"({at[name]} IS NULL OR {fit})")
    when = time(at["$at"]) if "$at" in at else "CAST(NULL AS BIGINT)"
    columns.append(f'{when} AS "$at"')
    for name in COUNTED:
        if name not in at:
            columns.append(f"CAST(NULL AS BIGINT) AS {quoted(name)}")
            continue
        value, fit = _from_text("BIGINT", at[name])
        columns.append(f"{value} AS {quoted(name)}")
        fits.append(f"({at[name]} IS NULL OR ({fit} AND {counts(name, value)}))")
    for name in header:
        if name == "$at":
            fits.append(f"({at[name]} IS NULL OR {when} IS NOT NULL)")
        elif name == "$cost":
            fits.append(f"({at[name]} IS NULL OR regexp_full_match({at[name]}, {text(_DOLLARS)}))")
        elif is_facts_key(name) and name not in FACTS:
            fits.append(f"{at[name]} IS NULL")
    ok = f"coalesce({' AND '.join(fits)}, false)"
    return (
        f'SELECT "$n", * EXCLUDE ("$n", "$line"), CASE WHEN NOT "$ok" THEN "$line" END AS "$line" FROM ('
        f'SELECT n AS "$n", {", ".join(columns)}, {ok} AS "$ok",'
        f' CASE WHEN cells IS NOT NULL THEN line END AS "$line" FROM ({relation}))'
    )


def _from_text(type_: str, cell: str) -> tuple[str, str]:
    """A cell's value as one of a column, and whether it can be."""
    if type_ == "BIGINT":
        value = f"TRY_CAST({cell} AS BIGINT)"
        return value, f"coalesce(CAST({value} AS VARCHAR) = {cell}, false)"
    if type_ == "BOOLEAN":
        return f"({cell} = 'true')", f"{cell} IN ('true', 'false')"
    if type_ == "VARCHAR":
        return cell, "true"
    is_list = f"regexp_full_match({cell}, {text(_LIST)})"
    value = (
        f"CASE WHEN {cell} = '[]' THEN [] WHEN {is_list} THEN json_extract_string({cell}, '$[*]')"
        f" WHEN {cell} IS NOT NULL THEN [{cell}] END"
    )
    return value, f"({is_list} OR regexp_full_match({cell}, {text(_WORD)}))"


def batches(rows: Iterable[Cells | Broken]) -> Iterator[list[Cells | Broken]]:
    """Rows, so many together that they are no more than some bytes."""
    batch, size = list[Cells | Broken](), 0
    for row in rows:
        batch.append(row)
        size += 100 if isinstance(row, Broken) else 100 + sum(map(len, row[1]))
        if size > BLOCK:
            yield batch
            batch, size = [], 0
    if batch:
        yield batch


def cut_file(
    path: str, rows: Iterable[Cells | Broken], header: Sequence[str], attributes: Mapping[str, Attribute]
) -> list[Cells | Broken]:
    """Write rows, each with its line, for ``cut_rows``; gives those that cannot be written so. What stands in columns
    that are ignored is left out."""
    ignored = [n for n, name in enumerate(header) if name not in attributes and not is_facts_key(name)]
    odd = list[Cells | Broken]()
    with open(path, "w", encoding="utf-8", newline="") as file:
        for row in rows:
            if not isinstance(row, Broken) and len(row[1]) == len(header):
                where, cells = row
                kept = list(cells)
                for n in ignored:
                    kept[n] = ""
                line = SEPARATOR.join((str(where), *kept))
                if line.count(SEPARATOR) == len(cells) and "\n" not in line and "\0" not in line:
                    file.write(f"{line}\n")
                    continue
            odd.append(row)
    return odd
