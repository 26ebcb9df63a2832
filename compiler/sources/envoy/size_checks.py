"""How large a request may be before the gateway itself refuses it."""

from __future__ import annotations

import re
from collections.abc import Iterator

from interlock.compiler.source_findings import small_buffer
from interlock.compiler.sources.document import Mapping, Scalar
from interlock.compiler.sources.envoy.objects import ROUTE, Object, Objects
from interlock.compiler.sources.envoy.ports import gateways_of
from interlock.dsl.finding import Finding, Related

DEFAULT = 32 * 1024
ENOUGH = 1024 * 1024
"""A prompt of 200,000 tokens has about as many bytes."""
_UNITS = {"": 1, "k": 10**3, "M": 10**6, "G": 10**9, "Ki": 2**10, "Mi": 2**20, "Gi": 2**30}


def check_sizes(objects: Objects) -> Iterator[Finding]:
    """A finding for each Gateway with models behind it that does not take long prompts. One that is not among the files
    is not looked at: what is set for it is elsewhere as well."""
    used = {gateway for route in objects.of(ROUTE) for gateway in gateways_of(route)}
    policies = objects.of("ClientTrafficPolicy")
    for gateway in objects.of("Gateway"):
        if f"{gateway.namespace}/{gateway.name}" not in used:
            continue
        mine = [policy for policy in policies if _is_for(policy, gateway)]
        limits = [limit for policy in mine if (limit := policy.spec.mapping("connection").scalar("bufferLimit"))]
        if not limits:
            message = (
                f"`{gateway.name}` answers requests of more than 32 KiB with 413: there is no more room by default"
            )
            help_ = "add a ClientTrafficPolicy for it with `connection: {bufferLimit: 50Mi}`"
            related = tuple(Related("this one says nothing of it", policy.span) for policy in mine[:1])
            yield Finding(small_buffer.KIND, message, gateway.span, help_, related)
        for limit in limits:
            size = _bytes(limit)
            if size is not None and size < ENOUGH:
                message = f"`{gateway.name}` answers requests of more than {limit.value} bytes with 413"
                message = message.replace(" bytes", "") if isinstance(limit.value, str) else message
                yield Finding(small_buffer.KIND, message, limit.span, "write room for a long prompt: `50Mi`")


def _is_for(policy: Object, gateway: Object) -> bool:
    if policy.spec.list("targetSelectors"):
        return True
    refs = [*policy.spec.list("targetRefs"), policy.spec.get("targetRef")]
    named = any(isinstance(ref, Mapping) and ref.text("name") == gateway.name for ref in refs)
    return named and policy.namespace == gateway.namespace


def _bytes(said: Scalar) -> int | None:
    """A quantity of Kubernetes in bytes; None for what is none."""
    found = re.fullmatch(r"(\d{1,12})(?:\.\d+)?([kMG]i?|Ki)?", str(said.value))
    return None if found is None else int(found[1]) * _UNITS.get(found[2] or "", 1)
