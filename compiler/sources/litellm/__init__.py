"""LiteLLM's proxy: its `config.yaml` as a policy. `docs/gateways/litellm.md` says how it routes and how we know."""
