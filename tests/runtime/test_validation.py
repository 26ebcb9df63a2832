"""Which requests are valid, what is said of the others, and which fault comes first."""

from __future__ import annotations

from typing import Any

import pytest

from interlock.runtime import Decision, Invalid, load

from .rich import REQUEST, RICH
from .tables import attribute, build, fail, hop, pool

NAN, INF = float("nan"), float("inf")


def invalid(**more: Any) -> Invalid | None:
    return RICH.decide(REQUEST | more).invalid


def fault(**more: Any) -> tuple[str | None, str] | None:
    found = invalid(**more)
    return None if found is None else (found.attribute, found.reason)


@pytest.mark.parametrize("request_", [None, 1, "x", [], [("home", "us_east")], object(), {1}.copy, b"{}"])
def test_what_is_no_object(request_: object) -> None:
    found = RICH.decide(request_)
    assert found.invalid == Invalid(None, "not_an_object", "the request is not a JSON object")
    assert (found.rule, found.pool, found.hop) == (None, None, 0)
    assert found.fail is not None
    assert found.fail.status == 400


def test_the_first_fault_in_name_order_decides() -> None:
    bad = {"home": 1, "hour": 99, "input_tokens": None, "balance": "x"}
    order = ["balance", "home", "hour", "input_tokens"]
    reasons = ["wrong_type", "wrong_type", "out_of_range", "missing"]
    for name, reason in zip(order, reasons, strict=True):
        assert fault(**bad) == (name, reason)
        bad[name] = REQUEST.get(name)
    assert fault(**bad) is None


def test_a_fault_is_found_though_no_rule_is_left() -> None:
    # `tier` is legal and no rule is for teams; `session_id` comes before it, `home` after no column is left.
    assert RICH.decide(REQUEST | {"tier": "team"}).invalid is None
    assert fault(tier="team", session_id=1) == ("session_id", "wrong_type")


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (True, None),
        (False, None),
        (None, None),
        (1, "wrong_type"),
        (0.0, "wrong_type"),
        ("true", "wrong_type"),
        ([], "wrong_type"),
    ],
)
def test_bools(value: object, expected: str | None) -> None:
    assert fault(has_tools=value) == (expected and ("has_tools", expected))


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (0, None),
        (23, None),
        (5.0, None),
        (-0.0, None),
        (24, "out_of_range"),
        (-1, "out_of_range"),
        (10**400, "out_of_range"),
        (-(10**400), "out_of_range"),
        (1e300, "out_of_range"),
        (5.5, "wrong_type"),
        (NAN, "wrong_type"),
        (INF, "wrong_type"),
        (-INF, "wrong_type"),
        (True, "wrong_type"),
        (False, "wrong_type"),
        ("5", "wrong_type"),
        ([5], "wrong_type"),
        (5j, "wrong_type"),
        (None, "missing"),
    ],
)
@pytest.mark.parametrize("name", ["hour", "input_tokens"])
def test_ints_by_lookup_and_by_search(name: str, value: object, expected: str | None) -> None:
    if name == "input_tokens" and value == 24:
        value = 1_000_001
    assert fault(**{name: value}) == (expected and (name, expected))


@pytest.mark.parametrize(
    ("value", "legal"),
    [(2**53 - 1, True), (2**53, False), (float(2**53 - 1), True), (float(2**53), False), (-(2**53), False)],
)
def test_the_ends_of_the_integers(value: float, legal: bool) -> None:
    assert fault(balance=value) == (None if legal else ("balance", "out_of_range"))
    assert fault(balance=-value) == (None if legal else ("balance", "out_of_range"))


@pytest.mark.parametrize(
    ("name", "value", "expected"),
    [
        ("home", "us_west", None),
        ("home", "mars", "unknown_value"),
        ("home", "", "unknown_value"),
        ("home", "US_EAST", "unknown_value"),
        ("home", 0, "wrong_type"),
        ("home", "\ud800", "wrong_type"),
        ("home", None, "missing"),
        ("model_hint", "opus", None),
        ("model_hint", "gpt", None),
        ("model_hint", None, None),
        ("model_hint", "\udfff", "wrong_type"),
        ("model_hint", {"a": 1}, "wrong_type"),
        ("session_id", "", None),
        ("session_id", "\U0001f680\x00", None),
        ("session_id", "\ud83d\ude80", "wrong_type"),
        ("session_id", b"s", "wrong_type"),
        ("session_id", None, "missing"),
        ("tenant", None, None),
        ("tenant", 1.5, "wrong_type"),
    ],
)
def test_enums_and_strings(name: str, value: object, expected: str | None) -> None:
    assert fault(**{name: value}) == (expected and (name, expected))


