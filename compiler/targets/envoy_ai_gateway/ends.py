"""The policy's own answers, `fail STATUS "message"`, in place of Envoy's or an upstream's.

Where matches decide, a BackendTrafficPolicy's `responseOverride` gives them: it sees a status, and whether an upstream
gave it. Envoy takes it up with the route that it finds first, before the model is in its header, so not where a rule
asks for the model. Where the Lua filter decides, that gives them (docs/gateways/envoy-ai-gateway.md, 3).
"""

from __future__ import annotations

import json
from typing import Any, Literal

from interlock.compiler.targets.envoy_ai_gateway.walks import Way
from interlock.dsl.policy import Fail

Answers = Literal["override", "filter", "nobody"]
"""Who gives the policy's own answers."""

_KINDS = {
    400: "invalid_request_error",
    401: "authentication_error",
    403: "permission_error",
    404: "not_found_error",
    413: "request_too_large",
    429: "rate_limit_error",
    504: "timeout_error",
    529: "overloaded_error",
}
_SEEN: dict[str, dict[str, tuple[tuple[int, int], ...]]] = {
    "overloaded": {"Backend": ((503, 503), (529, 529))},
    "rate_limited": {"Backend": ((429, 429),)},
    "server_error": {"Backend": ((500, 502), (505, 528), (530, 599)), "Local": ((502, 502),)},
    "timeout": {"Backend": ((504, 504),), "Local": ((504, 504),)},
    "unreachable": {"Local": ((503, 503),)},
    "context_overflow": {"Backend": ((413, 413),)},
}
"""The statuses of a class, by who gives them: an upstream, or Envoy itself (502 where an answer is no HTTP)."""


def answered(way: Way, by: Answers) -> dict[str, Fail]:
    """Of the classes whose errors end in a `fail`, those for which the client gets it."""
    found = dict(way.ends) if by != "nobody" else {}
    if by == "override":
        found.pop("refused", None)
    elif found.get("overloaded") != found.get("unreachable"):
        # The filter sees 503 for both.
        found.pop("overloaded", None)
        found.pop("unreachable", None)
    return found


def read_of(way: Way, by: Answers) -> tuple[str, ...]:
    """The classes that the filter finds in the text of a 400. Those that lead on are none: by then Envoy did not."""
    found = answered(way, by) if by == "filter" else {}
    return tuple(name for name in ("context_overflow", "refused") if name in found and name not in way.classes)


def overrides(ends: dict[str, Fail]) -> list[dict[str, Any]]:
    """`responseOverride` for the ends of classes."""
    grouped: dict[tuple[str, Fail], list[tuple[int, int]]] = {}
    for class_, fail in ends.items():
        for source, statuses in _SEEN[class_].items():
            grouped.setdefault((source, fail), []).extend(statuses)
    return [
        {"match": {"statusCodes": [_code(*s) for s in sorted(statuses)]}, "source": source, "response": _response(fail)}
        for (source, fail), statuses in grouped.items()
    ]


def instead_of_no_backend(fail: Fail) -> list[dict[str, Any]]:
    """`responseOverride` of a rule without backends, which by itself answers 500."""
    return [{"match": {"statusCodes": [_code(500, 500)]}, "response": _response(fail)}]


def _code(first: int, last: int) -> dict[str, Any]:
    if first == last:
        return {"type": "Value", "value": first}
    return {"type": "Range", "range": {"start": first, "end": last}}


def _response(fail: Fail) -> dict[str, Any]:
    # Envoy takes what stands between two % for a variable.
    body = {"type": "Inline", "inline": error_text(fail).replace("%", "%%")}
    return {"statusCode": fail.status, "contentType": "application/json", "body": body}


def error_text(fail: Fail) -> str:
    """An error in the form of Anthropic's API, as the filter words it."""
    kind = _KINDS.get(fail.status, "invalid_request_error" if fail.status < 500 else "api_error")
    error = {"message": message_of(fail), "type": kind}
    return json.dumps({"error": error, "type": "error"}, ensure_ascii=False, separators=(",", ":"))


def message_of(fail: Fail) -> str:
    """What a client is told."""
    return "no way on" if fail.message is None else fail.message
