"""``interlock traffic``."""

from __future__ import annotations

import gzip
import json
import os
from pathlib import Path

import pytest

from tests.cli.conftest import BROKEN, POLICY, Cli, spawn
from tests.traffic.test_litellm import row

REQUESTS = [
    {"session_id": "a", "home": "us_east", "input_tokens": 50_000},
    {"session_id": "a", "home": "us_west", "input_tokens": 60_000},
    {"session_id": "b", "home": "us_west", "input_tokens": 900, "$count": 3},
]
GOOD = REQUESTS[:1] + REQUESTS[2:]


def jsonl(rows: list[dict[str, object]]) -> str:
    return "".join(f"{json.dumps(one)}\n" for one in rows)


@pytest.fixture(autouse=True)
def policy(folder: Path) -> None:
    Path("a.route").write_text(POLICY)
    Path("r.jsonl").write_text(jsonl(REQUESTS))
    Path("good.jsonl").write_text(jsonl(GOOD))


def test_declarations_that_hold(cli: Cli) -> None:
    ran = cli("traffic", "a.route", "good.jsonl")
    assert (ran.code, ran.err) == (0, "")
    assert ran.out == (
        "read good.jsonl: requests\n"
        "2 rows: 2 requests\n"
        "\n"
        "rule       requests\n"
        "big               1  25.0 %\n"
        "otherwise         3  75.0 %\n"
        "\n"
        "2 sessions, told apart by `session_id`\n"
        "✓ every declaration is borne out by 4 requests\n"
    )


def test_one_that_does_not(cli: Cli) -> None:
    ran = cli("traffic", "a.route", "r.jsonl")
    assert (ran.code, ran.err) == (1, "")
    assert "✗ `home` is declared `per session`, and changes in 1 of 2 sessions\n" in ran.out
    assert "   ┌─ a.route:6:5\n" in ran.out
    assert "  session `a`: `us_east`, then `us_west` at r.jsonl:1, r.jsonl:2\n" in ran.out
    assert "  help: declare it `per turn`; " in ran.out
    assert ran.out.endswith("1 declaration is not borne out by 5 requests\n")


def test_another_session(cli: Cli) -> None:
    assert cli("traffic", "a.route", "r.jsonl", "--session", "session_id, home").code == 0
    ran = cli("traffic", "a.route", "r.jsonl", "--session", "hom")
    assert ran.code == 2
    assert "the policy declares no attribute `hom`" in ran.err


def test_json(cli: Cli) -> None:
    said = json.loads(cli("traffic", "a.route", "r.jsonl", "--format", "json").out)
    assert said["files"] == [{"file": "r.jsonl", "from": "requests"}]
    assert (said["rows"], said["requests"], said["unread"], said["output"]) == (3, 3, [], None)
    assert said["attributes"][0] == {"attribute": "home", "from": None, "found": 3, "why": []}
    audit = said["audit"]
    assert (audit["requests"], audit["session"], audit["sessions"]) == (5, ["session_id"], 2)
    assert audit["rules"] == [{"rule": "big", "requests": 2}, {"rule": "otherwise", "requests": 3}]
    [fault] = audit["faults"]
    assert fault["slug"] == "not-per-session"
    assert (fault["file"], fault["start"]) == ("a.route", {"line": 6, "column": 5})
    assert (fault["count"], fault["total"], fault["unit"]) == (1, 2, "sessions")
    assert fault["example"]["places"] == ["r.jsonl:1", "r.jsonl:2"]


def test_logs_become_a_file_of_requests(cli: Cli) -> None:
    Path("l.jsonl.gz").write_bytes(gzip.compress(jsonl([row(prompt_tokens=41_000), row()]).encode()))
    Path("a.route").write_text(POLICY.replace("rising", 'rising from gateway "input_tokens"'))
    pointers = ("--take", "session_id=/session_id", "--take", "home=/metadata/region")
    ran = cli("traffic", "a.route", "l.jsonl.gz", "-o", "out.jsonl", "--no-audit", *pointers)
    assert (ran.code, ran.err) == (0, "")
    assert ran.out == (
        "read l.jsonl.gz: LiteLLM spend log\n"
        "2 rows: 2 requests\n"
        "wrote out.jsonl: 2 requests\n"
        "\n"
        "attribute     from                    found in\n"
        'home          log "/metadata/region"         0    0 %\n'
        'input_tokens  gateway "input_tokens"         2  100 %\n'
        'session_id    log "/session_id"              2  100 %\n'
        "\n"
        "`home` is in none: nothing stands at that place\n"
        "`--take ATTRIBUTE=/JSON/POINTER` takes one from elsewhere in each record\n"
    )
    first = json.loads(Path("out.jsonl").read_text().splitlines()[0])
    assert first == {
        "session_id": "e96634a3-fa28-4083-b354-55542e2dca01",
        "input_tokens": 41_000,
        "$at": "2026-01-02T03:04:05.678000Z",
        "$input_tokens": 41_000,
        "$output_tokens": 200,
        "$cache_read_tokens": 900,
        "$cache_write_tokens": 50,
        "$cost": 0.0125,
    }
    assert cli("traffic", "a.route", "out.jsonl").out.startswith("read out.jsonl: requests\n2 rows: 2 requests\n")


