"""G107 mixed-models."""

from __future__ import annotations

from interlock.dsl.finding import Kind

DOC = """\
Different models share the traffic of one name: a fallback was meant, and the load is balanced.

## Why it hurts
Half of the requests for the large model are answered by the smaller one, by chance, turn by turn. In LiteLLM entries of
one `model_name` are deployments among which requests are shuffled; it is their `order`, or `fallbacks`, that makes one
the spare of the other.

## Example
```yaml
model_list:
  - model_name: claude
    litellm_params: {model: anthropic/claude-opus-4-7}
  - model_name: claude
    litellm_params: {model: anthropic/claude-sonnet-4-6}
router_settings:
  optional_pre_call_checks: [session_affinity]
```

## What to write instead
Levels, or groups with fallbacks.

```yaml
model_list:
  - model_name: claude
    litellm_params: {model: anthropic/claude-opus-4-7, order: 1}
  - model_name: claude
    litellm_params: {model: anthropic/claude-sonnet-4-6, order: 2}
```
"""

KIND = Kind("G107", "mixed-models", "warning", DOC)
