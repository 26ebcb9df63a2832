"""Sets of requests as boxes: for some variables the classes that are in, for all others every class.

Where a string is searched (string_variables.py) a box may have choices of classes that no string has; what is said of
boxes here holds of requests all the same.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from interlock.compiler.bits import union
from interlock.compiler.dnf import TooMany

Box = dict[int, int]
"""By variable the classes that are in; of a variable not named all are."""

MAX_BOXES = 300
"""Boxes that one set may be cut into, before nobody would read what is said of it."""


def minus(boxes: Sequence[Box], others: Iterable[Box], full: Sequence[int]) -> list[Box]:
    """What is in one of ``boxes`` and in none of the others, as boxes that are disjoint if ``boxes`` are. Raises
    ``TooMany``."""
    left = list(boxes)
    for other in others:
        left = [piece for box in left for piece in _cut(box, other, full)]
        if len(left) > MAX_BOXES:
            raise TooMany
        if not left:
            break
    return left


def _cut(box: Box, other: Box, full: Sequence[int]) -> list[Box]:
    if any(not box.get(v, full[v]) & classes for v, classes in other.items()):
        return [box]
    pieces = []
    rest = dict(box)
    for v, classes in other.items():
        here = rest.get(v, full[v])
        if here & ~classes:
            pieces.append({**rest, v: here & ~classes})
            rest[v] = here & classes
    return pieces


def covering(boxes: Sequence[Box], free: Sequence[Box], full: Sequence[int], order: Sequence[int]) -> list[Box]:
    """As few and as plain boxes as it takes to cover all of ``boxes``, and nothing but them and ``free``: each is as
    large as it can be, and none is in the others. ``order`` has the variables that are better not named first. Raises
    ``TooMany``."""
    allowed = [*boxes, *free]
    found: list[Box] = []
    left = list(boxes)
    while left:
        large = _enlarged(left[0], allowed, full, order)
        found.append(large)
        left = minus(left, [large], full)
    for large in sorted(found, key=len, reverse=True):
        others = [each for each in found if each is not large]
        # What only the free ones have need not be covered.
        if others and not minus(minus([large], others, full), free, full):
            found = others
    return found


def _enlarged(box: Box, allowed: Sequence[Box], full: Sequence[int], order: Sequence[int]) -> Box:
    large = dict(box)
    for v in order:
        if v not in large:
            continue
        wide = {variable: classes for variable, classes in large.items() if variable != v}
        outside = union(piece.get(v, full[v]) for piece in minus([wide], allowed, full))
        classes = full[v] & ~outside
        large = wide if classes == full[v] else {**wide, v: classes}
    return large
