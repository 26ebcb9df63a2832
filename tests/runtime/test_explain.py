"""Explanations: what failed before, what held, what would follow, and how a member was picked."""

from __future__ import annotations

import json
from typing import Any

import pytest

from interlock.runtime import Condition, Fail, Place, Step, load

from .rich import REQUEST, RICH
from .tables import JSON, Columns, attribute, build, fail, hop, pool, seal
from .tables import Condition as Asked


def test_each_earlier_rule_with_what_failed() -> None:
    explained = RICH.explain(REQUEST | {"tenant": "acme/test", "labels": ["standard", "x"], "capabilities": []})
    assert explained.decision.rule == "rest"
    told = {earlier.rule: [(c.attribute, c.value, c.needs) for c in earlier.unmet] for earlier in explained.earlier}
    canary = told.pop("canary")
    salted = told.pop("salted")
    assert told == {
        "quiet": [("beta", False, "beta")],
        "large": [("input_tokens", 100, "input_tokens >= 40000"), ("model_hint", None, "model_hint == opus")],
        "acme": [("tenant", "acme/test", 'tenant != "acme/test"')],
        "odd": [("tenant", "acme/test", 'tenant like "a*b*a"')],
        "seeing": [("capabilities", (), "capabilities contains vision")],
        "idle": [("has_tools", None, "has_tools == false")],
    }
    assert canary == [("groups", (), 'groups contains "early"')]
    assert salted == [("labels", ("standard", "x"), 'not labels contains "standard"')]


def test_what_held() -> None:
    explained = RICH.explain(REQUEST | {"hour": 3.0, "beta": True})
    assert explained.earlier == ()
    assert explained.matched == (Condition("beta", True, "beta"), Condition("hour", 3, "hour in 3..5"))
    assert explained.place == Place("main.route", (2, 1), (2, 9), "About quiet.")
    defaulted = RICH.explain(REQUEST)
    assert defaulted.matched == (Condition("tier", "free", "tier == free"),)


def test_a_rule_that_held_by_another_column_is_not_among_the_earlier() -> None:
    explained = RICH.explain(REQUEST | {"model_hint": "opus", "tenant": "x"})
    assert explained.decision.rule == "large"
    assert [earlier.rule for earlier in explained.earlier] == ["quiet"]
    assert [c.needs for c in explained.matched] == [
        "model_hint == opus",
        'has tenant and tenant != "acme/test"',
    ]


def test_no_rule_explains_them_all() -> None:
    explained = RICH.explain(REQUEST | {"tier": "team"})
    assert explained.decision.fail == Fail(500, None)
    assert [earlier.rule for earlier in explained.earlier][-1] == "rest"
    assert len(explained.earlier) == 9
    assert explained.earlier[-1].unmet == (Condition("tier", "team", "tier == free"),)
    assert (explained.matched, explained.walk, explained.pick, explained.place) == ((), (), None, None)


def test_an_invalid_request_has_met_no_rule() -> None:
    explained = RICH.explain(REQUEST | {"home": "mars"})
    assert explained.decision.invalid is not None
    assert (explained.earlier, explained.matched, explained.place) == ((), (), None)


def test_the_walk_is_a_graph_in_breadth_first_order() -> None:
    explained = RICH.explain(REQUEST | {"session_id": "s-7"})
    first = explained.decision
    assert [step.pool for step in explained.walk] == ["unsticky", "sonnet", "sonnet", "spread"]
    unavailable = ("overloaded", "rate_limited", "server_error", "timeout", "unreachable")
    rest = ("context_overflow", "refused")
    down = Fail(503, "every region is down")
    assert explained.walk[0] == Step(
        "unsticky",
        str(first.upstream),
        "haiku",
        0,
        ((("overloaded",), 1), (unavailable[1:], 2), (rest, None)),
    )
    assert explained.walk[1].next == ((unavailable, down), (rest, None))
    assert explained.walk[1].retry == 1
    assert explained.walk[2].next == ((unavailable, 3), (rest, None))
    assert explained.walk[3].next == (((*unavailable, "refused"), down), (("context_overflow",), None))


def test_each_step_of_the_walk_is_what_after_gives() -> None:
    for hour in range(24):
        request = REQUEST | {"input_tokens": 50_000, "hour": hour, "session_id": f"s{hour}"}
        explained = RICH.explain(request)
        seen = {0: RICH.decide(request)}
        for index, step in enumerate(explained.walk):
            decision = seen[index]
            assert (decision.pool, decision.upstream, decision.model) == (step.pool, step.upstream, step.model)
            for classes, target in step.next:
                for name in classes:
                    after = RICH.after(decision, name)
                    if isinstance(target, int):
                        seen.setdefault(target, after)
                    else:
                        assert after.fail == (Fail(None, name) if target is None else target)


