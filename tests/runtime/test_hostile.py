"""Deciding never raises, and runs nothing of the request's own, whatever the request holds."""

from __future__ import annotations

import sys
from collections import OrderedDict, defaultdict
from collections.abc import Callable
from enum import Enum, IntEnum
from types import MappingProxyType
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from interlock.runtime import ERROR_CLASSES, Decision, Explanation

from .rich import ATTRIBUTES, REQUEST, RICH

NAMES = [attribute["name"] for attribute in ATTRIBUTES]


def _hostile(*bases: type) -> type:
    """A class, every method of which raises."""

    def refuse(*_: object, **__: object) -> Any:
        raise RuntimeError("ran a method of the request's")

    members: dict[str, Any] = {}
    for base in bases:
        for name in dir(base):
            if name not in ("__new__", "__init__", "__class__", "__getattribute__", "__init_subclass__"):
                members[name] = refuse
    members["__getattribute__"] = refuse
    members["__class__"] = property(refuse)
    return type("Hostile", bases, members)


HostileStr = _hostile(str)
HostileInt = _hostile(int)
HostileFloat = _hostile(float)
HostileList = _hostile(list)
HostileDict = _hostile(dict)
HostileObject = _hostile(object)


class HostileKey:
    """Falls on the place of a declared name, and raises when compared."""

    def __init__(self, name: str) -> None:
        self.name = name

    def __hash__(self) -> int:
        return hash(self.name)

    def __eq__(self, other: object) -> bool:
        raise RuntimeError("compared")


class HostileName(str):
    __slots__ = ()
    __hash__ = str.__hash__

    def __eq__(self, other: object) -> bool:
        raise RuntimeError("compared")


class Liar:
    """Equal to everything, and says it is a string."""

    __class__ = str  # type: ignore[assignment]

    def __hash__(self) -> int:
        return hash("us_east")

    def __eq__(self, other: object) -> bool:
        return True


class Home(str, Enum):  # noqa: UP042  what people write
    EAST = "us_east"


class Hour(IntEnum):
    NOON = 12


def cyclic() -> list[Any]:
    one: list[Any] = ["a"]
    one.append(one)
    return one


def deep(levels: int = 100_000) -> list[Any]:
    one: list[Any] = []
    for _ in range(levels):
        one = [one]
    return one


EXOTIC: list[Callable[[], object]] = [
    object,
    cyclic,
    deep,
    Liar,
    lambda: float("nan"),
    lambda: float("inf"),
    lambda: 1e300,
    lambda: 10**400,
    lambda: -(2**53),
    lambda: True,
    lambda: b"\xff",
    lambda: bytearray(b"x"),
    lambda: {1, 2},
    lambda: {"a": {}},
    lambda: "\ud800",
    lambda: ["\udfff"],
    lambda: "x" * 1_000_000,
    lambda: ["x"] * 100_000,
    lambda: 5j,
    lambda: type,
    lambda: NotImplemented,
    lambda: ...,
    lambda: HostileObject(),
    lambda: HostileStr("us_east"),
    lambda: HostileStr("\ud800"),
    lambda: HostileInt(12),
    lambda: HostileInt(10**400),
    lambda: HostileFloat(12.0),
    lambda: HostileFloat("nan"),
    lambda: HostileList(),
    lambda: list.__add__([], [HostileStr("tools"), HostileObject()]),
    lambda: HostileDict(),
    lambda: sys.modules,
    lambda: memoryview(b"x"),
    lambda: iter([]),
    lambda: (_ for _ in ()),
]


def survives(request: object) -> Decision:
    """The decision, after walking it and explaining it."""
    decision = RICH.decide(request)
    assert type(decision) is Decision
    assert decision.policy == "rich"
    for error in ERROR_CLASSES:
        assert type(RICH.after(decision, error)) is Decision
    explanation = RICH.explain(request)
    assert type(explanation) is Explanation
    assert explanation.decision == decision
    return decision


