"""A configuration of Portkey's gateway on the command line: everything that is done with one."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.cli.conftest import Cli

CONFIG = """\
{
  "strategy": {
    "mode": "conditional",
    "conditions": [{"query": {"metadata.plan": {"$eq": "pro"}}, "then": "pro"}],
    "default": "free"
  },
  "targets": [
    {
      "name": "pro",
      "strategy": {"mode": "fallback", "on_status_codes": [429, 500, 502, 503, 504]},
      "targets": [
        {"virtual_key": "anthropic-prod", "override_params": {"model": "claude-opus-4-7"}},
        {"virtual_key": "bedrock-prod", "override_params": {"model": "anthropic.claude-opus-4-7"}}
      ]
    },
    {"name": "free", "virtual_key": "anthropic-prod", "override_params": {"model": "claude-haiku-4-5"}}
  ]
}
"""
REQUEST = '{"plan": "pro"}'


@pytest.fixture
def config(folder: Path) -> Path:
    """The configuration as a file."""
    path = folder / "portkey.json"
    path.write_text(CONFIG)
    return path


@pytest.mark.parametrize("format_", ["text", "json", "sarif", "github", "junit"])
def test_it_is_recognized_and_checked_at_its_own_lines(cli: Cli, config: Path, format_: str) -> None:
    ran = cli("check", "portkey.json", "--format", format_)
    assert ran.code == 0
    assert "portkey.json" in ran.out
    assert "requests do not fall back on 529" in " ".join(ran.out.split())
    if format_ == "json":
        (found,) = json.loads(ran.out)["findings"]
        assert (found["code"], found["start"]) == ("G105", {"line": 10, "column": 40})


def test_a_configuration_below_config_is_one(cli: Cli, folder: Path) -> None:
    (folder / "saved.json").write_text(f'{{"name": "main", "config": {CONFIG}}}')
    assert "G105" in cli("check", "saved.json").out


def test_it_is_told_what_it_is(cli: Cli, folder: Path) -> None:
    (folder / "one.json").write_text('{"provider": "openai", "api_key": "$KEY", "retry": {"attempts": 9}}')
    assert cli("check", "one.json").code == 2
    assert "F204" in cli("check", "--from", "portkey", "one.json").out
    assert "did you mean 'portkey'?" in cli("check", "--from", "portkay", "one.json").err


def test_what_is_broken_is_still_recognized(cli: Cli, folder: Path) -> None:
    (folder / "broken.json").write_text(CONFIG.replace("},\n", "}\n", 1))
    ran = cli("check", "broken.json")
    assert (ran.code, "G001" in ran.out) == (1, True)


def test_a_baseline_holds_its_findings(cli: Cli, config: Path) -> None:
    assert cli("check", "portkey.json", "--write-baseline").code == 0
    ran = cli("check", "portkey.json", "--baseline", "interlock-baseline.json", "--fail-on", "warning")
    assert (ran.code, "1 finding is in the baseline" in ran.out) == (0, True)


def test_it_decides(cli: Cli, config: Path) -> None:
    ran = cli("decide", "portkey.json", "--request", REQUEST, "--after", "rate_limited", "--format", "json")
    decision = json.loads(ran.out)
    assert (decision["rule"], decision["model"], decision["hop"]) == ("pro", "anthropic.claude-opus-4-7", 1)
    assert "claude-haiku-4-5" in cli("explain", "portkey.json", "--request", "{}").out


def test_it_is_drawn_and_asked(cli: Cli, config: Path) -> None:
    assert "claude-opus-4-7" in cli("graph", "portkey.json").out
    assert cli("ask", "portkey.json", "every hop.provider == anthropic").code == 1
    assert cli("ask", "portkey.json", "--when", 'not (plan == "pro")', "every hop.provider == anthropic").code == 0


def test_the_imported_policy_decides_as_the_configuration(cli: Cli, config: Path) -> None:
    ran = cli("import", "portkey", "portkey.json", "-o", "policy.route", "--format", "json")
    report = json.loads(ran.out)
    assert (report["policy"], report["format"]) == ("policy.route", "portkey")
    assert any("529 is returned to the client" in remark["text"] for remark in report["remarks"])
    assert cli("check", "policy.route", "--select", "T").code == 0
    for after in ("", "rate_limited", "timeout,overloaded"):
        options = ["--request", REQUEST, *(["--after", after] if after else [])]
        assert cli("decide", "policy.route", *options).out == cli("decide", "portkey.json", *options).out


def test_what_is_refused_is_not_written(cli: Cli, folder: Path) -> None:
    (folder / "bad.json").write_text(CONFIG.replace("fallback", "fall-back"))
    ran = cli("import", "portkey", "bad.json", "-o", "policy.route")
    assert (ran.code, (folder / "policy.route").exists()) == (1, False)
    assert "did you mean `fallback`?" in ran.out + ran.err