def test_standard_input_and_output(cli: Cli) -> None:
    ran = cli("traffic", "a.route", "-", "-o", "-", stdin=jsonl(GOOD))
    assert ran.code == 0
    assert [json.loads(line) for line in ran.out.splitlines()] == GOOD
    assert ran.err.startswith("read <stdin>: requests\n2 rows: 2 requests\n\nrule")
    assert cli("traffic", "-", "good.jsonl", stdin=POLICY).code == 0
    assert "only one of policy and logs can be -" in cli("traffic", "-", "-").err


def test_rows_that_could_not_be_read_are_told_and_give_1(cli: Cli) -> None:
    Path("good.jsonl").write_text(jsonl(GOOD) + "{\n5\n6\n")
    ran = cli("traffic", "a.route", "good.jsonl", "r.jsonl", "--no-audit")
    assert ran.code == 1
    assert "8 rows: 5 requests, 3 could not be read\n" in ran.out
    assert "  2  it is no JSON object  good.jsonl:4, good.jsonl:5\n" in ran.out


def test_keys_that_are_not_declared_are_told(cli: Cli) -> None:
    Path("good.jsonl").write_text(jsonl([{**GOOD[0], "hom": 1}]))
    assert "not declared, and ignored: `hom` (1)\n" in cli("traffic", "a.route", "good.jsonl", "--from", "requests").out


def test_nothing_is_left_of_a_file_that_failed(cli: Cli, monkeypatch: pytest.MonkeyPatch) -> None:
    Path("out.jsonl").write_text("before")
    Path("odd.jsonl").write_text('{"a": 1}\n')
    ran = cli("traffic", "a.route", "good.jsonl", "odd.jsonl", "-o", "out.jsonl")
    assert ran.code == 2
    assert "`odd.jsonl` does not say what kind of log it is" in ran.err
    assert cli("traffic", "a.route", "good.jsonl", "missing.jsonl", "-o", "out.jsonl").code == 2
    monkeypatch.setattr(os, "replace", lambda *_: (_ for _ in ()).throw(OSError(28, "No space left on device")))
    ran = cli("traffic", "a.route", "good.jsonl", "-o", "out.jsonl")
    assert ran.code == 2
    assert "no space left on device" in ran.err
    assert Path("out.jsonl").read_text() == "before"
    assert not [name for name in os.listdir() if name.startswith(".interlock-")]


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["missing.jsonl"], "cannot read `missing.jsonl`: there is no such file or folder"),
        (["good.jsonl", "--from", "litelm-spend"], "did you mean 'litellm-spend'?"),
        (["good.jsonl", "-o", "x.txt"], "does not say its form: it ends in none of .jsonl, .csv, .parquet"),
        (["good.jsonl", "-o", "no/x.csv"], "cannot write `no/x.csv`: there is no such file or folder"),
        (["good.jsonl", "--take", "home"], "'home' is not like tier=/metadata/plan"),
        (["good.jsonl", "--take", "home=region"], "`region` is no JSON pointer: it begins with `/`"),
        (["good.jsonl", "--take", "tier=/x"], "the policy declares no attribute `tier`"),
        (["good.jsonl", "--format", "xml"], "'xml' is not one of text, json"),
        (["."], "cannot read `.`: is a directory"),
        (["broken.parquet"], "`broken.parquet` is no Parquet file"),
        (["junk"], "nothing in `junk` can be read: the compressed file ends in the middle (line 1)"),
    ],
)
def test_what_cannot_be_done_is_said(cli: Cli, words: list[str], said: str) -> None:
    Path("broken.parquet").write_bytes(b"PAR1")
    Path("junk").write_bytes(b"\x1f\x8bjunk")
    ran = cli("traffic", "a.route", *words)
    assert ran.code == 2
    assert said in " ".join(ran.err.replace("│", " ").split())
    assert "Traceback" not in ran.err
    assert ran.out == ""


def test_a_policy_with_errors_and_a_module_are_refused(cli: Cli) -> None:
    Path("b.route").write_text(BROKEN)
    assert "fix these first" in cli("traffic", "b.route", "good.jsonl").err
    Path("m.route").write_text("request { home : string }\n")
    assert "`m.route` is a module" in cli("traffic", "m.route", "good.jsonl").err


def test_the_configuration_of_a_gateway_is_a_policy_too(cli: Cli) -> None:
    Path("c.yaml").write_text(
        "model_list:\n  - model_name: sonnet\n    litellm_params: {model: anthropic/claude-sonnet-4-6}\n"
    )
    Path("q.jsonl").write_text('{"model": "sonnet", "input_tokens": 5}\n')
    ran = cli("traffic", "c.yaml", "q.jsonl", "--from", "requests")
    assert ran.err == ""
    assert "sonnet" in ran.out


def test_in_a_process_of_its_own() -> None:
    ran = spawn("traffic", "a.route", "r.jsonl", "--no-audit", "-o", "-")
    assert ran.returncode == 0
    assert [json.loads(line) for line in ran.stdout.splitlines()] == REQUESTS
