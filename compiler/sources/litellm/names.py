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
        entries = [entry for found in config.fallbacks.values() for entry in found]
        self._listed = [name for entry in entries for name in (entry.group, *(t.name for t in entry.targets))]

    @cached_property
    def wildcards(self) -> list[str]:
        """The groups whose names are patterns, in the order in which they are tried."""
        return sorted((name for name in self._groups if "*" in name), key=_rank, reverse=True)

    def group(self, name: str) -> str | None:
        """The group that takes requests for a name: the name of a group, or the id of a deployment. None if nothing
        does. An alias is followed once, and not to an id."""
        wanted = self._aliases.get(name, name)
        if wanted in self._groups or self.is_id(name):
            return wanted
        return self.covering(wanted)

    def covering(self, name: str) -> str | None:
        """The wildcard that takes a name."""
        return next((pattern for pattern in self.wildcards if re.match(regex(pattern), name)), None)

    def is_group(self, name: str) -> bool:
        """Whether a name is that of a group as it is written."""
        return name in self._groups

    def is_id(self, name: str) -> bool:
        """Whether a name is the id of a deployment, and nothing else."""
        return name in self._ids and name not in self._groups and name not in self._aliases

    def unheard_of(self) -> str | None:
        """A name that stands for all those that the configuration does not cover or mention; None if it covers all.

        It is made of one character that is nowhere in the configuration, so that no pattern holds for it that does not
        hold for every name."""
        mentioned = set().union(*self._groups, *self._aliases, *self._aliases.values(), *self._ids, *self._listed)
        character = next(c for c in map(chr, range(ord("a"), 0x110000)) if c not in mentioned)
        return character if self.group(character) is None else None

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
