"""A page in headless Chromium without a network, spoken to over a pipe (the DevTools protocol): how wide it is, what it
asks for, what it looks like.

    python -m tests.browser FILE.html OUT.png [WIDTH [dark]]     a picture of the whole page
"""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
from base64 import b64decode
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

PROGRAMS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
FOUND = next((path for path in map(shutil.which, PROGRAMS) if path is not None), None)
_PATIENCE = 60.0
_QUIET = (
    "--headless --no-sandbox --disable-gpu --disable-quic --no-first-run --disable-background-networking "
    "--disable-component-update --disable-sync --disable-dev-shm-usage --hide-scrollbars --remote-debugging-pipe"
)


class Page:
    """A page that has been loaded. ``asked`` are the addresses that it asked for, ``said`` are the errors in its
    log."""

    def __init__(self, send: int, receive: int) -> None:
        """Takes the two ends of Chromium's pipe."""
        self._send, self._receive = send, receive
        self._number = 0
        self._left = b""
        self._session: str | None = None
        self.asked: list[str] = []
        self.said: list[str] = []

    def open(self, address: str, width: int, dark: bool) -> None:
        """Load a page as on a screen of this width."""
        target = self.call("Target.createTarget", url="about:blank")["targetId"]
        self._session = self.call("Target.attachToTarget", targetId=target, flatten=True)["sessionId"]
        for domain in ("Page", "Network", "Log", "Runtime"):
            self.call(f"{domain}.enable")
        self.call(
            "Network.emulateNetworkConditions", offline=True, latency=0, downloadThroughput=-1, uploadThroughput=-1
        )
        self.resize(width, dark)
        self.call("Page.navigate", url=address)
        self._until("Page.loadEventFired")

    def resize(self, width: int, dark: bool = False) -> None:
        """Look at the page on another screen."""
        self.call(
            "Emulation.setDeviceMetricsOverride", width=width, height=800, deviceScaleFactor=1, mobile=width < 600
        )
        scheme = {"name": "prefers-color-scheme", "value": "dark" if dark else "light"}
        self.call("Emulation.setEmulatedMedia", features=[scheme])

    def value(self, expression: str) -> Any:
        """What an expression of JavaScript gives. (The page's own policy forbids scripts; this does not ask it.)"""
        answer = self.call("Runtime.evaluate", expression=expression, returnByValue=True)
        assert "exceptionDetails" not in answer, answer
        return answer["result"].get("value")

    def picture(self, most: float = 16_000) -> bytes:
        """The page as a PNG, from its top."""
        size = self.call("Page.getLayoutMetrics")["cssContentSize"]
        clip = {"x": 0, "y": 0, "width": size["width"], "height": min(most, size["height"]), "scale": 1}
        return b64decode(self.call("Page.captureScreenshot", clip=clip, captureBeyondViewport=True)["data"])

    def call(self, method: str, **params: object) -> dict[str, Any]:
        """Call a method of the protocol."""
        self._number += 1
        number = self._number
        message: dict[str, object] = {"id": number, "method": method, "params": params}
        if self._session is not None:
            message["sessionId"] = self._session
        os.write(self._send, json.dumps(message).encode() + b"\0")
        while True:
            answer = self._next()
            if answer.get("id") == number:
                assert "error" not in answer, (method, answer)
                result: dict[str, Any] = answer["result"]
                return result

    def _until(self, event: str) -> None:
        while self._next().get("method") != event:
            pass

    def _next(self) -> dict[str, Any]:
        import select

        end = time.monotonic() + _PATIENCE
        while b"\0" not in self._left:
            ready, _, _ = select.select([self._receive], [], [], max(0.0, end - time.monotonic()))
            assert ready, f"Chromium said nothing for {_PATIENCE:g} s"
            more = os.read(self._receive, 1 << 20)
            assert more, "Chromium has ended"
            self._left += more
        first, _, self._left = self._left.partition(b"\0")
        message: dict[str, Any] = json.loads(first)
        params = message.get("params", {})
        match message.get("method"):
            case "Network.requestWillBeSent":
                self.asked.append(params["request"]["url"])
            case "Log.entryAdded":
                self.said.append(params["entry"]["text"])
            case "Runtime.exceptionThrown":
                self.said.append(str(params["exceptionDetails"]))
        return message


@contextlib.contextmanager
def page(path: Path, width: int = 1280, dark: bool = False) -> Iterator[Page]:
    """A page from a file, as long as the block lasts."""
    assert FOUND is not None, "there is no Chromium here"
    to_read, to_send = os.pipe()
    to_receive, to_write = os.pipe()
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as profile:
        # Chromium speaks over the descriptors 3 and 4.
        command = f'exec "$0" "$@" 3<&{to_read} 4>&{to_write}'
        with subprocess.Popen(
            ["bash", "-c", command, FOUND, *_QUIET.split(), f"--user-data-dir={profile}"],
            pass_fds=(to_read, to_write),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        ) as chromium:
            os.close(to_read)
            os.close(to_write)
            try:
                seen = Page(to_send, to_receive)
                seen.open(path.resolve().as_uri(), width, dark)
                yield seen
                seen.call("Page.close")
            finally:
                os.close(to_send)  # it ends when nobody speaks to it
                try:
                    chromium.wait(10)
                except subprocess.TimeoutExpired:
                    chromium.kill()
                os.close(to_receive)


def main(arguments: Sequence[str]) -> None:
    """Write a picture of a page."""
    file, out, width, *dark = [*arguments, *["1280"][: 3 - len(arguments)]]
    with page(Path(file), int(width), dark == ["dark"]) as seen:
        Path(out).write_bytes(seen.picture())


if __name__ == "__main__":
    main(sys.argv[1:])
