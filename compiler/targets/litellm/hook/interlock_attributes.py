"""A policy's attributes from a request, by their `from` clauses. Standard library only.

What is found goes to the table as it is: the table says what is malformed, and which default stands in.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping
from typing import Any

_INTEGER = re.compile(r"-?[0-9]{1,16}")
_SESSION = "x-claude-code-session-id"


def request_of(declared: Iterable[Mapping[str, Any]], headers: Any, body: Any, key: Any) -> dict[str, Any]:
    """The request for the table, from one to the proxy with this ``UserAPIKeyAuth``."""
    metadata = [getattr(key, "metadata", None), getattr(key, "team_metadata", None)]
    if isinstance(body, dict):
        metadata.append(body.get("metadata"))
    return attributes(declared, headers or {}, body, metadata)


def attributes(
    declared: Iterable[Mapping[str, Any]], headers: Mapping[str, str], body: Any, metadata: list[Any]
) -> dict[str, Any]:
    """The request for the table. ``declared`` are the `attributes` of the table's JSON, ``headers`` in any case,
    ``body`` is parsed JSON, ``metadata`` objects of which the first that has a key counts."""
    lower = {name.lower(): value for name, value in headers.items()}
    found: dict[str, Any] = {}
    for attribute in declared:
        source = attribute["source"]
        value = None if source is None else _value(attribute, source["kind"], source["name"], lower, body, metadata)
        if value is not None:
            found[attribute["name"]] = value
    return found


def _value(
    attribute: Mapping[str, Any], kind: str, name: str, headers: Mapping[str, str], body: Any, metadata: list[Any]
) -> Any:
    if kind == "header":
        text = headers.get(name.lower())
        if text is None and name.lower() == _SESSION:
            return _old_session(body)
        return None if text is None else of_text(attribute["type"], text)
    if kind == "body":
        return at_pointer(body, name)
    if kind == "metadata":
        return next((each[name] for each in metadata if isinstance(each, Mapping) and each.get(name) is not None), None)
    computed = {"input_tokens": _input_tokens, "model_hint": _model_hint, "has_tools": _has_tools}
    value = computed[name](body) if name in computed else None
    # More tokens than the attribute can say are counted as the most it can.
    return min(value, attribute["hi"]) if name == "input_tokens" and attribute["type"] == "int" else value


def of_text(type_: str, text: str) -> Any:
    """A header's text as a value: digits for an int, `true` and `false` for a bool, a list with commas for a set. What
    is none stays text, and so of the wrong type."""
    if type_ == "int" and _INTEGER.fullmatch(text.strip()):
        return int(text)
    if type_ == "bool" and text.strip().lower() in ("true", "false"):
        return text.strip().lower() == "true"
    if type_ == "set":
        return [part for part in (piece.strip() for piece in text.split(",")) if part]
    return text


def at_pointer(document: Any, pointer: str) -> Any:
    """What a JSON pointer leads to (RFC 6901), None where it leads nowhere."""
    value = document
    for token in pointer.split("/")[1:]:
        token = token.replace("~1", "/").replace("~0", "~")
        if isinstance(value, dict):
            value = value.get(token)
        elif isinstance(value, list) and re.fullmatch(r"0|[1-9][0-9]{0,8}", token) and int(token) < len(value):
            value = value[int(token)]
        else:
            return None
    return value


def _old_session(body: Any) -> str | None:
    # Claude Code before 2.1.86 sends no header: the id stands in the body after `_session_`.
    user = at_pointer(body, "/metadata/user_id")
    return user.partition("_session_")[2] or None if isinstance(user, str) else None


def _input_tokens(body: Any) -> int:
    parts = [body.get(key) for key in ("system", "tools", "messages")] if isinstance(body, dict) else []
    return -(-sum(_size(part) for part in parts if part is not None) // 4)


def _size(value: Any) -> int:
    """The bytes of a value as JSON, `, ` and `: ` between its parts, as if nothing in its texts were escaped. Counted
    without writing it, as a prompt may have megabytes, and to any depth. Pictures and documents in base64 are no text:
    each stands for some 1,600 tokens."""
    size, left = 0, [value]
    while left:
        value = left.pop()
        if isinstance(value, str):
            size += 2 + (len(value) if value.isascii() else len(value.encode("utf-8", "replace")))
        elif isinstance(value, dict):
            size += 2 + 4 * len(value) - 2 * bool(value)
            left += value
            base64 = value.get("type") == "base64" and "data" in value
            size += 6400 * base64
            left += [item for key, item in value.items() if key != "data"] if base64 else value.values()
        elif isinstance(value, list):
            size += 2 + 2 * len(value) - 2 * bool(value)
            left += value
        else:
            size += len(json.dumps(value))
    return size


def _model_hint(body: Any) -> str | None:
    model = at_pointer(body, "/model")
    if not isinstance(model, str) or not model:
        return None
    words = re.split(r"[^a-z]+", model.lower())
    return next((family for family in ("haiku", "sonnet", "opus") if "claude" in words and family in words), model)


def _has_tools(body: Any) -> bool:
    tools = at_pointer(body, "/tools")
    return isinstance(tools, list) and bool(tools)
