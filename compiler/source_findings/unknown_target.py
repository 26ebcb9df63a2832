"""G101 unknown-target."""

from __future__ import annotations

from interlock.dsl.finding import Kind

DOC = """\
A fallback, an alias or a condition names a group, target or backend that the configuration does not have.

## Why it hurts
It is accepted, and fails when the request comes that needs it: on the day on which the upstream before it is down.
LiteLLM passes over an unknown fallback silently; with `default_fallbacks` it asks the first of those in its place,
which is then asked twice.

## Example
```yaml
model_list:
  - model_name: sonnet
    litellm_params: {model: anthropic/claude-sonnet-4-6}
  - model_name: spare
    litellm_params: {model: bedrock/anthropic.claude-sonnet-4-6}
router_settings:
  fallbacks:
    - sonnet: [spare-eu]
```

## What to write instead
A name that there is; the help line has the nearest one.

```yaml
model_list:
  - model_name: sonnet
    litellm_params: {model: anthropic/claude-sonnet-4-6}
  - model_name: spare
    litellm_params: {model: bedrock/anthropic.claude-sonnet-4-6}
router_settings:
  fallbacks:
    - sonnet: [spare]
```
"""

KIND = Kind("G101", "unknown-target", "error", DOC)
