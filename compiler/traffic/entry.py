"""One request as a log has it, and what all kinds of logs share."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Protocol

FACTS = (
    "$at",
    "$count",
    "$input_tokens",
    "$output_tokens",
    "$cache_read_tokens",
    "$cache_write_tokens",
    "$cost",
)
"""The keys beside attributes in a file of requests. No attribute can be called so: a name has no ``$``."""

TOKEN_COUNTS = frozenset(("input_tokens", "tokens", "token_counter", "litellm_token_counter"))
"""What `from gateway` calls the length of a prompt: in ``std/claude_code``, and in the policies that are imported."""

_FAMILIES = ("haiku", "sonnet", "opus")


class Entry(Protocol):
    """Where a log keeps what the clauses ``from`` name; each gives None for what the log does not have."""

    @property
    def raw(self) -> object:
        """The whole record, for JSON pointers into it."""

    def header(self, name: str) -> object:
        """A header of the request; the name is in lower case."""

    def body(self) -> Mapping[str, object]:
        """The request's body as far as the log has it."""

    def metadata(self, key: str) -> object: ...

    def gateway(self, name: str) -> object:
        """What the gateway knows of a request besides."""

    def facts(self) -> Mapping[str, object]:
        """Those of ``FACTS`` that the log knows."""


def is_facts_key(key: str) -> bool:
    """Whether a key is no attribute's but one of ours, or one that is kept for later."""
    return key.startswith("$")


def computed(name: str, model: object, body: Mapping[str, object]) -> object:
    """What gateways compute of every request: by the names that ``std/claude_code`` gives it."""
    if name == "model":
        return model
    if name == "model_hint":
        # As docs/runtime.md has it: the family where there is one, else the name itself.
        return next((family for family in _FAMILIES if family in model), model) if isinstance(model, str) else None
    if name == "has_tools":
        if not body:
            return None
        tools = body.get("tools")
        return isinstance(tools, list) and bool(tools)
    return None


def without_none(facts: dict[str, object]) -> dict[str, object]:
    """The facts that are known."""
    return {key: value for key, value in facts.items() if value is not None}
