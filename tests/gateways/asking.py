"""Requests to a running gateway that serves /v1/messages, and comparisons with what the table says."""

from __future__ import annotations

import json
import time
from collections.abc import Sequence
from typing import Any

from interlock.runtime import Table
from tests.gateways.litellm_run import PATH, Asked, expected
from tests.gateways.mock import Failure, Upstreams


class Asking:
    """A gateway for /v1/messages at a port: the comparisons, and what differed."""

    def __init__(self, port: int, table: Table, upstreams: Upstreams) -> None:
        self.port, self.table, self.upstreams = port, table, upstreams
        self.total = self.hops = self.wrong = 0

    def ask(
        self, script: Sequence[Failure], headers: dict[str, str] | None = None, path: str = PATH, **body: Any
    ) -> Asked:
        """Send a request while the upstreams answer by the script."""
        self.upstreams.expect(script)
        return self.send(headers or {}, path, **body)

    def send(self, headers: dict[str, str], path: str = PATH, **body: Any) -> Asked:
        """Send a request, whatever the upstreams answer."""
        message = {"model": "claude-haiku-4-5", "max_tokens": 16, "messages": [{"role": "user", "content": "hi"}]}
        return Asked(self.port, "the-gateways", {**message, **body}, headers, path)

    def timed(
        self, script: Sequence[Failure], headers: dict[str, str] | None = None, **body: Any
    ) -> tuple[Asked, float]:
        """The same, and the seconds until the last of it."""
        from_ = time.monotonic()
        return self.ask(script, headers, **body), time.monotonic() - from_

    def raw(self, body: bytes, headers: dict[str, str | None] | None = None) -> Asked:
        """Send what may be no JSON. A header that is None is not sent."""
        self.upstreams.expect(())
        return Asked(self.port, "the-gateways", body, headers or {})

    def check(self, name: str, holds: bool, told: object = "") -> None:
        """Count a comparison."""
        self.total += 1
        if not holds:
            self.wrong += 1
            print(f"differs: {name}: {told}", flush=True)

    def walk(self, script: Sequence[Failure], request: dict[str, Any], headers: dict[str, str], **body: Any) -> None:
        """One request by the script: who was asked, the status, and the decision that the headers tell."""
        asked, _, decision, error = expected(self.table, request, script)
        got = self.ask(script, headers, **body)
        self.hops += len(asked)
        name = f"{script} {headers} {sorted(body)}"
        self.check(name, self.upstreams.asked == asked, f"asked {self.upstreams.asked}, not {asked}: {got.text[:300]}")
        told = {key: got.headers.get(f"x-interlock-{key}") for key in ("rule", "pool", "upstream", "hop", "version")}
        if error is not None:
            self.check(name, got.status >= 400 or "event: error" in got.text, f"{got.status} {got.text[:300]}")
            self.check(name, told["version"] == self.table.version and told["upstream"] == asked[-1], f"{told}")
        elif decision.fail is not None:
            failed = got.status == decision.fail.status
            wanted = (decision.fail.message or (decision.invalid and decision.invalid.message)) or ""
            self.check(name, failed and wanted in json.loads(got.text)["error"]["message"], f"{got.status} {got.text}")
        else:
            want = {key: str(value) for key, value in decision.to_dict().items() if key in told}
            self.check(name, told == want and got.status == 200, f"{got.status} {told}, not {want}")
            self.check(name, f'"model": "{decision.model}"' in got.text, got.text[:300])
