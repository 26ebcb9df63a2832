"""Asking LiteLLM's proxy with an emitted policy, and what is to come of it."""

from __future__ import annotations

import json
import time
import urllib.error
import urllib.request
from collections.abc import Mapping, Sequence
from http.client import HTTPException
from typing import Any

from interlock.runtime import Table
from tests.gateways.litellm import Gateway
from tests.gateways.logs import whole_lines
from tests.gateways.mock import (
    CONNECT,
    CONTEXT,
    IN_STREAM,
    POLICY,
    STALLED,
    TIMEOUT,
    Failure,
    Upstreams,
    anthropic_error,
)

POLICY_TEXT = """
policy gate
import "std/claude_code"
import "std/models"
request {
    home : enum(east, west)   per session   from header "x-region"   default east
    plan : enum(free, team)?   per session   from metadata "plan"
    top  : int(0..=500)?   from body "/top_k"
}
upstream east  { provider anthropic  endpoint "EAST"   timeout first_token 2s, total 2s }
upstream west  { provider anthropic  endpoint "WEST"   timeout first_token 2s, total 2s }
upstream large { provider anthropic  endpoint "LARGE"  timeout first_token 2s, total 2s }
upstream other { provider anthropic  endpoint "OTHER"  timeout first_token 2s, total 2s }
upstream dead  { provider anthropic  endpoint "DEAD"   timeout first_token 2s, total 2s }
pool main   { serve east with claude-haiku-4-5 }
pool second { serve west with claude-haiku-4-5  retry 2 }
pool big    { serve large with claude-sonnet-4-6 }
pool mild   { serve other with claude-haiku-4-5 }
pool pair   { sticky by session_id  serve east with claude-haiku-4-5  serve west with claude-haiku-4-5 weight 2 }
pool gone   { serve dead with claude-haiku-4-5 }
fallback main   -> second -> fail 503 "both are busy" on overloaded, timeout
fallback main   -> mild -> fail 429 "slow down" on rate_limited
fallback main   -> big -> fail 413 "too long" on context_overflow
fallback main   -> other_pool -> fail 451 on refused
pool other_pool { serve other with claude-sonnet-4-6 }
fallback gone   -> follow second on unreachable
fallback second -> fail 502 "west is gone"
rule paid  when plan == team -> gone
rule deep  when top >= 100 -> big
rule west  when home == west -> second
rule pairs when model_hint == sonnet -> pair
rule small when input_tokens < 5K -> main
rule rest  -> big
"""

CLASSES: dict[Failure, str | None] = {
    529: "overloaded", 503: "overloaded", IN_STREAM: "overloaded", 429: "rate_limited", 500: "server_error",
    502: "server_error", 504: "timeout", TIMEOUT: "timeout", CONNECT: "unreachable", CONTEXT: "context_overflow",
    413: "context_overflow", POLICY: "refused", 400: None, 401: None, 404: None, STALLED: "timeout",
}  # fmt: skip
PATH = "/v1/messages?beta=true"
CLAUDE_CODE = {
    "content-type": "application/json",
    "user-agent": "claude-cli/2.1.90 (external, cli)",
    "anthropic-version": "2023-06-01",
    "anthropic-beta": "context-1m-2025-08-07",
    "x-claude-code-session-id": "s-1",
}
UNAVAILABLE = ("overloaded", "rate_limited", "server_error", "timeout", "unreachable")


class Asked:
    """What came back: ``pieces`` are the seconds from the first piece of the body to each, with the piece."""

    def __init__(
        self, port: int, key: str, body: dict[str, Any] | bytes, headers: Mapping[str, str | None], path: str = PATH
    ) -> None:
        url = f"http://127.0.0.1:{port}{path}"
        data = body if isinstance(body, bytes) else json.dumps(body).encode()
        own = {"authorization": f"Bearer {key}", **CLAUDE_CODE}
        self.pieces: list[tuple[float, bytes]] = []
        try:
            sent = {name: value for name, value in {**own, **headers}.items() if value is not None}
            answer: Any = urllib.request.urlopen(urllib.request.Request(url, data, sent), timeout=60)
        except urllib.error.HTTPError as error:
            answer = error
        with answer:
            self.status = int(answer.status)
            self.headers = {name.lower(): value for name, value in answer.headers.items()}
            try:
                while piece := answer.read1(65536):
                    self.pieces.append((time.monotonic(), piece))
            except (OSError, HTTPException) as error:
                self.pieces.append((time.monotonic(), repr(error).encode()))
        self.text = b"".join(piece for _, piece in self.pieces).decode("utf-8", "replace")


