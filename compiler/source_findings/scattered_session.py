"""G106 scattered-session."""

from __future__ import annotations

from interlock.dsl.finding import Kind

DOC = """\
The turns of one session are spread over several places at random, so that each may find a cold prompt cache.

## Why it hurts
A prompt cache lives in one place: one provider, account and region. A coding agent sends the same long prefix with
every turn; shuffled over several deployments, cache hits fell from about 95% to almost none (LiteLLM issue 28427,
LiteLLM issue 38078, LiteLLM issue 6784), and writing the prefix anew costs twelve times what reading it does.
In Kong `consistent-hashing` by a header of the session keeps it in place; the header that is hashed by default is new
with each request.

## Example
```yaml
model_list:
  - model_name: sonnet
    litellm_params: {model: anthropic/claude-sonnet-4-6}
  - model_name: sonnet
    litellm_params: {model: bedrock/us.anthropic.claude-sonnet-4-6, aws_region_name: us-east-1}
```

## What to write instead
What keeps a session where it is.

```yaml
model_list:
  - model_name: sonnet
    litellm_params: {model: anthropic/claude-sonnet-4-6}
  - model_name: sonnet
    litellm_params: {model: bedrock/us.anthropic.claude-sonnet-4-6, aws_region_name: us-east-1}
router_settings:
  optional_pre_call_checks: [session_affinity]
```
"""

KIND = Kind("G106", "scattered-session", "error", DOC)
