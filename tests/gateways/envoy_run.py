"""An Envoy that serves what `interlock emit envoy` wrote, and comparisons with it."""

from __future__ import annotations

import contextlib
import json
import os
import subprocess
import tempfile
import time
import urllib.request
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from interlock.runtime import Table
from tests.gateways.envoy import installed
from tests.gateways.litellm_run import Asked, expected
from tests.gateways.mock import Failure, Upstreams, closed_port


class Envoy:
    """One that runs in a folder with `current`; its first port is for clients."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.port, self.admin = closed_port(), closed_port()

    def place(self, files: Mapping[str, bytes], version: str) -> None:
        """Write a version, and have `current` lead to it."""
        there = self.folder / version
        there.mkdir()
        for name, data in files.items():
            (there / name).write_bytes(data)
        self.lead(version)

    def lead(self, version: str) -> None:
        """Have `current` lead to a version."""
        new = self.folder / "new"
        new.symlink_to(version)
        new.rename(self.folder / "current")

    def start(self, environment: Mapping[str, str]) -> subprocess.Popen[bytes]:
        """Start it, and wait until it decides."""
        text = (self.folder / "current" / "envoy.yaml").read_text("utf-8")
        text = text.replace("port_value: 10000", f"port_value: {self.port}")
        (self.folder / "envoy.yaml").write_text(text.replace("port_value: 10001", f"port_value: {self.admin}"), "utf-8")
        command = [str(installed()), "-c", "envoy.yaml", "--concurrency", "2", "--disable-hot-restart", "-l", "warning"]
        with (self.folder / "log").open("wb") as log, (self.folder / "out").open("wb") as out:
            process = subprocess.Popen(
                command, cwd=self.folder, env={**os.environ, **environment}, stdout=out, stderr=log
            )
        for _ in range(200):
            with contextlib.suppress(OSError):
                url = f"http://127.0.0.1:{self.port}/v1/messages"
                urllib.request.urlopen(urllib.request.Request(url, b"{}", SHADOW), timeout=5).close()
                return process
            assert process.poll() is None, (self.folder / "log").read_text()
            time.sleep(0.1)
        process.kill()
        raise RuntimeError((self.folder / "log").read_text())


@contextlib.contextmanager
def running(files: Mapping[str, bytes], environment: Mapping[str, str]) -> Iterator[Envoy]:
    """An Envoy that serves what was emitted."""
    with tempfile.TemporaryDirectory() as folder:
        envoy = Envoy(Path(folder))
        envoy.place(files, "v1")
        process = envoy.start(environment)
        try:
            yield envoy
        finally:
            process.terminate()
            process.wait(20)
            told = [line for line in (envoy.folder / "log").read_text().splitlines() if "script" in line]
            print(*told[:10], sep="\n", end="\n" if told else "")


SHADOW = {"x-interlock-shadow": "1"}
PATH = "/v1/messages?beta=true"


class Run:
    """The comparisons, and what differed."""

    def __init__(self, envoy: Envoy, table: Table, upstreams: Upstreams) -> None:
        self.envoy, self.table, self.upstreams = envoy, table, upstreams
        self.total = self.hops = self.wrong = 0

    def ask(
        self, script: Sequence[Failure], headers: dict[str, str] | None = None, path: str = PATH, **body: Any
    ) -> Asked:
        """Send a request while the upstreams answer by the script."""
        self.upstreams.expect(script)
        message = {"model": "claude-haiku-4-5", "max_tokens": 16, "messages": [{"role": "user", "content": "hi"}]}
        return Asked(self.envoy.port, "the-gateways", {**message, **body}, headers or {}, path)

    def timed(
        self, script: Sequence[Failure], headers: dict[str, str] | None = None, **body: Any
    ) -> tuple[Asked, float]:
        """The same, and the seconds until the last of it."""
        from_ = time.monotonic()
        return self.ask(script, headers, **body), time.monotonic() - from_

    def raw(self, body: bytes) -> Asked:
        """Send what may be no JSON."""
        self.upstreams.expect(())
        return Asked(self.envoy.port, "the-gateways", body, {})

    def await_version(self, version: str) -> None:
        """Wait until a version decides, ten seconds at most."""
        for _ in range(100):
            told = self.ask((), SHADOW).headers.get("x-interlock-version")
            if told == version:
                break
            time.sleep(0.1)
        self.check("the version is in place", told == version, told)

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
