"""G105 uncovered-error."""

from __future__ import annotations

from interlock.dsl.finding import Kind

DOC = """\
A class of errors on which the gateway does not fall back, though there are fallbacks.

## Why it hurts
Providers answer 529 when they are overloaded, and gateways know 500 and 503: Kong's criteria have no 529 at all, and a
list of status codes that was copied from an example lacks 429. In LiteLLM, `context_window_fallbacks` for one group
take the fallbacks of all other groups away when a prompt is too long: they are then asked instead of `fallbacks`. And
an alias does not have the fallbacks of its group (LiteLLM issue 10317).

## Example
```yaml
model_list:
  - model_name: haiku
    litellm_params: {model: anthropic/claude-haiku-4-5}
  - model_name: spare
    litellm_params: {model: bedrock/anthropic.claude-haiku-4-5-20251001-v1:0}
  - model_name: sonnet
    litellm_params: {model: anthropic/claude-sonnet-4-6}
router_settings:
  fallbacks:
    - haiku: [spare]
    - spare: [sonnet]
  context_window_fallbacks:
    - spare: [sonnet]
```

## What to write instead
An entry for each group that has fallbacks.

```yaml
model_list:
  - model_name: haiku
    litellm_params: {model: anthropic/claude-haiku-4-5}
  - model_name: spare
    litellm_params: {model: bedrock/anthropic.claude-haiku-4-5-20251001-v1:0}
  - model_name: sonnet
    litellm_params: {model: anthropic/claude-sonnet-4-6}
router_settings:
  fallbacks:
    - haiku: [spare]
    - spare: [sonnet]
  context_window_fallbacks:
    - haiku: [sonnet]
    - spare: [sonnet]
```
"""

KIND = Kind("G105", "uncovered-error", "warning", DOC)
