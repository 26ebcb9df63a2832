"""G004 misread-value."""

from __future__ import annotations

from interlock.dsl.finding import Kind

DOC = """\
A value of another kind than the gateway expects, which it takes all the same and reads as something else, or which
makes every request of a group fail.

## Why it hurts
LiteLLM goes through a fallback that is a text instead of a list letter by letter: `sonnet: spare` tries the models `s`,
`p`, `a`, `r`, `e`. A weight or an order in quotes fails each request to its group, without an upstream being asked.
Kong compares a path that does not start with `~` as it is written, stars included.

## Example
```yaml
model_list:
  - model_name: sonnet
    litellm_params: {model: anthropic/claude-sonnet-4-6}
  - model_name: spare
    litellm_params: {model: bedrock/anthropic.claude-sonnet-4-6}
router_settings:
  fallbacks:
    - sonnet: spare
```

## What to write instead
A list, also for one target; numbers without quotes.

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

KIND = Kind("G004", "misread-value", "error", DOC)
