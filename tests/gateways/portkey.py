"""The import of Portkey's configuration against the running gateway: who is asked is whom the policy says, hop by hop.

`python -m tests.gateways.portkey [--configs N] [--seed S]` installs the gateway into `.gateways/portkey`, starts it on
loopback with upstreams that answer as told, and sends requests with each of some random configurations. Exits 1 if the
gateway and the policy that was imported disagree; also says where the plain model of the tests disagrees.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from random import Random
from typing import Any

from interlock.compiler.sources.check import import_sources
from interlock.dsl.policy import Policy
from interlock.dsl.source import Source
from tests.gateways.mock import CONTEXT, POLICY, TIMEOUT, Failure, Upstreams, closed_port
from tests.sources.portkey_configs import CLASSES, Config, answers, config, leaves, request, told_apart
from tests.sources.test_portkey_model import Answers, attributes_of, by_chance, modelled, policy_from, walked

ROOT = Path(__file__).parents[2]
HERE = Path(__file__).parent
SERVER = Path("node_modules", "@portkey-ai", "gateway", "build", "start-server.js")
HANG, LIMIT = 2.5, 800
OTHERS: list[int | str] = [400, 401, 404, 408, 422]
"""Errors after which Portkey may fall back and a policy does not: only the model is asked about them."""
TOLD: dict[int | str, Failure] = {"slow": TIMEOUT, "too long": CONTEXT, "unwanted": POLICY}
IDS = 400
"""With as many requests, a policy comes to every choice that the gateway may make by chance."""


def installed() -> Path:
    """The folder that the gateway is in, which is made where there is none."""
    folder = ROOT / ".gateways" / "portkey"
    done, wanted = folder / ".ready", (HERE / "portkey-package.json").read_text("utf-8")
    if not done.exists() or done.read_text("utf-8") != wanted:
        print("installing Portkey's gateway into .gateways/portkey (25 MB) …", flush=True)
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "package.json").write_text(wanted, "utf-8")
        lock = (HERE / "portkey-package-lock.json").read_text("utf-8")
        (folder / "package-lock.json").write_text(lock, "utf-8")
        quiet = ["--ignore-scripts", "--no-audit", "--no-fund", "--silent"]
        subprocess.run(["npm", "ci", *quiet], cwd=folder, check=True)
        done.write_text(wanted, "utf-8")
    return folder


class Named(Upstreams):
    """Upstreams of which each answers always alike."""

    answers: Answers

    def next(self, name: str) -> Failure:
        """Somebody asks ``name``: what it answers."""
        self.asked.append(name)
        answer = self.answers[name]
        return TOLD.get(answer, answer)


@contextmanager
def running(folder: Path) -> Iterator[int]:
    """The gateway, as long as it is needed: its port."""
    port = closed_port()
    with tempfile.TemporaryDirectory(prefix="portkey-") as home:
        process = subprocess.Popen(
            ["node", str(folder / SERVER), f"--port={port}", "--headless"],
            env={"PATH": os.environ.get("PATH", ""), "HOME": home},
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            cwd=folder,
        )
        try:
            for _ in range(300):
                try:
                    urllib.request.urlopen(f"http://127.0.0.1:{port}/", timeout=5).close()
                except OSError:
                    time.sleep(0.1)
                else:
                    break
            else:
                raise SystemExit("the gateway does not start")
            yield port
        finally:
            process.kill()
            process.wait()


def ask(port: int, given: Config, asked: Config) -> int:
    """Send a request with a configuration; gives the status."""
    body = {**asked["params"], "messages": [{"role": "user", "content": "hi"}]}
    headers = {
        "content-type": "application/json",
        "x-portkey-config": json.dumps(given),
        "x-portkey-metadata": json.dumps(asked["metadata"]),
    }
    url = f"http://127.0.0.1:{port}{asked['url']['pathname']}"
    try:
        with urllib.request.urlopen(urllib.request.Request(url, json.dumps(body).encode(), headers), timeout=60) as r:
            return int(r.status)
    except urllib.error.HTTPError as error:
        return error.code


def at_mocks(given: Config, upstreams: Upstreams, refusing: set[str]) -> Config:
    """A configuration whose targets are the mock upstreams; those of ``refusing`` refuse connections."""
    if "strategy" in given:
        return {**given, "targets": [at_mocks(target, upstreams, refusing) for target in given["targets"]]}
    model = given["override_params"]["model"]
    host = upstreams.nobody(model) if model in refusing else upstreams.url(model)
    return {**given, "provider": "anthropic", "custom_host": host, "request_timeout": LIMIT}


def patient(given: Config) -> Config:
    """A configuration with one retry at most: the gateway waits for longer before each."""
    retry = {"retry": {**given["retry"], "attempts": min(1, given["retry"]["attempts"])}} if "retry" in given else {}
    targets = {"targets": [patient(target) for target in given["targets"]]} if "targets" in given else {}
    return {**given, **retry, **targets}


def attempts_of(hops: Sequence[str]) -> list[str]:
    """Hops without retries, which are not told of by a policy's decisions."""
    return [hop for n, hop in enumerate(hops) if n == 0 or hops[n - 1] != hop]


