"""Where an upstream is, and the variable that holds its key, at a gateway."""

from __future__ import annotations

import re
from urllib.parse import urlsplit

from interlock.compiler.targets.fidelity import Unemittable, refusal
from interlock.dsl.policy import Policy, Upstream
from interlock.dsl.record import record

HOME = {"anthropic": "https://api.anthropic.com"}
"""The addresses of providers that speak Anthropic's Messages API there."""


@record
class Address:
    """``base`` is what goes before each path. ``host`` is without the brackets of an IPv6 address."""

    tls: bool
    host: str
    port: int
    authority: str
    base: str


def address(upstream: Upstream) -> Address | None:
    """Where an upstream is; None where a variable says so when the gateway runs. Raises ``Unemittable`` where nothing
    says it, or it is no address of HTTP."""
    if upstream.endpoint is None:
        url = HOME.get(upstream.provider)
        if url is None:
            raise refused(
                upstream,
                f"nothing is translated for provider `{upstream.provider}` "
                "(write the `endpoint` of something that speaks Anthropic's Messages API)",
            )
    else:
        kind, url = upstream.endpoint
        if kind == "env":
            return None
    return _parsed(url, upstream)


def _parsed(url: str, upstream: Upstream) -> Address:
    try:
        parts = urlsplit(url)
        host, port = parts.hostname, parts.port
    except ValueError:
        host, port = None, None
    if host is None or parts.scheme not in ("http", "https") or parts.username or parts.query or parts.fragment:
        raise refused(upstream, f"`{url}` is no address like https://host/path")
    tls = parts.scheme == "https"
    return Address(tls, host, port or (443 if tls else 80), parts.netloc, parts.path.rstrip("/"))


def refused(upstream: Upstream, why: str) -> Unemittable:
    """What refuses an upstream, with its place."""
    return refusal("upstream", upstream.name, upstream.span, why)


def host_advice(host: str) -> str:
    """What to write instead of a host that a gateway does not take."""
    if "_" in host:
        return "no host name has a `_`: write `-`, or let the name stand in the path, as in `https://host/us_east`"
    return "a host name has letters, digits, `-` and `.`"


def key(upstream: Upstream) -> str:
    """The variable that holds an upstream's key."""
    return key_of(upstream.provider, upstream.account)


def key_of(provider: str, account: str | None) -> str:
    """The variable that holds the key of an account at a provider."""
    words = [provider] if account is None else [provider, account]
    return "_".join(re.sub(r"[^A-Z0-9]+", "_", word.upper()).strip("_") for word in (*words, "API_KEY"))


def served(policy: Policy) -> list[Upstream]:
    """The upstreams that a pool serves from, in the order of their names."""
    names = {member.upstream for pool in policy.pools.values() for member in pool.members}
    return [policy.upstreams[name] for name in sorted(names)]
