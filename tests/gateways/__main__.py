"""`python -m tests.gateways`: what is imported from gateways and emitted for them, against those gateways, running."""

from __future__ import annotations

import importlib
import importlib.util
import sys

GATEWAYS = (
    "litellm", "litellm_emit", "portkey", "portkey_emit", "envoy", "envoy_emit", "envoy_ai_gateway_emit",
    "cloudflare_emit", "kong_emit",
)  # fmt: skip

if __name__ == "__main__":
    failed = 0
    for name in GATEWAYS:
        module = f"tests.gateways.{name}"
        if importlib.util.find_spec(module) is not None:
            failed |= importlib.import_module(module).main([])
    sys.exit(failed)
