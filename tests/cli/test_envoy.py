"""Envoy AI Gateway's resources on the command line: files that belong together."""

from __future__ import annotations

import json
from pathlib import Path

from tests.cli.conftest import Cli

ROUTE = """\
apiVersion: aigateway.envoyproxy.io/v1beta1
kind: AIGatewayRoute
metadata: {name: claude}
spec:
  parentRefs: [{name: edge, kind: Gateway, group: gateway.networking.k8s.io}]
  rules:
    - matches: [{headers: [{name: x-ai-eg-model, value: claude-sonnet-4-6}]}]
      backendRefs:
        - {name: anthropic, priority: 0}
        - {name: bedrock, priority: 1}
"""
RETRIES = """\
apiVersion: gateway.envoyproxy.io/v1alpha1
kind: BackendTrafficPolicy
metadata: {name: claude}
spec:
  targetRefs: [{group: gateway.networking.k8s.io, kind: HTTPRoute, name: claude}]
  retry:
    numAttemptsPerPriority: 1
    numRetries: 1
    perRetry: {timeout: 30s}
    retryOn: {triggers: [5xx, retriable-status-codes], httpStatusCodes: [STATUS]}
"""


def write(folder: Path, status: str = "429") -> None:
    (folder / "route.yaml").write_text(ROUTE)
    (folder / "retries.yaml").write_text(RETRIES.replace("STATUS", status))


def test_files_of_one_call_are_one_configuration(cli: Cli, folder: Path) -> None:
    write(folder)
    assert cli("check", "route.yaml").code == 1
    assert cli("check", "route.yaml", "retries.yaml").code == 0
    assert cli("check", "retries.yaml", "route.yaml").code == 0
    assert cli("check", "--from", "envoy-ai-gateway", "retries.yaml", "route.yaml").code == 0
    assert cli("check", "--from", "envoy-ai-gateway", ".").code == 0


def test_findings_are_at_the_file_that_they_are_in(cli: Cli, folder: Path) -> None:
    write(folder, "418")
    ran = cli("check", "route.yaml", "retries.yaml", "--format", "json")
    found = [(f["code"], Path(f["file"]).name) for f in json.loads(ran.out)["findings"]]
    assert found == [("G105", "retries.yaml")]


def test_what_is_no_resource_stays_alone(cli: Cli, folder: Path) -> None:
    write(folder)
    (folder / "litellm.yaml").write_text(
        "model_list: [{model_name: a, litellm_params: {model: anthropic/claude-sonnet-4-6}}]\n"
        "router_settings: {num_retries: 0, fallbacks: [{a: [b]}]}\n"
    )
    ran = cli("check", "route.yaml", "litellm.yaml", "retries.yaml", "--format", "json")
    assert [f["code"] for f in json.loads(ran.out)["findings"]] == ["G101"]


def test_a_resource_alone_does_not_say_what_it_is_for(cli: Cli, folder: Path) -> None:
    write(folder)
    ran = cli("check", "retries.yaml")
    assert ran.code == 2
    assert "--from envoy-ai-gateway" in ran.err
    ran = cli("check", "--from", "envoy-ai-gateway", "retries.yaml")
    assert ran.code == 1
    assert "nothing to route" in " ".join(ran.out.split())


def test_import_takes_all_files(cli: Cli, folder: Path) -> None:
    write(folder)
    assert cli("import", "envoy-ai-gateway", "route.yaml", "retries.yaml", "-o", "policy.route").code == 0
    written = (folder / "policy.route").read_text()
    assert "fallback claude-sonnet-4-6 -> claude-sonnet-4-6-priority-1" in " ".join(written.split())
    asked = '{"model": "claude-sonnet-4-6", "input_tokens": 10}'
    ran = cli("decide", "policy.route", "--request", asked, "--after", "rate_limited")
    assert "priority-1" in ran.out
