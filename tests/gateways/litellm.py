"""The import of LiteLLM's configuration against the running proxy: who is asked is whom the policy says, hop by hop.

`python -m tests.gateways.litellm [--configs N] [--seed S]` installs the proxy into `.gateways/litellm`, starts it on
loopback for each of some random configurations, with upstreams that answer as told, and sends requests. Exits 1 if
the proxy and the policy that was imported disagree; also says where the plain model of the tests disagrees.
"""

from __future__ import annotations

import argparse
import json
import os
import secrets
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

import yaml

from interlock.compiler.pipeline import front
from interlock.compiler.sources.check import import_sources, policy_text
from interlock.dsl.policy import UNAVAILABLE, Policy
from interlock.dsl.source import Source
from tests.gateways.mock import Upstreams, closed_port
from tests.sources.litellm_configs import CLASSES, config, requested, script
from tests.sources.litellm_model import Attempt, Config, Failure, Proxy
from tests.sources.test_litellm_model import is_exact, walked

ROOT = Path(__file__).parents[2]
HERE = Path(__file__).parent
HANG, TIMEOUT = 4.0, 2.0
OTHERS: tuple[Failure, ...] = (400, 413)
"""Errors after which the proxy falls back and a policy does not: only the model is asked about them."""


def installed() -> Path:
    """The Python of the proxy's environment, which is made where there is none."""
    folder = ROOT / ".gateways" / "litellm"
    python, done = folder / "bin" / "python", folder / ".ready"
    wanted = (HERE / "litellm-requirements.txt").read_text("utf-8")
    if not done.exists() or done.read_text("utf-8") != wanted:
        print("installing LiteLLM's proxy into .gateways/litellm (about 800 MB) …", flush=True)
        uv = str(ROOT / ".venv" / "bin" / "uv")
        subprocess.run([uv, "venv", "-q", "--clear", "--python", sys.executable, str(folder)], check=True)
        requirements = str(HERE / "litellm-requirements.txt")
        subprocess.run([uv, "pip", "install", "-q", "--python", str(python), "-r", requirements], check=True)
        done.write_text(wanted, "utf-8")
    return python


class NotStarted(SystemExit):
    """A configuration that the proxy does not serve."""


class Gateway:
    """The running proxy."""

    def __init__(self, python: Path, folder: Path) -> None:
        self.key = "sk-" + secrets.token_hex(24)
        # Retries need not wait here.
        waits = {"INITIAL_RETRY_DELAY": "0", "MAX_RETRY_DELAY": "0", "JITTER": "0"}
        own = {"LITELLM_MASTER_KEY": self.key, "LITELLM_LOCAL_MODEL_COST_MAP": "True", "LITELLM_TELEMETRY": "False"}
        quiet = {"LITELLM_LOG": "CRITICAL", "NO_DOCS": "True", "DISABLE_ADMIN_UI": "True"}
        self.folder = folder
        self._number = 0
        self._process = subprocess.Popen(
            [str(python), "-P", str(HERE / "litellm_proxy.py")],  # -P: or our own module would be LiteLLM
            env={"PATH": os.environ.get("PATH", ""), "HOME": str(folder), **waits, **own, **quiet},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
            cwd=folder,
        )
        self._ready()

    def _ready(self) -> None:
        assert self._process.stdout is not None
        while (line := self._process.stdout.readline()).strip() != "ready":
            if not line:
                raise SystemExit("the proxy does not start")

    def _tell(self, line: str) -> None:
        assert self._process.stdin is not None
        self._process.stdin.write(line + "\n")
        self._process.stdin.flush()

    def serve(self, text: str) -> int:
        """Serve a configuration; gives its port."""
        self._number += 1
        path, port = self.folder / f"{self._number}.yaml", closed_port()
        path.write_text(text, "utf-8")
        self._tell(f"{path} {port}")
        self._ready()
        for _ in range(600):
            try:
                urllib.request.urlopen(f"http://127.0.0.1:{port}/health/liveliness", timeout=5).close()
            except OSError:
                if "Application startup failed" in self.log():
                    break
                time.sleep(0.1)
            else:
                return port
        raise NotStarted("the proxy does not start: " + self.log()[-2000:])

    @property
    def log_file(self) -> Path:
        """What the proxy that serves now writes; it may not be there yet."""
        return self.folder / f"{self._number}.yaml.log"

    def log(self) -> str:
        """What it has written."""
        return self.log_file.read_text("utf-8", "replace") if self.log_file.exists() else ""

    def ask(self, port: int, model: str) -> int:
        """Send a request for a model; gives the status."""
        body = {"model": model, "max_tokens": 16, "messages": [{"role": "user", "content": "hi"}]}
        headers = {"authorization": f"Bearer {self.key}", "content-type": "application/json"}
        url = f"http://127.0.0.1:{port}/v1/messages"
        try:
            with urllib.request.urlopen(
                urllib.request.Request(url, json.dumps(body).encode(), headers), timeout=120
            ) as r:
                return int(r.status)
        except urllib.error.HTTPError as error:
            return error.code

    def stop(self) -> None:
        """End the proxy and what it serves."""
        self._tell("")
        self._process.wait()


