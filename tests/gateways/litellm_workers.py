"""`interlock emit litellm` at a proxy with two workers, started as its users do: what each worker knows by itself.

`python -m tests.gateways.litellm_workers` keeps a connection to each worker, and compares with the runtime for Python
who is asked, and the decision in the headers, by the one and by the other. Exits 1 if they differ.
"""

from __future__ import annotations

import contextlib
import json
import os
import secrets
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from http.client import HTTPConnection
from pathlib import Path
from typing import Any

from interlock.compiler.pipeline import front
from interlock.compiler.targets.litellm import emit
from interlock.runtime import Table, load
from tests.gateways.litellm import Gateway, installed
from tests.gateways.litellm_run import CLAUDE_CODE, PATH, Asked, Run, served_text
from tests.gateways.logs import whole_lines
from tests.gateways.mock import TIMEOUT, Failure, Upstreams, closed_port
from tests.gateways.walks import WALKS

PATIENCE = 180
"""Seconds until both workers must serve."""
OPTIONS = ("--num_workers", "2", "--keepalive_timeout", str(PATIENCE), "--timeout_worker_healthcheck", str(PATIENCE))
"""Without the last one uvicorn ends a worker that takes longer than five seconds to import LiteLLM, and starts another
one, which takes as long."""
EAST = "upstream east  { provider anthropic"
BASE = {"session_id": "s-1", "input_tokens": 10}


class Kept(Asked):
    """What came back on a connection that is kept: it is one worker's. Raises if it was closed."""

    def __init__(
        self, connection: HTTPConnection, key: str, body: Mapping[str, object], headers: dict[str, str]
    ) -> None:
        own = {"authorization": f"Bearer {key}", **CLAUDE_CODE, **headers}
        connection.request("POST", PATH, json.dumps(body), own)
        answer = connection.getresponse()
        self.pieces = []
        self.status = answer.status
        self.headers = {name.lower(): value for name, value in answer.getheaders()}
        self.text = answer.read().decode()


