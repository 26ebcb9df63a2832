"""Requests for the Worker: one over HTTP, and random ones of every kind of attribute, well-formed and not."""

from __future__ import annotations

import http.client
import time
import urllib.error
import urllib.request
from random import Random
from typing import Any

WIDE = """
policy wide
import "std/claude_code"
import "std/models"
enum home = east, west
request {
    home   : home                 per session   from header "x-home"     default east
    tier   : enum(free, team)?    per session   from metadata "tier"
    org    : string?              per session   from header "X-Org"
    size   : int(-5..=99)?        from header "x-size"
    urgent : bool?                from header "x-urgent"
    labels : set(string)          from header "x-labels"
    top    : int(0..=500)?        from body "/top_k"
    flag   : bool                 from body "/nested/0/flag~1x"   default false
    areas  : set(enum(a, b, c))   from body "/areas"
    choice : enum(x, y, ...)?     from body "/tool_choice/type"
}
upstream east { provider anthropic  endpoint "EAST" }
pool one   { serve east with claude-haiku-4-5 }
pool two   { serve east with claude-sonnet-4-6 }
pool three { serve east with claude-opus-4-7 }
pool pair  { sticky by org  serve east with claude-haiku-4-5  serve east with claude-opus-4-7 weight 3 }
fallback one -> fail 503
rule sampled  when sample(session_id, "a") < 20%             -> three
rule acme     when org like "acme/*" and not urgent          -> pair
rule labelled when labels contains any ["red", "two words"]    -> two
rule sized    when size < 0 or size in 50..90                -> one
rule topped   when top >= 100 and areas contains all [a, b]  -> three
rule flagged  when flag and choice == x                      -> two
rule western  when home == west and tier != free             -> pair
rule hinted   when model_hint in [opus, haiku] or has_tools  -> three
rule big      when input_tokens >= 300                       -> two
rule nobody   when agent_id like "x*"                        -> fail 418 "no agents"
rule rest                                                    -> one
"""


class Asked:
    """What came back: ``pieces`` of the body, each with the second in which it came."""

    def __init__(self, answer: Any) -> None:
        self.pieces: list[tuple[float, bytes]] = []
        self.status = int(answer.status)
        self.headers = {name.lower(): value for name, value in answer.headers.items()}
        try:
            while piece := answer.read1(65536):
                self.pieces.append((time.monotonic(), piece))
        except (OSError, http.client.HTTPException) as error:
            self.pieces.append((time.monotonic(), repr(error).encode()))
        self.text = b"".join(piece for _, piece in self.pieces).decode("utf-8", "replace")


class _Stay(urllib.request.HTTPRedirectHandler):
    """A redirect is an answer like any other."""

    def redirect_request(self, *_: Any) -> None:
        return None


def ask(port: int, body: bytes | None, headers: dict[str, str], path: str = "/v1/messages") -> Asked:
    """Send a body, or GET without one, with Claude Code's headers. An empty header is left out."""
    own = {
        "authorization": "Bearer sk-gateway",
        "content-type": "application/json",
        "user-agent": "claude-cli/2.1.90 (external, cli)",
        "anthropic-version": "2023-06-01",
        "anthropic-beta": "context-1m-2025-08-07",
        "x-claude-code-session-id": "s-1",
    }
    every = {name: value for name, value in {**own, **headers}.items() if value}
    query = "" if path.endswith("count_tokens") or path == "/" else "?beta=true"
    request = urllib.request.Request(f"http://127.0.0.1:{port}{path}{query}", body, every)
    try:
        with urllib.request.build_opener(_Stay).open(request, timeout=60) as answer:
            return Asked(answer)
    except urllib.error.HTTPError as error:
        with error:
            return Asked(error)


def random_request(random: Random) -> tuple[dict[str, str], dict[str, Any]]:
    """Headers and a body. One in three attributes is malformed where it can be."""

    def some(*values: Any) -> Any:
        return random.choice(values)

    headers: dict[str, str] = {"x-claude-code-session-id": f"s-{random.randrange(50)}"}
    given = {
        "x-home": some("east", "west", "west", "atlantis"),
        "X-ORG": some("acme/1", "acme/2", "acme", "other", "b/acme/"),
        "x-size": some("-3", "60", "99", "7", "-0", "100", "1e1", "x", "9" * 20),
        "x-urgent": some("true", "False", "yes"),
        "x-labels": some("red", "blue, two words", "blue,,green", ","),
        "x-claude-code-agent-id": some("x1", "y"),
    }
    for name, value in given.items():
        if random.random() < 0.3:
            headers[name] = value
    body: dict[str, Any] = {
        "model": some(
            "claude-opus-4-7",
            "us.anthropic.claude-haiku-4-5-v1:0",
            "gpt-5",
            "claude-opus-4-7",
            "Claude-Sonnet",
            "",
            5,
            None,
        ),
        "messages": [{"role": "user", "content": some("hi", "é" * 900, "\n\t\u0001" * 300, "😀" * 200, "\ud800")}],
    }
    more = {
        "top_k": some(5, 100, 300.0, 501, -1, "5", True, None, 2**70),
        "nested": some([{"flag/x": True}], [{"flag/x": "no"}], {"0": {"flag/x": True}}, [], "x"),
        "areas": some(["a", "b"], ["a"], [], ["a", "z"], "a", [1], None),
        "tool_choice": some({"type": "x"}, {"type": "auto"}, {"type": None}, {"type": 1}, "x"),
        "metadata": some({"tier": "team"}, {"tier": "free"}, {"tier": "gold"}, {"tier": None}, {}, "x", None),
        "tools": some([], [{"name": "t", "input_schema": {"type": "object", "minimum": -0.5}}], "x", None),
        "system": some("You", [{"type": "text", "text": "x" * 1200}], None),
        "__proto__": some({"top_k": 400}, 1),
    }
    for name, value in more.items():
        if random.random() < 0.4:
            body[name] = value
    if random.random() < 0.1:
        image = {"type": "image", "source": {"type": "base64", "media_type": "image/png", "data": "A" * 20_000}}
        body["messages"].append({"role": "user", "content": [image]})
    return headers, body
