"""G001 refused-configuration."""

from __future__ import annotations

from interlock.dsl.finding import Kind

DOC = """\
The configuration cannot be read, the gateway would not start with it, or there is nothing in it that routes.

## Why it hurts
A gateway that does not start takes everything down with it, and it is found at the deployment rather than in the pull
request. LiteLLM refuses a mapping of two groups in one entry of `fallbacks`; a tab in the indentation is no YAML for
anybody.

## Example
```yaml
model_list:
  - model_name: sonnet
    litellm_params: {model: anthropic/claude-sonnet-4-6}
  - model_name: opus
    litellm_params: {model: anthropic/claude-opus-4-7}
router_settings:
  fallbacks:
    - sonnet: [opus]
      opus: [sonnet]
```

## What to write instead
One group in each entry.

```yaml
model_list:
  - model_name: sonnet
    litellm_params: {model: anthropic/claude-sonnet-4-6}
  - model_name: opus
    litellm_params: {model: anthropic/claude-opus-4-7}
router_settings:
  fallbacks:
    - sonnet: [opus]
```
"""

KIND = Kind("G001", "refused-configuration", "error", DOC)
