"""The configuration: conditions that name a destination, and for each destination what is asked after what.

Keys and addresses are written as `${NAME}`, to be filled in where the configuration is used: the gateway itself reads
no variables in a configuration (@portkey-ai/gateway 1.15.2, docs/gateways/portkey.md).
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit

from interlock.compiler.maglev import maglev, sorted_members
from interlock.compiler.sources.portkey.checks import known_keys
from interlock.compiler.sources.portkey.demands import is_host
from interlock.compiler.targets.addresses import host_advice, refused
from interlock.compiler.targets.portkey.places import Place
from interlock.compiler.targets.portkey.queries import invalid, query_of
from interlock.compiler.targets.portkey.values import ALWAYS, NEVER, Query, all_of, among
from interlock.compiler.targets.portkey.walks import Fallback, Stop, Tree, Walks
from interlock.dsl.policy import UNAVAILABLE, Fail, Member, Policy, Pool, To, ToIndexed, Upstream

Config = dict[str, Any]

OTHER_NAMES = {
    "azure": "azure-openai",
    "azure_ai": "azure-ai",
    "gemini": "google",
    "vertex": "vertex-ai",
    "vertex_ai": "vertex-ai",
    "together_ai": "together-ai",
    "fireworks_ai": "fireworks-ai",
    "mistral": "mistral-ai",
    "perplexity": "perplexity-ai",
    "xai": "x-ai",
}
"""Providers whose usual name is another one at Portkey."""
_NEEDS: dict[str, tuple[tuple[str, str], ...]] = {
    "bedrock": (
        ("aws_access_key_id", "ACCESS_KEY_ID"),
        ("aws_secret_access_key", "SECRET_ACCESS_KEY"),
        ("aws_region", "AWS_REGION"),
    ),
    "vertex-ai": (
        ("api_key", "ACCESS_TOKEN"),
        ("vertex_project_id", "PROJECT_ID"),
        ("vertex_region", "VERTEX_REGION"),
    ),
    "azure-openai": (
        ("api_key", "API_KEY"),
        ("resource_name", "RESOURCE_NAME"),
        ("deployment_id", "DEPLOYMENT_ID"),
        ("api_version", "API_VERSION"),
    ),
}
"""What a target needs besides its provider, where that is not just a key."""
_PER_REGION = ("aws_region", "vertex_region", "resource_name", "deployment_id")
_NOBODY = {"name": "nobody", "provider": "ollama"}
"""A target that is never asked; it is of a provider that needs no key."""
VERSIONED = ("anthropic", "openai")
"""Providers whose `custom_host` ends where the version does."""


def config(policy: Policy, places: Mapping[str, Place], walks: Walks) -> Config:
    """The whole configuration. Raises ``Unemittable``."""
    conditions: list[tuple[Query, To | Fail]] = [(invalid(places), policy.invalid)]
    default: To | Fail = policy.invalid
    for rule in policy.rules:
        query = query_of(rule, places)
        for when, to in _sent(query, rule.to, places):
            conditions.append((when, to))
        if query == ALWAYS:
            break
    conditions = [(query, to) for query, to in conditions if query != NEVER]
    if conditions and conditions[-1][0] == ALWAYS:
        default = conditions.pop()[1]
    destinations = {name_of(to): to for to in [*(to for _, to in conditions), default]}
    targets = [{"name": name, **_target(policy, walks, walks.tree(to))} for name, to in destinations.items()]
    if not conditions:
        return {"strategy": {"mode": "single"}, "targets": targets}
    strategy = {
        "mode": "conditional",
        "conditions": [{"query": query, "then": name_of(to)} for query, to in conditions],
        "default": name_of(default),
    }
    return {"strategy": strategy, "targets": targets}


def _sent(query: Query, to: To | ToIndexed | Fail, places: Mapping[str, Place]) -> list[tuple[Query, To | Fail]]:
    if not isinstance(to, ToIndexed):
        return [(query, to)]
    place = places[to.attribute]
    found: list[tuple[Query, To | Fail]] = []
    for value, pool in to.pools:
        if value == place.attribute.default:
            # Whatever is none of the others counts as the default.
            asked = among(place, [other for other, _ in to.pools if other != value], False)
        else:
            asked = among(place, [value], True)
        found.append((all_of([query, asked]), To(pool)))
    return found


def name_of(to: To | Fail) -> str:
    """What a destination is called in the configuration."""
    return f"fail {to.status}" if isinstance(to, Fail) else to.pool


def _target(policy: Policy, walks: Walks, tree: Tree) -> Config:
    if isinstance(tree, Stop):
        # A choice without a choice is answered with 400; where all weights are 0, nobody is asked, and it is 500.
        if tree.status == 400:
            return {"strategy": {"mode": "conditional", "conditions": []}, "targets": [_NOBODY]}
        return {"strategy": {"mode": "loadbalance"}, "targets": [{**_NOBODY, "weight": 0}]}
    if isinstance(tree, Fallback):
        return {
            "strategy": {"mode": "fallback", "on_status_codes": list(tree.codes)},
            "targets": [_target(policy, walks, part) for part in tree.parts],
        }
    return _pool(policy, walks, policy.pools[walks.pool(tree)])


def _pool(policy: Policy, walks: Walks, pool: Pool) -> Config:
    members = members_of(pool)
    if len(members) == 1:
        return _member(policy, walks, pool, members[0])
    targets = [{**_member(policy, walks, pool, member), "weight": member.weight} for member in members]
    return {"strategy": {"mode": "loadbalance"}, "targets": targets}


def members_of(pool: Pool) -> list[Member]:
    """The members that requests can come to: without `sticky by` one of them takes all."""
    if pool.sticky is not None or len(pool.members) == 1:
        return list(pool.members)
    members = sorted_members(pool)
    return [members[maglev(members)[0]]]  # the hash of no key is 0


def _member(policy: Policy, walks: Walks, pool: Pool, member: Member) -> Config:
    upstream = policy.upstreams[member.upstream]
    found: Config = {"provider": provider(upstream)}
    found |= {key: f"${{{name}}}" for key, name in variables(upstream)}
    host = host_of(upstream)
    if host is not None:
        found["custom_host"] = host
    if (time := timeout(upstream)) is not None:
        found["request_timeout"] = time
    if pool.retry:
        found["retry"] = {"attempts": pool.retry, "on_status_codes": list(walks.codes(UNAVAILABLE))}
    return {**found, "override_params": {"model": member.model}}


def provider(upstream: Upstream) -> str:
    """Portkey's name of an upstream's provider. Raises ``Unemittable`` where it has none."""
    name = OTHER_NAMES.get(upstream.provider, upstream.provider)
    if name not in known_keys()["providers"]:
        raise refused(
            upstream,
            f"Portkey knows no provider `{upstream.provider}` "
            "(write the one whose API the endpoint speaks: anthropic, openai, bedrock, …)",
        )
    return name


def variables(upstream: Upstream) -> list[tuple[str, str]]:
    """The keys of an upstream's targets that are filled in, each with the name of what is filled in."""
    name = provider(upstream)
    found = []
    for key, suffix in _NEEDS.get(name, (("api_key", "API_KEY"),)):
        words = [name, *([] if upstream.account is None else [upstream.account])]
        if key in _PER_REGION and upstream.region is not None:
            words.append(upstream.region)
        found.append((key, "_".join(_upper(word) for word in (*words, suffix))))
    return found


def _upper(word: str) -> str:
    return re.sub(r"[^A-Z0-9]+", "_", word.upper()).strip("_")


def host_of(upstream: Upstream) -> str | None:
    """The `custom_host`: the address, with the version where Portkey's own addresses have one. Raises ``Unemittable``
    for one that the gateway refuses."""
    if upstream.endpoint is None:
        return None
    kind, where = upstream.endpoint
    if kind == "env":
        return f"${{{where}}}"
    if not is_host(where):
        raise refused(
            upstream,
            f"Portkey refuses every request of a configuration with the address `{where}` "
            f"({host_advice(urlsplit(where).netloc)})",
        )
    path = urlsplit(where).path.rstrip("/")
    versioned = provider(upstream) in VERSIONED and not re.search(r"/v\d+$", path)
    return f"{where.rstrip('/')}/v1" if versioned else where


def timeout(upstream: Upstream) -> int | None:
    """The `request_timeout` in milliseconds: what one attempt may take by the policy's own reckoning."""
    times = upstream.timeouts
    if "total" in times:
        return times["total"]
    return times.get("connect", 0) + times["first_token"] if "first_token" in times else None
