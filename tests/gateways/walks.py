"""The comparisons that every gateway for /v1/messages has: each attribute, each error class, and sessions that stay."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Protocol

from tests.gateways.mock import CONNECT, CONTEXT, IN_STREAM, POLICY, STALLED, TIMEOUT, Failure

WALKS: tuple[tuple[Failure, ...], ...] = (
    (), (529,), (503,), (429,), (500,), (502,), (504,), (TIMEOUT,), (CONNECT,), (CONTEXT,), (413,), (POLICY,), (400,),
    (401,), (404,), (529, 529), (529, 400), (529, 500, 500, 500), (529, 429, CONNECT, 503),
    (TIMEOUT, 529, TIMEOUT, 529), (429, 529), (429, 429), (CONTEXT, 529), (POLICY, POLICY), (529, 529, 400),
)  # fmt: skip
STREAMED: tuple[tuple[Failure, ...], ...] = (
    *WALKS, (IN_STREAM,), (IN_STREAM, IN_STREAM), (529, IN_STREAM, 429), (STALLED,), (IN_STREAM, STALLED, 400),
)  # fmt: skip


class Walking(Protocol):
    """What compares one request with the table."""

    def walk(self, script: Sequence[Failure], request: dict[str, Any], headers: dict[str, str], **body: Any) -> None:
        """Compare one request, while the upstreams answer by the script."""


def walks(run: Walking) -> None:
    """Every comparison."""
    base = {"session_id": "s-1", "input_tokens": 10}
    cases: tuple[tuple[dict[str, Any], dict[str, str], dict[str, Any]], ...] = (
        ({}, {}, {}),
        ({"home": "west"}, {"x-region": "west"}, {}),
        ({"home": "atlantis"}, {"x-region": "atlantis"}, {}),
        ({"top": 200}, {}, {"top_k": 200}),
        ({"top": 501}, {}, {"top_k": 501}),
        ({"plan": "team"}, {}, {"metadata": {"plan": "team"}}),
        ({"input_tokens": 7500}, {}, {"messages": [{"role": "user", "content": "x" * 30_000}]}),
        ({"model_hint": "sonnet"}, {}, {"model": "claude-sonnet-4-6"}),
    )
    for more, headers, body in cases:
        run.walk((), {**base, **more}, headers, **body)
        run.walk((529,), {**base, **more}, headers, **body)
    for script in WALKS:
        run.walk(script, base, {})
        run.walk(script, {**base, "home": "west"}, {"x-region": "west"})
    for script in STREAMED:
        run.walk(script, base, {}, stream=True)
    for number in range(12):
        session = {"session_id": f"session-{number}", "model_hint": "sonnet"}
        for _ in range(2):
            run.walk(
                (), {**base, **session}, {"x-claude-code-session-id": f"session-{number}"}, model="claude-sonnet-4-6"
            )
