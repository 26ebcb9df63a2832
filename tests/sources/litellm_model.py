"""Where LiteLLM's proxy sends a request, as plainly as docs/gateways/litellm.md says it.

It shares no code with the importer: it goes over the plain YAML, and over one request attempt by attempt.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any

CONTEXT, POLICY = "context", "policy"
Failure = int | str
Config = dict[str, Any]
Target = tuple[str, float | None, str]
"""A name, for a level of its group which, and the parameters that come with it."""

FINAL: tuple[Failure, ...] = (CONTEXT, POLICY, 400, 404, 413)
"""Errors after which nobody in the group is asked again."""

PROVIDERS = ("anthropic", "openai", "bedrock", "azure", "vertex_ai")


@dataclass(frozen=True)
class Attempt:
    """The deployments that one attempt may go to, by the models they ask for."""

    models: frozenset[str]


class Failed(Exception):
    """A group has failed, with the error of its last attempt."""

    def __init__(self, error: Failure) -> None:
        self.error = error


class Over(Exception):
    """Somebody has answered."""


@dataclass
class Walk:
    """One request: what it asked for, the errors that are still to come, who was asked."""

    asked: str
    script: Iterator[Failure]
    attempts: list[Attempt] = field(default_factory=list)
    attempted: set[Target] = field(default_factory=set)


class Proxy:
    """A configuration, and what becomes of requests."""

    def __init__(self, config: Config) -> None:
        self.router = config.get("router_settings") or {}
        self.settings = config.get("litellm_settings") or {}
        self.deployments = config["model_list"]
        self.aliases: dict[str, str] = {}
        for name, target in (self.router.get("model_group_alias") or {}).items():
            self.aliases[name] = target["model"] if isinstance(target, dict) else target
        fallbacks = self.both("fallbacks")
        if (default := self.both("default_fallbacks")) is not None:
            fallbacks = [*(fallbacks or []), {"*": default}]
        self.lists = {
            "fallbacks": fallbacks,
            CONTEXT: self.both("context_window_fallbacks"),
            POLICY: self.both("content_policy_fallbacks"),
        }

    def both(self, name: str) -> Any:
        """A setting that both sections may hold; the router's own wins, and an empty one is none."""
        for section in (self.router, self.settings):
            if section.get(name) not in (None, [], {}):
                return section[name]
        return None

    # ── names ──

    def members(self, name: str) -> list[dict[str, Any]]:
        """The deployments behind a name; none behind one that is unknown."""
        wanted = self.aliases.get(name, name)
        exact = [d for d in self.deployments if d["model_name"] == wanted]
        return exact or self.by_id(name) or self.covering(wanted)

    def covering(self, wanted: str) -> list[dict[str, Any]]:
        """The deployments of the wildcard that takes a name."""
        patterns = {re.escape(d["model_name"]).replace(r"\*", "(.*)"): d["model_name"] for d in self.deployments}
        for pattern in sorted((p for p in patterns if "(.*)" in p), key=lambda p: (len(p), specials(p)), reverse=True):
            if re.match(pattern, wanted):
                return [d for d in self.deployments if d["model_name"] == patterns[pattern]]
        return []

    def by_id(self, name: str) -> list[dict[str, Any]]:
        """The deployment whose id a name is; an alias for an id is not looked up."""
        if name in self.aliases or any(d["model_name"] == name for d in self.deployments):
            return []
        return [d for d in self.deployments if d.get("model_info", {}).get("id") == name]

    def served(self, name: str) -> list[dict[str, Any]]:
        """The same, but an unknown name is served by the first default fallback, where that is a group by its name."""
        found = self.members(name)
        star: list[Any] = next((entry["*"] for entry in self.lists["fallbacks"] or [] if next(iter(entry)) == "*"), [])
        return found or [d for d in self.deployments if star and d["model_name"] == star[0]]

    # ── the walk ──

    def attempts(self, model: str, script: list[Failure]) -> list[Attempt] | int:
        """The attempts at a request that meets these errors, one after the other, then an answer; a status where
        nobody is asked."""
        wildcards = any("*" in d["model_name"] for d in self.deployments)
        if model not in self.aliases and not self.members(model) and not wildcards:
            return 400  # with wildcards the router is asked
        walk = Walk(model, iter(script))
        with suppress(Over, Failed):
            self.attempt(walk, (model, None, ""), 0)
        return walk.attempts or 400

    def attempt(self, walk: Walk, target: Target, depth: int) -> None:
        try:
            self.group(walk, target)
        except Failed as failed:
            error = failed.error
        else:
            raise AssertionError("a group fails, or the walk is over")
        name, level, _ = target
        # A wildcard that would take an id lends it its levels: the deployment is asked again for each.
        levels = levels_of(self.covering(name) if self.by_id(name) else self.members(name))
        lookup = list(dict.fromkeys([name, walk.asked]))
        if len(levels) > 1 and error not in (CONTEXT, POLICY):
            start = levels[0] if level is None else level
            targets: list[Target] | None = [(name, higher, "") for higher in levels if higher > start]
            targets = [*(targets or []), *(self.chain("fallbacks", lookup) or [])] or None
        else:
            kind = str(error) if self.lists.get(str(error)) is not None else "fallbacks"
            targets = self.chain(kind, lookup)
        if targets is None:
            raise Failed(error)
        try:
            self.run(walk, targets, name, error, depth)
        except Failed as last:
            # After levels of its own a group has the last error, else its own.
            raise Failed(last.error if len(levels) > 1 and error not in (CONTEXT, POLICY) else error) from None

    def run(self, walk: Walk, targets: list[Target], name: str, error: Failure, depth: int) -> None:
        if depth >= self.most("max_fallbacks", 5):
            raise Failed(error)
        walk.attempted.add((name, None, ""))
        for target in targets:
            if target not in walk.attempted:
                walk.attempted.add(target)
                depth += 1
                try:
                    self.attempt(walk, target, depth)
                except Failed as failed:
                    error = failed.error
        raise Failed(error)

    def group(self, walk: Walk, target: Target) -> None:
        """The attempts at one group."""
        name, level, _ = target
        members = self.served(name)
        if not members:
            raise Failed("unknown")
        levels = levels_of(members)
        if level is None or self.by_id(name):
            level = levels[0] if levels else None
        chosen = weighted([d for d in members if order(d) == level])
        models = frozenset(d["litellm_params"]["model"] for d in chosen)
        error: Failure = 500
        for attempt in range(1 + self.retries(name, members[0])):
            walk.attempts.append(Attempt(models))
            following = next(walk.script, None)
            if following is None:
                raise Over
            error = following
            # With a policy of retries the first error decides for all that follow.
            if error in FINAL and (attempt == 0 or not self.policy_of_retries(name)):
                break
        raise Failed(error)

    def chain(self, kind: str, lookup: list[str]) -> list[Target] | None:
        """The list of the first name that has one of its own, else that of `*`."""
        entries = [next(iter(entry.items())) for entry in self.lists[kind] or []]
        for name in lookup:
            own = next((targets for key, targets in entries if key == name), None)
            if own is None:
                provider, _, rest = name.partition("/")
                own = next((t for key, t in reversed(entries) if provider in PROVIDERS and key == rest), None)
            if own is not None:
                return [as_target(item) for item in own]
        star = next((targets for key, targets in reversed(entries) if key == "*"), None)
        return None if star is None else [as_target(item) for item in star]

    def policy_of_retries(self, name: str) -> Any:
        """The policy of retries for a name."""
        return (self.router.get("model_group_retry_policy") or {}).get(name) or self.router.get("retry_policy")

    def retries(self, name: str, deployment: dict[str, Any]) -> int:
        """How often a group tries again; the tests have it alike for all its deployments, and all errors."""
        if policy := self.policy_of_retries(name):
            return int(policy["RateLimitErrorRetries"])
        if self.by_id(name):
            return 0
        own = deployment["litellm_params"].get("num_retries")
        return int(own) if own is not None else self.most("num_retries", 2)

    def most(self, name: str, default: int) -> int:
        found = self.both(name)
        return default if found is None else int(found)


def as_target(item: Any) -> Target:
    """A target of a list; one with parameters is another one than the name alone."""
    if isinstance(item, dict) and list(item) == ["model"]:
        item = item["model"]
    return (item["model"], None, json.dumps(item, sort_keys=True)) if isinstance(item, dict) else (item, None, "")


def order(deployment: dict[str, Any]) -> float | None:
    found = deployment["litellm_params"].get("order", deployment.get("model_info", {}).get("order"))
    return None if found is None else float(found)


def levels_of(members: list[dict[str, Any]]) -> list[float]:
    return sorted({level for d in members if (level := order(d)) is not None})


def weighted(members: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Those that may be picked: by the first of the three that any has, else all."""
    for key in ("weight", "rpm", "tpm"):
        having = [d for d in members if (d["litellm_params"].get(key) or 0) > 0]
        if having:
            return having
    return members


def specials(pattern: str) -> int:
    return sum(pattern.count(c) for c in "*+?\\^$|()")
