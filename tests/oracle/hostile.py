"""Requests that no well-meaning client sends: wrong types, lone surrogates, lying objects."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from fractions import Fraction
from types import MappingProxyType
from typing import Any, NoReturn

from hypothesis import strategies as st

from interlock.dsl import policy as p


class Hostile(Exception):
    """What the methods below raise."""


def _raise(*_: object) -> NoReturn:
    raise Hostile


# The methods that a decider might call without thinking (hypothesis shows values by __repr__).
METHODS = """
    __eq__ __ne__ __lt__ __le__ __gt__ __ge__ __len__ __iter__ __contains__ __getitem__ __bool__
    __str__ __hash__ __int__ __index__ __float__ __and__ __mod__ __add__ __format__
    encode startswith endswith find partition
    get items keys values copy is_integer isascii as_integer_ratio
"""
TRAPS = dict.fromkeys(METHODS.split(), _raise)


def _trapped(base: type, **methods: Any) -> Any:
    """A subclass of ``base`` all of whose methods raise, but for ``methods``."""
    inherited = {name: trap for name, trap in TRAPS.items() if hasattr(base, name) or base is object}
    return type(f"Hostile{base.__name__.title()}", (base,), {**inherited, **methods})


HostileStr = _trapped(str, __hash__=str.__hash__)  # a dict must be able to hold it
UnhashableStr = _trapped(str)
HostileInt = _trapped(int)
HostileFloat = _trapped(float)
HostileList = _trapped(list)
HostileDict = _trapped(dict)
HostileObject = _trapped(object)


class Colliding(str):
    """A key that a dict compares with the attribute's name, and that then raises."""

    def __new__(cls, name: str) -> Colliding:
        made = super().__new__(cls, "unlike " + name)
        made.collides = name
        return made

    collides: str

    def __hash__(self) -> int:
        return hash(self.collides)

    def __eq__(self, other: object) -> bool:
        raise Hostile


class TameStr(str):
    """An ordinary subclass, like a member of a StrEnum: as good as a string."""


class LyingClass:
    """Says that it is a string (a dict, an int …); ``isinstance`` believes it."""

    def __init__(self, claimed: type) -> None:
        self.claimed = claimed

    @property
    def __class__(self) -> Any:
        return self.claimed

    @__class__.setter
    def __class__(self, _: object) -> None:
        raise Hostile


class RaisingClass:
    """Raises when ``isinstance`` asks what it is."""

    @property
    def __class__(self) -> Any:
        raise Hostile

    @__class__.setter
    def __class__(self, _: object) -> None:
        raise Hostile


def _nested(depth: int) -> object:
    value: object = []
    for _ in range(depth):
        value = [value]
    return value


def _circular() -> object:
    value: list[object] = []
    value.append(value)
    return value


JUNK: tuple[object, ...] = (
    float("nan"), float("inf"), float("-inf"), -0.0, 1e308, 5e-324, 2.0**53, 0.5,
    10**400, -(10**400), 2**53, -(2**53), 2**63, 1 + 0j, Decimal(1), Fraction(1), b"a", bytearray(b"a"),
    "", "\x00", "\ud800", "a\udfff", "\ud83d\ude80", "\U0010ffff", "a" * 100_000, "e\u0301",
    (), ("a",), {"a"}, frozenset({"a"}), [None], [["a"]], ["a", 1], ["\ud800"], [[]] * 3, {}, {"a": 1},
    range(3), _nested(50_000), _circular(), object(), type, len, NotImplemented, ..., MappingProxyType({}),
    HostileObject(), LyingClass(str), LyingClass(dict), LyingClass(list), LyingClass(int), LyingClass(bool),
    RaisingClass(), UnhashableStr("a"), HostileStr(""), HostileDict(), HostileList(),
    [LyingClass(str)], [RaisingClass()], [UnhashableStr("p")], [HostileStr("p"), "p"],
)  # fmt: skip


