"""The Worker's wrangler.jsonc, and upstreams.json: how each upstream is asked."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from typing import Literal

from interlock.compiler.targets.addresses import key, served
from interlock.dsl.policy import Policy, Upstream

Api = Literal["messages", "chat_completions"]
APIS: tuple[Api, ...] = ("messages", "chat_completions")

PROVIDERS: dict[str, tuple[Api, str | None]] = {
    "anthropic": ("messages", "https://api.anthropic.com"),
    # With an API key of Bedrock's, no signature: https://docs.aws.amazon.com/bedrock/latest/userguide/
    # inference-messages-api.html, November 2026. Its address has the region, so the policy must give it.
    "bedrock": ("messages", None),
    "openai": ("chat_completions", "https://api.openai.com/v1"),
}
"""The API that a provider speaks, and where it is."""
KEY = "INTERLOCK_KEY"
COMPATIBILITY_DATE = "2026-04-01"
"""Of the Workers runtime: the behaviour that tests/gateways/cloudflare_emit.py ran with."""


def api(upstream: Upstream) -> Api | None:
    """The API in which the Worker asks an upstream, None where it cannot: `supports messages` and
    `supports chat_completions` say it, else the provider."""
    said = [each for each in APIS if each in upstream.supports]
    if len(said) == 1:
        return said[0] if address(upstream) is not None else None
    known = PROVIDERS.get(upstream.provider)
    return known[0] if known is not None and address(upstream) is not None else None


def address(upstream: Upstream) -> tuple[str, str] | None:
    """Where an upstream is: ``("url", URL)`` or ``("env", NAME)``; None where nobody says."""
    if upstream.endpoint is not None:
        return upstream.endpoint
    known = PROVIDERS.get(upstream.provider)
    return ("url", known[1]) if known is not None and known[1] is not None else None


def upstreams(policy: Policy) -> str:
    """The text of upstreams.json. Times are in milliseconds."""
    return json.dumps([_upstream(each) for each in served(policy)], indent=2, ensure_ascii=False) + "\n"


def _upstream(upstream: Upstream) -> dict[str, object]:
    kind, where = address(upstream) or (None, None)
    return {
        "name": upstream.name,
        "provider": upstream.provider,
        "api": api(upstream),
        "url": where if kind == "url" else None,
        "url_env": where if kind == "env" else None,
        "key": key(upstream),
        **{name: upstream.timeouts.get(name) for name in ("connect", "first_token", "total")},
    }


def wrangler(policy: Policy, secrets: Sequence[str]) -> str:
    """The text of wrangler.jsonc."""
    settings = {
        "name": re.sub(r"[^a-z0-9]+", "-", f"interlock-{policy.name}".lower()).strip("-")[:63].rstrip("-"),
        "main": "src/worker.js",
        "compatibility_date": COMPATIBILITY_DATE,
        "rules": [{"type": "Text", "globs": ["**/table.json"], "fallthrough": True}],
        "secrets": {"required": list(secrets)},
        "observability": {"enabled": True},
    }
    head = (
        f"// Written by `interlock emit cloudflare` from the policy {policy.name}. Change the policy, not this file.\n"
    )
    return head + json.dumps(settings, indent=2) + "\n"
