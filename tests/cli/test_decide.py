"""``interlock decide``."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from interlock.cli.requests import parse_request_line
from interlock.compiler.json_text import NotJson, parse_json
from tests.cli.conftest import BROKEN, POLICY, UNREACHABLE, Cli

BIG = '{"input_tokens": 50000, "session_id": "s"}'
FIELDS = [
    "policy", "version", "rule", "pool", "upstream", "provider", "account", "region", "model", "hop", "fail", "invalid",
]  # fmt: skip


@pytest.fixture(autouse=True)
def policy(folder: Path) -> None:
    Path("a.route").write_text(POLICY)


def test_text(cli: Cli) -> None:
    ran = cli("decide", "a.route", "--request", BIG)
    assert (ran.code, ran.err) == (0, "")
    assert ran.out == (
        "large[us_east]  by rule big\n"
        "  egress[us_east] with opus  (provider anthropic, account platform, region us_east)\n"
    )
    assert "hop 1" in cli("decide", "a.route", "--request", BIG, "--after", "overloaded").out


def test_json(cli: Cli) -> None:
    said = json.loads(cli("decide", "a.route", "--request", BIG, "--format", "json").out)
    assert list(said) == FIELDS
    assert len(said.pop("version")) == 64
    assert said == {
        "policy": "sizes", "rule": "big", "pool": "large[us_east]", "upstream": "egress[us_east]",
        "provider": "anthropic", "account": "platform", "region": "us_east", "model": "opus",
        "hop": 0, "fail": None, "invalid": None,
    }  # fmt: skip


@pytest.mark.parametrize(
    ("after", "pool", "hop", "fail"),
    [
        (["--after", "timeout"], "large[us_west]", 1, None),
        (["--after", "timeout,overloaded"], None, 1, {"status": 503, "message": "every region is down"}),
        (["--after", "timeout, overloaded, refused"], None, 1, {"status": 503, "message": "every region is down"}),
        (["--after", "timeout", "--after", "refused"], None, 1, {"status": None, "message": "refused"}),
    ],
)
def test_after(cli: Cli, after: list[str], pool: str | None, hop: int, fail: object) -> None:
    said = json.loads(cli("decide", "a.route", "--request", BIG, "--format", "json", *after).out)
    assert (said["pool"], said["hop"], said["fail"]) == (pool, hop, fail)


@pytest.mark.parametrize(
    ("name", "advice"), [("overlaoded", "did you mean 'overloaded'?"), ("unavailable", "stands for five classes")]
)
def test_a_class_that_is_none(cli: Cli, name: str, advice: str) -> None:
    ran = cli("decide", "a.route", "--request", BIG, "--after", name)
    assert ran.code == 2
    assert advice in ran.err


def test_a_table_decides_like_its_policy(cli: Cli) -> None:
    assert cli("compile", "a.route").code == 0
    for request in (BIG, "{}", "3"):
        words = ["--request", request, "--format", "json"]
        assert cli("decide", "sizes.table.json", *words) == cli("decide", "a.route", *words)
    table = Path("sizes.table.json").read_bytes()
    assert (
        cli("decide", "-", "--request", BIG, stdin=b" \n" + table).out == cli("decide", "a.route", "--request", BIG).out
    )


def test_an_invalid_request_is_a_decision(cli: Cli) -> None:
    ran = cli("decide", "a.route", "--request", '{"input_tokens": -1, "session_id": "s"}')
    assert (ran.code, ran.err) == (0, "")
    assert ran.out == "fail 400  for an invalid request\n  `input_tokens` must lie in 0..=1000000\n"


@pytest.mark.parametrize("text", ["", "{", "{'a': 1}", '{"a": NaN}', "[" * 100_000, "-Infinity", "\ud800"])
def test_what_is_no_json_gives_exit_2(cli: Cli, text: str) -> None:
    ran = cli("decide", "a.route", "--request", text)
    assert (ran.code, ran.out) == (2, "")
    assert ran.err.startswith("error: --request is not JSON: ")


def test_answers_and_lines_pair_up(cli: Cli) -> None:
    lines = [
        BIG.encode(),
        b"",
        b"nonsense",
        b"\xff",
        b'{"input_tokens": NaN, "session_id": "s"}',
        b'{"input_tokens": 5.0, "session_id": "s"}\r',
        b'{"input_tokens": ' + b"9" * 5_000 + b', "session_id": "s"}',
        b'{"input_tokens": 1e400, "session_id": "s"}',
        b'{"input_tokens": 1, "session_id": "\\ud800"}',
        b'{"input_tokens": 1, "input_tokens": 60000, "session_id": "s"}',
        b"[" * 100_000,
        b'["a"]',
    ]
    reasons = [
        None, "not_an_object", "not_an_object", "not_an_object", "not_an_object", None, "out_of_range",
        "out_of_range", "wrong_type", None, "not_an_object", "not_an_object",
    ]  # fmt: skip
    Path("r.jsonl").write_bytes(b"\n".join(lines))
    from_file = cli("decide", "a.route", "--requests", "r.jsonl")
    assert (from_file.code, from_file.err) == (0, "")
    answers = [json.loads(line) for line in from_file.out.splitlines()]
    assert [answer["invalid"] and answer["invalid"]["reason"] for answer in answers] == reasons
    assert [answer["rule"] for answer in answers if not answer["invalid"]] == ["big", "otherwise", "big"]
    assert cli("decide", "a.route", "--requests", "-", stdin=b"\n".join(lines)).out == from_file.out


def test_no_lines_no_answers(cli: Cli) -> None:
    ran = cli("decide", "a.route", "--requests", "-")
    assert (ran.code, ran.out, ran.err) == (0, "", "")


@pytest.mark.parametrize(
    "words",
    [
        ["a.route"],
        ["a.route", "--request", "{}", "--requests", "x"],
        ["a.route", "--requests", "x", "--format", "text"],
        ["-", "--requests", "-"],
        ["a.route", "--requests", "nothing.jsonl"],
        ["nothing.route", "--request", "{}"],
        [".", "--request", "{}"],
    ],
)
def test_what_cannot_be_done_gives_exit_2(cli: Cli, words: list[str]) -> None:
    ran = cli("decide", *words)
    assert (ran.code, ran.out) == (2, "")
    assert ran.err


def test_errors_in_the_text_are_shown(cli: Cli) -> None:
    Path("broken.route").write_text(BROKEN)
    ran = cli("decide", "broken.route", "--request", BIG)
    assert (ran.code, ran.out) == (2, "")
    assert "error[T002]" in ran.err


def test_errors_of_behaviour_do_not_hinder(cli: Cli) -> None:
    Path("unreachable.route").write_text(UNREACHABLE)
    assert cli("decide", "unreachable.route", "--request", BIG).code == 0


def test_a_module_decides_nothing(cli: Cli) -> None:
    Path("m.route").write_text("enum colour = red, green\n")
    ran = cli("decide", "m.route", "--request", BIG)
    assert (ran.code, ran.err) == (2, "error: `m.route` is a module: it has no rules to decide by\n")


def test_a_table_that_was_changed_is_refused(cli: Cli) -> None:
    cli("compile", "a.route", "-o", "t.json")
    table = Path("t.json").read_text()
    for broken in (table.replace("big", "bog"), table[:-50], "{}", '{"format": "interlock-table"}'):
        Path("t.json").write_text(broken)
        ran = cli("decide", "t.json", "--request", BIG)
        assert (ran.code, ran.out) == (2, "")
        assert ran.err.startswith("error: `t.json` is no usable table: ")
        assert ran.err.count("\n") == 1


def test_numbers() -> None:
    assert parse_json("-" + "9" * 5_000) == -(10**40)
    assert parse_json("-1e999") == -(10**40)
    assert parse_json("12345678901234567890") == 12345678901234567890
    with pytest.raises(NotJson, match="`NaN` is no JSON"):
        parse_json("[NaN]")


def test_a_byte_order_mark_is_passed_over_at_the_start_of_the_file_alone(cli: Cli) -> None:
    mark, request = b"\xef\xbb\xbf", BIG.encode()
    Path("marked.jsonl").write_bytes(mark + request + b"\n" + mark + request + b"\n")
    lines = cli("decide", "a.route", "--requests", "marked.jsonl").out.splitlines()
    assert [json.loads(line)["invalid"] is None for line in lines] == [True, False]
    assert parse_request_line(mark + b"{}") is None


def test_a_request_may_be_nested_to_any_depth_in_what_is_not_declared(cli: Cli) -> None:
    deep = BIG[:-1] + ', "other": ' + "[" * 5_000 + "]" * 5_000 + "}"
    for command in ("decide", "explain"):
        assert cli(command, "a.route", "--request", deep) == cli(command, "a.route", "--request", BIG)
    assert "nested too deeply" in cli("decide", "a.route", "--request", deep[:-1]).err
    assert parse_request_line(b"Infinity") is None