def test_a_walk_is_as_long_as_the_automaton_not_as_its_paths() -> None:
    # 40 pools, each with two ways to the next: 2^40 paths.
    states: list[JSON] = []
    for i in range(40):
        states += [hop(0, timeout=2 * i + 2, overloaded=2 * i + 3), hop(1, timeout=2 * i + 2, overloaded=2 * i + 3)]
    table = load(build([], [("all", {}, 0)], [*states, fail(500), fail(501)], [pool("a", "u/m"), pool("b", "v/m")]))
    assert len(table.explain({}).walk) == 79


def test_a_loop_ends() -> None:
    table = load(build([], [("all", {}, 0)], [hop(0, timeout=0)], [pool("a", "u/m")]))
    assert table.explain({}).walk[0].next[1] == (("timeout",), 0)


def test_the_pick() -> None:
    pick = RICH.explain(REQUEST | {"input_tokens": 50_000, "session_id": "é"}).pick
    assert pick is not None
    decision = RICH.decide(REQUEST | {"input_tokens": 50_000, "session_id": "é"})
    assert (pick.sticky, pick.key, pick.member) == ("session_id", "é", f"{decision.upstream}/{decision.model}")
    assert 0 <= pick.slot < 4099
    assert sum(slots for _, slots in pick.shares) == 4099
    assert [name for name, _ in pick.shares] == ["acme/opus", "east/opus"]
    unsticky = RICH.explain(REQUEST).pick
    assert unsticky is not None
    assert (unsticky.sticky, unsticky.key, unsticky.slot) == (None, "", 0)
    assert RICH.explain(REQUEST | {"tenant": "acme/x"}).pick is None


def test_a_rule_that_can_never_hold() -> None:
    # As a compiler writes a rule whose predicate holds for nothing: without a column.
    table = build([], [("all", {}, 0)], [fail(500)], [])
    table["rules"].insert(0, "never")
    table["columns"] = [[1, 0]]
    table["source"]["rules"] *= 2
    explained = load(seal(table)).explain({})
    assert [(earlier.rule, earlier.unmet) for earlier in explained.earlier] == [("never", ())]


INT: JSON = {"lo": 0, "hi": 100}
ENUM: JSON = {"values": ["a", "b", "c", "d", "not", "e-1", "f g"]}
SMALL: JSON = {"values": ["a", "b", "c"]}


@pytest.mark.parametrize(
    ("kind", "more", "asked", "needs"),
    [
        ("bool", {}, ("in", (True,)), "x"),
        ("bool", {}, ("in", (False,)), "not x"),
        ("bool", {"optional": True}, ("in", (True,)), "x"),
        ("bool", {"optional": True}, ("in", (False,)), "x == false"),
        ("bool", {"optional": True}, ("in", (False, None)), "not x"),
        ("bool", {"optional": True}, ("in", (True, None)), "x != false"),
        ("bool", {"optional": True}, ("in", (True, False)), "has x"),
        ("bool", {"optional": True}, ("in", (None,)), "not has x"),
        ("bool", {}, ("in", ()), "false"),
        ("int", INT, ("between", 40, 100), "x >= 40"),
        ("int", INT, ("between", 0, 39), "x < 40"),
        ("int", INT, ("between", 3, 8), "x in 3..9"),
        ("int", INT, ("in", (5,)), "x == 5"),
        ("int", INT, ("in", (0,)), "x == 0"),
        ("int", INT, ("in", (5, 9)), "x == 5 or x == 9"),
        ("int", INT, ("in", (5, 6)), "x in 5..7"),
        ("int", INT, ("not in", (5,)), "x != 5"),
        ("int", INT, ("not in", (5, 6)), "x not in 5..7"),
        ("int", INT | {"optional": True}, ("between", 40, 100), "x >= 40"),
        ("int", INT | {"optional": True}, ("not in", (5, None)), "x < 5 or x >= 6"),
        ("int", INT | {"optional": True}, ("not in", (5,)), "x != 5"),
        ("int", INT | {"optional": True}, ("in", (None, 5)), "not x < 5 and not x >= 6"),
        ("int", INT | {"optional": True}, ("in", (None,)), "not has x"),
        ("int", INT | {"optional": True}, ("not in", (None,)), "has x"),
        ("enum", SMALL, ("in", ("a",)), "x == a"),
        ("enum", SMALL, ("not in", ("a",)), "x in [b, c]"),
        ("enum", ENUM, ("in", ("not", "e-1", "f g")), 'x in ["not", e-1, "f g"]'),
        ("enum", ENUM, ("not in", ("a",)), "x != a"),
        ("enum", ENUM, ("not in", ("a", "b")), "x not in [a, b]"),
        ("enum", SMALL | {"optional": True}, ("in", ("a", "b")), "x in [a, b]"),
        ("enum", SMALL | {"optional": True}, ("not in", ("a",)), "x != a"),
        ("enum", SMALL | {"open": True}, ("not in", ("a",)), "x != a"),
        ("enum", SMALL | {"open": True}, ("in", ("a",)), "x == a"),
        ("enum", SMALL | {"open": True, "optional": True}, ("in", ("a", None)), "not has x or x == a"),
        ("enum", SMALL | {"open": True, "optional": True}, ("not in", ("a", None)), "has x and x != a"),
        ("string", {}, ("in", ("a", "b")), 'x in ["a", "b"]'),
        ("string", {}, ("not in", ('"\\\n\t\x07é*',)), 'x != "\\"\\\\\\n\\t\\u{7}é*"'),
        ("string", {}, ("like", "acme/*"), 'x like "acme/*"'),
        ("string", {}, ("not like", "a*\n"), 'not x like "a*\\n"'),
        ("string", {}, ("sample", None, 500), "sample(x) < 5%"),
        ("string", {}, ("sample", "s", 25), 'sample(x, "s") < 0.25%'),
        ("string", {}, ("not sample", "s", 9_950), 'not sample(x, "s") < 99.5%'),
        ("string", {"optional": True}, ("not in", (None,)), "has x"),
        ("set", {}, ("contains", "not"), 'x contains "not"'),
        ("set", {}, ("not contains", "a"), 'not x contains "a"'),
        ("set", SMALL, ("contains", "a"), "x contains a"),
    ],
)
def test_needs(kind: str, more: JSON, asked: Asked, needs: str) -> None:
    table = load(build([attribute("x", kind, **more)], [("one", {"x": [asked]}, 0)], [fail(500)], []))
    values: list[Any] = [None, True, False, *range(101), "a", "b", "c", "e-1", "a\n", *map(str, range(300)), ["a"]]
    values += ['"\\\n\t\x07é*', "acme/x", [], ["not"]]
    told = set()
    for value in values:
        explained = table.explain({"x": value})
        if explained.decision.invalid is None:
            told |= {c.needs for earlier in explained.earlier for c in earlier.unmet}
            told |= {c.needs for c in explained.matched}
            assert bool(explained.matched) is (explained.decision.rule == "one")
    assert told == {needs}