@pytest.mark.parametrize("make", EXOTIC, ids=range(len(EXOTIC)))
def test_anything_anywhere(make: Callable[[], object]) -> None:
    survives(make())
    for name in NAMES:
        survives(REQUEST | {name: make()})
    for name in ("groups", "capabilities", "labels"):
        survives(REQUEST | {name: ["tools", make()]})


def test_subclasses_mean_what_they_hold() -> None:
    plain = RICH.decide(REQUEST)
    same: list[object] = [
        REQUEST | {"home": HostileStr("us_east")},
        REQUEST | {"hour": HostileInt(12)},
        REQUEST | {"hour": HostileFloat(12.0)},
        REQUEST | {"groups": HostileList()},
        REQUEST | {"home": Home.EAST, "hour": Hour.NOON},
        HostileDict(REQUEST),
        OrderedDict(REQUEST),
        defaultdict(object, REQUEST),
        {HostileName(name): value for name, value in REQUEST.items()},
    ]
    for request in same:
        assert survives(request) == plain
    vision = list.__add__([], [HostileStr("vision")])
    assert survives(REQUEST | {"capabilities": vision}).rule == "seeing"


def test_a_defaultdict_is_not_filled() -> None:
    request: defaultdict[str, object] = defaultdict(list)
    survives(request)
    assert not request


def test_only_a_dict_is_an_object() -> None:
    found = survives(MappingProxyType(REQUEST)).invalid
    assert found is not None
    assert found.reason == "not_an_object"


def test_names_that_are_no_strings_are_ignored_even_where_they_raise() -> None:
    plain = RICH.decide(REQUEST)
    keys: list[object] = [1, None, (), HostileKey("zz")]
    for key in keys:
        assert survives({**REQUEST, key: 1}) == plain  # type: ignore[misc]
    assert survives({HostileKey(name): 1 for name in NAMES} | {"x": 1}).invalid == RICH.decide({}).invalid
    first: dict[object, object] = {HostileKey("tenant"): 1}
    first.update(REQUEST)
    assert survives(first) == plain


def test_a_liar_is_no_string() -> None:
    found = survives(REQUEST | {"home": Liar()}).invalid
    assert found is not None
    assert (found.attribute, found.reason) == ("home", "wrong_type")


@pytest.mark.parametrize("name", ["session_id", "user", "tenant", "model_hint"])
def test_ten_megabytes(name: str) -> None:
    huge = "é" * 5_000_000
    decision = RICH.decide(REQUEST | {name: huge, "input_tokens": 50_000, "groups": ["early"]})
    assert decision.rule == "large"
    assert RICH.after(decision, "timeout").pool == "sonnet"


class Recipe(int):
    """Stands for one of EXOTIC: what looks at drawn examples would trip over the real thing."""

    __slots__ = ()


def made(recipe: Any) -> Any:
    if type(recipe) is Recipe:
        return EXOTIC[recipe]()
    if type(recipe) is list:
        return [made(part) for part in recipe]
    if type(recipe) is dict:
        return {key: made(part) for key, part in recipe.items()}
    return recipe


SCALARS = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text(st.characters(), max_size=5)
    | st.sampled_from(["us_east", "opus", "free", "acme/x", "vision", 12, 50_000, 2**53, 12.0])
)
ANY = st.recursive(
    SCALARS | st.integers(0, len(EXOTIC) - 1).map(Recipe),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner, max_size=3),
    max_leaves=6,
)
REQUESTS = st.dictionaries(st.sampled_from(NAMES) | st.text(max_size=3), ANY, max_size=6)


@settings(max_examples=150, deadline=None)
@given(REQUESTS | ANY)
def test_anything_else(recipe: object) -> None:
    survives(made(recipe))


@settings(max_examples=150, deadline=None)
@given(st.dictionaries(st.sampled_from(NAMES), ANY, max_size=4))
def test_the_fast_path_says_what_the_plain_one_says(recipe: dict[str, object]) -> None:
    request = REQUEST | made(recipe)
    assert RICH.decide(request) == RICH._decide_plainly(request)