def expected(
    table: Table,
    request: dict[str, Any],
    script: Sequence[Failure],
    classes: Mapping[Failure, str | None] = CLASSES,
) -> tuple[list[str], list[str], Any, Failure | None]:
    """Who is to be asked, the classes met, the last decision, and the upstream's own error if that is what the client
    gets. Written plainly from docs/language.md: retries first, then the chain."""
    decision, asked, left, tries, after = table.decide(request), [], list(script), 0, list[str]()
    retries = {"second": 2}
    while decision.fail is None:
        error: Failure = CONNECT
        if decision.upstream != "dead":
            asked.append(str(decision.upstream))
            if not left:
                return asked, after, decision, None
            error = left.pop(0)
        class_ = classes[error]
        if class_ is None:
            return asked, after, decision, error
        if class_ in UNAVAILABLE and tries < retries.get(str(decision.pool), 0):
            tries += 1
            continue
        tries, decision = 0, table.after(decision, class_)
        after.append(class_)
        if decision.fail is not None and decision.fail.status is None:
            return asked, after, decision, error
    return asked, after, decision, None


class Run:
    """The comparisons, and what differed."""

    def __init__(self, gateway: Gateway, port: int, table: Table, upstreams: Upstreams) -> None:
        self.gateway, self.port, self.table, self.upstreams = gateway, port, table, upstreams
        self.total = self.hops = self.wrong = 0

    def ask(
        self,
        script: Sequence[Failure],
        headers: dict[str, str] | None = None,
        path: str = PATH,
        **body: Any,
    ) -> Asked:
        """Send a request while the upstreams answer by the script."""
        self.upstreams.expect(script)
        return self.send(headers, path, **body)

    def send(self, headers: dict[str, str] | None = None, path: str = PATH, **body: Any) -> Asked:
        """Send a request, whatever the upstreams answer."""
        message = {"model": "claude-haiku-4-5", "max_tokens": 16, "messages": [{"role": "user", "content": "hi"}]}
        return Asked(self.port, self.gateway.key, {**message, **body}, headers or {}, path)

    def check(self, name: str, holds: bool, told: object = "") -> None:
        """Count a comparison."""
        self.total += 1
        if not holds:
            self.wrong += 1
            print(f"differs: {name}: {told}", flush=True)

    def lines(self) -> list[dict[str, Any]]:
        """What the hook has logged of requests, by the proxy that serves now."""
        found = (line for line in whole_lines(self.gateway.log_file) if line.startswith('{"'))
        return [line for line in map(json.loads, found) if "interlock" in line]

    def walk(self, script: Sequence[Failure], request: dict[str, Any], headers: dict[str, str], **body: Any) -> None:
        """One request by the script: who was asked, what came back, the decision that the headers tell and the record
        that the log has."""
        asked, after, decision, error = expected(self.table, request, script)
        got = self.ask(script, headers, **body)
        self.hops += len(asked)
        name = f"{script} {headers} {sorted(body)}"
        self.check(name, self.upstreams.asked == asked, f"asked {self.upstreams.asked}, not {asked}: {got.text[:300]}")
        if error is not None:
            self.returned(name, got, error)
        elif decision.fail is not None:
            failed = got.status == decision.fail.status and (decision.fail.message or "") in got.text
            self.check(name, failed, f"{got.status} {got.text[:300]}")
        else:
            self.check(name, got.status == 200, f"{got.status} {got.text[:300]}")
        if error is None or decision.fail is None:
            names, said = ("rule", "pool", "upstream", "hop", "version"), decision.to_dict()
            told = {name: got.headers.get(f"x-interlock-{name}") for name in names}
            want = {name: None if said[name] is None else str(said[name]) for name in names}
            self.check(name, told == want, f"{told}, not {want}")
        line = self.lines()[-1]
        outcome = "returned" if error is not None else "served" if decision.fail is None else "failed"
        own = {**decision.to_dict(), "after": after}
        record = {key: line["record"][key] for key in own}
        # The test says roughly how many tokens there are, and nothing of a client's name.
        wanted, known = self.table.record(request, after).attributes, line["record"]["attributes"]
        told_of = request.keys() - {"input_tokens"}
        alike = (known is None) == (wanted is None) and all(known[name] == wanted[name] for name in told_of if wanted)
        same = (line["interlock"], record) == (outcome, own) and alike
        self.check(name, same, f"{line}, not {outcome} {own} of {wanted}")

    def returned(self, name: str, got: Asked, error: Failure) -> None:
        """The provider's own error is what the client gets, or, where it said nothing, one that says what happened."""
        if error in (TIMEOUT, STALLED, CONNECT):
            self.check(name, got.status == (500 if error == CONNECT else 504), f"{got.status} {got.text[:300]}")
            return
        status = 400 if error in (CONTEXT, POLICY) else 529 if error == IN_STREAM else error
        same = (got.status, json.loads(got.text)) == (status, anthropic_error(error))
        self.check(name, same, f"{got.status} {got.text[:300]}, not {status} {anthropic_error(error)}")


def served_text(upstreams: Upstreams) -> str:
    """The policy, at the mock upstreams."""
    text = POLICY_TEXT.replace('"DEAD"', json.dumps(upstreams.nobody("dead")))
    for name in ("east", "west", "large", "other"):
        text = text.replace(f'"{name.upper()}"', json.dumps(upstreams.url(name)))
    return text
