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

from benchmarks.gateways.run import Served
from interlock.compiler.pipeline import front
from interlock.compiler.targets.litellm import emit

POLICY = """
policy load
import "std/claude_code"
import "std/models"
request { home : enum(east, west)   per session   from header "x-region"   default east }
upstream east {
    provider anthropic
    endpoint "URL/east"
    limit    100000/s burst 100000
    breaker  50% of 20 in 10s, probe after 5s
}
upstream west { provider anthropic  endpoint "URL/west" }
pool haiku  { sticky by session_id  serve east with claude-haiku-4-5  serve west with claude-haiku-4-5 }
pool sonnet { serve east with claude-sonnet-4-6 }
pool opus   { serve east with claude-opus-4-7 }
fallback haiku  -> sonnet -> fail 503
fallback sonnet -> fail 503
fallback opus   -> sonnet -> fail 503
rule large  when input_tokens >= 400K or model_hint == opus -> opus
rule medium when input_tokens >= 100K -> sonnet
rule small -> haiku
"""
GROUP = "interlock/east/claude-haiku-4-5"


@contextmanager
def served(upstream: int) -> Iterator[Served]:
    """Both proxies, asking the upstream at this port."""
    made = front("load.route", text=POLICY.replace("URL", f"http://127.0.0.1:{upstream}")).table
    assert made is not None
    files = emit(made).files
    text = files["config.yaml"].decode().replace("os.environ/ANTHROPIC_API_KEY", "os.environ/HOME")
    with ExitStack() as stack:
        plain, ours = (stack.enter_context(running(installed())) for _ in range(2))
        for name, data in files.items():
            (ours.folder / name).parent.mkdir(exist_ok=True)
            (ours.folder / name).write_bytes(data)
        without = plain.serve(text.replace("  callbacks: interlock_hook.hook", "  num_retries: 0"))
        with_ = ours.serve(text)

        def headers(key: str) -> dict[str, str]:
            own = {"x-claude-code-session-id": "s-1", "user-agent": "claude-cli/2.1.90 (external, cli)"}
            return {"authorization": f"Bearer {key}", **own}

        def body(size: int, model: str) -> bytes:
            turn = {"role": "user", "content": "word " * 200}
            turns = [turn, {**turn, "role": "assistant"}] * max(1, size // 2090)
            message = {"model": model, "max_tokens": 16, "system": "be brief", "messages": turns}
            return json.dumps(message).encode()

        decide = _deciding(ours.folder, files["table.json"])
        yield Served(
            path="/v1/messages",
            without=(without, headers(plain.key), lambda size: body(size, GROUP)),
            with_policy=(with_, headers(ours.key), lambda size: body(size, "claude-haiku-4-5")),
            alone=lambda size: decide(headers(ours.key), json.loads(body(size, "claude-haiku-4-5"))),
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
