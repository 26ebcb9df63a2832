"""Loading: what is refused, and that it is refused with a TableError that says which check failed."""

from __future__ import annotations

import contextlib
import copy
import json
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from interlock.runtime import TableError, load

from .rich import REQUEST, RICH, rich_json
from .small import SMALL, redigested
from .tables import JSON, canonical, seal

GOOD = rich_json()
TEXT = canonical(GOOD)


# ── good tables ──────────────────────────────────────────────────────────────────────────────────────


def test_every_kind_of_source(tmp_path: Path) -> None:
    path = tmp_path / "rich.table.json"
    path.write_bytes(TEXT + b"\n")
    for source in (path, str(path), TEXT, TEXT + b"\n", json.dumps(GOOD, indent=1).encode(), GOOD):
        table = load(source)
        assert (table.policy, table.version) == ("rich", GOOD["version"])
        assert table.decide(REQUEST) == RICH.decide(REQUEST)
    load(SMALL)


def test_nothing_of_a_dict_is_kept_or_changed() -> None:
    source = copy.deepcopy(GOOD)
    table = load(source)
    assert source == GOOD
    before = table.explain(REQUEST)
    for value in source.values():
        if isinstance(value, list | dict):
            value.clear()
    assert table.explain(REQUEST) == before
    assert table.decide(REQUEST) == RICH.decide(REQUEST)


def test_a_file_that_cannot_be_read(tmp_path: Path) -> None:
    with pytest.raises(OSError, match="none"):
        load(tmp_path / "none.json")
    with pytest.raises(OSError, match="directory"):
        load(tmp_path)
    with pytest.raises(TableError, match="path"):
        load("nul\0.json")


def test_another_type_of_source_is_the_callers_mistake() -> None:
    with pytest.raises(TypeError, match="not int"):
        load(5)  # type: ignore[arg-type]


# ── bad bytes ────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (b"", "is not JSON"),
        (b"{", "is not JSON"),
        (b"\xff\xfe{}", "is not UTF-8 at byte 0"),
        (b'{"a": "\xff"}', "is not UTF-8 at byte 7"),
        (b"\xef\xbb\xbf{}", "is not JSON"),
        (b"[]", "must be a JSON object"),
        (b"null", "must be a JSON object"),
        (b"{}", "this is no decision table"),
        (b'{"format": "other"}', "this is no decision table"),
        (b'{"format": "interlock-table"}', "format_version: only 1"),
        (b'{"format": "interlock-table", "format_version": 2}', "format_version: only 1"),
        (b'{"format": "interlock-table", "format_version": true}', "format_version: only 1"),
        (b'{"format": "interlock-table", "format_version": 1.0}', "holds 1.0; the only numbers are integers"),
        (b'{"a": NaN}', "holds NaN"),
        (b'{"a": -Infinity}', "holds -Infinity"),
        (b'{"a": 1e999}', "holds 1e999"),
        (b'{"a": 1, "a": 1}', "has the key 'a' twice"),
        (b'{"x": {"b": 1, "c": 2, "b": 3}}', "has the key 'b' twice"),
        (b'{"a": ' + b"9" * 5_000 + b"}", "is not JSON"),
        (b"[" * 100_000, "is nested more than 16 deep"),
        (b'{"a":' * 100_000, "is nested more than 16 deep"),
        (b" " * (64 * 1024 * 1024 + 1), "is larger than"),
    ],
    ids=range(22),
)
def test_bytes_that_are_no_table(data: bytes, message: str) -> None:
    with pytest.raises(TableError, match=message):
        load(data)


def test_lone_surrogates_are_refused() -> None:
    with pytest.raises(TableError, match="lone surrogate"):
        load(TEXT.replace(b'"policy":"rich"', b'"policy":"\\ud800"'))


@pytest.mark.parametrize("fault", [{"format": "other"}, {"format_version": 2}, {"digest": "0"}, {"policy": 5}])
@pytest.mark.parametrize("more", ["\udfff", {"a": [{"\ud800": 1}]}, ["é", ["\ud83d"]]])
def test_a_lone_surrogate_is_told_before_any_other_fault(fault: JSON, more: object) -> None:
    table = GOOD | fault | {"more": more}
    for source in (table, json.dumps(table).encode()):
        with pytest.raises(TableError, match="lone surrogate") as told:
            load(source)
        assert told.value.reason == "json"


def test_how_deep_a_table_may_be() -> None:
    value: list[Any] = []
    for _ in range(14):
        value = [value]
    for source in (GOOD | {"more": value}, json.dumps(GOOD | {"more": value}).encode()):
        with pytest.raises(TableError, match="unknown"):
            load(source)
    for source in (GOOD | {"more": [value]}, json.dumps(GOOD | {"more": [value]}).encode()):
        with pytest.raises(TableError, match="nested more than 16 deep"):
            load(source)


@pytest.mark.parametrize("name", ["digest", "version"])
def test_a_hash_that_does_not_match_is_refused(name: str) -> None:
    table: JSON = GOOD | {name: "0" * 64}
    if name == "version":
        table = redigested(table)
    with pytest.raises(TableError, match=f"{name}: does not match"):
        load(table)


def test_a_changed_comment_changes_the_digest_alone() -> None:
    table = rich_json()
    table["source"]["rules"][0]["doc"] = "other"
    with pytest.raises(TableError, match="digest: does not match"):
        load(table)
    assert seal(table)["version"] == GOOD["version"]
    assert load(seal(table)).explain(REQUEST | {"hour": 3, "beta": True}).place != RICH.explain(REQUEST).place


@settings(max_examples=100, deadline=None)
@given(st.binary(max_size=60), st.integers(0, len(TEXT) - 1), st.integers(0, 60))
def test_damaged_bytes_are_refused(junk: bytes, at: int, cut: int) -> None:
    damaged = TEXT[:at] + junk + TEXT[at + cut :]
    with contextlib.suppress(ValueError):
        assume(json.loads(damaged) != json.loads(TEXT))  # white space between tokens damages nothing
    with pytest.raises(TableError):
        load(damaged)


def cyclic() -> JSON:
    table: JSON = dict(GOOD)
    table["rows"] = [table]
    return table


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (cyclic, "nested more than 16 deep"),
        (lambda: GOOD | {"rows": [1.5]}, "holds 1.5"),
        (lambda: GOOD | {"rows": [float("nan")]}, "holds nan"),
        (lambda: GOOD | {"rows": ("0",)}, "a type that JSON has not"),
        (lambda: GOOD | {"rows": [b"0"]}, "a type that JSON has not"),
        (lambda: GOOD | {1: "0"}, "a key that is no string"),
        (lambda: GOOD | {"source": {None: 1}}, "a key that is no string"),
        (lambda: GOOD | {"invalid": 10**5_000}, "too large a number|integer"),
        (lambda: GOOD | {"policy": "\ud800"}, "lone surrogate"),
    ],
)
def test_dicts_that_are_no_json(make: Callable[[], Any], message: str) -> None:
    with pytest.raises(TableError, match=message):
        load(make())


def test_a_small_dict_that_written_out_would_be_huge(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys.modules[load.__module__], "_MAX_VALUES", 10_000)
    value: list[Any] = []
    for _ in range(12):
        value = [value] * 10
    with pytest.raises(TableError, match="more than 10000 values"):
        load(GOOD | {"rows": value})
