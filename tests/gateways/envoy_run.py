"""An Envoy that serves what `interlock emit envoy` wrote, and comparisons with it."""

from __future__ import annotations

import contextlib
import os
import subprocess
import tempfile
import time
import urllib.request
from collections.abc import Iterator, Mapping
from pathlib import Path

from interlock.runtime import Table
from tests.gateways.asking import Asking
from tests.gateways.envoy import installed
from tests.gateways.mock import Upstreams, closed_port


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

    def start(self, environment: Mapping[str, str], file: str) -> subprocess.Popen[bytes]:
        """Start it with a file of the version, and wait until it decides."""
        text = (self.folder / "current" / file).read_text("utf-8")
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
def running(files: Mapping[str, bytes], environment: Mapping[str, str], file: str = "envoy.yaml") -> Iterator[Envoy]:
    """An Envoy that serves what was emitted."""
    with tempfile.TemporaryDirectory() as folder:
        envoy = Envoy(Path(folder))
        envoy.place(files, "v1")
        process = envoy.start(environment, file)
        try:
            yield envoy
        finally:
            process.terminate()
            process.wait(20)
            told = [line for line in (envoy.folder / "log").read_text().splitlines() if "script" in line]
            print(*told[:10], sep="\n", end="\n" if told else "")


SHADOW = {"x-interlock-shadow": "1"}


class Run(Asking):
    """The comparisons with an Envoy."""

    def __init__(self, envoy: Envoy, table: Table, upstreams: Upstreams) -> None:
        super().__init__(envoy.port, table, upstreams)
        self.envoy = envoy

    def await_version(self, version: str) -> None:
        """Wait until a version decides, ten seconds at most."""
        for _ in range(100):
            told = self.ask((), SHADOW).headers.get("x-interlock-version")
            if told == version:
                break
            time.sleep(0.1)
        self.check("the version is in place", told == version, told)