class Proxy(Gateway):
    """The proxy by its own command, in a folder with what was emitted."""

    def __init__(self, folder: Path, upstreams: Upstreams) -> None:
        self.folder, self.upstreams = folder, upstreams
        self.port, self.key = closed_port(), "sk-" + secrets.token_hex(24)
        self.place()

    def place(self, old: str = "", new: str = "") -> Table:
        """Write what is emitted for the policy with a change; gives its table."""
        text = served_text(self.upstreams)
        assert old in text
        made = front("gate.route", text=text.replace(old, new) if old else text)
        assert made.table is not None, [finding.message for finding in made.findings]
        files = emit(made.table).files
        for name, data in files.items():
            (self.folder / name).parent.mkdir(exist_ok=True)
            (self.folder / name).write_bytes(data)
        config = files["config.yaml"].decode().replace("os.environ/ANTHROPIC_API_KEY", "os.environ/HOME")
        config = config.replace("interlock_hook.hook", "[interlock_hook.hook, watching.watching]")
        (self.folder / "served.yaml").write_text(config, "utf-8")
        (self.folder / "watching.py").write_bytes((Path(__file__).parent / "litellm_watching.py").read_bytes())
        return load(files["table.json"])

    @contextlib.contextmanager
    def running(self) -> Iterator[None]:
        """It runs, with two workers."""
        python = installed()
        own = {"LITELLM_MASTER_KEY": self.key, "LITELLM_LOCAL_MODEL_COST_MAP": "True", "LITELLM_TELEMETRY": "False"}
        quiet = {"LITELLM_LOG": "CRITICAL", "NO_DOCS": "True", "DISABLE_ADMIN_UI": "True"}
        command = [str(python), str(python.parent / "litellm"), "--config", "served.yaml", "--host", "127.0.0.1"]
        with (self.folder / "log").open("wb") as log:
            process = subprocess.Popen(
                [*command, "--port", str(self.port), *OPTIONS],
                env={"PATH": os.environ.get("PATH", ""), "HOME": str(self.folder), **own, **quiet},
                cwd=self.folder,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        try:
            yield
        finally:
            process.terminate()
            with contextlib.suppress(subprocess.TimeoutExpired):
                process.wait(20)
            with contextlib.suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
            process.wait()

    def workers(self, table: Table) -> list[Worker]:
        """A connection to each of the two, once both serve."""
        began, found = time.monotonic(), dict[int, Worker]()
        while time.monotonic() - began < PATIENCE:
            with contextlib.suppress(ConnectionError):
                opened = [Worker(self, table) for _ in range(8)]
                for each in opened:
                    call = each.ask(()).headers["x-litellm-call-id"]
                    found.setdefault(self._process_of(call), each)
                if len(found) == 2:
                    return list(found.values())
            time.sleep(0.5)
        raise SystemExit(f"{len(found)} workers serve: {self.log()[-3000:]}")

    @property
    def log_file(self) -> Path:
        """What both workers write."""
        return self.folder / "log"

    def _process_of(self, call: str) -> int:
        path = self.folder / "spend.jsonl"
        for _ in range(100):
            for row in map(json.loads, whole_lines(path)):
                if row["call"] == call:
                    return int(row["process"])
            time.sleep(0.1)
        raise SystemExit(f"nobody tells who served {call}")


class Worker(Run):
    """One of the workers: the comparisons."""

    def __init__(self, proxy: Proxy, table: Table) -> None:
        super().__init__(proxy, proxy.port, table, proxy.upstreams)
        self._connection = HTTPConnection("127.0.0.1", proxy.port, timeout=60)
        self._connection.connect()
        self._connection.auto_open = 0

    def send(self, headers: dict[str, str] | None = None, path: str = PATH, **body: Any) -> Asked:
        message = {"model": "claude-haiku-4-5", "max_tokens": 16, "messages": [{"role": "user", "content": "hi"}]}
        return Kept(self._connection, self.gateway.key, {**message, **body}, headers or {})

    def asked(self, times: int, script: Sequence[Failure] = ()) -> list[list[str]]:
        """Who is asked by each of some requests, that all meet the script's errors."""
        found = []
        for _ in range(times):
            self.ask(script)
            found.append(list(self.upstreams.asked))
        return found


def compare(proxy: Proxy, workers: Sequence[Worker], table: Table) -> None:
    """Every comparison."""
    for each in workers:
        for script in WALKS:
            if TIMEOUT not in script:
                each.walk(script, BASE, {})
                each.walk(script, {**BASE, "home": "west"}, {"x-region": "west"})
    good = (proxy.folder / "table.json").read_bytes()
    (proxy.folder / "table.json").write_bytes(good[:-100])
    for each in workers:
        each.walk((), BASE, {})  # a table that is refused changes nothing in either
    table = proxy.place("input_tokens < 5K", "input_tokens < 3")
    for each in workers:
        each.table = table
        each.walk((), BASE, {})  # each reads the new one at its next request
    proxy.place(EAST, f"{EAST}  limit 1/min burst 3 else spill")
    for each in workers:
        got = each.asked(5)
        each.check("a limit is each worker's", got == [["east"]] * 3 + [["west"]] * 2, got)
    proxy.place(EAST, f"{EAST}  breaker 50% of 4 in 1m, probe after 1m")
    for each in workers:
        got = each.asked(4, (529,)) + each.asked(2)
        each.check("a breaker is each worker's", got == [["east", "west"]] * 4 + [["west"]] * 2, got)


def main(arguments: Sequence[str] | None = None) -> int:
    """Compare; gives the exit code."""
    with tempfile.TemporaryDirectory(prefix="litellm-") as name:
        proxy = Proxy(Path(name), Upstreams(4.0))
        table, began = proxy.place(), time.monotonic()
        with proxy.running():
            workers = proxy.workers(table)
            print(f"two workers serve after {time.monotonic() - began:.0f} s", flush=True)
            compare(proxy, workers, table)
    total, wrong = sum(each.total for each in workers), sum(each.wrong for each in workers)
    hops = sum(each.hops for each in workers)
    print(f"litellm workers: {total} comparisons at two workers, {hops} hops, {wrong} different", flush=True)
    return 1 if wrong or not total else 0


if __name__ == "__main__":
    sys.exit(main())
