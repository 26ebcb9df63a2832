"""What Portkey's schema asks of a target as a whole, and of a host. What it refuses, it answers 400 to all requests."""

from __future__ import annotations

import ipaddress
from collections.abc import Iterator
from urllib.parse import urlsplit

from interlock.compiler.source_findings import refused_configuration
from interlock.compiler.sources.document import Mapping, Sequence
from interlock.dsl.finding import Finding
from interlock.dsl.source import Span

REFUSED = "Portkey answers 400 to every request"
_ENOUGH = ("cache", "retry", "request_timeout", "azure_auth_mode", "after_request_hooks", "before_request_hooks")
_ENOUGH_TOO = ("input_guardrails", "output_guardrails")
_WITHOUT_KEY = ("ollama", "triton")
_TRUSTED = frozenset({"localhost", "127.0.0.1", "host.docker.internal"})
_PRIVATE = (".local", ".localdomain", ".internal", ".intranet", ".lan", ".home", ".corp", ".test", ".invalid", ".onion")
_METADATA = ("0.0.0.0", "169.254.169.254", "metadata", "metadata.google.internal", "instance-data")


def check_demands(node: Mapping, span: Span) -> Iterator[Finding]:
    """Findings about a target, at ``span``. What the deployment may add or allow is a warning."""
    strategy, targets = node.get("strategy"), node.get("targets")
    if isinstance(strategy, Mapping):
        mode = strategy.text("mode")
        if not isinstance(targets, Sequence):
            yield _refused("`strategy` has no `targets`: nobody is asked", span, "add `targets`")
        elif not targets.items:
            key = node.key("targets")
            message = "`targets` is empty: nobody is asked"
            yield _refused(message, span if key is None else key.span, "add a target")
        elif mode == "conditional" and not isinstance(strategy.get("conditions"), Sequence):
            message = "the mode is `conditional`, and there are no `conditions`: Portkey answers 400"
            yield _refused(message, span, 'add `"conditions": [{"query": {…}, "then": "NAME"}]`')
    elif isinstance(targets, Sequence):
        message = f"there are targets, and no `strategy` that says how to choose: {REFUSED}"
        yield _refused(message, span, 'add `"strategy": {"mode": "fallback"}`')
    else:
        yield from _credentials(node, span)
    host = node.scalar("custom_host")
    if host is not None and is_private(str(host.value)):
        message = f"`custom_host` is in a private network: {REFUSED}, unless TRUSTED_CUSTOM_HOSTS has the host"
        help_ = "set TRUSTED_CUSTOM_HOSTS where the gateway runs, with `localhost` and all that it is to reach"
        yield Finding(refused_configuration.KIND, message, host.span, help_, level="warning")


def _credentials(node: Mapping, span: Span) -> Iterator[Finding]:
    provider = node.text("provider")
    if hosted(node) or any(node.get(key) is not None for key in (*_ENOUGH, *_ENOUGH_TOO)):
        return
    if provider == "vertex-ai":
        if node.get("vertex_region") is None or not (
            node.get("vertex_project_id") is not None or node.get("vertex_service_account_json") is not None
        ):
            message = f"`vertex-ai` needs `vertex_region`, and `vertex_project_id` or an account: {REFUSED}"
            yield Finding(refused_configuration.KIND, message, span, "add them", level="warning")
        return
    keys = node.get("aws_access_key_id") is not None and node.get("aws_secret_access_key") is not None
    key = node.key("api_key")
    # The gateway would take camel case, if its schema did.
    camel = key is not None and "_" not in key.span.text
    if provider is not None and provider not in _WITHOUT_KEY and (key is None or camel) and not keys:
        message = f"a target with `provider` needs `api_key`: without it {REFUSED}"
        help_ = "add `api_key`, or a `virtual_key` of Portkey's own service, unless something adds it later"
        help_ = "write it with an underscore" if camel else help_
        yield Finding(refused_configuration.KIND, message, span, help_, level="warning")


def hosted(node: Mapping) -> bool:
    """Whether a target names what Portkey's own service knows: a virtual key, or a provider of its catalog."""
    model = node.mapping("override_params").text("model") or ""
    return node.get("virtual_key") is not None or (node.text("provider") or model).startswith("@")


def is_host(said: str) -> bool:
    """Whether a text is an URL that Portkey takes for a host, as far as it looks at its form."""
    try:
        parts = urlsplit(said.strip())
        parts.port  # noqa: B018 -- raises for what is no port
    except ValueError:
        return False
    host = parts.hostname or ""
    usual = bool(host) and all(c.isascii() and (c.isalnum() or c in "-.") for c in host) and not host.endswith(".")
    return parts.scheme in ("http", "https") and usual and "@" not in said and host.count(".") < 10


def is_private(said: str) -> bool:
    """Whether Portkey takes a host for one of a private network, which it does not ask unless told to."""
    host = urlsplit(said.strip()).hostname or "" if is_host(said) else ""
    if not host or host in _TRUSTED or host.endswith(".localhost"):
        return False
    if host in _METADATA or host.endswith(_PRIVATE):
        return True
    try:
        address = ipaddress.IPv4Address(host)
    except ValueError:
        return False
    shared = address in ipaddress.IPv4Network("100.64.0.0/10")
    return shared or address.is_private or address.is_link_local or address.is_multicast or address.is_reserved


def _refused(message: str, span: Span, help_: str) -> Finding:
    return Finding(refused_configuration.KIND, message, span, help_)
