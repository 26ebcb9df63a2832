"""What an emitted policy does at LiteLLM's proxy beside deciding: limits, breakers, timeouts, counting, shadow."""

from __future__ import annotations

import json
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from typer.testing import CliRunner

from interlock.cli.app import app
from interlock.compiler.pipeline import front
from interlock.compiler.targets.litellm import emit
from interlock.runtime import load
from tests.gateways.litellm import NotStarted
from tests.gateways.litellm_run import Run, served_text
from tests.gateways.logs import whole_lines
from tests.gateways.mock import COUNTED, QUIET

BASE = {"session_id": "s-1", "input_tokens": 10}
WEST = {"x-region": "west"}


def serving(run: Run, folder: Path, files: Mapping[str, bytes]) -> None:
    """Every comparison; the folder is as it was at the end."""
    (folder / "table.json").write_bytes(files["table.json"])
    run.table = load(files["table.json"])
    headers(run)
    counting(run)
    quiet(run)
    completions(run)
    elsewhere(run)
    spend(run, folder)
    limits(run, folder)
    (folder / "table.json").write_bytes(files["table.json"])
    for name, data in files.items():
        path = folder / "policy" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)
    shadow(run, folder / "policy")


def headers(run: Run) -> None:
    """A provider's error comes with the headers that a client goes by."""
    run.upstreams.error_headers = {"retry-after": "7", "request-id": "req_mock", "set-cookie": "no=no"}
    got = run.ask((429,), top_k=200)
    kept = {name: got.headers.get(name) for name in ("retry-after", "request-id", "set-cookie", "x-interlock-rule")}
    want = {"retry-after": "7", "request-id": "req_mock", "set-cookie": None, "x-interlock-rule": "deep"}
    run.check("headers of an error", kept == want, kept)
    run.upstreams.error_headers = {}


def counting(run: Run) -> None:
    """Tokens are counted where the request would be sent; a provider that cannot is stood in for by an estimate."""
    path = "/v1/messages/count_tokens?beta=true"
    for who, headers in (("east", {}), ("west", WEST)):
        got = run.ask((), headers, path)
        told = (got.status, json.loads(got.text).get("input_tokens"), run.upstreams.asked)
        run.check("counting", told == (200, COUNTED, [who]), (told, got.text))
    got = run.ask((500,), {}, path)
    run.check("counting without the provider", got.status == 200 and run.upstreams.asked == ["east"], got.text)
    got = run.ask((), {}, path, top_k=501)
    run.check("counting what is invalid", got.status == 400 and not run.upstreams.asked, (got.status, got.text))


def quiet(run: Run) -> None:
    """A stream that falls silent after its first content ends with `total`, and not before."""
    got = run.ask((QUIET,), stream=True)
    cut = "one" in got.text and "two" not in got.text and "event: error" in got.text
    run.check("total ends a stream", cut and run.upstreams.asked == ["east"], got.text)
    seconds = got.pieces[-1][0] - got.pieces[0][0]
    run.check("total is two seconds", 1.5 < seconds < 2.5, seconds)


def completions(run: Run) -> None:
    """The same walks at /v1/chat/completions."""
    for stream in (False, True):
        for script, asked in (((), ["east"]), ((529,), ["east", "west"]), ((429,), ["east", "other"])):
            got = run.ask(script, {}, "/v1/chat/completions", stream=stream)
            told = (got.status, run.upstreams.asked, got.headers.get("x-interlock-upstream"))
            run.check(f"completions {script} {stream}", told == (200, asked, asked[-1]), (told, got.text[:300]))
        got = run.ask((529, 500, 500, 500), {}, "/v1/chat/completions", stream=stream)
        run.check(f"completions fail {stream}", got.status == 502 and "west is gone" in got.text, got.text[:300])


def elsewhere(run: Run) -> None:
    """Nobody comes past the policy by naming a deployment, at whatever endpoint."""
    group = "interlock/large/claude-sonnet-4-6"
    run.walk((), {**BASE, "model_hint": "sonnet"}, {}, model=group)
    for path, more in (("/v1/responses", {"input": "hi"}), ("/v1/completions", {"prompt": "hi"})):
        for model in (group, "claude-haiku-4-5"):
            got = run.ask((), {}, path, model=model, **more)
            refused = got.status in (400, 404) and not run.upstreams.asked
            run.check(f"{path} {model}", refused, (got.status, run.upstreams.asked, got.text[:300]))


def spend(run: Run, folder: Path) -> None:
    """LiteLLM's spend logs have the record of the hop that served."""
    for script in ((), (529,)):
        run.ask(script)
        record, path = run.lines()[-1]["record"], folder / "spend.jsonl"
        found: list[Any] = []
        for _ in range(50):
            rows = [json.loads(line) for line in whole_lines(path)]
            found = [(row["metadata"].get("spend_logs_metadata") or {}).get("interlock") for row in rows[-1:]]
            if found == [record]:
                break
            time.sleep(0.1)
        run.check(f"spend logs {script}", found == [record], f"{found}, not {record}")
        table = str(folder / "table.json")
        said = CliRunner().invoke(app, ["explain", table, "--record", json.dumps(record), "--format", "json"])
        why = json.loads(said.stdout)["decision"] if said.exit_code == 0 else {}
        same = all(why.get(key) == record[key] for key in ("rule", "pool", "upstream", "hop", "version"))
        run.check(f"explain --record {script}", same, said.output[:500])


def changed(run: Run, folder: Path, old: str, new: str) -> None:
    """Put the policy with a change in place, while the proxy runs."""
    text = served_text(run.upstreams)
    assert old in text
    made = front("gate.route", text=text.replace(old, new)).table
    assert made is not None
    data = emit(made).files["table.json"]
    (folder / "table.json").write_bytes(data)
    run.table = load(data)


