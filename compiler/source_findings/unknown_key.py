"""G002 unknown-key."""

from __future__ import annotations

from interlock.dsl.finding import Kind

DOC = """\
A key that the gateway does not know. It is ignored, or passed on to the provider, and nobody is told.

## Why it hurts
A misspelt setting is as good as none: the fallback, the retry or the timeout it was meant to set is not there (LiteLLM
issue 6532 is of that kind).

## Example
```yaml
model_list:
  - model_name: sonnet
    litellm_params: {model: anthropic/claude-sonnet-4-6}
router_settings:
  num_retrys: 0
```

## What to write instead
The key that is meant; the help line names the nearest one.

```yaml
model_list:
  - model_name: sonnet
    litellm_params: {model: anthropic/claude-sonnet-4-6}
router_settings:
  num_retries: 0
```
"""

KIND = Kind("G002", "unknown-key", "warning", DOC)
