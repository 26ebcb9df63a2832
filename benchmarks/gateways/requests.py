"""The requests: Claude Code's, of a given size."""

from __future__ import annotations

import json

HEADERS = {"x-claude-code-session-id": "s-1", "user-agent": "claude-cli/2.1.90 (external, cli)"}
PATH = "/v1/messages"


def body(size: int, model: str = "claude-haiku-4-5") -> bytes:
    """A body of about ``size`` bytes, in turns of 1 KB."""
    turn = {"role": "user", "content": "word " * 200}
    turns = [turn, {**turn, "role": "assistant"}] * max(1, size // 2090)
    message = {"model": model, "max_tokens": 16, "system": "be brief", "messages": turns}
    return json.dumps(message).encode()
