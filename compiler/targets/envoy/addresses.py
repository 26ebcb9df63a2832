"""The names of upstreams in Envoy's configuration."""

from __future__ import annotations

from collections.abc import Mapping
from urllib.parse import quote

from interlock.compiler.targets.addresses import address
from interlock.dsl.policy import Upstream


def word(upstream: Upstream) -> str:
    """An upstream's name as a header may hold it."""
    return quote(upstream.name, safe="[],._- ")


def clusters(upstream: Upstream) -> Mapping[str, str]:
    """The names of an upstream's clusters, by scheme: one, or where a variable has the address, one for each scheme."""
    name = f"interlock/{word(upstream)}"
    where = address(upstream)
    if where is None:
        return {"http": f"{name} (http)", "https": f"{name} (https)"}
    return {"https" if where.tls else "http": name}
