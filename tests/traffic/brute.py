"""What an audit must find, by looking at everything at once and as plainly as it can be said."""

from __future__ import annotations

import itertools
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

from interlock.compiler.reference import Invalid, decide, validate
from interlock.dsl import policy as p


@dataclass(frozen=True)
class Row:
    """One request of some traffic; ``line`` is where it stands in its file."""

    line: int
    values: Mapping[str, object]
    at: str | None = None
    count: int = 1


class Brute(NamedTuple):
    """Requests by rule; by (attribute, slug) how many requests have a fault, and the line of the first; by (attribute,
    slug) the sessions in which something moved, and the lines of the first two turns; how many sessions."""

    met: dict[str | None, int]
    refused: dict[tuple[str | None, str], int]
    values: dict[tuple[str, str], tuple[int, int]]
    moved: dict[tuple[str, str], tuple[int, tuple[int, int]]]
    sessions: int


def brute(policy: p.Policy, rows: Sequence[Row], session: Sequence[str]) -> Brute:
    met: Counter[str | None] = Counter()
    refused: Counter[tuple[str | None, str]] = Counter()
    values: dict[tuple[str, str], tuple[int, int]] = {}
    sessions: dict[tuple[Any, ...], list[tuple[Row, Mapping[str, object]]]] = defaultdict(list)
    for row in rows:
        for name, attribute in policy.attributes.items():
            slug = _fault(attribute, row.values.get(name))
            if slug is not None:
                count, line = values.get((name, slug), (0, row.line))
                values[name, slug] = (count + row.count, line)
        valid = validate(policy, row.values)
        if isinstance(valid, Invalid):
            refused[valid.attribute, valid.reason] += row.count
            continue
        rule = decide(policy, row.values)["rule"]
        assert rule is None or isinstance(rule, str)
        met[rule] += row.count
        key = tuple((type(valid[name]), valid[name]) for name in session)
        if any(valid[name] is not None for name in session):
            sessions[key].append((row, valid))
    kept = [turn for turns in sessions.values() for turn in turns]
    timed = all(row.at is not None for row, _ in kept)
    moved: dict[tuple[str, str], tuple[int, tuple[int, int]]] = {}
    for name, attribute in policy.attributes.items():
        if name not in session and attribute.stability != "per turn":
            found = _moves(name, attribute.stability == "rising", list(sessions.values()), timed)
            if found is not None:
                slug = "not-rising" if attribute.stability == "rising" else "not-per-session"
                moved[name, slug] = found
    return Brute(dict(met), dict(refused), values, moved, len(sessions))


def _moves(
    name: str, rising: bool, sessions: list[list[tuple[Row, Mapping[str, Any]]]], timed: bool
) -> tuple[int, tuple[int, int]] | None:
    pairs: list[tuple[Row, Row, int]] = []
    for number, turns in enumerate(sessions):
        ordered = sorted(turns, key=lambda turn: (turn[0].at or "" if timed else "", turn[0].line))
        for (one, before), (other, after) in itertools.pairwise(ordered):
            if after[name] < before[name] if rising else after[name] != before[name]:
                pairs.append((one, other, number))
    if not pairs:
        return None
    first = min(pairs, key=lambda pair: pair[1].line)
    return len({number for *_, number in pairs}), (first[0].line, first[1].line)


def _fault(attribute: p.Attribute, value: object) -> str | None:
    """What is wrong with one value, from the language reference."""
    type_ = attribute.type
    if value is None:
        fine = attribute.optional or attribute.default is not None or isinstance(type_, p.SetType)
        return None if fine else "missing"
    match type_:
        case p.BoolType():
            return None if isinstance(value, bool) else "wrong-type"
        case p.IntType(lo=lo, hi=hi):
            if isinstance(value, bool) or not isinstance(value, int | float) or value != value // 1:
                return "wrong-type"
            return None if lo <= value <= hi else "out-of-range"
        case p.SetType(element=element):
            if not isinstance(value, list) or not all(_is_text(item) for item in value):
                return "wrong-type"
            return "unknown-value" if any(_unknown(element, item) for item in value) else None
    if not _is_text(value):
        return "wrong-type"
    return "unknown-value" if _unknown(type_, value) else None


def _unknown(type_: p.Type, value: object) -> bool:
    return isinstance(type_, p.EnumType) and not type_.open and value not in type_.values


def _is_text(value: object) -> bool:
    return isinstance(value, str) and not any("\ud800" <= char <= "\udfff" for char in value)
