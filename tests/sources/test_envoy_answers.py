"""A `responseOverride` of a rule without backends, as the import reads it."""

from __future__ import annotations

import pytest

from interlock.compiler.sources.check import check_imported, import_sources, policy_text
from interlock.dsl.source import Source

RESOURCES = """apiVersion: aigateway.envoyproxy.io/v1beta1
kind: AIGatewayRoute
metadata: {name: r}
spec:
  parentRefs: [{group: gateway.networking.k8s.io, kind: Gateway, name: edge}]
  rules:
    - name: gone
      matches: [{headers: [{name: HEADER, value: free}]}]
---
apiVersion: gateway.envoyproxy.io/v1alpha1
kind: BackendTrafficPolicy
metadata: {name: p}
spec:
  targetRefs: [{group: gateway.networking.k8s.io, kind: HTTPRoute, name: r, sectionName: gone}]
  responseOverride: OVERRIDE
"""
GONE = """[{match: {statusCodes: [{type: Value, value: 500}]}, response: {statusCode: 410, body: {type: Inline,
  inline: '{"error": {"message": "100 %% gone"}}'}}}]"""


@pytest.mark.parametrize(
    ("before", "after", "fail"),
    [
        ("", "", 'fail 410 "100 % gone"'),
        ("type: Value, value: 500", "type: Range, range: {start: 500, end: 599}", 'fail 410 "100 % gone"'),
        ('"100 %% gone"', "5", "fail 410"),
        ('"100 %% gone"', '"\\ud800"', "fail 410"),
        ("match: {", "source: Backend, match: {", 'fail 500 "no backend"'),
        ("value: 500", "value: 503", 'fail 500 "no backend"'),
        ("statusCode: 410", "statusCode: 299", 'fail 500 "no backend"'),
        ("statusCode: 410", "statusCode: [410]", 'fail 500 "no backend"'),
        (GONE, "{match: 5}", 'fail 500 "no backend"'),
        (GONE, "[5, {match: 5}, {match: {statusCodes: [5, {range: 5}]}}]", 'fail 500 "no backend"'),
        ("name: HEADER", "name: x-ai-eg-model", 'fail 500 "no backend"'),
    ],
)
def test_what_a_rule_without_backends_answers(before: str, after: str, fail: str) -> None:
    text = RESOURCES.replace("OVERRIDE", GONE).replace(before, after).replace("HEADER", "x-plan")
    found = import_sources("envoy-ai-gateway", [Source("r.yaml", text)])
    check_imported(found)
    written, _ = policy_text(found)
    assert written is not None
    assert f"-> {fail}\n" in written
