"""`interlock emit envoy-ai-gateway` against a running Envoy: whom it asks is whom the policy says.

`python -m tests.gateways.envoy_ai_gateway_emit` emits random policies and some of its own, makes Envoy's configuration
of the resources (tests/sources/envoy_config.py, our reading of the controllers' source: they need a cluster and do not
run here), with the Lua filter where one is emitted, and compares who is asked, how often, and the status with the
reference evaluator. The model is in its header as well, as Envoy AI Gateway's own filter would have put it there.
Exits 1 if they differ.
"""

from __future__ import annotations

import json
import socket
import subprocess
import sys
import tempfile
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Sequence
from dataclasses import dataclass
from http.server import ThreadingHTTPServer
from pathlib import Path
from random import Random
from typing import Any

from interlock.compiler.reference import decide
from interlock.compiler.targets.envoy_ai_gateway.backends import slugs
from interlock.compiler.targets.envoy_ai_gateway.ends import answered
from interlock.compiler.targets.envoy_ai_gateway.plan import members_of, plan_of
from interlock.dsl.policy import UNAVAILABLE, Policy
from tests.gateways import mock
from tests.gateways.envoy import installed
from tests.sources.envoy_config import config, gateway_config, listener, override_filters
from tests.sources.envoy_model import CONNECT, Failure, Gateway
from tests.sources.test_envoy import CLASSES
from tests.sources.test_envoy_live import ASKED, Upstream
from tests.targets.envoy_ai_gateway.random_policies import answering, policy_text
from tests.targets.envoy_ai_gateway.test_emit import DEFAULT, EXACT
from tests.targets.envoy_ai_gateway.test_round_trip import asked_of, documents_of, exactly

SEEDS = range(60)
FAILURES: tuple[Failure, ...] = (429, 500, 502, 503, 504, 529, 413)
STICKY = """policy sticky
request { session : string? per session from header "x-session"   plan : string? from body "/metadata/plan" }
upstream a { provider anthropic }
upstream b { provider anthropic  endpoint "https://b.example.com" }
upstream c { provider anthropic  endpoint "https://c.example.com" }
model m { context 1K }
pool p { serve a with m weight 3  serve b with m weight 2  serve c with m  sticky by session }
pool few { serve c with m }
fallback p -> few -> fail 503
fallback few -> fail 503
rule refused when plan == "none" -> fail 451 "not with this plan"
rule canary when sample(session, "canary") < 30% -> few
rule rest -> p
"""


@dataclass
class Served:
    """A policy that is served at a port. ``dead`` are the upstreams that cannot be connected to."""

    policy: Policy
    documents: list[dict[str, Any]]
    port: int
    dead: set[str]

    @property
    def decides(self) -> bool:
        """Whether a filter decides."""
        return any(document["kind"] == "EnvoyExtensionPolicy" for document in self.documents)


