"""G113 ignored-condition."""

from __future__ import annotations

from interlock.dsl.finding import Kind

DOC = """\
A condition, or a part of one, that the gateway does not look at as it is written: it holds for other requests than it
says, for all, or for none.

## Why it hurts
Nothing fails: requests are answered, by the wrong target. Portkey's gateway stops reading a query at `$or` and `$and`,
and the operators of a key at `$regex`; what stands after them counts for nothing. Of `metadata.user.plan` it reads
`metadata.user`. Headers are never there, and neither is a key without `metadata.`, `params.` or `url.` before it.

## Example
```json
{
  "strategy": {
    "mode": "conditional",
    "conditions": [
      {
        "query": {"$or": [{"metadata.plan": "pro"}, {"metadata.plan": "team"}], "metadata.region": "eu"},
        "then": "eu"
      }
    ],
    "default": "us"
  },
  "targets": [
    {"name": "eu", "virtual_key": "bedrock-eu", "override_params": {"model": "eu.anthropic.claude-sonnet-4-6"}},
    {"name": "us", "virtual_key": "bedrock-us", "override_params": {"model": "us.anthropic.claude-sonnet-4-6"}}
  ]
}
```

## What to write instead
All of it within one `$and`.

```json
{
  "strategy": {
    "mode": "conditional",
    "conditions": [
      {
        "query": {
          "$and": [{"metadata.region": "eu"}, {"$or": [{"metadata.plan": "pro"}, {"metadata.plan": "team"}]}]
        },
        "then": "eu"
      }
    ],
    "default": "us"
  },
  "targets": [
    {"name": "eu", "virtual_key": "bedrock-eu", "override_params": {"model": "eu.anthropic.claude-sonnet-4-6"}},
    {"name": "us", "virtual_key": "bedrock-us", "override_params": {"model": "us.anthropic.claude-sonnet-4-6"}}
  ]
}
```
"""

KIND = Kind("G113", "ignored-condition", "error", DOC)
