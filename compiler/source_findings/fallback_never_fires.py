"""G110 fallback-never-fires."""

from __future__ import annotations

from interlock.dsl.finding import Kind

DOC = """\
There is a fallback, and no error ever leads to it: what makes it work is missing, or something else keeps requests away
from it.

## Why it hurts
It looks safe. In Envoy AI Gateway `priority` alone does nothing (Envoy AI Gateway issue 1497, Envoy AI Gateway issue
1866): a BackendTrafficPolicy has to ask for retries, and to say with `numAttemptsPerPriority` that a retry goes to the
next priority. `ConsistentHash` takes that away again, and so do backends of which some have a host name and some an
address (Envoy AI Gateway issue 2135).

In Kong a request to a model is a POST, which is sent to no second target unless `failover_criteria` has
`non_idempotent`: the statuses beside it do nothing by themselves.

## Example
```yaml
apiVersion: aigateway.envoyproxy.io/v1beta1
kind: AIGatewayRoute
metadata: {name: claude}
spec:
  parentRefs: [{name: edge, kind: Gateway, group: gateway.networking.k8s.io}]
  rules:
    - matches: [{headers: [{name: x-ai-eg-model, value: claude-sonnet-4-6}]}]
      backendRefs:
        - {name: anthropic, priority: 0}
        - {name: bedrock, priority: 1, modelNameOverride: anthropic.claude-sonnet-4-6}
```

## What to write instead
The policy that leads there, for all errors that providers make.

```yaml
apiVersion: aigateway.envoyproxy.io/v1beta1
kind: AIGatewayRoute
metadata: {name: claude}
spec:
  parentRefs: [{name: edge, kind: Gateway, group: gateway.networking.k8s.io}]
  rules:
    - matches: [{headers: [{name: x-ai-eg-model, value: claude-sonnet-4-6}]}]
      backendRefs:
        - {name: anthropic, priority: 0}
        - {name: bedrock, priority: 1, modelNameOverride: anthropic.claude-sonnet-4-6}
---
apiVersion: gateway.envoyproxy.io/v1alpha1
kind: BackendTrafficPolicy
metadata: {name: claude}
spec:
  targetRefs: [{group: gateway.networking.k8s.io, kind: HTTPRoute, name: claude}]
  retry:
    numAttemptsPerPriority: 1
    numRetries: 1
    perRetry: {timeout: 30s}
    retryOn:
      triggers: [connect-failure, reset, retriable-status-codes]
      httpStatusCodes: [429, 500, 502, 503, 504, 529]
```
"""

KIND = Kind("G110", "fallback-never-fires", "error", DOC)