class Lab:
    """A running Envoy with its upstreams, and what was compared with it."""

    def __init__(self, texts: Sequence[str]) -> None:
        self.total = self.wrong = self.attempts = self.ended = 0
        self.ports: dict[str, int] = {}
        self.refused, *own = mock.closed_ports(len(texts) + 1)
        self.served = [self._served(text, number, own[number]) for number, text in enumerate(texts)]

    def _served(self, text: str, number: int, port: int) -> Served:
        policy, documents = documents_of(text)
        names = sorted(slugs(sorted(policy.upstreams)).values())
        random = Random(f"dead {number}")
        return Served(policy, documents, port, {name for name in names if random.random() < 0.1})

    def config(self) -> dict[str, Any]:
        """Envoy's configuration for all policies; starts their upstreams."""
        listeners, clusters = [], []
        for served in self.served:
            names = slugs(sorted(served.policy.upstreams)).values()
            for name in names:
                if name not in self.ports:
                    server = ThreadingHTTPServer(("127.0.0.1", 0), Upstream)
                    threading.Thread(target=server.serve_forever, daemon=True).start()
                    self.ports[name] = server.server_address[1]
            here = {name: self.refused if name in served.dead else self.ports[name] for name in names}
            gateway = "default/interlock"
            hosts, own = gateway_config(Gateway(served.documents), gateway, "http", f"{served.port}", here)
            made = listener(f"l{served.port}", served.port, hosts)
            filters = made["filter_chains"][0]["filters"][0]["typed_config"]["http_filters"]
            for document in served.documents:
                for number, lua in enumerate(document["spec"].get("lua", ())):
                    kind = "type.googleapis.com/envoy.extensions.filters.http.lua.v3.Lua"
                    source = {"@type": kind, "default_source_code": {"inline_string": lua["inline"]}}
                    filters.insert(number, {"name": f"lua{number}", "typed_config": source})
            traffic = [each["spec"] for each in served.documents if each["kind"] == "BackendTrafficPolicy"]
            filters[:0] = override_filters(traffic)
            listeners.append(made)
            clusters += own
        return config(listeners, clusters)

    def ask(
        self,
        served: Served,
        values: dict[str, object],
        headers: dict[str, str],
        body: dict[str, object],
        script: dict[str, Failure],
    ) -> None:
        """One request, and its comparison."""
        told = {str(self.ports[name]): status for name, status in script.items()}
        sent = {"x-ai-eg-model": str(body["model"]), **headers, "x-script": json.dumps(told)}
        ASKED.clear()
        url = f"http://127.0.0.1:{served.port}/v1/messages"
        asking = urllib.request.Request(url, json.dumps(body).encode(), sent, method="POST")
        try:
            answer = urllib.request.urlopen(asking, timeout=20)
            status, attempts, text = answer.status, int(answer.headers["x-attempts"] or 0), answer.read()
        except urllib.error.HTTPError as error:
            status, attempts, text = error.code, int(error.headers["x-attempts"] or 0), error.read()
        by_port = {str(port): name for name, port in self.ports.items()}
        asked = [by_port[port] for port in ASKED]
        fits = Walk(served, values, script, status, text).fits(asked, attempts, [], 0, None)
        self.total += 1
        self.attempts += attempts
        self.ended += attempts > 0 and b'"error"' in text
        if not fits:
            self.wrong += 1
            print(
                f"DIFFERENT {served.policy.name} {values} {script}: {asked}, {attempts} attempts, {status}", flush=True
            )


@dataclass
class Walk:
    """What a request's values and the upstreams' answers ask for."""

    served: Served
    values: dict[str, object]
    script: dict[str, Failure]
    status: int
    text: bytes

    def answers(self, fail: dict[str, object]) -> bool:
        """Whether the client got the policy's own answer."""
        if self.status != fail["status"]:
            return False
        message = fail["message"]
        return message is None or json.loads(self.text)["error"]["message"] == message

    def ends(self, fail: dict[str, object] | None, last: Failure) -> bool:
        """Whether the client got what is to come of the last attempt's answer."""
        if fail is not None and fail["status"] is not None:
            pool = decide(self.served.policy, self.values)["pool"]
            plan = plan_of(self.served.policy)
            way = next(r.way for r in plan.rules if r.way is not None and r.way.levels[0] == pool)
            if CLASSES[last] in answered(way, plan.answers):
                return self.answers(fail)
        return self.status == (503 if last == CONNECT else last)

    def fits(self, asked: list[str], attempts: int, after: list[str], used: int, last: Failure | None) -> bool:
        """Whether the policy asks these in the attempts that are left, and ends where Envoy has stopped."""
        policy = self.served.policy
        hop = decide(policy, self.values, after)
        if hop["fail"] is not None or last == 200:
            fail = hop["fail"]
            assert fail is None or isinstance(fail, dict)
            if asked or attempts:
                return False
            return self.answers(fail) if last is None and fail is not None else self.ends(fail, last or 0)
        pool = policy.pools[str(hop["pool"])]
        by_chance = pool.sticky == "request_id" or (bool(after) and pool.sticky is not None)
        chosen = {m.upstream for m in members_of(pool)} if by_chance else {str(hop["upstream"])}
        names = slugs(sorted(policy.upstreams))
        for name in {names[upstream] for upstream in chosen}:
            answer = CONNECT if name in self.served.dead else self.script.get(name, 200)
            if attempts == 0 or (answer != CONNECT and asked[:1] != [name]):
                continue
            again = answer != 200 and CLASSES[answer] in UNAVAILABLE and used < pool.retry
            then = after if again or answer == 200 else [*after, CLASSES[answer]]
            left = asked if answer == CONNECT else asked[1:]
            if self.fits(left, attempts - 1, then, used + 1 if again else 0, answer):
                return True
        return False


