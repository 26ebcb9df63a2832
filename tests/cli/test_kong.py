"""decK files on the command line."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.cli.conftest import Cli

SECRET = "sk-" + "ant-api03-" + "aB3x" * 10
KONG = f"""\
_format_version: "3.0"
services:
  - name: llm
    url: http://localhost:32000
    routes:
      - name: chat
        paths: [/v1/messages]
        plugins:
          - name: ai-proxy-advanced
            config:
              balancer:
                algorithm: priority
                read_timeout: 30000
                failover_criteria: [error, timeout, http_429]
              targets:
                - route_type: llm/v1/chat
                  weight: 2
                  auth: {{header_name: x-api-key, header_value: {SECRET}}}
                  model: {{provider: anthropic, name: claude-sonnet-4-6}}
                - route_type: llm/v1/chat
                  weight: 1
                  model: {{provider: bedrock, name: anthropic.claude-sonnet-4-6}}
"""
ROUTES = '_format_version: "3.0"\nservices: [{name: llm, routes: [{name: chat, paths: [/chat]}]}]\n'
PLUGINS = """\
_format_version: "3.0"
plugins:
  - name: ai-proxy
    route: chat
    config: {route_type: llm/v1/chat, model: {provider: openai, name: gpt-4o}}
"""
PLACES = {
    "text": ["kong.yaml:14:17", "kong.yaml:18:64"],
    "json": ['"line": 14', '"column": 17', '"line": 18'],
    "sarif": ['"startLine": 14', '"startColumn": 17', '"startLine": 18'],
    "github": ["line=14,", "col=17", "line=18,"],
    "junit": ["kong.yaml:14:17", "kong.yaml:18:64"],
}


@pytest.mark.parametrize("format_", PLACES)
@pytest.mark.parametrize("given", [(), ("--from", "kong")])
def test_findings_are_at_the_lines_of_the_file(cli: Cli, folder: Path, format_: str, given: tuple[str, ...]) -> None:
    (folder / "kong.yaml").write_text(KONG)
    ran = cli("check", *given, "kong.yaml", "--format", format_)
    assert ran.code == 1
    assert "G110" in ran.out
    assert "G201" in ran.out
    for place in PLACES[format_]:
        assert place in ran.out
    assert SECRET[14:] not in ran.out + ran.err


def test_a_baseline_keeps_them_for_later(cli: Cli, folder: Path) -> None:
    (folder / "kong.yaml").write_text(KONG)
    assert cli("check", "kong.yaml", "--write-baseline").code == 0
    assert SECRET[14:] not in (folder / "interlock-baseline.json").read_text()
    (folder / "kong.yaml").write_text("# A remark.\n" + KONG)
    assert cli("check", "kong.yaml", "--baseline", "interlock-baseline.json").code == 0
    (folder / "kong.yaml").write_text(KONG.replace("algorithm: priority", "algorithm: priorities"))
    ran = cli("check", "kong.yaml", "--baseline", "interlock-baseline.json")
    assert ran.code == 1
    assert "G001" in ran.out


def test_import_writes_a_policy_that_decides(cli: Cli, folder: Path) -> None:
    (folder / "kong.yaml").write_text(KONG.replace("http_429", "http_429, non_idempotent"))
    ran = cli("import", "kong", "kong.yaml", "-o", "policy.route")
    assert ran.code == 0
    assert "529" in ran.out or "503" in ran.out
    written = (folder / "policy.route").read_text()
    assert SECRET[14:] not in written
    assert cli("fmt", "--check", "policy.route").code == 0
    asked = '{"path": "/v1/messages", "input_tokens": 10}'
    assert cli("decide", "policy.route", "--request", asked).out.startswith("claude-sonnet-4-6")
    ran = cli("decide", "policy.route", "--request", asked, "--after", "rate_limited")
    assert ran.out.startswith("anthropic-claude-sonnet-4-6")


def test_several_files_are_imported_as_one(cli: Cli, folder: Path) -> None:
    (folder / "routes.yaml").write_text(ROUTES)
    (folder / "plugins.yaml").write_text(PLUGINS)
    assert cli("import", "kong", "routes.yaml", "plugins.yaml", "-o", "policy.route").code == 0
    assert cli("decide", "policy.route", "--request", '{"path": "/chat"}').out.startswith("gpt-4o")


def test_a_file_without_models_is_refused(cli: Cli, folder: Path) -> None:
    (folder / "routes.yaml").write_text(ROUTES)
    ran = cli("import", "kong", "routes.yaml", "-o", "policy.route")
    assert ran.code == 1
    assert "nothing to route" in " ".join((ran.out + ran.err).split())
    assert not (folder / "policy.route").exists()
