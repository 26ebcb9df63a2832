"""G202 inexact-import."""

from __future__ import annotations

from interlock.dsl.finding import Kind

DOC = """\
The gateway does something that a policy does not say, or says otherwise. What is found about the rest holds; this part
was not looked at.

## Why it hurts
It does not, by itself. It says where the policy that `interlock import` writes and the gateway may differ, so that
nobody takes silence for proof. The same remarks stand at the top of an imported policy.

## Example
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

## What to write instead
Nothing, where the difference does not matter.

```yaml
model_list:
  - model_name: "*"
    litellm_params: {model: anthropic/claude-sonnet-4-6}
```
"""

KIND = Kind("G202", "inexact-import", "info", DOC, on=False)