def asked(run: Run, times: int, script: tuple[int, ...] = ()) -> list[list[str]]:
    """Who is asked by each of some requests, that all meet the script's errors."""
    found = []
    for _ in range(times):
        run.ask(script)
        found.append(list(run.upstreams.asked))
    return found


def limits(run: Run, folder: Path) -> None:
    """A burst over the limit spills, or fails, and recovers; a breaker opens, sheds, probes and closes."""
    east = "upstream east  { provider anthropic"
    changed(run, folder, east, f"{east}  limit 30/min burst 3 else spill")
    got = asked(run, 5)
    run.check("a limit spills", got == [["east"]] * 3 + [["west"]] * 2, got)
    record = run.lines()[-1]["record"]
    run.check("spilt in the record", (record["after"], record["pool"]) == (["overloaded"], "second"), record)
    time.sleep(2.1)
    got = asked(run, 2)
    run.check("a limit recovers", got == [["east"], ["west"]], got)

    changed(run, folder, east, f"{east}  limit 30/min burst 2 else fail 429")
    statuses = [run.ask(()).status for _ in range(4)]
    run.check("a limit fails", statuses == [200, 200, 429, 429], statuses)
    limited = run.lines()[-1].get("limited")
    run.check("a limit in the log", limited == {"upstream": "east", "status": 429}, limited)

    changed(run, folder, east, f"{east}  breaker 50% of 4 in 1m, probe after 2s")
    got = asked(run, 4, (529,))
    run.check("a breaker counts", got == [["east", "west"]] * 4, got)
    got = asked(run, 3)
    run.check("a breaker sheds", got == [["west"]] * 3, got)
    time.sleep(2.1)
    got = asked(run, 1, (529,)) + asked(run, 1)
    run.check("a failed probe opens it again", got == [["east", "west"], ["west"]], got)
    time.sleep(2.1)
    got = asked(run, 3)
    run.check("a breaker recovers", got == [["east"]] * 3, got)


def shadow(run: Run, folder: Path) -> None:
    """In shadow LiteLLM routes by its own configuration, and the policy, a folder beside it, says what it would do."""
    entry = "  - {{model_name: {}, litellm_params: {{model: {}, api_base: {}, api_key: os.environ/HOME}}}}"
    haiku, sonnet = "anthropic/claude-haiku-4-5", "anthropic/claude-sonnet-4-6"
    lines = (
        "model_list:",
        entry.format("claude-haiku-4-5", haiku, run.upstreams.url("east")),
        entry.format("claude-sonnet-4-6", sonnet, run.upstreams.url("large")),
        "router_settings: {num_retries: 0, fallbacks: [{claude-haiku-4-5: [claude-sonnet-4-6]}]}",
        "litellm_settings: {callbacks: policy.interlock_hook.shadow}",
        "general_settings: {master_key: os.environ/LITELLM_MASTER_KEY}",
    )
    run.port = run.gateway.serve("\n".join(lines))
    cases: tuple[tuple[str, tuple[int, ...], dict[str, str], dict[str, Any], list[str], str], ...] = (
        ("yes", (), {}, {}, ["east"], "compared=1, differ=0, unsure=0"),
        ("no", (), WEST, {}, ["east"], "compared=2, differ=1, unsure=0"),
        ("yes", (), {}, {"stream": True}, ["east"], "compared=3, differ=1, unsure=0"),
        ("no", (), {}, {"model": "claude-sonnet-4-6"}, ["large"], "compared=4, differ=2, unsure=0"),
        ("no", (), {}, {"top_k": 501}, ["east"], "compared=5, differ=3, unsure=0"),
        ("unsure", (529,), {}, {}, ["east", "large"], "compared=5, differ=3, unsure=1"),
    )
    for agrees, script, headers, body, who, counts in cases:
        got = run.ask(script, headers, **body)
        told = (got.status, run.upstreams.asked, *(got.headers.get(f"x-interlock-shadow{s}") for s in ("", "-counts")))
        run.check(f"shadow {script} {headers} {body}", told == (200, who, agrees, counts), (told, got.text[:200]))
        line = run.lines()[-1]
        same = line["interlock"] == "shadow" and line["agrees"] == {"yes": True, "no": False}.get(agrees)
        run.check("shadow in the log", same and line["record"]["policy"] == "gate", line)
    got = run.ask((529, 529))
    line = run.lines()[-1]
    told = (got.status >= 500, line["agrees"], line["counts"])
    run.check("shadow of a failure", told == (True, None, {"compared": 5, "differ": 3, "unsure": 2}), told)
    for stream in (False, True):
        got = run.ask((), WEST, "/v1/chat/completions", stream=stream)
        told = (got.status, run.upstreams.asked, got.headers.get("x-interlock-shadow"))
        run.check(f"shadow of completions {stream}", told == (200, ["east"], "no"), told)
    (folder / "table.json").write_bytes(b"{}")
    run.port = run.gateway.serve("\n".join(lines))
    got = run.ask(())
    run.check("shadow without a table", got.status == 200 and "shadow mode is off" in run.gateway.log(), got.text)


def unserved(run: Run, folder: Path, text: str, good: bytes) -> None:
    """A proxy whose table is broken does not start; one whose table needs other deployments says so to each request."""
    (folder / "table.json").write_bytes(good[:-100])
    try:
        run.gateway.serve(text)
    except NotStarted as error:
        run.check("a broken table", "TableError" in str(error), error)
    else:
        run.check("a broken table", False, "the proxy started")
    (folder / "table.json").write_bytes(good)
    run.port = run.gateway.serve(text.replace("/east/", "/elsewhere/"))
    got = run.ask(())
    run.check("a table of another configuration", got.status == 500 and "restart the proxy" in got.text, got.text)
