"""A table with something of everything, which most tests of the runtime use."""

from __future__ import annotations

from interlock.runtime import Table, load

from .tables import JSON, Columns, attribute, build, fail, hop, pool

ATTRIBUTES = [
    attribute("balance", "int", lo=-(2**53 - 1), hi=2**53 - 1, optional=True),
    attribute("beta", "bool", default=False),
    attribute("capabilities", "set", values=["tools", "vision", "web-search"]),
    attribute("groups", "set"),
    attribute("has_tools", "bool", optional=True),
    attribute("home", "enum", values=["us_east", "us_west", "eu_central"]),
    attribute("hour", "int", lo=0, hi=23),
    attribute("input_tokens", "int", lo=0, hi=1_000_000, stability="rising"),
    attribute("labels", "set", default=["standard"]),
    attribute("model_hint", "enum", values=["haiku", "sonnet", "opus"], open=True, optional=True),
    attribute("session_id", "string", source={"kind": "header", "name": "x-session"}),
    attribute("tenant", "string", optional=True),
    attribute("tier", "enum", values=["free", "team"], default="free", error=3_500),
    attribute("user", "string", default="nobody"),
    attribute("window", "int", lo=1, hi=2_000, default=200),
]

COLUMNS: Columns = [
    ("quiet", {"hour": [("between", 3, 4)], "beta": [("in", (True,))]}, 3),
    ("large", {"input_tokens": [("between", 40_000, 1_000_000)], "home": [("not in", ("eu_central",))]}, 0),
    ("large", {"model_hint": [("in", ("opus",))], "tenant": [("not in", ("acme/test", None))]}, 0),
    ("acme", {"tenant": [("like", "acme/*"), ("not in", ("acme/test",))]}, 1),
    ("odd", {"tenant": [("like", "a*b*a"), ("not like", "acme*")], "balance": [("in", (None, 0))]}, 1),
    ("canary", {"user": [("sample", None, 500)], "groups": [("contains", "early")]}, 2),
    ("salted", {"user": [("sample", "s", 5_000)], "labels": [("not contains", "standard")]}, 2),
    ("seeing", {"capabilities": [("contains", "vision"), ("not contains", "tools")]}, 2),
    ("idle", {"has_tools": [("in", (False,))], "window": [("in", (7,))]}, 4),
    ("rest", {"tier": [("in", ("free",))]}, 5),
]

# opus -> sonnet -> opus by other means -> fail; the pools of several are sticky by a string and an int.
STATES = [
    hop(0, unavailable=1, context_overflow=4),
    hop(1, unavailable=2),
    hop(2, unavailable=3, refused=3),
    fail(503, "every region is down"),
    fail(529),
    hop(3, overloaded=6, unavailable=1),
    hop(1, unavailable=3),
]

POOLS = [
    pool("opus[us_east]", "east/opus", "acme/opus", sticky="session_id"),
    pool("sonnet", "east/sonnet", retry=1),
    pool("spread", ("east/opus", 1), ("west/opus", 2), ("acme/opus", 4), sticky="hour"),
    pool("unsticky", "east/haiku", "west/haiku"),
]

REQUEST: JSON = {"home": "us_east", "hour": 12, "input_tokens": 100, "session_id": "s-1"}
"""A valid request that goes to `rest`."""


def rich_json() -> JSON:
    """The table's JSON, a new copy each time."""
    return build(ATTRIBUTES, COLUMNS, STATES, POOLS, policy="rich")


RICH: Table = load(rich_json())