def policy_walks(policy: Policy, values: dict[str, Any], answer: Answers) -> Iterator[tuple[tuple[str, ...], object]]:
    """Whom a policy asks, for all that may be drawn, and how it ends."""
    for number in range(IDS if by_chance(policy) else 1):
        hops, end, _ = walked(policy, {**values, "request_id": f"r{number}"}, answer)
        yield hops, end


def main(arguments: Sequence[str] | None = None) -> int:
    """Compare; gives the exit code."""
    parser = argparse.ArgumentParser(prog="tests.gateways.portkey")
    parser.add_argument("--configs", type=int, default=60)
    parser.add_argument("--requests", type=int, default=10)
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args(arguments)
    upstreams = Named(HANG)
    total = hops = wrong = refused = invalid = 0
    done = ""
    with running(installed()) as port:
        for number in range(options.configs):
            random = Random(options.seed * 100_000 + number)
            given = patient(config(random))
            found = import_sources("portkey", [Source("config.json", json.dumps(given))])
            policy = policy_from(found)
            if policy is None:
                refused += 1
                continue
            models = leaves(given)
            for _ in range(options.requests):
                asked = request(random)
                among = list(CLASSES) if random.random() < 0.3 else told_apart(given)
                odd = random.random() < 0.15
                answer = answers(random, list(models.values()), [*among, *OTHERS] if odd else among)
                dead = {model for model, said in answer.items() if said == "refused"}
                upstreams.answers = answer
                upstreams.expect([])
                status = ask(port, at_mocks(given, upstreams, dead), asked)
                saw = list(upstreams.asked)
                total, hops = total + 1, hops + len(saw)
                # A refused connection is not seen by anybody.
                walks = {
                    tuple(models[path] for path in walk.attempts if models[path] not in dead)
                    for walk in modelled(given, asked, answer)
                    if walk.status == status
                }
                told = {"model": tuple(saw) in walks}
                if all(said == 200 or said in told_apart(given) for said in answer.values()):
                    seen = list(policy_walks(policy, attributes_of(found, asked), answer))
                    if seen[0][1] == "invalid":
                        invalid += 1
                    else:
                        told["policy"] = any(
                            [hop for hop in each if hop not in dead] == attempts_of(saw)
                            and (end == 200) == (status == 200)
                            for each, end in seen
                        )
                for who, agrees in told.items():
                    if not agrees:
                        wrong += 1
                        print(f"\n{who} differs: config {number}, {asked}, {answer}\n  {saw} ({status})\n  {given}")
            done = (
                f"{number + 1}/{options.configs} configurations, {total} requests, {hops} attempts, {wrong} different"
            )
            print(done, end="\r" if sys.stdout.isatty() else "\n", flush=True)
    print(f"portkey: seed {options.seed}: {done}, {refused} not imported, {invalid} invalid to the policy", flush=True)
    return 1 if wrong or not total else 0


if __name__ == "__main__":
    sys.exit(main())
