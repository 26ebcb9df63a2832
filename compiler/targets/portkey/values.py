"""What conditions can ask of one value, put so that Portkey's traps do not matter (docs/gateways/portkey.md, 4).

`$eq`, `$ne`, `$in` and `$nin` compare strictly; `$gt` and the like make numbers of both sides; `$regex` looks at the
value's text, `undefined` or `null` where there is none, and ends its key, so that it stands last. `$and` and `$or` end
a query, so that nothing stands beside them.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from interlock.compiler.targets.portkey.places import Place
from interlock.dsl.policy import BoolType, EnumType, IntType, Scalar

Query = dict[str, Any]
Run = tuple[int, int]

ALWAYS: Query = {}
NEVER: Query = {"$or": []}
_NOTHING = ["undefined", "null"]
"""The texts that a value has which is not there."""
_DIGITS = "-?[0-9]+"


def all_of(parts: Iterable[Query]) -> Query:
    """That all hold."""
    flat: list[Query] = []
    for part in parts:
        if part == NEVER:
            return NEVER
        flat += part.get("$and", [part] if part != ALWAYS else [])
    keys = [key for part in flat for key in part]
    if len(set(keys)) == len(keys) and "$or" not in keys:
        return {key: value for part in flat for key, value in part.items()}
    return flat[0] if len(flat) == 1 else {"$and": flat}


def any_of(parts: Iterable[Query]) -> Query:
    """That one holds at least."""
    flat: list[Query] = []
    for part in parts:
        if part == ALWAYS:
            return ALWAYS
        flat += part.get("$or", [part])
    return flat[0] if len(flat) == 1 else {"$or": flat}


def among(place: Place, values: Sequence[Scalar], holds: bool) -> Query:
    """That the value is one of some, or none of them, as what is missing is."""
    if not values:
        return NEVER if holds else ALWAYS
    if len(values) == 1:
        return {place.key: {"$eq" if holds else "$ne": values[0]}}
    return {place.key: {"$in" if holds else "$nin": list(values)}}


def absent(place: Place) -> Query:
    """That there is no value: its text is that of none, and it is not that text."""
    return {place.key: {"$nin": _NOTHING, "$regex": "^(?:undefined|null)$"}}


def present(place: Place) -> Query:
    """That there is a value."""
    return any_of([{place.key: {"$in": _NOTHING}}, matching(place, "^(?!(?:undefined|null)$)")])


def matching(place: Place, expression: str) -> Query:
    """That the value's text, or that of none, is matched."""
    return {place.key: {"$regex": expression}}


def listed(place: Place) -> tuple[Scalar, ...] | None:
    """All values that an attribute can have; None where they are not told one by one."""
    match place.attribute.type:
        case BoolType():
            return (False, True)
        case EnumType(values=values, open=False):
            return values
    return None


def within(place: Place, runs: Sequence[Run], missing: bool) -> Query:
    """That the number lies in one of some runs within its range, or is ``missing`` if that counts. A default counts
    for whatever is no number in range."""
    attribute, kind = place.attribute, place.attribute.type
    assert isinstance(kind, IntType)
    parts: list[Query] = []
    for lo, hi in runs:
        if attribute.default is not None:
            parts.append({place.key: {"$gte": lo, "$lte": hi, "$regex": f"^{_DIGITS}$"}})
            continue
        # What is out of range met no rule at all, so that a run to the end of the range may be open.
        ends = {"$gte": lo} if lo > kind.lo or hi == kind.hi else {}
        parts.append({place.key: {**ends, **({"$lte": hi} if hi < kind.hi else {})}})
    if attribute.default is not None:
        if any(lo <= attribute.default <= hi for lo, hi in runs):  # type: ignore[operator]
            parts.append(out_of_range(place))
    elif missing and attribute.optional:
        parts.append(absent(place))
    return any_of(parts)


def out_of_range(place: Place) -> Query:
    """That there is a value and it is no number in range, as far as can be seen: a text of digits passes for one. With
    a default, or where it must be there, also that there is none."""
    kind = place.attribute.type
    assert isinstance(kind, IntType)
    ends = [{place.key: {"$lt": kind.lo}}, {place.key: {"$gt": kind.hi}}]
    if not place.attribute.optional:
        return any_of([matching(place, f"^(?!{_DIGITS}$)"), *ends])
    other = matching(place, f"^(?!(?:{_DIGITS}|undefined|null)$)")
    return any_of([{place.key: {"$in": _NOTHING}}, other, *ends])


def runs_of(values: Iterable[int]) -> list[Run]:
    """Whole numbers as the runs that they make."""
    found: list[Run] = []
    for value in sorted(set(values)):
        if found and found[-1][1] == value - 1:
            found[-1] = (found[-1][0], value)
        else:
            found.append((value, value))
    return found


def rest_of(runs: Sequence[Run], kind: IntType) -> list[Run]:
    """The runs of a range between some others, which are in order."""
    found, start = [], kind.lo
    for lo, hi in runs:
        if start < lo:
            found.append((start, lo - 1))
        start = max(start, hi + 1)
    return [*found, (start, kind.hi)] if start <= kind.hi else found
