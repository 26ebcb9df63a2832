"""``interlock explain``."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.cli.conftest import POLICY, Cli

BIG = '{"input_tokens": 50000, "session_id": "s"}'
SMALL = '{"input_tokens": 5, "session_id": "s"}'


@pytest.fixture(autouse=True)
def policy(folder: Path) -> None:
    Path("a.route").write_text(POLICY)


def test_everything_at_once(cli: Cli) -> None:
    ran = cli("explain", "a.route", "--request", BIG)
    assert (ran.code, ran.err) == (0, "")
    lines = ran.out.splitlines()
    assert lines[0] == "large[us_east]  by rule big"
    assert "  big at a.route:24:1" in lines
    assert "    ## Big refactors." in lines
    assert "    rule big when input_tokens >= 40K -> large[home]" in lines
    assert "  ✓ input_tokens >= 40000  it is 50000" in lines
    at = lines.index("what errors lead to")
    assert lines[at + 1 : at + 5] == [
        "  large[us_east]  egress[us_east] with opus",
        "  └─ unavailable → large[us_west]  egress[us_west] with opus",
        '     └─ unavailable → fail 503 "every region is down"',
        "  any other error is returned to the client",
    ]


def test_why_no_earlier_rule(cli: Cli) -> None:
    lines = cli("explain", "a.route", "--request", SMALL).out.splitlines()
    at = lines.index("why no earlier rule")
    assert lines[at + 1] == "  ✗ big  input_tokens >= 40000  it is 5"


def test_where_errors_have_led_is_marked(cli: Cli) -> None:
    out = cli("explain", "a.route", "--request", BIG, "--after", "timeout").out
    assert "large[us_west]  egress[us_west] with opus  → here\n" in out
    assert out.startswith("large[us_west]  by rule big\n")
    out = cli("explain", "a.route", "--request", BIG, "--after", "timeout,timeout").out
    assert 'fail 503 "every region is down"  → here\n' in out
    out = cli("explain", "a.route", "--request", BIG, "--after", "refused").out
    assert "└─ context_overflow, refused → returned to the client  → here\n" in out


def test_an_invalid_request(cli: Cli) -> None:
    ran = cli("explain", "a.route", "--request", "{}")
    assert (ran.code, ran.out) == (0, "fail 400  for an invalid request\n  `input_tokens` is missing\n")


def test_many_earlier_rules_are_counted(cli: Cli) -> None:
    rules = "".join(f"rule r{n} when input_tokens == {n + 100} -> small[home]\n" for n in range(50))
    Path("many.route").write_text(POLICY.replace("## Big", rules + "## Big"))
    out = cli("explain", "many.route", "--request", SMALL).out
    assert "31 more before these" in out
    assert " r30 " not in out
    assert " r49 " in out
    assert " r0 " in cli("explain", "many.route", "--request", SMALL, "--all").out


def test_a_long_condition_does_not_move_the_others(cli: Cli) -> None:
    name = "session-of-the-nightly-evaluation"
    rules = (
        f'rule nightly when session_id == "{name}" -> small[home]\nrule none when session_id == "x" -> small[home]\n'
    )
    Path("long.route").write_text(POLICY.replace("## Big", rules + "## Big"))
    lines = cli("explain", "long.route", "--request", SMALL).out.splitlines()
    at = lines.index("why no earlier rule")
    assert lines[at + 1 : at + 5] == [
        f'  ✗ nightly  session_id == "{name}"',
        "               it is s",
        '  ✗ none     session_id == "x"      it is s',
        "  ✗ big      input_tokens >= 40000  it is 5",
    ]


def test_a_policy_in_which_errors_go_round_has_an_end(cli: Cli) -> None:
    loop = "fallback large[us_west] -> follow large[us_east]"
    Path("loop.route").write_text(POLICY.replace("fallback large[us_west] -> fail 503", loop).replace(
        'large[us_west] -> fail 503 "every region is down"', "follow large[us_west]"
    ))  # fmt: skip
    out = cli("explain", "loop.route", "--request", BIG).out
    assert "this goes round for ever" in out


def test_json(cli: Cli) -> None:
    said = json.loads(cli("explain", "a.route", "--request", BIG, "--after", "timeout", "--format", "json").out)
    assert said["decision"]["pool"] == "large[us_west]"
    assert said["after"] == ["timeout"]
    assert [said["walk"][i]["pool"] for i in said["path"]] == ["large[us_east]", "large[us_west]"]
    decided = cli("decide", "a.route", "--request", BIG, "--after", "timeout", "--format", "json").out
    assert said["decision"] == json.loads(decided)


def test_a_table_explains_itself(cli: Cli) -> None:
    cli("compile", "a.route", "-o", "t.json")
    Path("a.route").unlink()
    lines = cli("explain", "t.json", "--request", BIG).out.splitlines()
    assert "  big at a.route:24:1" in lines
    assert "    ## Big refactors." in lines
