"""A small table with something of everything, and ways to break it."""

from __future__ import annotations

import copy
from collections.abc import Callable, Iterator
from hashlib import sha256
from typing import Any

from .tables import JSON, Columns, attribute, build, canonical, fail, hop, pool, seal

Path_ = tuple[str | int, ...]


def paths(value: Any, at: Path_ = ()) -> Iterator[Path_]:
    """Every place in a table; of long lists, of numbers or of like objects, the first two."""
    yield at
    if isinstance(value, dict):
        for key, part in value.items():
            yield from paths(part, (*at, key))
    elif isinstance(value, list):
        for i, part in enumerate(value[:2]):
            yield from paths(part, (*at, i))


def put(table: JSON, at: Path_, change: Callable[[Any, Any], None]) -> JSON:
    """A sealed copy of the table in which ``change(container, key)`` was made at a place."""
    changed = copy.deepcopy(table)
    container: Any = changed
    for key in at[:-1]:
        container = container[key]
    change(container, at[-1])
    return seal(changed)


def redigested(table: JSON) -> JSON:
    """The table with its digest alone computed anew."""
    rest = {key: value for key, value in table.items() if key != "digest"}
    return rest | {"digest": sha256(canonical(rest)).hexdigest()}


def small(*members: str) -> JSON:
    """A table with something of everything, and one pool with the members given."""
    attributes = [
        attribute("a", "int", lo=0, hi=9_999, default=5, error=10, source={"kind": "body", "name": "/n"}),
        attribute("b", "bool", optional=True),
        attribute("c", "enum", values=["x", "y"], open=True, optional=True),
        attribute("d", "enum", values=["x", "y"], default="x"),
        attribute("e", "string", optional=True),
        attribute("f", "set", values=["k", "l"], default=["k"]),
    ]
    columns: Columns = [
        ("one", {"a": [("between", 5, 6)], "e": [("like", "p*"), ("sample", "s", 50)], "f": [("contains", "k")]}, 0),
        ("two", {"e": [("in", ("lit", "more"))], "b": [("in", (True,))], "c": [("in", ("x",))]}, 1),
    ]
    table = build(
        attributes,
        columns,
        [hop(0, unavailable=1), hop(1, timeout=2), fail(503, "down")],
        [pool("p", *members, sticky="e"), pool("q", "acme/m")],
    )
    table["upstreams"][0] |= {
        "endpoint": {"url": "https://example.com"},
        "supports": ["a", "b"],
        "timeouts": {"connect": 5},
        "limit": {"count": 5, "per": "s", "burst": 9, "status": None},
        "breaker": {"share": 5_000, "requests": 20, "window_ms": 1, "probe_ms": 2},
    }
    table["models"][0] |= {"context": 9, "prices": {"input": 3}, "supports": ["tools"]}
    return seal(table)


SMALL = small("east/m", "west/n")
PLACES = [at for at in paths(SMALL) if at and at[0] not in ("digest", "version")]
FIELDS = [at for at in PLACES if isinstance(at[-1], str)]
# What may be left out: these objects hold what was declared.
SPARSE = ("timeouts", "prices")
