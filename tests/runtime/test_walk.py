"""Walks: what follows errors, and which member of a pool is picked."""

from __future__ import annotations

from collections import Counter

import pytest

from interlock.compiler.reference_pick import murmur3
from interlock.runtime import ERROR_CLASSES, Decision, Fail, Table, load

from .rich import REQUEST, RICH
from .tables import JSON, attribute, build, fail, hop, maglev, pool


def walk(table: Table, request: JSON, *errors: str) -> Decision:
    decision = table.decide(request)
    for error in errors:
        decision = table.after(decision, error)
    return decision


LARGE = REQUEST | {"input_tokens": 50_000}


def test_a_walk_to_its_end() -> None:
    pools = [walk(RICH, LARGE, *["timeout"] * n).pool for n in range(4)]
    assert pools == ["opus[us_east]", "sonnet", "spread", None]
    hops = [walk(RICH, LARGE, *["timeout"] * n).hop for n in range(5)]
    assert hops == [0, 1, 2, 2, 2]
    end = walk(RICH, LARGE, *["overloaded"] * 3)
    assert (end.rule, end.fail, end.invalid) == ("large", Fail(503, "every region is down"), None)


def test_a_fail_is_entered_without_a_hop() -> None:
    end = walk(RICH, LARGE, "context_overflow")
    assert (end.hop, end.fail) == (0, Fail(529, None))


@pytest.mark.parametrize("error", ["context_overflow", "refused"])
def test_an_error_that_no_chain_covers_goes_to_the_client(error: str) -> None:
    end = walk(RICH, LARGE, "overloaded", error)
    assert (end.rule, end.pool, end.hop, end.fail) == ("large", None, 1, Fail(None, error))
    assert end.to_dict()["fail"] == {"status": None, "message": error}


@pytest.mark.parametrize("error", ERROR_CLASSES)
def test_errors_after_a_fail_change_nothing(error: str) -> None:
    for decision in [
        walk(RICH, LARGE, *["timeout"] * 3),
        walk(RICH, LARGE, "refused"),
        RICH.decide(REQUEST | {"hour": 3, "beta": True}),
        RICH.decide(None),
    ]:
        assert decision.fail is not None
        assert RICH.after(decision, error) is decision


@pytest.mark.parametrize("error", ["unavailable", "Overloaded", "", "529", None, 529, [], object()])
def test_an_unknown_class_is_refused(error: str) -> None:
    for decision in [RICH.decide(LARGE), RICH.decide(None)]:
        with pytest.raises(ValueError, match="is no error class"):
            RICH.after(decision, error)


def test_a_walk_ends_with_the_table_it_began_with() -> None:
    other = load(build([], [("all", {}, 0)], [hop(0)], [pool("p", "east/m")]))
    with pytest.raises(ValueError, match="another table's"):
        RICH.after(other.decide({}), "timeout")


def test_a_decision_made_by_hand_is_refused() -> None:
    at = ("pool", "upstream", "provider", None, None, "model", 0, None, None)
    with pytest.raises(ValueError, match="not made by a table"):
        RICH.after(Decision(RICH.policy, RICH.version, "rule", *at), "timeout")


def test_a_pick_follows_the_hash_of_the_sticky_value() -> None:
    members = [("acme/opus", 1), ("east/opus", 1)]
    slots = maglev(members)
    for i in range(200):
        picked = RICH.decide(LARGE | {"session_id": f"é-{i}"})
        name = members[slots[murmur3(f"é-{i}".encode(), 0) % 4099]][0]
        assert f"{picked.upstream}/{picked.model}" == name


def test_a_later_pool_picks_by_the_same_request() -> None:
    members = [("acme/opus", 4), ("east/opus", 1), ("west/opus", 2)]
    slots = maglev(members)
    assert {i: round(n / 4099, 2) for i, n in Counter(slots).items()} == {0: 0.57, 1: 0.14, 2: 0.29}
    for hour in [*range(24), 5.0]:
        picked = walk(RICH, LARGE | {"hour": hour}, "timeout", "timeout")
        name = members[slots[murmur3(str(int(hour)).encode(), 0) % 4099]][0]
        assert (picked.pool, f"{picked.upstream}/{picked.model}") == ("spread", name)


def test_a_pool_that_is_not_sticky_always_picks_one() -> None:
    slots = maglev([("east/haiku", 1), ("west/haiku", 1)])
    expected = ["east", "west"][slots[0]]
    assert {RICH.decide(REQUEST | {"session_id": str(i)}).upstream for i in range(50)} == {expected}


@pytest.mark.parametrize(
    ("kind", "more", "value", "key"),
    [
        ("bool", {}, True, "true"),
        ("bool", {}, False, "false"),
        ("bool", {"optional": True}, None, ""),
        ("bool", {"default": True}, None, "true"),
        ("bool", {"default": True}, "illegal", "true"),
        ("int", {"lo": -9, "hi": 9}, -7, "-7"),
        ("int", {"lo": -9, "hi": 9}, -7.0, "-7"),
        ("int", {"lo": -9, "hi": 9, "default": 3}, 99, "3"),
        ("enum", {"values": ["a", "b"]}, "b", "b"),
        ("enum", {"values": ["a"], "open": True, "optional": True}, "zé", "zé"),
        ("string", {"optional": True}, None, ""),
        ("string", {"default": "d"}, None, "d"),
        ("string", {}, "", ""),
        ("string", {}, "x" * 5_000, "x" * 5_000),
    ],
)
def test_the_key_of_a_value(kind: str, more: JSON, value: object, key: str) -> None:
    names = [f"u{i}/m" for i in range(9)]
    table = load(
        build(
            [attribute("a", kind, **more), attribute("b", "int", lo=0, hi=9)],
            [("all", {}, 0)],
            [hop(0, timeout=1), hop(1, timeout=0)],
            [pool("one", "u0/m"), pool("several", *names, sticky="a")],
        )
    )
    expected = names[maglev([(name, 1) for name in names])[murmur3(key.encode(), 0) % 4099]]
    for b in (1, 1.0):  # by the fast path and by the plain one
        for errors in (["timeout"], ["timeout"] * 3):  # a loop is no concern of the runtime's
            picked = walk(table, {"a": value, "b": b}, *errors)
            assert f"{picked.upstream}/m" == expected


def test_a_rule_may_fail_at_once() -> None:
    table = load(build([], [("no", {}, 0)], [fail(403, "not here")], []))
    assert table.decide({}).fail == Fail(403, "not here")
    assert table.decide({}).rule == "no"


def test_a_table_without_rules_or_attributes() -> None:
    table = load(build([], [], [fail(400)], []))
    assert table.decide({}).fail == Fail(500, None)
    assert table.explain({}).earlier == ()
