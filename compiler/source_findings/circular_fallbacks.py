"""G103 circular-fallbacks."""

from __future__ import annotations

from interlock.dsl.finding import Kind

DOC = """\
Fallbacks lead back to a group that has been tried: to itself, or around a circle of groups.

## Why it hurts
A circle of fallbacks took a replica down (LiteLLM issue 35303), and earlier ones went round without end (LiteLLM issue
6498, LiteLLM issue 7091). LiteLLM 1.106.2 tries each target once a request, so that the way back is only dead; the
configuration may still say something that its author did not mean, and other versions and gateways do as it says.
Two groups that stand in for each other are no circle in this sense: that is what both want.

## Example
```yaml
model_list:
  - model_name: sonnet
    litellm_params: {model: anthropic/claude-sonnet-4-6}
  - model_name: spare
    litellm_params: {model: bedrock/anthropic.claude-sonnet-4-6}
  - model_name: third
    litellm_params: {model: vertex_ai/claude-sonnet-4-6}
router_settings:
  fallbacks:
    - sonnet: [spare]
    - spare: [third]
    - third: [sonnet]
```

## What to write instead
A last group without fallbacks.

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

KIND = Kind("G103", "circular-fallbacks", "warning", DOC)
