"""workerd with what `interlock emit cloudflare` wrote, and with a Worker that only passes requests on."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from tests.gateways.workerd import bundled, installed, serving

from benchmarks.gateways.policies import LOAD, burst_policy, compiled
from benchmarks.gateways.requests import HEADERS, PATH, body
from benchmarks.gateways.served import Bursting, Served
from interlock.compiler.targets.cloudflare import emit

PLAIN = """
export default { fetch: (request) => fetch("http://127.0.0.1:UPSTREAM" + new URL(request.url).pathname, request) };
"""
SECRETS = {"INTERLOCK_KEY": "sk-gateway", "ANTHROPIC_API_KEY": "sk-anthropic"}
OURS = {**HEADERS, "authorization": f"Bearer {SECRETS['INTERLOCK_KEY']}"}


@contextmanager
def _running(files: Mapping[str, bytes]) -> Iterator[int]:
    with tempfile.TemporaryDirectory(prefix="cloudflare-") as folder:
        upload = bundled(installed(), files, Path(folder))
        with serving(installed(), upload, SECRETS, Path(folder) / "log") as port:
            yield port


@contextmanager
def served(upstream: int) -> Iterator[Served]:
    """Both, asking the upstream at this port."""
    files = emit(compiled(LOAD, upstream)).files
    worker = PLAIN.replace("UPSTREAM", str(upstream)).encode()
    plain = {"wrangler.jsonc": files["wrangler.jsonc"], "src/worker.js": worker}
    with _running(plain) as without, _running(files) as ours:
        yield Served(PATH, (without, HEADERS, body), (ours, OURS, body))


@contextmanager
def bursting(upstream: int) -> Iterator[Bursting]:
    """workerd with the policy of the burst. It does not tell what is under way."""
    with _running(emit(compiled(burst_policy(50), upstream)).files) as ours:
        yield Bursting(PATH, (ours, OURS, body), 50)
