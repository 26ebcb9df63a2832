"""The record of a decision, as it is given to ``explain``."""

from __future__ import annotations

from typing import TYPE_CHECKING, NoReturn

import typer

from interlock.cli.console import complain
from interlock.cli.explained import Explained
from interlock.cli.files import STDIN, Unusable, read_bytes
from interlock.compiler.json_text import NotJson, parse_json

if TYPE_CHECKING:
    from interlock.cli.console import Color
    from interlock.cli.explained import Loaded

_LIMIT = 64 * 1024 * 1024


def record_or_exit(given: str, color: Color) -> dict[str, object]:
    """The JSON object in the text ``given``, in the file ``@FILE`` or on standard input (``-``); ends the command with
    exit 2, after saying why, where there is none."""
    name = STDIN if given == STDIN else given[1:] if given.startswith("@") else None
    where = "--record" if name is None else "the record on standard input" if name == STDIN else f"the record `{name}`"
    try:
        text = given if name is None else read_bytes(name, _LIMIT).decode("utf-8-sig")
        value = parse_json(text)
    except Unusable as error:
        _refuse(str(error), color)
    except UnicodeDecodeError as error:
        _refuse(f"{where} is not UTF-8 at byte {error.start}", color)
    except NotJson as error:
        advice = ""
        if name is None and error.at == 0:
            advice = "; a file that holds the record is given as `@FILE`"
        elif error.args[0].startswith("extra data"):
            advice = "; give one record, a line of a log"
        _refuse(f"{where} is not JSON: {error}{advice}", color)
    if not isinstance(value, dict):
        _refuse(f"{where} must be a JSON object, as `table.record` writes it", color)
    return value


def explained_record(loaded: Loaded, record: dict[str, object], file: str, color: Color) -> Explained:
    """The explanation that the record's request had, and how far its errors had led. Ends the command with exit 2,
    after saying why, for a record of another table, or none."""
    from interlock.runtime import RecordError

    table = loaded.table
    try:
        explanation = table.explain_record(record)
    except RecordError as error:
        if error.reason != "version":
            _refuse(f"this is no record of a decision by `{file}`: {error}", color)
        if record["policy"] != table.policy:
            _refuse(f"the record is of the policy `{record['policy']}`, and `{file}` is `{table.policy}`", color)
        how = f"give the table that was compiled then, or the policy as it was in git, `REV:{file}`"
        versions = f"version {record['version']} of `{table.policy}`, and `{file}` is version {table.version}"
        _refuse(f"the record is of {versions}: {how}", color)
    after = record["after"]
    assert isinstance(after, list)
    return Explained.along(loaded, explanation, after)


def _refuse(message: str, color: Color) -> NoReturn:
    complain(message, color)
    raise typer.Exit(2)
