"""G102 dead-entry."""

from __future__ import annotations

from interlock.dsl.finding import Kind

DOC = """\
An entry that never has an effect: fallbacks of a group that no request asks for, a second entry for one group, a
deployment that is never picked, a group that an alias hides.

## Why it hurts
Somebody relies on it. In LiteLLM a deployment without a `weight` beside one that has one gets no traffic, one without
an `order` beside one that has one is not even the last resort, and of two entries for a group only the first counts.

## Example
```yaml
model_list:
  - model_name: sonnet
    litellm_params: {model: anthropic/claude-sonnet-4-6, order: 1}
  - model_name: sonnet
    litellm_params: {model: bedrock/anthropic.claude-sonnet-4-6}
```

## What to write instead
What was meant: here, a second level.

```yaml
model_list:
  - model_name: sonnet
    litellm_params: {model: anthropic/claude-sonnet-4-6, order: 1}
  - model_name: sonnet
    litellm_params: {model: bedrock/anthropic.claude-sonnet-4-6, order: 2}
```
"""

KIND = Kind("G102", "dead-entry", "warning", DOC)
