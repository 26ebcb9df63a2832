"""Which deployments a name stands for: an alias, a group, a deployment's id, a wildcard."""

from __future__ import annotations

import re
from functools import cached_property

from interlock.compiler.sources.litellm.config import Config, Deployment
from interlock.compiler.sources.litellm.providers import PROVIDERS


class NameTable:
    """The names of a configuration."""

    def __init__(self, config: Config) -> None:
        self._groups = config.groups()
        # An alias that is written twice is the last one, as in any mapping.
        self._aliases = {alias.name: alias.target for alias in config.aliases}
        self._ids = {id_: d for d in config.deployments if (id_ := d.info.text("id")) is not None}

    @cached_property
    def wildcards(self) -> list[str]:
        """The groups whose names are patterns, in the order in which they are tried."""
        return sorted((name for name in self._groups if "*" in name), key=_rank, reverse=True)

    def group(self, name: str) -> str | None:
        """The group that takes requests for a name: the name of a group, or the id of a deployment. None if nothing
        does. An alias is followed once."""
        wanted = self._aliases.get(name, name)
        if wanted in self._groups or wanted in self._ids:
            return wanted
        return next((pattern for pattern in self.wildcards if re.match(regex(pattern), wanted)), None)

    def members(self, group: str) -> list[Deployment]:
        """The deployments of a group, or the one with this id."""
        return self._groups.get(group) or [self._ids[group]]


def regex(pattern: str) -> str:
    """The expression that a wildcard stands for; the proxy does not anchor its end."""
    return "^" + re.escape(pattern).replace(r"\*", "(.*)")


def like(pattern: str) -> str:
    """The same as a pattern of `like`."""
    return pattern if pattern.endswith("*") else pattern + "*"


def found_under(requested: str, key: str) -> bool:
    """Whether the fallbacks of a group are looked for under a key other than its name: that without its provider."""
    provider, slash, rest = requested.partition("/")
    return bool(slash) and provider in PROVIDERS and rest == key


def _rank(pattern: str) -> tuple[int, int]:
    escaped = re.escape(pattern).replace(r"\*", "(.*)")
    return len(escaped), sum(escaped.count(c) for c in "*+?\\^$|()")