def compare(lab: Lab) -> None:
    """Every comparison."""
    for number, served in enumerate(lab.served[:-3]):
        random = Random(f"asked {number}")
        for _ in range(20):
            asked, values = asked_of(random)
            script = _script(random, lab)
            if not exactly(served.policy, values):
                # What is not kept is in the report; who is asked first is.
                script = {}
                if served.dead:
                    continue
            lab.ask(served, values, asked.headers, {"model": asked.model}, script)
    exact, default, sticky = lab.served[-3:]
    for number in range(60):
        random = Random(f"exact {number}")
        plan = random.choice(("pro", "pro", "free", "gold", None))
        headers = {} if plan is None else {"x-plan": plan}
        lab.ask(exact, {"plan": plan}, headers, {"model": "claude"}, _script(random, lab))
    random = Random("filter")
    for number in range(60):
        size, model = random.choice((100, 15_000, 70_000)), random.choice(("haiku", "sonnet", "opus"))
        headers = {"x-claude-code-session-id": f"s{number}"} if random.random() < 0.9 else {}
        values = {"input_tokens": size, "model_hint": model}
        if headers:
            values["session_id"] = f"s{number}"
        if random.random() < 0.5:
            headers["x-region"] = str(values.setdefault("home", random.choice(("east", "west", "mars"))))
        if random.random() < 0.5:
            headers["x-interlock-pool"] = "opus-east"  # which a client is not to choose
        text = "x" * (4 * size)
        body: dict[str, object] = {"model": f"claude-{model}-4", "messages": [{"role": "user", "content": text}]}
        lab.ask(default, values, headers, body, _script(random, lab) if not default.dead else {})
    for number in range(60):
        plan = random.choice((None, "team", "none"))
        about: dict[str, object] = {"model": "claude", "metadata": {} if plan is None else {"plan": plan}}
        lab.ask(
            sticky, {"session": f"s{number}", "plan": plan}, {"x-session": f"s{number}"}, about, _script(random, lab)
        )


def _script(random: Random, lab: Lab) -> dict[str, Failure]:
    return {name: random.choice((*FAILURES, 200, 200, 200)) for name in lab.ports}


def main(arguments: Sequence[str] | None = None) -> int:
    """Compare; gives the exit code."""
    random = [policy_text(Random(seed)) for seed in SEEDS]
    lab = Lab([*random, *(answering(text, Random(text)) for text in random), EXACT, DEFAULT, STICKY])
    with tempfile.TemporaryDirectory() as folder:
        place = Path(folder)
        (place / "envoy.json").write_text(json.dumps(lab.config()), "utf-8")
        command = [str(installed()), "-c", str(place / "envoy.json"), "-l", "error", "--concurrency", "1"]
        with (place / "log").open("wb") as log:
            process = subprocess.Popen([*command, "--disable-hot-restart"], stderr=log)
        try:
            wait(process, lab.served[-1].port, place / "log")
            compare(lab)
        finally:
            process.kill()
            process.wait()
    decided = sum(served.decides for served in lab.served)
    counts = f"{lab.total} requests of {len(lab.served)} policies, {decided} with the filter, {lab.attempts} attempts"
    counts += f", {lab.ended} answered by the policy's own `fail` after them"
    print(f"envoy ai gateway emit: {counts}, {lab.wrong} different", flush=True)
    return 1 if lab.wrong or not lab.total else 0


def wait(process: subprocess.Popen[bytes], port: int, log: Path) -> None:
    """Until Envoy listens."""
    for _ in range(600):
        if process.poll() is not None:
            break
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.1)
    raise RuntimeError(f"Envoy does not start: {log.read_text('utf-8')[:3000]}")


if __name__ == "__main__":
    sys.exit(main())
