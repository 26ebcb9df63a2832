"""Requests as rows of typed columns, and what the runtime says of them, in the columns that a statement adds."""

from __future__ import annotations

import random
from collections.abc import Sequence

from interlock.compiler.targets.sql.statement import OUTPUTS
from interlock.dsl import policy as p
from interlock.runtime import Decision
from tests.oracle.requests import all_requests, random_request

Row = dict[str, object]

EDGES = ("", "\0", "a\0b", "\U0010ffff", "🚀", "e\u0301", "é", "'", '"', "\\", "%", "_", "!", "${a}", "\n", "a" * 999)
"""Strings that something on the way might take for something else."""


def as_row(policy: p.Policy, request: object) -> Row | None:
    """The request as a row, or None where its columns cannot hold it: a value of another type, a lone surrogate."""
    if type(request) is not dict:
        return None
    row: Row = {}
    for attribute in policy.attributes.values():
        value = request.get(attribute.name)
        held = None if value is None else _held(attribute.type, value)
        if value is not None and held is None:
            return None
        row[attribute.name] = held
    return row


def _held(type_: p.Type, value: object) -> object:
    match type_:
        case p.BoolType():
            return value if type(value) is bool else None
        case p.IntType():
            if type(value) is float and value.is_integer():
                value = int(value)
            return value if type(value) is int and -(2**63) <= value < 2**63 else None
        case p.SetType():
            if type(value) is not list:
                return None
            return value if all(item is None or _is_text(item) for item in value) else None
        case _:
            return value if _is_text(value) else None


def _is_text(value: object) -> bool:
    return type(value) is str and not any("\ud800" <= character <= "\udfff" for character in value)


def rows_for(policy: p.Policy, seed: int, count: int) -> list[Row]:
    """Rows of every class and rows at random, valid ones and such as are not, no two alike."""
    rng = random.Random(seed)
    requests = all_requests(policy, cap=count, seed=seed)
    requests += [random_request(policy, rng) for _ in range(count // 4)]
    rows = [as_row(policy, request) for request in requests]
    valid = [row for row in rows if row is not None]
    for _ in range(count // 2):
        row = dict(rng.choice(valid))
        for attribute in rng.sample(sorted(row), min(len(row), rng.choice((1, 1, 2)))):
            row[attribute] = _odd(policy.attributes[attribute].type, rng)
        valid.append(row)
    return list({repr(row): row for row in valid}.values())


def _odd(type_: p.Type, rng: random.Random) -> object:
    if rng.random() < 0.3:
        return None
    match type_:
        case p.BoolType():
            return rng.random() < 0.5
        case p.IntType(lo=lo, hi=hi):
            return rng.choice([lo - 1, lo, hi, hi + 1, 2**63 - 1, -(2**63), rng.randint(lo, hi)])
        case p.SetType(element=element):
            items = [
                *(element.values if isinstance(element, p.EnumType) else ("p", "x y")),
                "P",
                None,
                rng.choice(EDGES),
            ]
            return rng.choices(items, k=rng.randrange(4))
        case p.EnumType(values=values):
            return rng.choice([*values, values[0].upper(), f"{values[0]} ", *EDGES])
        case _:
            return rng.choice(EDGES) + rng.choice(("", "a", "é", rng.choice(EDGES)))


def expected(decision: Decision) -> tuple[object, ...]:
    """A decision of the runtime as the columns ``OUTPUTS``."""
    found: dict[str, object] = dict(decision.to_dict())
    for name in ("fail", "invalid"):
        inner = found[name]
        if isinstance(inner, dict):
            found.update({f"{name}_{part}": value for part, value in inner.items()})
    return tuple(found.get(name) for name in OUTPUTS)


def numbered(policy: p.Policy, rows: Sequence[Row]) -> list[tuple[object, ...]]:
    """The values of rows, in the order of the attributes, each with a number by which its answer is found again."""
    return [(*(row[name] for name in policy.attributes), number) for number, row in enumerate(rows)]
