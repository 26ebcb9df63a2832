"""Portkey's gateway with the configuration that `interlock emit portkey` wrote, and with one target.

Both come in a header with each request. It has no place for limits and breakers, and the client says in its metadata
what the policy reads.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from tests.gateways.portkey import installed, running

from benchmarks.gateways.policies import LOAD, compiled
from benchmarks.gateways.requests import HEADERS, PATH, body
from benchmarks.gateways.served import Served
from interlock.compiler.targets.portkey import emit

METADATA = {"input_tokens": 2500, "model_hint": "haiku", "home": "east"}
"""The same for bodies of every size, so that the same pool serves them."""


@contextmanager
def served(upstream: int) -> Iterator[Served]:
    """One gateway, which is told with each request what to do; asking the upstream at this port."""
    ours = json.loads(emit(compiled(LOAD, upstream)).files["config.json"])
    plain = {"provider": "anthropic", "api_key": "sk-anthropic", "custom_host": f"http://127.0.0.1:{upstream}/east/v1"}
    with running(installed()) as port:
        yield Served(PATH, (port, _headers(plain), body), (port, _headers(ours), body))


def _headers(config: Any) -> dict[str, str]:
    told = {"x-portkey-config": json.dumps(config), "x-portkey-metadata": json.dumps(METADATA)}
    return {**HEADERS, **told}
