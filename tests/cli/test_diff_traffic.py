"""``interlock diff --traffic``: what is written, and what is said where it cannot be."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import duckdb
import pytest

from tests.cli.conftest import Cli

POLICY = """policy p
request {{ n : int(0..=100) rising; session_id : string per session }}
model m {{ price input $2, output $10 }}
model k {{ price input $1, output $5 }}
upstream u {{ provider a }}
pool large {{ serve u with m }}
pool small {{ serve u with k }}
fallback large -> fail 503
fallback small -> fail 503
rule big when n >= {} -> large
rule rest -> small
"""
ROWS = [
    {"n": 1, "session_id": "a", "$input_tokens": 1_000_000, "$output_tokens": 0, "$at": "2026-11-02T09:00:00Z"},
    {"n": 15, "session_id": "b", "$input_tokens": 1_000_000, "$output_tokens": 100_000, "$count": 3},
    {"n": 50, "session_id": "a", "$input_tokens": 1_000_000, "$output_tokens": 0, "$at": "2026-11-06T09:00:00Z"},
    {"n": 101, "session_id": "a"},
]


@pytest.fixture(autouse=True)
def versions(folder: Path) -> None:

    Path("old.route").write_text(POLICY.format(10))
    Path("new.route").write_text(POLICY.format(20))
    Path("t.jsonl").write_text("".join(f"{json.dumps(row)}\n" for row in ROWS))


def traffic(cli: Cli, *files: str) -> dict[str, object]:
    ran = cli("diff", "old.route", "new.route", "--format", "json", *(f"--traffic={file}" for file in files))
    assert ran.code == 1, ran.err
    shown = json.loads(ran.out)
    assert shown["regions"][0]["requests"] == 3 * len(files)
    found: dict[str, object] = shown["traffic"]
    return found


def test_the_numbers(cli: Cli) -> None:
    found = traffic(cli, "t.jsonl")
    assert found == {
        "rows": 4,
        "unread": [],
        "requests": 6,
        "moved": 3,
        "pools": [
            {"old": "large", "new": "small", "requests": 3, "moved": 3},
            {"old": "fail 400", "new": "fail 400", "requests": 1, "moved": 0},
            {"old": "large", "new": "large", "requests": 1, "moved": 0},
            {"old": "small", "new": "small", "requests": 1, "moved": 0},
        ],
        "models": [
            {"old": "m", "new": "k", "requests": 3, "moved": 3},
            {"old": "fail", "new": "fail", "requests": 1, "moved": 0},
            {"old": "k", "new": "k", "requests": 1, "moved": 0},
            {"old": "m", "new": "m", "requests": 1, "moved": 0},
        ],
        "invalid": {
            side: [{"attribute": "n", "reason": "out_of_range", "requests": 1, "places": ["t.jsonl:4"]}]
            for side in ("old", "new")
        },
        # before 1 + 3 x (2 + 1) + 2, now 1 + 3 x (1 + 0.5) + 2, over four days
        "cost": {"requests": 5, "days": 4.0, "old": "3.00", "new": "1.88"},
        "session": ["session_id"],
        "cold": {"sessions": 1, "elsewhere": 0, "of": 2},
    }


def test_every_form_gives_the_same(cli: Cli) -> None:
    expected = traffic(cli, "t.jsonl")
    for name in ("t.csv", "t.parquet"):
        assert cli("traffic", "old.route", "t.jsonl", "--no-audit", "-o", name).code == 0
        found = json.loads(json.dumps(traffic(cli, name)).replace("t.csv:5", "t.csv:4").replace(name, "t.jsonl"))
        assert found == expected, name


def test_times_in_parquet_may_be_timestamps(cli: Cli) -> None:
    expected = traffic(cli, "t.jsonl")
    rows = "read_json('t.jsonl', columns = {'n': 'INTEGER', 'session_id': 'VARCHAR', '$at': 'TIMESTAMPTZ',"
    rows += " '$count': 'TINYINT', '$input_tokens': 'BIGINT', '$output_tokens': 'INTEGER'})"
    for kind in ("TIMESTAMP", "TIMESTAMPTZ", "VARCHAR"):
        with duckdb.connect() as made:
            made.execute("SET TimeZone = 'UTC'")
            made.execute(f'COPY (SELECT * REPLACE ("$at"::{kind} AS "$at") FROM {rows}) TO \'t.parquet\'')
        found = json.loads(json.dumps(traffic(cli, "t.parquet")).replace("t.parquet", "t.jsonl"))
        assert found == expected, kind


def test_files_add_up(cli: Cli) -> None:
    cli("traffic", "old.route", "t.jsonl", "--no-audit", "-o", "t.parquet")
    found = traffic(cli, "t.jsonl", "t.parquet")
    assert (found["rows"], found["requests"], found["moved"]) == (8, 12, 6)


def test_a_compiled_table_is_weighed_by_the_runtime(cli: Cli) -> None:
    expected = traffic(cli, "t.jsonl")
    assert cli("compile", "new.route", "-o", "new.table.json").code == 0
    ran = cli("diff", "old.route", "new.table.json", "--traffic", "t.jsonl", "--format", "json")
    assert json.loads(ran.out)["traffic"] == expected


def test_a_file_that_is_not_there(cli: Cli) -> None:
    ran = cli("diff", "old.route", "new.route", "--traffic", "none.jsonl")
    assert (ran.code, ran.out) == (2, "")
    assert "cannot read `none.jsonl`" in ran.err


def test_a_log_is_no_file_of_requests(cli: Cli) -> None:
    row = {"request_id": "1", "call_type": "acompletion", "spend": 0.1, "startTime": "2026-11-02T09:00:00Z"}
    Path("t.jsonl").write_text(json.dumps(row) + "\n")
    ran = cli("diff", "old.route", "new.route", "--traffic", "t.jsonl")
    assert (ran.code, ran.out) == (2, "")
    assert "`t.jsonl` is a log (litellm-spend): `interlock traffic" in ran.err


def test_lines_that_cannot_be_read_are_told(cli: Cli) -> None:
    with open("t.jsonl", "a") as file:
        file.write('{"n":\n[1]\n{"n": 1, "session_id": "a", "$conut": 2}\n')
    found = traffic(cli, "t.jsonl")
    assert (found["rows"], found["requests"]) == (7, 6)
    assert found["unread"] == [
        {"reason": "the line is no JSON: expecting value at column 6", "rows": 1, "places": ["t.jsonl:5"]},
        {"reason": "it is no JSON object", "rows": 1, "places": ["t.jsonl:6"]},
        {"reason": "`$conut` is not known; did you mean `$count`?", "rows": 1, "places": ["t.jsonl:7"]},
    ]


def test_a_parquet_file_that_is_none(cli: Cli) -> None:
    Path("t.parquet").write_text("nothing of the kind")
    ran = cli("diff", "old.route", "new.route", "--traffic", "t.parquet")
    assert (ran.code, ran.out) == (2, "")
    assert "`t.parquet` is no Parquet file" in ran.err


@pytest.mark.parametrize("module", ["duckdb", "sqlglot"])
def test_without_the_extra(module: str, cli: Cli, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in [
        name for name in sys.modules if name.startswith(("interlock.compiler.diff", "interlock.compiler.targets.sql"))
    ]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.setitem(sys.modules, module, None)
    ran = cli("diff", "old.route", "new.route", "--traffic", "t.jsonl")
    assert (ran.code, ran.out) == (2, "")
    assert "pip install 'interlock[traffic]'" in ran.err


def test_the_other_formats_say_the_same(cli: Cli) -> None:
    for form in ("text", "markdown", "html"):
        ran = cli("diff", "old.route", "new.route", "--traffic", "t.jsonl", "--format", form)
        assert "50.0 % of the requests go elsewhere: 3 of 6" in ran.out
        assert "3.00" in ran.out
        assert "1.88" in ran.out


def test_regions_with_more_requests_are_first_in_every_format(cli: Cli) -> None:
    for name, limit in (("old", 10), ("new", 20)):
        text = POLICY.format(limit).replace("rule rest", f"rule odd when n == {limit * 4} -> small\nrule rest")
        Path(f"{name}.route").write_text(
            text.replace("rule big", f"rule first when n == {limit * 3} -> small\nrule big")
        )
    Path("t.jsonl").write_text('{"n": 30, "session_id": "a", "$count": 7}\n{"n": 15, "session_id": "a", "$count": 2}\n')
    ran = cli("diff", "old.route", "new.route", "--traffic", "t.jsonl", "--format", "json")
    assert [region["requests"] for region in json.loads(ran.out)["regions"]][:2] == [7, 2]
    page = cli("diff", "old.route", "new.route", "--traffic", "t.jsonl", "--format", "html").out
    assert page.index("<dd>7 requests") < page.index("<dd>2 requests")
