"""The decK file (`_format_version: "3.0"`): a route for `/v1/messages`, and the plugin on it, with the table.

The route has no service: a request that the plugin does not answer reaches no model. The entities have a tag of the
policy's own, and decK is told to look at no others, so that a sync deletes nothing else. Settings read in Kong 3.10 and
decK, November 2026 (docs/gateways/kong.md).
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator

from interlock.compiler.targets.addresses import address, key, refused, served
from interlock.dsl.policy import Policy, Upstream

PATH = "/v1/messages"


def vault(variable: str, upstream: Upstream) -> str:
    """What Kong reads a variable of its environment by. Raises ``Unemittable`` for one that it cannot."""
    # Kong's env vault writes the name in capitals, with `_` for `-`, and looks for that.
    if not re.fullmatch(r"[A-Z][A-Z0-9_]*", variable):
        raise refused(upstream, f"Kong finds no variable `{variable}` (name it in capitals, digits and _)")
    return "{vault://env/" + variable.lower().replace("_", "-") + "}"


def endpoint(upstream: Upstream) -> str:
    """The address of an upstream, or what Kong reads it by. Raises ``Unemittable``."""
    where = address(upstream)
    if where is None:
        assert upstream.endpoint is not None
        return vault(upstream.endpoint[1], upstream)
    return f"{'https' if where.tls else 'http'}://{where.authority}{where.base}"


def deck(policy: Policy, table: str) -> str:
    """The text of kong.yaml, for the text of the table. Raises ``Unemittable``."""
    return "\n".join(_lines(policy, table)) + "\n"


def name(policy: Policy) -> str:
    """The name of the route, and the tag: Kong takes letters, digits and `.-_~` in both."""
    return "interlock-" + re.sub(r"[^A-Za-z0-9._~-]", "-", policy.name)


def _lines(policy: Policy, table: str) -> Iterator[str]:
    own = json.dumps(name(policy))
    yield f"# Written by `interlock emit kong` from the policy {policy.name}. Change the policy, not this file."
    yield '_format_version: "3.0"'
    yield "_info:"
    yield f"  select_tags: [{own}]"
    yield "routes:"
    yield f"- name: {own}"
    yield f"  tags: [{own}]"
    yield f"  paths: [{json.dumps(PATH)}]"
    yield "  methods: [POST]"
    yield "  strip_path: false"
    yield "  plugins:"
    yield "  - name: interlock"
    yield f"    tags: [{own}]"
    yield "    config:"
    yield "      shadow: false"
    yield "      endpoints:"
    for upstream in served(policy):
        yield f"        {json.dumps(upstream.name)}: {json.dumps(endpoint(upstream))}"
    yield "      keys:"
    for upstream in served(policy):
        yield f"        {json.dumps(upstream.name)}: {json.dumps(vault(key(upstream), upstream))}"
    yield f"      table: {_text(table)}"


def _text(text: str) -> str:
    # The table is canonical JSON, full of double quotes. Some characters YAML takes for line breaks, and decK `${{`
    # for the name of a variable.
    if text.isascii() and "${{" not in text:
        return "'" + text.replace("'", "''") + "'"
    kept = (char if " " <= char <= "~" and char not in '"\\$' else f"\\U{ord(char):08x}" for char in text)
    return '"' + "".join(kept) + '"'
