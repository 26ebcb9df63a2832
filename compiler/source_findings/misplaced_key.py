"""G003 misplaced-key."""

from __future__ import annotations

from interlock.dsl.finding import Kind

DOC = """\
A key that the gateway knows, but not where it stands. There it does nothing.

## Why it hurts
The setting looks made and is not. LiteLLM has three sections of settings whose keys are alike: `num_retries` in
`general_settings`, `routing_strategy` in `litellm_settings` and `weight` beside `litellm_params` are all accepted and
all without effect.

## Example
```yaml
model_list:
  - model_name: sonnet
    litellm_params: {model: anthropic/claude-sonnet-4-6}
general_settings:
  num_retries: 0
```

## What to write instead
The key in its own section.

```yaml
model_list:
  - model_name: sonnet
    litellm_params: {model: anthropic/claude-sonnet-4-6}
router_settings:
  num_retries: 0
```
"""

KIND = Kind("G003", "misplaced-key", "warning", DOC)
