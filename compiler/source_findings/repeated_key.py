"""G005 repeated-key."""

from __future__ import annotations

from interlock.dsl.finding import Kind

DOC = """\
A mapping has one key twice. The last one counts; what stands under the first is lost.

## Why it hurts
Two sections of the same name look like one that is written in two parts. The fallbacks in the first are gone, and
everything else still works.

## Example
```yaml
model_list:
  - model_name: sonnet
    litellm_params: {model: anthropic/claude-sonnet-4-6}
router_settings:
  num_retries: 0
router_settings:
  timeout: 60
```

## What to write instead
One mapping with all of it.

```yaml
model_list:
  - model_name: sonnet
    litellm_params: {model: anthropic/claude-sonnet-4-6}
router_settings:
  num_retries: 0
  timeout: 60
```
"""

KIND = Kind("G005", "repeated-key", "warning", DOC)
