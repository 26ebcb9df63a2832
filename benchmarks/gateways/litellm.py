"""LiteLLM's proxy with the hook, and with the same deployments and without it."""

from __future__ import annotations

import asyncio
import json
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from importlib import import_module
from pathlib import Path
from statistics import median
from time import perf_counter
from typing import Any

from tests.gateways.litellm import installed, running

from benchmarks.gateways.policies import LOAD, burst_policy, compiled
from benchmarks.gateways.requests import HEADERS, PATH, body
from benchmarks.gateways.served import Bursting, Served
from interlock.compiler.targets.litellm import emit

GROUP = "interlock/east/claude-haiku-4-5"


@contextmanager
def served(upstream: int) -> Iterator[Served]:
    """Both proxies, asking the upstream at this port."""
    files = emit(compiled(LOAD, upstream)).files
    with ExitStack() as stack:
        plain, ours = (stack.enter_context(running(installed())) for _ in range(2))
        text = _placed(files, ours.folder)
        without = plain.serve(text.replace("  callbacks: interlock_hook.hook", "  num_retries: 0"))
        with_ = ours.serve(text)
        decide = _deciding(ours.folder, files["table.json"])
        yield Served(
            path=PATH,
            without=(without, _headers(plain.key), lambda size: body(size, GROUP)),
            with_policy=(with_, _headers(ours.key), body),
            alone=lambda size: decide(_headers(ours.key), json.loads(body(size))),
        )


@contextmanager
def bursting(upstream: int) -> Iterator[Bursting]:
    """The proxy with the policy of the burst, from 5 requests a second: 500 are many more than it can. It does not tell
    what is under way."""
    files = emit(compiled(burst_policy(5), upstream)).files
    with running(installed()) as ours:
        port = ours.serve(_placed(files, ours.folder))
        yield Bursting(PATH, (port, _headers(ours.key), body), 5)


def _placed(files: Mapping[str, bytes], folder: Path) -> str:
    """Write what was emitted into the proxy's folder; gives its configuration, with a variable that is there."""
    for name, data in files.items():
        (folder / name).parent.mkdir(exist_ok=True)
        (folder / name).write_bytes(data)
    return files["config.yaml"].decode().replace("os.environ/ANTHROPIC_API_KEY", "os.environ/HOME")


def _headers(key: str) -> dict[str, str]:
    return {"authorization": f"Bearer {key}", **HEADERS}


def _deciding(folder: Path, data: bytes) -> Callable[[dict[str, str], Any], float]:
    """What the hook does for a request that is served at once, without the proxy: from the headers and the body to
    the line of the log. Gives milliseconds, the median of some."""
    sys.path.insert(0, str(folder))
    attributes, table, walk = map(import_module, ("interlock_attributes", "interlock_table", "interlock_walk"))
    serving = table.Serving(data)
    state = import_module("interlock_runtime.serving").State()

    async def send(_: object) -> None:
        return None

    async def once(headers: dict[str, str], body: Any) -> None:
        request = attributes.request_of(serving.declared, headers, body, None)
        one = walk.Walk(serving.table, state, request)
        one.record()  # for LiteLLM's spend logs
        await one.run(send, lambda _: None)
        one.line("served", call="c")

    async def many(headers: dict[str, str], body: Any) -> float:
        taken = []
        for _ in range(300):
            began = perf_counter()
            await once(headers, body)
            taken.append(perf_counter() - began)
        return median(taken) * 1000

    return lambda headers, body: asyncio.run(many(headers, body))
