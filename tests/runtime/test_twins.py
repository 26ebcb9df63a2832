"""The fast path, the plain path and what conditions mean agree: on random tables and random requests."""

from __future__ import annotations

from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from interlock.runtime import load

from .tables import Condition, attribute, build, holds, hop, pool

TENANTS = ["", "a", "ab", "aba", "acme", "acme/x", "acme/y", "b", "é", "x" * 300]
PATTERNS = ["*", "a*", "ab*", "acme/*", "acme*", "*a", "a*a", "*b*", "é*", "**", "a*b*"]
GROUPS = ["x", "y", "z", ""]
AMOUNTS = st.integers(0, 50)

ATTRIBUTES = [
    attribute("amount", "int", lo=0, hi=1_000_000),
    attribute("flag", "bool", optional=True),
    attribute("groups", "set"),
    attribute("hint", "enum", values=["m", "n", "o"], open=True, optional=True),
    attribute("home", "enum", values=["us", "eu", "ap"]),
    attribute("hour", "int", lo=0, hi=23, optional=True),
    attribute("kinds", "set", values=["k", "l"], default=["k"]),
    attribute("tenant", "string", optional=True),
    attribute("tier", "enum", values=["free", "team"], default="free"),
    attribute("user", "string", default="nobody"),
]


def _one_of(*values: object) -> st.SearchStrategy[Condition]:
    chosen = st.lists(st.sampled_from(values), min_size=1, max_size=2, unique=True).map(tuple)
    return st.tuples(st.sampled_from(["in", "not in"]), chosen)


def _negatable(word: str, *rest: st.SearchStrategy[Any]) -> st.SearchStrategy[Condition]:
    return st.tuples(st.sampled_from([word, f"not {word}"]), *rest)


def _between(hi: int) -> st.SearchStrategy[Condition]:
    return st.tuples(st.just("between"), st.integers(0, hi), st.integers(0, hi)).map(lambda c: (c[0], *sorted(c[1:])))


STRING = st.one_of(
    _one_of(*TENANTS),
    _one_of("ab", None),
    _negatable("like", st.sampled_from(PATTERNS)),
    _negatable("sample", st.sampled_from([None, "s"]), st.sampled_from([0, 3_000, 7_000])),
)
CONDITIONS: dict[str, st.SearchStrategy[Condition]] = {
    "amount": _between(50) | _between(1_000_000),
    "flag": _one_of(True, False, None),
    "groups": _negatable("contains", st.sampled_from(GROUPS)),
    "hint": _one_of("m", "n", "o", None),
    "home": _one_of("us", "eu", "ap"),
    "hour": _between(23) | _one_of(0, 7, None),
    "kinds": _negatable("contains", st.sampled_from(["k", "l"])),
    "tenant": STRING,
    "tier": _one_of("free", "team"),
    "user": STRING,
}
COLUMN = st.dictionaries(st.sampled_from(sorted(CONDITIONS)), st.none(), max_size=4).flatmap(
    lambda names: st.fixed_dictionaries({name: st.lists(CONDITIONS[name], min_size=1, max_size=2) for name in names})
)

TEXT = st.sampled_from(TENANTS) | st.text("ab/cmeé", max_size=8)
LEGAL: dict[str, st.SearchStrategy[Any]] = {
    "amount": AMOUNTS | st.integers(0, 1_000_000),
    "flag": st.sampled_from([True, False, None]),
    "groups": st.lists(st.sampled_from([*GROUPS, "w", "é"]), max_size=5) | st.none(),
    "hint": st.sampled_from(["m", "n", "o", "p", "é", None]),
    "home": st.sampled_from(["us", "eu", "ap"]),
    "hour": st.integers(0, 23) | st.none(),
    "kinds": st.lists(st.sampled_from(["k", "l"]), max_size=3) | st.none(),
    "tenant": TEXT | st.none(),
    "tier": st.sampled_from(["free", "team", None]),
    "user": TEXT | st.none(),
}
ODD: st.SearchStrategy[object] = st.sampled_from(
    [None, 5.0, 7.5, True, "k", "\ud800", ["\ud800"], [["k"]], ("k",), {}, -1, 10**30]
)
DEFAULTS: dict[str, Any] = {"tier": "free", "user": "nobody", "kinds": frozenset("k"), "groups": frozenset()}


@settings(max_examples=150, deadline=None)
@given(
    columns=st.lists(COLUMN, min_size=1, max_size=12),
    requests=st.lists(st.fixed_dictionaries(LEGAL), min_size=1, max_size=12),
    odd=st.dictionaries(st.sampled_from(sorted(LEGAL)), ODD, max_size=2),
)
def test_fast_and_plain_and_meaning_agree(
    columns: list[dict[str, list[Condition]]], requests: list[dict[str, Any]], odd: dict[str, object]
) -> None:
    states = [hop(0, unavailable=1), hop(1, unavailable=2), hop(2)]
    pools = [pool("a", "east/m", "west/m", sticky="tenant"), pool("b", "east/m", "west/m", sticky="amount")]
    pools.append(pool("c", "acme/m"))
    table = load(build(ATTRIBUTES, [(f"r{i}", c, i % 3) for i, c in enumerate(columns)], states, pools))
    for request in requests:
        values = {name: DEFAULTS.get(name) if value is None else value for name, value in request.items()}
        values = {n: frozenset(v) if isinstance(v, list) else v for n, v in values.items()}
        first = next(
            (
                f"r{i}"
                for i, column in enumerate(columns)
                if all(holds(c, values[name]) for name, conditions in column.items() for c in conditions)
            ),
            None,
        )
        decision = table.decide(request)
        assert decision.invalid is None
        assert decision.rule == first
        for same in (decision, table._decide_plainly(request), table.explain(request).decision):
            assert same == decision
            assert (same._state, same._keys) == (decision._state, decision._keys)
        lean = {name: value for name, value in request.items() if value is not None}
        assert table.decide(lean) == decision
        for mixed in (request | odd, lean | odd):
            assert table.decide(mixed) == table._decide_plainly(mixed)
