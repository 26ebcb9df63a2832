"""The row of a value, plainly: what the fast path must agree with, and what explanations are read from."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence

from .decision import Invalid
from .hashing import text_hash
from .record import record
from .spec import (
    Attribute,
    BoolAttribute,
    Element,
    EnumAttribute,
    IntAttribute,
    Pattern,
    Row,
    Sample,
    SetAttribute,
    Spec,
    StringAttribute,
)
from .validate import Value, validate


def first_column(spec: Spec, request: object) -> tuple[list[Value], int | None] | Invalid:
    """The value of each attribute and the first column whose conditions all hold, or why the request is
    invalid. Never raises."""
    values = validate(spec.attributes, request)
    if isinstance(values, Invalid):
        return values
    row = (1 << len(spec.columns)) - 1
    for attribute, value in zip(spec.attributes, values, strict=True):
        row &= row_of(attribute, value)
    return values, (row & -row).bit_length() - 1 if row else None


def row_of(attribute: Attribute, value: Value) -> Row:
    """The columns whose conditions on ``attribute`` hold for ``value``, a legal value of it."""
    row = base_row(attribute, value)
    if isinstance(attribute, StringAttribute):
        for pattern in attribute.patterns:
            row &= pattern.holds if is_like(value, pattern.pieces) else pattern.fails
        for sample in attribute.samples:
            row &= sample.holds if is_sampled(value, sample) else sample.fails
    return row


def base_row(attribute: Attribute, value: Value) -> Row:
    """``row_of`` less the patterns and samples of a string."""
    if isinstance(attribute, SetAttribute):
        assert isinstance(value, frozenset)
        row = -1
        for element in attribute.elements:
            row &= element.holds if element.value in value else element.fails
        return row
    if value is None:
        assert attribute.absent is not None
        return attribute.absent
    if isinstance(attribute, BoolAttribute):
        return attribute.true if value else attribute.false
    if isinstance(attribute, IntAttribute):
        assert isinstance(value, int)
        return attribute.rows[bisect_right(attribute.cuts, value)]
    listed = attribute.values if isinstance(attribute, EnumAttribute) else attribute.literals
    if value in listed:
        return attribute.rows[listed.index(str(value))]
    assert attribute.other is not None
    return attribute.other


@record
class Seen:
    """What a legal value is to the table: the row of its class, patterns and samples apart (of a set: all columns), and
    whether each of the pairs of its attribute holds."""

    base: Row
    holds: tuple[bool, ...]


def pairs_of(attribute: Attribute) -> Sequence[Pattern | Sample | Element]:
    """What holds or fails of a value besides its class, in the order of its conditions."""
    if isinstance(attribute, StringAttribute):
        return (*attribute.patterns, *attribute.samples)
    return attribute.elements if isinstance(attribute, SetAttribute) else ()


def seen(attribute: Attribute, value: Value) -> Seen:
    """What ``value``, a legal value of ``attribute``, is to the table."""
    if isinstance(attribute, SetAttribute):
        assert isinstance(value, frozenset)
        return Seen(-1, tuple(element.value in value for element in attribute.elements))
    holds: tuple[bool, ...] = ()
    if isinstance(attribute, StringAttribute):
        likes = (is_like(value, pattern.pieces) for pattern in attribute.patterns)
        holds = (*likes, *(is_sampled(value, sample) for sample in attribute.samples))
    return Seen(base_row(attribute, value), holds)


def row_seen(attribute: Attribute, seen: Seen) -> Row:
    """The columns whose conditions on ``attribute`` hold."""
    row = seen.base
    for pair, holds in zip(pairs_of(attribute), seen.holds, strict=True):
        row &= pair.holds if holds else pair.fails
    return row


def is_like(value: Value, pieces: Sequence[str]) -> bool:
    """Whether ``value`` is a string of the form pieces[0], any run, pieces[1], any run, … pieces[-1]."""
    first, last = pieces[0], pieces[-1]
    if not isinstance(value, str) or len(value) < len(first) + len(last):
        return False
    if not (value.startswith(first) and value.endswith(last)):
        return False
    at, end = len(first), len(value) - len(last)
    for piece in pieces[1:-1]:
        # The leftmost occurrence leaves the most for the pieces after it.
        at = value.find(piece, at, end)
        if at < 0:
            return False
        at += len(piece)
    return True


def is_sampled(value: Value, sample: Sample) -> bool:
    return isinstance(value, str) and text_hash(value, sample.seed) % 10_000 < sample.below