@pytest.mark.parametrize(
    ("name", "value", "expected"),
    [
        ("groups", None, None),
        ("groups", [], None),
        ("groups", ["a", "a", ""], None),
        ("groups", ["a", None], "wrong_type"),
        ("groups", ["a", ["b"]], "wrong_type"),
        ("groups", ["\ud800"], "wrong_type"),
        ("groups", ("a",), "wrong_type"),
        ("groups", {"a"}, "wrong_type"),
        ("groups", "a", "wrong_type"),
        ("capabilities", ["tools", "vision"], None),
        ("capabilities", ["tools", "flight"], "unknown_value"),
        ("capabilities", ["flight", 1], "wrong_type"),  # every type is looked at before any value
        ("capabilities", ["flight", "\ud800"], "wrong_type"),
    ],
)
def test_sets(name: str, value: object, expected: str | None) -> None:
    assert fault(**{name: value}) == (expected and (name, expected))


@pytest.mark.parametrize(
    ("name", "value", "message"),
    [
        ("home", None, "`home` is missing"),
        ("has_tools", 1, "`has_tools` must be a bool"),
        ("hour", "x", "`hour` must be an integer"),
        ("home", 1, "`home` must be a string"),
        ("tenant", 1, "`tenant` must be a string"),
        ("groups", 1, "`groups` must be a list of strings"),
        ("hour", 24, "`hour` must lie in 0..=23"),
        ("home", "x", "`home` must be one of us_east, us_west, eu_central"),
        ("capabilities", ["x"], "`capabilities` may hold only tools, vision, web-search"),
    ],
)
def test_messages(name: str, value: object, message: str) -> None:
    found = invalid(**{name: value})
    assert found is not None
    assert found.message == message


@pytest.mark.parametrize("value", [None, 1, "nobody", "\ud800", [], NAN])
def test_a_default_stands_in_for_anything_illegal(value: object) -> None:
    assert RICH.decide(REQUEST | {"tier": value}) == RICH.decide(REQUEST | {"tier": "free"})
    assert RICH.decide(REQUEST | {"user": value}).invalid is None
    assert RICH.decide(REQUEST | {"window": value, "has_tools": False}).rule == "rest"


def test_the_default_of_a_set_stands_in_for_a_missing_one_but_not_for_an_empty_one() -> None:
    sampled = next(u for u in map(str, range(99)) if _rule(user=u, labels=[]) == "salted")
    assert _rule(user=sampled) == "rest"
    assert _rule(user=sampled, labels=None) == "rest"
    assert _rule(user=sampled, labels=[1]) == "rest"
    assert _rule(user=sampled, labels=["x"]) == "salted"


def _rule(**more: object) -> str | None:
    return RICH.decide(REQUEST | more).rule


def test_undeclared_members_are_ignored() -> None:
    assert RICH.decide(REQUEST | {"temperature": NAN, "": object()}) == RICH.decide(REQUEST)


def test_an_invalid_request_may_go_to_a_pool_with_empty_keys() -> None:
    table = load(
        build(
            [attribute("key", "string")],
            [("all", {}, 1)],
            [hop(0, unavailable=1), fail(500)],
            [pool("several", "east/m", "west/m", sticky="key")],
            invalid=0,
        )
    )
    found = table.decide({"key": 5})
    assert (found.rule, found.pool, found.fail) == (None, "several", None)
    assert found.invalid == Invalid("key", "wrong_type", "`key` must be a string")
    explained = table.explain({"key": 5})
    assert explained.pick is not None
    assert explained.pick.key == ""
    ended = table.after(found, "timeout")
    assert (ended.invalid, ended.hop, ended.fail is not None) == (found.invalid, 0, True)


def test_a_request_that_meets_no_rule() -> None:
    found = RICH.decide(REQUEST | {"tier": "team"})
    assert isinstance(found, Decision)
    assert found.to_dict() == {
        "policy": "rich",
        "version": RICH.version,
        **dict.fromkeys(["rule", "pool", "upstream", "provider", "account", "region", "model"]),
        "hop": 0,
        "fail": {"status": 500, "message": None},
        "invalid": None,
    }
    assert RICH.after(found, "overloaded") is found
