"""docs/table.schema.json takes good tables and refuses what the reader refuses, as far as a schema can."""

from __future__ import annotations

import copy
import json
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from interlock.runtime import TableError, load

from .rich import rich_json
from .small import SMALL, SPARSE, Path_, paths, put, small
from .tables import JSON, seal

SCHEMA = json.loads((Path(__file__).parents[2] / "docs" / "table.schema.json").read_text(encoding="utf-8"))
VALIDATOR = Draft202012Validator(SCHEMA)
LEAN = small("east/m")  # no Maglev table, which would take most of the time
FIELDS = [at for at in paths(LEAN) if at and isinstance(at[-1], str) and at[0] not in ("digest", "version")]


def test_the_schema_is_one() -> None:
    Draft202012Validator.check_schema(SCHEMA)


@pytest.mark.parametrize("table", [SMALL, rich_json()], ids=["small", "rich"])
def test_good_tables(table: JSON) -> None:
    VALIDATOR.validate(table)
    load(table)


def objects(schema: Any) -> list[JSON]:
    """Every schema of an object."""
    found = [schema] if isinstance(schema, dict) and schema.get("type") == "object" else []
    parts = schema.values() if isinstance(schema, dict) else schema if isinstance(schema, list) else []
    return [*found, *(inner for part in parts for inner in objects(part))]


def test_no_object_takes_unknown_fields() -> None:
    for schema in objects(SCHEMA):
        assert schema["additionalProperties"] is False


@pytest.mark.parametrize("at", FIELDS, ids=lambda at: ".".join(map(str, at)))
def test_missing_and_renamed_fields(at: Path_) -> None:
    def drop(container: Any, key: Any) -> None:
        del container[key]

    def rename(container: Any, key: Any) -> None:
        container[f"{key}_"] = container.pop(key)

    if len(at) < 2 or at[-2] not in SPARSE:
        assert not VALIDATOR.is_valid(put(LEAN, at, drop))
    assert not VALIDATOR.is_valid(put(LEAN, at, rename))


@pytest.mark.parametrize("at", FIELDS, ids=lambda at: ".".join(map(str, at)))
def test_what_the_schema_refuses_the_reader_refuses_too(at: Path_) -> None:
    wrongs: list[Any] = [None, True, -1, 7, "zz", [], [0], {}]
    for wrong in wrongs:
        table = put(LEAN, at, partial(_set, wrong))
        if not VALIDATOR.is_valid(table):
            with pytest.raises(TableError):
                load(table)


def _set(value: object, container: Any, key: Any) -> None:
    container[key] = value


@pytest.mark.parametrize(
    "change",
    [
        {"format_version": 2},
        {"rows": ["00"]},
        {"rows": ["A"]},
        {"columns": [[0]]},
        {"columns": [[0, 0, 0]]},
        {"states": [{"fail": {"status": 200, "message": None}}]},
        {"states": [{"pool": 0, "next": [None] * 6}]},
        {"states": [{"pool": 0, "next": [None] * 7, "fail": {"status": 500, "message": None}}]},
        {"version": "0" * 63},
    ],
    ids=range(9),
)
def test_bad_values(change: JSON) -> None:
    assert not VALIDATOR.is_valid(SMALL | change)
    with pytest.raises(TableError):
        load(seal(SMALL | change) if "version" not in change else SMALL | change)


@pytest.mark.parametrize(("index", "maglev"), [(0, None), (1, [0] * 4_099)], ids=["several without", "one with"])
def test_a_pool_has_a_maglev_table_exactly_if_it_has_several_members(index: int, maglev: object) -> None:
    table = copy.deepcopy(SMALL)
    table["pools"][index]["maglev"] = maglev
    assert not VALIDATOR.is_valid(table)
