"""What an error of LiteLLM was at the provider: its class in the policy language, and the provider's own answer. Knows
LiteLLM's exceptions by their names (litellm 1.106.2).
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, NamedTuple

UNAVAILABLE = frozenset(("overloaded", "rate_limited", "server_error", "timeout", "unreachable"))

_REFUSED = "ContentPolicyViolationError"
_CONTEXT = "ContextWindowExceededError"
_PASSED_ON = ("retry-after", "request-id", "x-should-retry", "anthropic-ratelimit-", "anthropic-organization-id")
"""How the names of the headers begin that a client gets with a provider's error."""


class Answer(NamedTuple):
    """What the provider answered."""

    status: int
    body: str
    headers: dict[str, str]


def answer_of(error: BaseException) -> Answer | None:
    """The provider's own answer behind an error; None if there was none. LiteLLM words it anew, and gives another
    status for 529 and 413; the response is kept by the error that led to this one."""
    for each in _chain(error):
        names = {kind.__name__ for kind in type(each).__mro__}
        if "ErrorEvent" in names:
            return Answer(each.status_code, each.body, {})
        if "HTTPStatusError" in names:
            response: Any = each.response
            headers = {
                name.lower(): value for name, value in response.headers.items() if name.lower().startswith(_PASSED_ON)
            }
            body = getattr(each, "text", None) or response.text
            return Answer(
                response.status_code, body if isinstance(body, str) else body.decode("utf-8", "replace"), headers
            )
    return None


def error_class(error: BaseException) -> str | None:
    """The class of an error, None for one that goes to the client as it is."""
    original = getattr(error, "original_exception", None)
    if type(error).__name__ == "MidStreamFallbackError" and isinstance(original, BaseException):
        return error_class(original)
    names = {each.__name__ for each in type(error).__mro__}
    answer = answer_of(error)
    status = getattr(error, "status_code", None) if answer is None else answer.status
    text = str(error) if answer is None else answer.body
    if _REFUSED in names:
        return "refused"
    if _CONTEXT in names or status == 413 or "request_too_large" in text or "prompt is too long" in text:
        return "context_overflow"
    if names & {"Timeout", "APITimeoutError", "TimedOut"} or status == 504:
        return "timeout"
    if status in (503, 529) or "overloaded_error" in text:
        return "overloaded"
    if status == 429:
        return "rate_limited"
    if answer is None and _is_unreachable(error):
        return "unreachable"
    return "server_error" if isinstance(status, int) and status >= 500 else None


def _chain(error: BaseException) -> Iterator[Any]:
    """An error and those that led to it."""
    seen: set[int] = set()
    each: BaseException | None = error
    while each is not None and id(each) not in seen:
        seen.add(id(each))
        yield each
        original = getattr(each, "original_exception", None)
        each = original if isinstance(original, BaseException) else each.__cause__ or each.__context__


def _is_unreachable(error: BaseException) -> bool:
    """Whether no connection came up, or it broke before an answer."""
    broken = {"ConnectError", "ConnectionError", "RemoteProtocolError", "ReadError", "WriteError"}
    for each in _chain(error):
        if {kind.__name__ for kind in type(each).__mro__} & {*broken, "ClientConnectionError"}:
            return True
    text = str(error)
    return any(
        said in text for said in ("All connection attempts failed", "Cannot connect to host", "Server disconnected")
    )
