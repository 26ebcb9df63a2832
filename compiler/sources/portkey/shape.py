"""The configuration within a file, with its keys as its documentation writes them."""

from __future__ import annotations

import re
from functools import cache

from interlock.compiler.sources.document import Mapping, Node, Scalar, Sequence
from interlock.compiler.sources.portkey.checks import known_keys

MAX_DEPTH = 24
"""Of targets within each other."""


def configuration_in(root: Mapping) -> Mapping:
    """The configuration itself, where it stands below `config`, as in what Portkey's own API takes."""
    inner = root.get("config")
    if isinstance(inner, Mapping) and root.get("targets") is None and root.get("strategy") is None:
        return inner
    return root


def too_deep(root: Mapping) -> Mapping | None:
    """A target that stands deeper than anybody writes, if there is one."""
    level: list[Mapping] = [root]
    for _ in range(MAX_DEPTH):
        level = [item for node in level for item in node.list("targets") if isinstance(item, Mapping)]
    return level[0] if level else None


def with_known_keys(node: Mapping) -> Mapping:
    """A configuration, or a document that has one below `config`, with its keys as the documentation writes them.
    Portkey itself writes keys in camel case once it has read them, and takes them so."""
    items: list[tuple[Scalar, Node]] = []
    for key, value in _renamed(node, "target").items:
        if key.value == "targets" and isinstance(value, Sequence):
            inner = (with_known_keys(item) if isinstance(item, Mapping) else item for item in value.items)
            value = Sequence(tuple(inner), value.span)
        elif key.value == "config" and isinstance(value, Mapping):
            value = with_known_keys(value)
        elif key.value in ("strategy", "retry", "cache") and isinstance(value, Mapping):
            value = _renamed(value, str(key.value))
        items.append((key, value))
    return Mapping(tuple(items), node.span)


def _renamed(node: Mapping, section: str) -> Mapping:
    names = _camel(section)
    items: list[tuple[Scalar, Node]] = []
    for key, value in node.items:
        name = names.get(str(key.value))
        items.append((key if name is None else Scalar(name, key.span), value))
    return Mapping(tuple(items), node.span)


@cache
def _camel(section: str) -> dict[str, str]:
    return {re.sub(r"_(\w)", lambda m: m[1].upper(), key): key for key in known_keys()[section] if "_" in key}
