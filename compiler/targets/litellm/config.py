"""The proxy's config.yaml: one deployment for each upstream and model, each in a group of its own.

A group of one leaves LiteLLM nothing to choose, and without retries, cooldowns and fallbacks it has nowhere to go by
itself: every choice and every hop is the hook's. Settings read in litellm 1.106.2, November 2026
(docs/gateways/litellm.md).
"""

from __future__ import annotations

import json
from collections.abc import Iterator

from interlock.compiler.sources.litellm.providers import PROVIDERS
from interlock.compiler.targets.addresses import key_of, refused
from interlock.dsl.policy import Policy, Upstream

OTHER_NAMES = {"vertex": "vertex_ai"}
"""Providers whose usual name is another one at LiteLLM."""
CLOUDS = ("bedrock", "vertex_ai", "sagemaker")
"""Providers that are asked with the credentials of the process's environment, and not with a key."""


def group(upstream: str, model: str) -> str:
    """The name of the deployment that serves a model at an upstream."""
    return f"interlock/{upstream}/{model}"


def provider(upstream: Upstream) -> str:
    """LiteLLM's name of an upstream's provider. Raises ``Unemittable`` where it has none."""
    name = OTHER_NAMES.get(upstream.provider, upstream.provider)
    if name not in PROVIDERS:
        raise refused(
            upstream,
            f"LiteLLM knows no provider `{upstream.provider}` "
            "(write the one whose API the endpoint speaks: anthropic, openai, bedrock, …)",
        )
    return name


def key(upstream: Upstream) -> str | None:
    """The variable that holds an upstream's key; None where the provider takes none."""
    name = provider(upstream)
    if name in CLOUDS:
        return None
    return key_of(name, upstream.account)


def served(policy: Policy) -> list[tuple[Upstream, str]]:
    """Every upstream with every model that a pool serves there, in the order of their names."""
    pairs = {(member.upstream, member.model) for pool in policy.pools.values() for member in pool.members}
    return [(policy.upstreams[upstream], model) for upstream, model in sorted(pairs)]


def config(policy: Policy) -> str:
    """The text of config.yaml. Raises ``Unemittable``."""
    return "\n".join(_lines(policy)) + "\n"


def _lines(policy: Policy) -> Iterator[str]:
    yield f"# Written by `interlock emit litellm` from the policy {policy.name}. Change the policy, not this file."
    yield "model_list:"
    for upstream, model in served(policy):
        name = _text(group(upstream.name, model))
        yield f"  - model_name: {name}"
        yield "    litellm_params:"
        yield f"      model: {_text(f'{provider(upstream)}/{model}')}"
        if upstream.endpoint is not None:
            kind, where = upstream.endpoint
            yield f"      api_base: {_text(where if kind == 'url' else f'os.environ/{where}')}"
        variable = key(upstream)
        if variable is not None:
            yield f"      api_key: {_text(f'os.environ/{variable}')}"
        if "total" in upstream.timeouts:
            yield f"      timeout: {_seconds(upstream.timeouts['total'])}"
        yield f"    model_info: {{id: {name}}}"
    yield "router_settings:"
    yield "  num_retries: 0"
    yield "  disable_cooldowns: true"
    yield "litellm_settings:"
    yield "  callbacks: interlock_hook.hook"
    yield "general_settings:"
    yield "  master_key: os.environ/LITELLM_MASTER_KEY"


def _seconds(milliseconds: int) -> str:
    return f"{milliseconds / 1000:g}" if milliseconds % 1000 else str(milliseconds // 1000)


def _text(value: str) -> str:
    # A string of JSON is one of YAML.
    return json.dumps(value)
