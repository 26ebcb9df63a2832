"""G104 cut-off-fallback."""

from __future__ import annotations

from interlock.dsl.finding import Kind

DOC = """\
A fallback that is never tried, because the gateway stops before it: its own limit of hops or attempts is reached.

## Why it hurts
The last resort is not there when everything before it has failed, and nothing says so (LiteLLM issue 37301). LiteLLM
enters fallbacks of fallbacks up to a depth of 5, `max_fallbacks`; the targets of one list are all tried, however many.
In Kong the limit is the `retries` of the balancer, 5 by default.

## Example
```yaml
model_list:
  - model_name: a
    litellm_params: {model: anthropic/claude-sonnet-4-6}
  - model_name: b
    litellm_params: {model: bedrock/anthropic.claude-sonnet-4-6}
  - model_name: c
    litellm_params: {model: vertex_ai/claude-sonnet-4-6}
router_settings:
  max_fallbacks: 1
  fallbacks:
    - a: [b]
    - b: [c]
```

## What to write instead
One list for the group that requests ask for.

```yaml
model_list:
  - model_name: a
    litellm_params: {model: anthropic/claude-sonnet-4-6}
  - model_name: b
    litellm_params: {model: bedrock/anthropic.claude-sonnet-4-6}
  - model_name: c
    litellm_params: {model: vertex_ai/claude-sonnet-4-6}
router_settings:
  max_fallbacks: 1
  fallbacks:
    - a: [b, c]
```
"""

KIND = Kind("G104", "cut-off-fallback", "warning", DOC)
