"""Which class of the policy language an error of LiteLLM has. Knows LiteLLM's exceptions by their names."""

from __future__ import annotations

UNAVAILABLE = frozenset(("overloaded", "rate_limited", "server_error", "timeout", "unreachable"))

_REFUSED = "ContentPolicyViolationError"
_CONTEXT = "ContextWindowExceededError"


def error_class(error: BaseException) -> str | None:
    """The class of an error, None for one that goes to the client as it is.

    LiteLLM gives Anthropic's 529 and a refused connection the same exception and status as a 500, and 413 those of a
    400; the text, which quotes the provider's, tells them apart (litellm 1.106.2).
    """
    original = getattr(error, "original_exception", None)
    if type(error).__name__ == "MidStreamFallbackError" and isinstance(original, BaseException):
        return error_class(original)
    names = {each.__name__ for each in type(error).__mro__}
    text = str(error)
    status = getattr(error, "status_code", None)
    if _REFUSED in names:
        return "refused"
    if _CONTEXT in names or status == 413 or "request_too_large" in text or "prompt is too long" in text:
        return "context_overflow"
    if "Timeout" in names or "APITimeoutError" in names or status == 504:
        return "timeout"
    if status in (503, 529) or "overloaded_error" in text:
        return "overloaded"
    if status == 429:
        return "rate_limited"
    if _is_unreachable(error):
        return "unreachable"
    return "server_error" if isinstance(status, int) and status >= 500 else None


def _is_unreachable(error: BaseException) -> bool:
    """Whether no connection came up, or it broke before an answer: by the errors that led to this one."""
    seen: set[int] = set()
    each: BaseException | None = error
    while each is not None and id(each) not in seen:
        seen.add(id(each))
        names = {kind.__name__ for kind in type(each).__mro__}
        if names & {
            "ConnectError",
            "ConnectionError",
            "RemoteProtocolError",
            "ReadError",
            "WriteError",
            "ClientConnectionError",
        }:
            return True
        each = each.__cause__ or each.__context__
    text = str(error)
    return any(
        said in text for said in ("All connection attempts failed", "Cannot connect to host", "Server disconnected")
    )
