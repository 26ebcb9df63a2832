"""Files of requests: what is written in each form is read again as it was, or as docs/traffic.md says."""

from __future__ import annotations

import builtins
import io
import json
import random
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import duckdb
import pytest

from interlock.compiler.pipeline import front
from interlock.compiler.traffic.parquet import MissingDuckDB
from interlock.compiler.traffic.read import Reader
from interlock.compiler.traffic.record import UnreadableLog
from interlock.compiler.traffic.whole import Source, take
from interlock.compiler.traffic.write import FORMS, Form, form_of, writer
from interlock.dsl import policy as p
from tests.traffic.reading import POLICY
from tests.traffic.test_audit import RICH, traffic

Row = tuple[Mapping[str, object], Mapping[str, object]]


def policy(text: str = POLICY) -> p.Policy:
    found = front("policy.route", text=text).policy
    assert found is not None
    return found


def written(rows: list[Row], form: Form, of: p.Policy) -> bytes:
    stream = io.BytesIO()
    made = writer(form, of.attributes, stream)
    for values, facts in rows:
        made.write(values, facts)
    made.finish()
    made.close()
    return stream.getvalue()


def read_again(path: Path, of: p.Policy) -> list[Row]:
    with path.open("rb") as stream:
        return [(dict(one.values), dict(one.facts)) for one in Reader(of).requests(str(path), stream)]


@pytest.mark.parametrize("form", FORMS)
def test_what_is_valid_is_read_as_it_was_written(form: Form, tmp_path: Path) -> None:
    rows: list[Row] = [
        ({"session_id": "a", "input_tokens": 5, "features": ["x", "y, z"], "beta": True, "home": "eu"}, {}),
        ({"session_id": 'é "q"\n\t,', "input_tokens": 0, "features": [], "beta": False}, {"$count": 3}),
        (
            {"session_id": "\U0001f680", "limit": 1_000_000},
            {"$at": "2026-01-02T03:04:05.678000Z", "$cost": 0.0125, "$input_tokens": 7, "$output_tokens": 8}
            | {"$cache_read_tokens": 2**53 - 1, "$cache_write_tokens": 0},
        ),
    ]
    path = tmp_path / f"requests.{form}"
    path.write_bytes(written(rows, form, policy()))
    assert read_again(path, policy()) == rows


@pytest.mark.parametrize("form", FORMS)
def test_random_traffic_is_decided_alike_in_every_form(form: Form, tmp_path: Path) -> None:
    found = front("policy.route", text=RICH)
    assert found.policy is not None
    assert found.table is not None
    rng = random.Random(7)
    path = tmp_path / f"requests.{form}"
    # Cells have no types, and no empty texts: what is of a wrong type need not be so there.
    types = {"who": str, "agent": str, "home": str, "plan": str, "turn": int, "size": int, "flag": bool, "tags": list}
    rows: list[Row] = []
    for one in traffic(rng, found.policy, 600):
        fit = {key: value for key, value in one.values.items() if type(value) is types[key] and value != ""}
        if "\\ud" not in json.dumps(fit) and all(isinstance(tag, str) for tag in fit.get("tags", ())):  # type: ignore[attr-defined]
            rows.append((fit, {"$count": one.count}))
    path.write_bytes(written(rows, form, found.policy))
    same = tmp_path / "same.jsonl"
    same.write_bytes(written(rows, "jsonl", found.policy))
    audits: list[Any] = []
    for file in (path, same):
        with file.open("rb") as stream:
            audit = take(found.policy, found.table, [Source(str(file), stream)]).audit
        assert audit is not None
        audits.append((audit.met, [(r.attribute, r.requests) for r in audit.refused], audit.sessions))
        audits[-1] += ([(fault.slug, fault.subject, fault.count) for fault in audit.faults],)
    assert audits[0] == audits[1]
    assert len(rows) > 200


def test_a_column_with_odd_values_is_one_of_texts(tmp_path: Path) -> None:
    odd: list[Row] = [
        ({"input_tokens": 5, "session_id": "a", "beta": "maybe"}, {}),
        ({"input_tokens": "many", "session_id": "\ud800", "features": "x"}, {}),
        ({"input_tokens": 10**40, "features": ["x"]}, {}),
        ({"input_tokens": 6.0}, {}),
    ]
    path = tmp_path / "odd.parquet"
    path.write_bytes(written(odd, "parquet", policy()))
    types = dict(duckdb.execute(f"SELECT name, type FROM parquet_schema('{path}')").fetchall())
    assert types["input_tokens"] == "BYTE_ARRAY"
    assert types["limit"] == "INT64"
    assert [values for values, _ in read_again(path, policy())] == [
        {"input_tokens": 5, "session_id": "a", "beta": "maybe"},
        {"input_tokens": "many", "session_id": "?", "features": ["x"]},
        {"input_tokens": 10**40, "features": ["x"]},
        {"input_tokens": 6},
    ]


def test_parquet_of_other_makers(tmp_path: Path) -> None:
    path = tmp_path / "other.parquet"
    duckdb.sql(
        "COPY (SELECT 'a' AS session_id, 5::INTEGER AS input_tokens, ['x'] AS features, 1.00::DECIMAL(9, 2) AS seats,"
        ' TIMESTAMP \'2026-01-02 03:04:05\' AS "$at", 3::SMALLINT AS "$count", NULL AS tier'
        f" UNION ALL SELECT 'b', 6, [], 2.5, NULL, 1, 'free') TO '{path}' (FORMAT parquet)"
    )
    assert read_again(path, policy()) == [
        (
            {"session_id": "a", "input_tokens": 5, "features": ["x"], "seats": 1},
            {"$at": "2026-01-02T03:04:05.000000Z", "$count": 3},
        ),
        ({"session_id": "b", "input_tokens": 6, "features": [], "seats": 2.5, "tier": "free"}, {"$count": 1}),
    ]


def test_what_is_no_parquet_is_said(tmp_path: Path) -> None:
    path = tmp_path / "broken.parquet"
    path.write_bytes(b"PAR1 and so on")
    with pytest.raises(UnreadableLog, match="is no Parquet file"):
        read_again(path, policy())


def test_the_form_is_that_of_the_ending() -> None:
    assert [form_of(name) for name in ("a.jsonl", "a.CSV", "a.b.parquet", "a", "a.json", "a.jsonl.gz")] == [
        "jsonl", "csv", "parquet", None, None, None,
    ]  # fmt: skip


def test_without_duckdb_the_message_says_how_to_get_it(monkeypatch: pytest.MonkeyPatch) -> None:
    real = builtins.__import__

    def without(name: str, *rest: Any) -> Any:
        if name == "duckdb":
            raise ImportError(name)
        return real(name, *rest)

    monkeypatch.setattr(builtins, "__import__", without)
    with pytest.raises(MissingDuckDB, match=r"writing Parquet needs DuckDB: `pip install 'interlock\[traffic\]'`"):
        written([], "parquet", policy())
    found = front("policy.route", text=POLICY)
    assert found.policy is not None
    assert found.table is not None
    data = io.BytesIO(b'{"session_id":"a","input_tokens":5}\n')
    with pytest.raises(MissingDuckDB, match="looking at sessions needs DuckDB"):
        take(found.policy, found.table, [Source("x", data)])
    out = io.BytesIO()
    take(found.policy, found.table, [Source("x", data)], out=("csv", out), audit=False)
    assert out.getvalue().startswith(b"agent_id,beta,")
