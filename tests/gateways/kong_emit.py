"""`interlock emit kong` in nginx with Lua, which Kong is made of: requests over HTTP to /v1/messages, as Claude Code
sends them.

`python -m tests.gateways.kong_emit` runs the emitted plugin with as much of Kong as plugins see (kong_shim.lua), and
upstreams on loopback that answer as told, and compares who was asked, the status, the decision in the headers and the
record in the log with what the runtime for Python says of the table, and with retries written plainly. The decK file is
held against Kong's own schema. Exits 1 if they differ.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from interlock.compiler.pipeline import front
from interlock.compiler.targets.kong import emit
from interlock.runtime import Table, load
from tests.gateways.asking import Asking
from tests.gateways.envoy_edges import MARKS
from tests.gateways.kong_edges import compare_edges
from tests.gateways.kong_frames import frames
from tests.gateways.kong_nginx import Kong, running
from tests.gateways.litellm_run import Asked, expected, served_text
from tests.gateways.mock import Failure, Upstreams
from tests.gateways.walks import walks


class KongRun(Asking):
    """The comparisons; each walk is looked up in the log too."""

    def __init__(self, kong: Kong, table: Table, upstreams: Upstreams) -> None:
        super().__init__(kong.port, table, upstreams)
        self.kong = kong

    def walk(self, script: Sequence[Failure], request: dict[str, Any], headers: dict[str, str], **body: Any) -> None:
        before = len(self.kong.lines())
        super().walk(script, request, headers, **body)
        asked, after, decision, error = expected(self.table, request, script)
        name = f"the log of {script} {headers} {sorted(body)}"
        (line,) = self.kong.lines_after(before)
        told = line["interlock"]
        record = json.loads(told["record"])
        wanted = self.table.record(request, after)
        own = {**decision.to_dict(), "after": after}
        outcome = "returned" if error is not None else "served" if decision.fail is None else "failed"
        hops = [hop["upstream"] for hop in told["hops"] if hop["upstream"] != "dead"]
        same = (told["outcome"], {key: record[key] for key in own}) == (outcome, own) and hops == asked
        known = request.keys() - {"input_tokens"}
        alike = wanted.attributes is None or all(record["attributes"][key] == wanted.attributes[key] for key in known)
        self.check(name, same and alike, f"{told}, not {outcome} {own} of {wanted.attributes}, {asked}"[:900])


def together(upstreams: Upstreams, files: Mapping[str, bytes]) -> Asking:
    """Requests at one time, at two workers: each is decided by itself."""
    with running(files, {}, workers=2) as kong:
        run = Asking(kong.port, load(files["table.json"]), upstreams)
        upstreams.expect(())

        def ask(number: int) -> tuple[int, str | None, str]:
            session, home = f"session-{number}", ("east", "west")[number % 2]
            body = {"model": "claude-sonnet-4-6", "messages": [], "stream": number % 3 == 0}
            own = {"x-claude-code-session-id": session, "x-region": home}
            got = Asked(kong.port, "the-gateways", json.dumps(body).encode(), own)
            return number, got.headers.get("x-interlock-upstream"), got.text

        with ThreadPoolExecutor(40) as pool:
            answers = list(pool.map(ask, range(120)))
        for number, upstream, text in answers:
            request = {"session_id": f"session-{number}", "home": ("east", "west")[number % 2], "input_tokens": 1}
            wanted = run.table.decide({**request, "model_hint": "sonnet"}).upstream
            ended = "message_stop" in text if number % 3 == 0 else '"text": "hi"' in text
            run.check(f"request {number} of many", upstream == wanted and ended, (upstream, wanted, text[-200:]))
    return run


def main(arguments: Sequence[str] | None = None) -> int:
    """Compare; gives the exit code."""
    upstreams = Upstreams(4.0)
    upstreams.every_header = MARKS
    made = front("gate.route", text=served_text(upstreams))
    assert made.table is not None, [finding.message for finding in made.findings]
    files = emit(made.table).files
    with running(files, {"ANTHROPIC_API_KEY": "the-providers"}) as kong:
        run = KongRun(kong, load(files["table.json"]), upstreams)
        walks(run)
    parts = (run, together(upstreams, files), compare_edges(upstreams), frames(upstreams))
    total, wrong = sum(part.total for part in parts), sum(part.wrong for part in parts)
    print(f"kong: {total} comparisons, {run.hops} hops, {wrong} different")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
