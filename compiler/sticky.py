"""Pools that pick by a key, as they are declared, and the keys that are good to pick by."""

from __future__ import annotations

from interlock.dsl.policy import Attribute, Policy, Pool, StringType


def declared_with_several(policy: Policy) -> list[list[Pool]]:
    """The pools of several members, a list for each declaration: the copies of a family together."""
    copies: dict[tuple[str, int], list[Pool]] = {}
    for pool in policy.pools.values():
        if len(pool.members) > 1:
            copies.setdefault((pool.span.file, pool.span.start), []).append(pool)
    return list(copies.values())


def session_keys(policy: Policy) -> list[Attribute]:
    """The strings that are constant within a session, `session_id` first.

    A bool or an enum that is per session would do for the cache, but a few values spread no load."""
    strings = [a for a in policy.attributes.values() if isinstance(a.type, StringType)]
    return sorted((a for a in strings if a.stability == "per session"), key=lambda a: a.name != "session_id")
