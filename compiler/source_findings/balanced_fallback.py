"""G112 balanced-fallback."""

from __future__ import annotations

from interlock.dsl.finding import Kind

DOC = """\
Traffic is shared among targets where an order was meant: the weights look like ranks, or all targets are of one rank.

## Why it hurts
The spare is asked by every second request, from the first day on. In Kong `weight` is a share under `round-robin`, the
default, and under `priority` it names a group: targets of *equal* weight share the traffic of their group, and 100 is
the default of all.

## Example
```yaml
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
              llm_format: anthropic
              balancer:
                algorithm: priority
                read_timeout: 30000
                failover_criteria: [error, timeout, http_429, http_500, http_502, http_503, http_504, non_idempotent]
              targets:
                - route_type: llm/v1/chat
                  model:
                    provider: bedrock
                    name: anthropic.claude-sonnet-4-6
                    options: {bedrock: {aws_region: us-east-1}}
                - route_type: llm/v1/chat
                  model:
                    provider: bedrock
                    name: anthropic.claude-sonnet-4-6
                    options: {bedrock: {aws_region: us-west-2}}
```

## What to write instead
A weight for each target, the larger one for the one that is to be asked first.

```yaml
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
              llm_format: anthropic
              balancer:
                algorithm: priority
                read_timeout: 30000
                failover_criteria: [error, timeout, http_429, http_500, http_502, http_503, http_504, non_idempotent]
              targets:
                - route_type: llm/v1/chat
                  weight: 2
                  model:
                    provider: bedrock
                    name: anthropic.claude-sonnet-4-6
                    options: {bedrock: {aws_region: us-east-1}}
                - route_type: llm/v1/chat
                  weight: 1
                  model:
                    provider: bedrock
                    name: anthropic.claude-sonnet-4-6
                    options: {bedrock: {aws_region: us-west-2}}
```
"""

KIND = Kind("G112", "balanced-fallback", "warning", DOC)
