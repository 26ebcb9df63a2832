"""A stream that is held back until its first content, so that an error before it can still be followed by a hop; and
the timeouts of an upstream. Standard library only.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any

STATUSES = {
    "invalid_request_error": 400,
    "authentication_error": 401,
    "permission_error": 403,
    "not_found_error": 404,
    "request_too_large": 413,
    "rate_limit_error": 429,
    "api_error": 500,
    "timeout_error": 504,
    "overloaded_error": 529,
}
"""The status that stands for an Anthropic error (platform.claude.com/docs/en/api/errors, November 2026)."""
MOST = 1000
"""Pieces that are held back at most; then it is taken for content."""


class ErrorEvent(Exception):
    """An error event in a stream that began with 200, before any content. ``body`` is its JSON as text."""

    def __init__(self, body: str, type_: str) -> None:
        super().__init__(body)
        self.body = body
        self.status_code = STATUSES.get(type_, 500)


class TimedOut(Exception):
    """An upstream took longer than the policy lets it."""

    def __init__(self, kind: str, milliseconds: int) -> None:
        what = {"first_token": "no content came", "total": "the answer did not end"}[kind]
        super().__init__(f"{what} within {milliseconds / 1000:g} s")
        self.status_code = 504


async def opened(call: Callable[[], Awaitable[Any]], timeouts: dict[str, int], stream: bool) -> Any:
    """The answer of ``call()``, a stream up to its first content, within ``timeouts`` (`first_token` of a stream, and
    `total`, in ms). Raises what ``call`` does, ``ErrorEvent`` or ``TimedOut``."""
    now = asyncio.get_running_loop().time()
    ends = {kind: now + timeouts[kind] / 1000 for kind in _kinds(stream) if kind in timeouts}
    first = min(ends, key=ends.__getitem__, default=None)
    try:
        async with asyncio.timeout_at(None if first is None else ends[first]) as limit:
            answer = await call()
            if not stream or not hasattr(answer, "__aiter__"):
                return answer
            held = Held(answer, ends.get("total"), timeouts.get("total", 0))
            try:
                await held.to_content()
            except BaseException:
                await held.aclose()
                raise
            return held
    except TimeoutError as error:
        if first is None or not limit.expired():
            raise
        raise TimedOut(first, timeouts[first]) from error


def _kinds(stream: bool) -> tuple[str, ...]:
    return ("first_token", "total") if stream else ("total",)


class Held:
    """A stream from its first content on, what came before it included, until ``ends`` (a time of the loop)."""

    def __init__(self, source: Any, ends: float | None, total: int) -> None:
        self._source = source
        self._pieces: AsyncIterator[Any] = source.__aiter__()
        self._before: list[Any] = []
        self._ends = ends
        self._total = total
        self._limit: Any = None

    async def to_content(self) -> None:
        """Hold back until there is content, or the end. Raises ``ErrorEvent``, and what the stream does."""
        events = Events()
        async for piece in self._pieces:
            self._before.append(piece)
            if events.has_content(piece) or len(self._before) >= MOST:
                break

    def __aiter__(self) -> Held:
        return self

    async def __anext__(self) -> Any:
        if self._before:
            return self._before.pop(0)
        if self._ends is None:
            return await anext(self._pieces)
        try:
            async with asyncio.timeout_at(self._ends) as limit:
                return await anext(self._pieces)
        except TimeoutError as error:
            if not limit.expired():
                raise
            raise TimedOut("total", self._total) from error

    async def aclose(self) -> None:
        close = getattr(self._source, "aclose", None)
        if close is not None:
            await close()

    def __getattr__(self, name: str) -> Any:
        # LiteLLM asks its streams for headers, model and usage.
        return getattr(self._source, name)


class Events:
    """Finds the first content in the pieces of a stream: of server-sent events as bytes or text, cut anywhere, or
    objects of LiteLLM's."""

    def __init__(self) -> None:
        self._rest = b""

    def has_content(self, piece: Any) -> bool:
        """Whether content has come with this piece. Raises ``ErrorEvent``."""
        if isinstance(piece, str):
            piece = piece.encode()
        if not isinstance(piece, bytes | bytearray):
            return _is_content(piece)
        self._rest += piece
        *whole, self._rest = self._rest.replace(b"\r\n", b"\n").split(b"\n\n")
        return any(self._is_content(event) for event in whole)

    def _is_content(self, event: bytes) -> bool:
        data = b"\n".join(line[5:].strip() for line in event.split(b"\n") if line.startswith(b"data:"))
        try:
            said = json.loads(data)
            type_ = said["type"]
        except (ValueError, KeyError, TypeError):
            return False
        if type_ == "error":
            error = said.get("error")
            raise ErrorEvent(data.decode("utf-8", "replace"), str(error.get("type") if isinstance(error, dict) else ""))
        return type_ in ("content_block_delta", "message_delta", "message_stop")


def _is_content(piece: Any) -> bool:
    for choice in getattr(piece, "choices", None) or ():
        delta = getattr(choice, "delta", None)
        if getattr(choice, "finish_reason", None) or any(
            getattr(delta, name, None) for name in ("content", "tool_calls", "reasoning_content", "function_call")
        ):
            return True
    return False
