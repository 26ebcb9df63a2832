"""G111 small-buffer."""

from __future__ import annotations

from interlock.dsl.finding import Kind

DOC = """\
The gateway refuses requests that are larger than a small default, before anybody has looked at them.

## Why it hurts
Short questions work, and a session of a coding agent stops with 413 after some turns. Envoy Gateway gives a connection
32 KiB, about 8,000 tokens, and Envoy AI Gateway reads the whole body to know its model. Its own examples set 50 MiB.
Kong reads `max_request_body_size` bytes of a body, 8 KiB by default until 3.12 and 1 MiB since, and answers 400 to
larger ones.

## Example
```yaml
apiVersion: gateway.networking.k8s.io/v1
kind: Gateway
metadata: {name: edge}
spec:
  gatewayClassName: edge
  listeners: [{name: http, protocol: HTTP, port: 80}]
---
apiVersion: aigateway.envoyproxy.io/v1beta1
kind: AIGatewayRoute
metadata: {name: claude}
spec:
  parentRefs: [{name: edge, kind: Gateway, group: gateway.networking.k8s.io}]
  rules:
    - matches: [{headers: [{name: x-ai-eg-model, value: claude-sonnet-4-6}]}]
      backendRefs: [{name: anthropic}]
```

## What to write instead
A ClientTrafficPolicy with room for the largest prompt.

```yaml
apiVersion: gateway.networking.k8s.io/v1
kind: Gateway
metadata: {name: edge}
spec:
  gatewayClassName: edge
  listeners: [{name: http, protocol: HTTP, port: 80}]
---
apiVersion: gateway.envoyproxy.io/v1alpha1
kind: ClientTrafficPolicy
metadata: {name: edge}
spec:
  targetRefs: [{group: gateway.networking.k8s.io, kind: Gateway, name: edge}]
  connection: {bufferLimit: 50Mi}
---
apiVersion: aigateway.envoyproxy.io/v1beta1
kind: AIGatewayRoute
metadata: {name: claude}
spec:
  parentRefs: [{name: edge, kind: Gateway, group: gateway.networking.k8s.io}]
  rules:
    - matches: [{headers: [{name: x-ai-eg-model, value: claude-sonnet-4-6}]}]
      backendRefs: [{name: anthropic}]
```
"""

KIND = Kind("G111", "small-buffer", "warning", DOC)
