"""What `interlock emit kong` promises beside decisions and walks, in nginx with Lua: streams, headers, limits, timers,
addresses from variables, large bodies, a shadow and a change while it runs. Part of tests.gateways.kong_emit."""

from __future__ import annotations

import http.client
import json
import tempfile
from collections.abc import Mapping
from pathlib import Path

from interlock.compiler.pipeline import front
from interlock.compiler.targets.kong import emit
from interlock.runtime import load
from tests.gateways.asking import Asking
from tests.gateways.envoy_edges import EDGES, MARKS, as_sent, bodies, certified, dropping, secure
from tests.gateways.envoy_serving import breaker, limits
from tests.gateways.envoy_streams import Raw, beginnings, hung_up, streams, timers
from tests.gateways.kong_nginx import Kong, running
from tests.gateways.mock import Upstreams


def compare_edges(upstreams: Upstreams) -> Asking:
    """Every comparison of EDGES."""
    raw = Raw()
    with dropping() as slow, tempfile.TemporaryDirectory() as folder:
        certificate = certified(Path(folder))
        Path(folder).chmod(0o755)
        safe = Raw(certificate)
        text = EDGES.replace('"RAW"', json.dumps(raw.url))
        text = text.replace('"SLOW"', json.dumps(f"http://127.0.0.1:{slow}"))
        for name in ("east", "west", "large"):
            text = text.replace(f'"{name.upper()}"', json.dumps(upstreams.url(name)))
        made = front("edges.route", text=text)
        assert made.table is not None, [finding.message for finding in made.findings]
        files = emit(made.table).files
        environment = {
            "SAFE_URL": safe.url,
            "NAMED_URL": upstreams.url("named") + "/",
            "HOUSE_THE_HOUSE_API_KEY": "the-houses",
        }
        with running(files, environment, certificate) as kong:
            run = Asking(kong.port, load(files["table.json"]), upstreams)
            streams(run)
            timers(run)
            headers(run)
            limits(run)
            breaker(run)
            beginnings(run, raw)
            hung_up(run, raw)
            secure(run, safe)
            bodies(run)
            others(run, kong, files)
    return run


def headers(run: Asking) -> None:
    """What reaches the upstream and the client, and what does not."""
    spoofed = {"x-interlock-met": "overloaded", "x-consumer-id": "7", "x-forwarded-for": "1.2.3.4"}
    got = run.ask((), {"accept-encoding": "gzip", **spoofed})
    sent = run.upstreams.headers[0]
    wanted = {"anthropic-beta": "context-1m-2025-08-07", "anthropic-version": "2023-06-01"}
    run.check("anthropic-* reach the upstream", all(sent.get(k) == v for k, v in wanted.items()), sent)
    ours = [name for name in sent if name.startswith(("x-interlock", "x-forwarded", "x-consumer", "x-kong"))]
    run.check("nothing of the gateway's reaches the upstream", not ours and run.upstreams.asked == ["east"], ours)
    run.check("nor the client's own key", "the-gateways" not in json.dumps(sent) and "x-api-key" not in sent, sent)
    run.check("headers come back", all(got.headers.get(k) == v for k, v in MARKS.items()), got.headers)
    as_sent(run)


def others(run: Asking, kong: Kong, files: Mapping[str, bytes]) -> None:
    """Paths, the shadow, and a table that changes, or is refused, while it runs."""
    for path in ("/v1/complete", "/v1/messages/%2e%2e/files", "/v1/messages/..;/files"):
        got = run.ask((), path=path)
        run.check(f"{path} is not served", got.status == 404 and not run.upstreams.asked, (got.status, got.text))
    got = run.ask((), path="/ours/v1/messages/count_tokens?beta=true")
    run.check("a route may put a path before it", got.status == 200 and "input_tokens" in got.text, got.text)
    kong.sync(files, {"shadow": True})
    before = len(kong.lines())
    got = run.ask((), {"x-to": "quick"})
    (line,) = kong.lines_after(before)
    record = json.loads(line["interlock"]["record"])
    told = (got.status, run.upstreams.asked, line["interlock"]["outcome"], record["upstream"])
    run.check("a shadow is logged, and left to the service", told == (503, [], "shadow", "quick"), told)
    kong.sync(files)
    run.ask((), {"x-to": "strict"})
    got = run.ask((), {"x-to": "strict"})
    run.check("a change that leaves the table as it is leaves limits as they are", got.status == 418, got.status)
    changed = {**files, "kong.yaml": files["kong.yaml"].replace(b'"burst":1,', b'"burst":2,')}
    kong.sync(changed)
    got = run.ask((), {"x-to": "quick"})
    refused = got.status == 500 and "see the log of Kong" in got.text and not run.upstreams.asked
    run.check("a table that was changed by hand serves nobody", refused, (got.status, got.text))
    broken = json.loads((kong.folder / "conf.json").read_text("utf-8"))["table"]
    whole = files["table.json"].decode()
    verdicts = [fault(kong.port, text) for text in (whole, broken, "{")]
    accepted = verdicts[0] == {"ok": True} and all(not each["ok"] and each["why"] for each in verdicts[1:])
    run.check("and is refused when it is set", accepted, verdicts)
    kong.sync(files)
    got = run.ask((), {"x-to": "quick"})
    run.check("until the old one is back", got.status == 200, (got.status, got.text))


def fault(port: int, table: str) -> dict[str, object]:
    """What the plugin's schema says of a table."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
    connection.request("POST", "/fault", table.encode())
    said: dict[str, object] = json.loads(connection.getresponse().read())
    return said
