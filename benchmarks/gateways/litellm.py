"""LiteLLM's proxy with the hook, and with the same deployments and without it."""

from __future__ import annotations

import asyncio
import json
import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from importlib import import_module
from pathlib import Path
from statistics import median
from time import perf_counter
from typing import Any

from tests.gateways.litellm import installed, running

from benchmarks.gateways.policies import LOAD, compiled
from benchmarks.gateways.requests import HEADERS, PATH, body
from benchmarks.gateways.served import Served
from interlock.compiler.targets.litellm import emit

GROUP = "interlock/east/claude-haiku-4-5"


@contextmanager
def served(upstream: int) -> Iterator[Served]:
    """Both proxies, asking the upstream at this port."""
    files = emit(compiled(LOAD, upstream)).files
    text = files["config.yaml"].decode().replace("os.environ/ANTHROPIC_API_KEY", "os.environ/HOME")
    with ExitStack() as stack:
        plain, ours = (stack.enter_context(running(installed())) for _ in range(2))
        for name, data in files.items():
            (ours.folder / name).parent.mkdir(exist_ok=True)
            (ours.folder / name).write_bytes(data)
        without = plain.serve(text.replace("  callbacks: interlock_hook.hook", "  num_retries: 0"))
        with_ = ours.serve(text)

        def headers(key: str) -> dict[str, str]:
            return {"authorization": f"Bearer {key}", **HEADERS}

        decide = _deciding(ours.folder, files["table.json"])
        yield Served(
            path=PATH,
            without=(without, headers(plain.key), lambda size: body(size, GROUP)),
            with_policy=(with_, headers(ours.key), body),
            alone=lambda size: decide(headers(ours.key), json.loads(body(size))),
        )


def _deciding(folder: Path, data: bytes) -> Callable[[dict[str, str], Any], float]:
    """What the hook does for a request that is served at once, without the proxy: from the headers and the body to
    the line of the log. Gives milliseconds, the median of some."""
    sys.path.insert(0, str(folder))
    attributes, table, walk = map(import_module, ("interlock_attributes", "interlock_table", "interlock_walk"))
    serving = table.Serving(data)

    async def send(_: object) -> None:
        return None

    async def once(headers: dict[str, str], body: Any) -> None:
        request = attributes.request_of(serving.declared, headers, body, None)
        one = walk.Walk(serving.table, serving.state, request)
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
