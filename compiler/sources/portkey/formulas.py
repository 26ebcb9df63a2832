"""What conditions ask, as formulas: tests of values, put together, simplified where that is plain to see."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Literal

from interlock.dsl.record import record

Scalar = str | int | float | bool | None
Op = Literal["==", "in", "<", "<=", ">", ">=", "regex"]
Kind = Literal["string", "number", "bool", "null"]


@record
class Key:
    """A value of a request that conditions may ask for: `metadata.plan`, say."""

    section: Literal["metadata", "params", "url"]
    name: str

    @property
    def shown(self) -> str:
        """As conditions write it."""
        return f"{self.section}.{self.name}"


@record
class Test:
    """That the value of a key is one of some, compares so with the one, or matches it. ``kind`` is the type of the
    values, as JavaScript compares: without it, 1 and true would be one test."""

    key: Key
    op: Op
    values: tuple[Scalar, ...]
    kind: Kind


@record
class Share:
    """A share of all requests, drawn anew for each. ``of`` is what is drawn for, ``percent`` as the language has it."""

    of: str
    percent: str


@record
class Not:
    """A negation."""

    part: Formula


@record
class All:
    """That all hold; of none, that it holds always."""

    parts: tuple[Formula, ...]


@record
class Any:
    """That one holds at least; of none, that it never does."""

    parts: tuple[Formula, ...]


Formula = Test | Share | Not | All | Any

TRUE = All(())
FALSE = Any(())


def all_of(parts: Iterable[Formula]) -> Formula:
    """That all hold."""
    found: dict[Formula, None] = {}
    for part in parts:
        for each in part.parts if isinstance(part, All) else (part,):
            if each == FALSE or not_(each) in found:
                return FALSE
            found[each] = None
    # A choice of which one part is known to hold says nothing more, and one that is known not to hold is none of it.
    rest = []
    for each in found:
        if isinstance(each, Any):
            if any(part in found for part in each.parts):
                continue
            left = [part for part in each.parts if not_(part) not in found]
            if len(left) < len(each.parts):
                return all_of([*(other for other in found if other != each), any_of(left)])
        rest.append(each)
    return rest[0] if len(rest) == 1 else All(tuple(rest))


def any_of(parts: Iterable[Formula]) -> Formula:
    """That one holds at least."""
    found: dict[Formula, None] = {}
    for part in parts:
        for each in part.parts if isinstance(part, Any) else (part,):
            if each == TRUE or not_(each) in found:
                return TRUE
            found[each] = None
    rest = tuple(found)
    return rest[0] if len(rest) == 1 else Any(rest)


def not_(part: Formula) -> Formula:
    """That it does not hold."""
    if isinstance(part, Not):
        return part.part
    if part == TRUE:
        return FALSE
    if part == FALSE:
        return TRUE
    return Not(part)


def tests_of(formula: Formula) -> Iterator[Test | Share]:
    """All that a formula asks."""
    todo = [formula]
    while todo:
        here = todo.pop()
        if isinstance(here, Test | Share):
            yield here
        elif isinstance(here, Not):
            todo.append(here.part)
        else:
            todo.extend(reversed(here.parts))