def hostile_requests(policy: p.Policy) -> st.SearchStrategy[object]:
    """Requests for ``policy`` of which some part is legal and some part is not; also things that are no
    objects at all."""
    types = {name: attribute.type for name, attribute in policy.attributes.items()}
    full = st.fixed_dictionaries({name: legal_values(type_) for name, type_ in types.items()})
    # Mostly one fault a request, or the first in name order would hide all others.
    fault = st.sampled_from(sorted(types)).flatmap(lambda name: st.tuples(st.just(name), hostile_values(types[name])))
    some: st.SearchStrategy[dict[Any, object]] = st.builds(
        lambda base, faults: {**base, **dict(faults)}, full, st.lists(fault, max_size=2)
    )
    return st.one_of(
        some,
        some,
        st.builds(lambda base, extra: {**extra, **base}, some, sampled(EXTRAS)),
        some.map(lambda base: {TameStr(name): value for name, value in base.items()}),
        some.map(HostileDict),
        st.builds(
            lambda base, name: {Colliding(name): 1, **{k: v for k, v in base.items() if k != name}},
            some,
            st.sampled_from(sorted(types)),
        ),
        sampled(JUNK),
    )


def sampled(things: Sequence[object]) -> st.SearchStrategy[object]:
    """One of ``things``, by its number, since hypothesis hashes what it samples from."""
    return st.integers(0, len(things) - 1).map(things.__getitem__)


# Members that are no attribute's, with keys that no JSON object has.
EXTRAS: tuple[dict[Any, object], ...] = (
    {"undeclared": _nested(10)},
    {1: "a", None: "b", (): "c", "\ud800": "d"},
    {HostileStr("unlike any attribute"): 1},
    {RaisingClass(): 1},
)


def legal_values(type_: p.Type) -> st.SearchStrategy[object]:
    """Legal values of a type, in every shape a client may give them."""
    if isinstance(type_, p.BoolType):
        return st.booleans()
    if isinstance(type_, p.IntType):
        near = st.integers(max(type_.lo, -9), min(type_.hi, 9)) if type_.lo <= 9 else st.just(type_.lo)
        number = near | st.integers(type_.lo, type_.hi)
        return number | near.map(float) | near.map(HostileInt) | near.map(HostileFloat)
    if isinstance(type_, p.SetType):
        return st.lists(legal_values(type_.element), max_size=4).flatmap(
            lambda items: sampled([items, items * 2, HostileList(items)])
        )
    texts = _words(type_)
    return texts | texts.map(HostileStr) | texts.map(UnhashableStr) | texts.map(TameStr)


def hostile_values(type_: p.Type) -> st.SearchStrategy[object]:
    """Values of which most are illegal for a type."""
    near: list[object] = ["\ud800", "a\udfffb", "\ud83d\ude80", HostileStr("\udc00")]
    if isinstance(type_, p.IntType):
        ends: Sequence[int] = (type_.lo - 1, type_.lo, type_.hi, type_.hi + 1)
        near = [*ends, *map(float, ends), *map(str, ends), *map(HostileInt, ends), True, False]
    elif isinstance(type_, p.BoolType):
        near = [0, 1, "true", 1.0, HostileInt(1)]
    elif isinstance(type_, p.EnumType):
        near += ["unknown", type_.values[0].upper(), [type_.values[0]], HostileStr("unknown")]
    elif isinstance(type_, p.SetType):
        near = [["p", item] for item in (*near, "unknown", 1, None, ["p"])]
        near += ["p", ["unknown", 1], {"p": 1}, ("p",)]
    return st.one_of(
        legal_values(type_),
        st.none(),
        sampled(near),
        sampled(near),
        sampled(JUNK),
        st.text(),
        st.integers(),
    )


def _words(type_: p.StringType | p.EnumType) -> st.SearchStrategy[str]:
    alphabet = st.text(st.sampled_from('ab*é🚀"\\z'), max_size=5)
    if isinstance(type_, p.StringType):
        return alphabet | st.text(max_size=8)
    declared = st.sampled_from(type_.values)
    return declared | alphabet if type_.open else declared
