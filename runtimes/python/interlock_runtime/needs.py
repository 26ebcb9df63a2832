"""What a column asks of an attribute, read back from the rows and written in the policy language."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Literal

from .classify import Seen, pairs_of
from .spec import Attribute, BoolAttribute, Element, EnumAttribute, IntAttribute, Pattern, Row, Sample, SetAttribute

NOTHING = "false"  # what a column asks that no value meets

_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*(-[A-Za-z0-9_]+)*").fullmatch
_NAMED = {'"': '\\"', "\\": "\\\\", "\n": "\\n", "\t": "\\t"}
# What cannot be seen, or moves what is around it. A list, not the Unicode tables: all runtimes are to write alike.
_UNSEEN = re.compile(
    '["\\\\\x00-\x1f\x7f-\xa0\xad\u061c\u200b-\u200f\u2028-\u202f\u205f-\u206f\u3000\ufeff\ufff9-\ufffb\U000e0000-\U000e0fff]'
)
_WORDS = ("and", "or", "not", "in", "like", "has", "contains", "sample", "true", "false")


def needs(attribute: Attribute, column: int, seen: Seen) -> list[tuple[str, bool]]:
    """Each condition that the column sets for the attribute, and whether what is seen of a value meets it.
    Empty where the column takes any value."""
    found: list[tuple[str, bool]] = []
    for pair, holds in zip(pairs_of(attribute), seen.holds, strict=True):
        if (asked := _asks(column, pair.holds, pair.fails)) != "either":
            found.append(_pair(pair_text(attribute, pair), asked, holds))
    if not isinstance(attribute, SetAttribute):
        on_value = _on_value(attribute, column)
        if on_value is not None:
            found.append((on_value, _has(seen.base, column)))
    return found


def pair_text(attribute: Attribute, pair: Pattern | Sample | Element) -> str:
    """What holds of a value, in the policy language."""
    name = attribute.name
    if isinstance(pair, Pattern):
        return f"{name} like {_pattern(pair.pieces)}"
    if isinstance(pair, Sample):
        of = name if pair.salt is None else f"{name}, {quoted(pair.salt)}"
        return f"sample({of}) < {_percent(pair.below)}"
    assert isinstance(attribute, SetAttribute)
    return f"{name} contains {_literal(pair.value, attribute.enum)}"


def _has(row: Row | None, column: int) -> bool:
    return row is not None and bool(row >> column & 1)


_Asked = Literal["either", "holds", "fails", "neither"]


def _asks(column: int, if_holds: Row, if_fails: Row) -> _Asked:
    """What a column asks of a condition. Of most there are, nothing: their texts are not needed."""
    if if_holds >> column & 1:
        return "either" if if_fails >> column & 1 else "holds"
    return "fails" if if_fails >> column & 1 else "neither"


def _pair(text: str, asked: _Asked, holds: bool) -> tuple[str, bool]:
    match asked:
        case "holds":
            return text, holds
        case "fails":
            return f"not {text}", not holds
    return NOTHING, False


# ── conditions on the value itself ───────────────────────────────────────────────────────────────────


def _on_value(attribute: Attribute, column: int) -> str | None:
    """The condition on a scalar, patterns and samples apart; None if there is none."""
    assert not isinstance(attribute, SetAttribute)
    name = attribute.name
    if isinstance(attribute, BoolAttribute):
        taken = [_has(attribute.false, column), _has(attribute.true, column)]
    else:
        taken = [_has(row, column) for row in attribute.rows]
        if not isinstance(attribute, IntAttribute) and attribute.other is not None:
            taken.append(_has(attribute.other, column))
    may_be_absent = attribute.absent is not None
    absent = _has(attribute.absent, column)
    if all(taken):
        return f"has {name}" if may_be_absent and not absent else None
    if not any(taken):
        return f"not has {name}" if absent else NOTHING

    if isinstance(attribute, BoolAttribute):
        if may_be_absent and taken[0] != absent:  # then its absence is told from false
            return f"{name} == false" if taken[0] else f"{name} != false"
        return f"not {name}" if taken[0] else name
    if isinstance(attribute, IntAttribute):
        inside = _ranges(attribute, taken, True)
        outside = _ranges(attribute, taken, False)
        yes = " or ".join(_range(attribute, *ends) for ends in inside)
        no = " and ".join(_not_range(attribute, *ends) for ends in outside)
        shorter_no = len(outside) < len(inside)
    else:
        listed = attribute.values if isinstance(attribute, EnumAttribute) else attribute.literals
        bare = isinstance(attribute, EnumAttribute)
        number = sum(taken[: len(listed)])
        shorter_no = len(listed) - number < number - 1
        negated = taken[-1] if attribute.other is not None else absent or (shorter_no and not may_be_absent)
        texts = [_literal(value, bare) for value, is_taken in zip(listed, taken, strict=False) if is_taken != negated]
        if negated:
            no = _one_of(f"{name} !=", f"{name} not in", texts)
            return f"has {name} and {no}" if attribute.other is not None and may_be_absent and not absent else no
        yes = _one_of(f"{name} ==", f"{name} in", texts)
        return f"not has {name} or {yes}" if attribute.other is not None and absent else yes
    # A negation holds for an absent value, the comparison itself does not.
    return no if absent or (shorter_no and not may_be_absent) else yes


def _ranges(attribute: IntAttribute, taken: Sequence[bool], which: bool) -> list[tuple[int, int]]:
    """The runs of neighbouring classes that are taken, or not, as their first and last value."""
    starts = (attribute.lo, *attribute.cuts)
    ends = (*(cut - 1 for cut in attribute.cuts), attribute.hi)
    runs: list[tuple[int, int]] = []
    for start, end, is_taken in zip(starts, ends, taken, strict=True):
        if is_taken != which:
            continue
        if runs and runs[-1][1] == start - 1:
            runs[-1] = (runs[-1][0], end)
        else:
            runs.append((start, end))
    return runs


def _range(attribute: IntAttribute, first: int, last: int) -> str:
    name = attribute.name
    if first == last:
        return f"{name} == {first}"
    if first == attribute.lo:
        return f"{name} < {last + 1}"
    return f"{name} >= {first}" if last == attribute.hi else f"{name} in {first}..{last + 1}"


def _not_range(attribute: IntAttribute, first: int, last: int) -> str:
    name = attribute.name
    if first == last:
        return f"{name} != {first}"
    if attribute.lo in (first, last) or attribute.hi in (first, last):
        return f"not {_range(attribute, first, last)}"
    return f"{name} not in {first}..{last + 1}"


def _one_of(one: str, several: str, texts: Sequence[str]) -> str:
    return f"{one} {texts[0]}" if len(texts) == 1 else f"{several} [{', '.join(texts)}]"


# ── literals ─────────────────────────────────────────────────────────────────────────────────────────


def quoted(text: str) -> str:
    """``text`` as a string of the language."""
    return '"' + _UNSEEN.sub(lambda found: _NAMED.get(found[0], f"\\u{{{ord(found[0]):X}}}"), text) + '"'


def _literal(value: str, bare: bool) -> str:
    """A string, or an enum's value, which may be ``bare`` if it is a name."""
    return value if bare and _NAME(value) and value not in _WORDS else quoted(value)


def _pattern(pieces: Sequence[str]) -> str:
    inner = [quoted(piece)[1:-1].replace("*", "\\*") for piece in pieces]
    return f'"{"*".join(inner)}"'


def _percent(basis_points: int) -> str:
    whole, part = divmod(basis_points, 100)
    return f"{whole}.{part:02}".rstrip("0") + "%" if part else f"{whole}%"