def test_a_literal_star_in_a_pattern() -> None:
    table = build([attribute("x", "string")], [("one", {"x": [("like", "a*b")]}, 0)], [fail(500)], [])
    table["attributes"][0]["patterns"][0]["pieces"] = ["a*", 'b"']
    assert load(seal(table)).explain({"x": "q"}).earlier[0].unmet[0].needs == 'x like "a\\**b\\""'


def test_several_conditions_on_one_attribute_are_told_one_by_one() -> None:
    explained = RICH.explain(REQUEST | {"tenant": "acme/x"})
    assert [c.needs for c in explained.matched] == ['tenant like "acme/*"', 'tenant != "acme/test"']


def test_columns_that_fail_alike_are_told_once() -> None:
    columns = [("one", {"x": [("in", (1,))], "y": [("in", (i,))]}, 0) for i in range(3)]
    integers = [attribute(name, "int", lo=0, hi=9) for name in "xy"]
    table = load(build(integers, columns, [fail(500)], []))
    assert [c.needs for c in table.explain({"x": 2, "y": 2}).earlier[0].unmet] == ["x == 1"]
    assert [c.needs for c in table.explain({"x": 1, "y": 5}).earlier[0].unmet] == ["y == 0", "y == 1", "y == 2"]


def test_a_column_that_would_have_needed_more_than_another_is_left_out() -> None:
    homes = ["us", "eu", "ap"]
    columns: Columns = [("one", {"home": [("in", (home,))], "n": [("in", (5,))]}, 0) for home in homes]
    given = [attribute("home", "enum", values=homes), attribute("n", "int", lo=0, hi=9)]
    table = load(build(given, columns, [fail(500)], []))
    for home in homes:
        assert [c.needs for c in table.explain({"home": home, "n": 1}).earlier[0].unmet] == ["n == 5"]
    two = load(build(given, columns[1:], [fail(500)], []))
    assert [c.needs for c in two.explain({"home": "us", "n": 5}).earlier[0].unmet] == ["home == eu", "home == ap"]


@pytest.mark.parametrize("more", [{}, {"tier": "team"}, {"home": 1}, {"input_tokens": 50_000}, {"groups": ["early"]}])
def test_the_dict_is_plain_json(more: JSON) -> None:
    explained = RICH.explain(REQUEST | more)
    told = explained.to_dict()
    assert json.loads(json.dumps(told)) == told
    assert told["decision"] == explained.decision.to_dict()
    assert list(told) == ["decision", "earlier", "matched", "walk", "pick", "place"]
