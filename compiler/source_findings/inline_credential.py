"""G201 inline-credential."""

from __future__ import annotations

from interlock.dsl.finding import Kind

DOC = """\
A credential stands in the configuration itself.

## Why it hurts
The file is in a repository, in images, in tickets. A credential belongs in the environment or a store of secrets; one
that has been committed is to be replaced. Interlock shows the place and never the credential.

## Example
```yaml
model_list:
  - model_name: sonnet
    litellm_params:
      model: anthropic/claude-sonnet-4-6
      api_key: example-9876543210fedcba
```

## What to write instead
Where it comes from.

```yaml
model_list:
  - model_name: sonnet
    litellm_params:
      model: anthropic/claude-sonnet-4-6
      api_key: os.environ/ANTHROPIC_API_KEY
```
"""

KIND = Kind("G201", "inline-credential", "error", DOC)
