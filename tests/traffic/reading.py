"""Reading traffic in tests: bytes in, requests and what was read out."""

from __future__ import annotations

import io
from collections.abc import Mapping

from interlock.compiler.pipeline import front
from interlock.compiler.traffic.logs import Kind
from interlock.compiler.traffic.read import Read, Reader
from interlock.compiler.traffic.request_rows import Request

POLICY = """
policy sizes
import "std/claude_code"
request {
    home     : enum(us, eu)   per session   from header "X-Region"   default us
    tier     : enum(free, team)?   from metadata "tier"
    seats    : int(0..=100)?   from metadata "seats"
    beta     : bool?   from header "x-beta"
    features : set(string)   from metadata "features"
    limit    : int(0..=1M)?   from body "/max_tokens"
    first    : string?   from body "/messages/0/role"
    team     : string?   from gateway "team_id"
    unsaid   : bool?
}
model m { context 1M }
upstream u { provider p; account a; region r }
pool one { serve u with m }
fallback one -> fail 503
rule all -> one
"""


def read(
    data: bytes | str,
    kind: Kind | None = None,
    pointers: Mapping[str, str] | None = None,
    name: str = "log.jsonl",
    text: str = POLICY,
) -> tuple[list[Request], Read]:
    """The requests in a file, and what is said of it."""
    policy = front("policy.route", text=text).policy
    assert policy is not None
    reader = Reader(policy, kind, pointers)
    found = list(reader.requests(name, io.BytesIO(data.encode() if isinstance(data, str) else data)))
    return found, reader.read()


def values(data: bytes | str, kind: Kind | None = None, pointers: Mapping[str, str] | None = None) -> dict[str, object]:
    """The values of the one request in a file."""
    [request], _ = read(data, kind, pointers)
    return dict(request.values)


def facts(data: bytes | str) -> dict[str, object]:
    """The facts of the one request in a file."""
    [request], _ = read(data)
    return dict(request.facts)


def unread(
    data: bytes | str, kind: Kind | None = None, name: str = "log.jsonl"
) -> list[tuple[str, int, tuple[str, ...]]]:
    """What could not be read of a file."""
    return [(one.reason, one.rows, one.places) for one in read(data, kind, name=name)[1].unread]