@contextmanager
def running(python: Path) -> Iterator[Gateway]:
    """The proxy, as long as it is needed."""
    with tempfile.TemporaryDirectory(prefix="litellm-") as folder:
        gateway = Gateway(python, Path(folder))
        try:
            yield gateway
        finally:
            gateway.stop()


def at_mocks(random: Random, given: Config, upstreams: Upstreams) -> tuple[Config, set[str]]:
    """A configuration whose deployments are the mock upstreams, and the models of those that refuse connections."""
    names = sorted({d["model_name"] for d in given["model_list"]})
    dead = set(random.sample(names, 1)) if random.random() < 0.25 else set()
    refusing = set()
    for deployment in given["model_list"]:
        params = deployment["litellm_params"]
        name = params["model"].partition("/")[2]
        refused = deployment["model_name"] in dead
        refusing |= {params["model"]} if refused else set()
        params["api_base"] = upstreams.nobody(name) if refused else upstreams.url(name)
        params["api_key"] = "os.environ/HOME"
    given["router_settings"]["timeout"] = TIMEOUT
    return given, refusing


def met(answer: Sequence[Failure], walk: object, refusing: set[str]) -> list[Attempt] | None:
    """The attempts of a walk that an upstream notices. ``walk(errors)`` gives the attempts; a refused connection is an
    error of its own. None where it is by chance whether one is refused."""
    errors: list[Failure] = []
    left = list(answer)
    assert callable(walk)
    while True:
        found = walk(errors)
        attempts: list[Attempt] = [] if isinstance(found, int) else found
        if len(attempts) <= len(errors):
            break
        models = attempts[-1].models
        if models <= refusing:
            errors.append("connect")
        elif left:
            errors.append(left.pop(0))
        else:
            break
    return [attempt for attempt in attempts if not attempt.models <= refusing]


def same(asked: Sequence[str], expected: Sequence[Attempt]) -> bool:
    """Whether those were asked who may be, in their order."""
    return len(asked) == len(expected) and all(
        f"anthropic/{name}" in attempt.models for name, attempt in zip(asked, expected, strict=True)
    )


def policy_of_text(text: str) -> tuple[Policy | None, bool, bool]:
    """The policy that `interlock import` writes, read again; whether it says that it is exact, and that it does not
    cover some names."""
    found = import_sources("litellm", [Source("config.yaml", text)])
    written, _ = policy_text(found)
    if written is None:
        return None, False, False
    made = front("policy.route", text=written)
    assert made.policy is not None, [finding.message for finding in made.findings]
    return made.policy, is_exact(found), "a name with a provider before it" in written


def main(arguments: Sequence[str] | None = None) -> int:
    """Compare; gives the exit code."""
    parser = argparse.ArgumentParser(prog="tests.gateways.litellm")
    parser.add_argument("--configs", type=int, default=25)
    parser.add_argument("--requests", type=int, default=14)
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args(arguments)
    upstreams = Upstreams(HANG)
    total = hops = wrong = refused = 0
    with running(installed()) as gateway:
        for number in range(options.configs):
            random = Random(options.seed * 100_000 + number)
            given, refusing = at_mocks(random, config(random), upstreams)
            text = yaml.safe_dump(given, sort_keys=False)
            policy, exact, bare = policy_of_text(text)
            if policy is None:
                refused += 1
                continue
            proxy, port = Proxy(given), gateway.serve(text)
            for _ in range(options.requests):
                names = [name for name in requested(given) if not (bare and "/" in name)]
                model, answers = random.choice(names), script(random)[:8]
                if answers.count("timeout") > 1:
                    answers = [500 if answer == "timeout" else answer for answer in answers]
                if random.random() < 0.15:
                    answers = [random.choice(OTHERS) if random.random() < 0.5 else a for a in answers]
                known = all(answer in CLASSES for answer in answers)
                if not exact and known:
                    answers = [answer for answer in answers if CLASSES[answer] in UNAVAILABLE]
                upstreams.expect(answers)
                status = gateway.ask(port, model)
                asked = list(upstreams.asked)
                total, hops = total + 1, hops + len(asked)
                told = {"model": met(answers, lambda e, m=model, p=proxy: p.attempts(m, e), refusing)}
                if known:
                    told["policy"] = met(answers, lambda e, m=model, p=policy: walked(p, m, e), refusing)
                for who, expected in told.items():
                    if expected is None or not same(asked, expected):
                        wrong += 1
                        shown = [sorted(attempt.models) for attempt in expected or ()]
                        print(
                            f"\n{who} differs: config {number}, {model}, {answers}\n  {asked} ({status}), not {shown}"
                        )
            done = f"{number + 1}/{options.configs} configurations, {total} requests, {hops} hops, {wrong} different"
            print(done, end="\r" if sys.stdout.isatty() else "\n", flush=True)
    print(f"litellm: seed {options.seed}: {done}, {refused} not imported", flush=True)
    return 1 if wrong or not total else 0


if __name__ == "__main__":
    sys.exit(main())
