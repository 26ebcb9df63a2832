"""Explaining from a record: what it says of each attribute is all that the table ever asked of the request's value."""

from __future__ import annotations

import json
from collections.abc import Iterator
from functools import cache
from typing import Any

from .classify import Seen, pairs_of, seen
from .decision import ERROR_CLASSES, Decision, Invalid
from .explain import Judged, explain_invalid, explain_judged, judge
from .explanation import Explanation, Holding, Other, Pick
from .needs import pair_text
from .record import changed
from .recording import RECORD, Record, class_of
from .spec import SLOTS, Attribute, BoolAttribute, EnumAttribute, IntAttribute, SetAttribute, Spec, StringAttribute
from .validate import key_of
from .walk import Walks, slot

_REASONS = ("missing", "wrong_type", "out_of_range", "unknown_value", "not_an_object")


class RecordError(ValueError):
    """A record that cannot be explained; the message says what is wrong with it, and where.

    ``reason`` is ``version`` if it is of another table, else ``record``: it is none, or not what a table of this
    version records."""

    def __init__(self, message: str, reason: str = "record") -> None:
        super().__init__(message)
        self.reason = reason


def explain_record(spec: Spec, walks: Walks, given: object, with_earlier: bool = True) -> Explanation:
    """The explanation that the request of a record had. Raises ``RecordError``."""
    told = given.to_dict() if isinstance(given, Record) else given
    if type(told) is not dict:
        raise RecordError("the record must be a JSON object")
    form = _field(told, "record")
    if type(form) is not int or form != RECORD:
        raise RecordError(f"record: is {_shown(form)}; the only form known is {RECORD}")
    for name, mine in (("policy", spec.policy), ("version", spec.version)):
        if (wanted := _text(told, name)) != mine:
            raise RecordError(f"{name}: the record is of {_shown(wanted)}, the table of {_shown(mine)}", "version")
    after = _after(_field(told, "after"))
    attributes, slots, invalid = (_field(told, name) for name in ("attributes", "slots", "invalid"))
    if attributes is None:
        if slots is not None:
            raise RecordError("slots: must be null where `attributes` is")
        explanation = explain_invalid(spec, walks, _invalid(spec, invalid))
    else:
        attributes = _members(attributes, "attributes", [attribute.name for attribute in spec.attributes])
        sticky = sorted({p.sticky for p in spec.pools if p.maglev is not None and p.sticky is not None})
        slots = _members(slots, "slots", sticky)
        keys: dict[str, str] = {}
        unknown: set[str] = set()
        judged = []
        for attribute in spec.attributes:
            name = attribute.name
            judged.append(_judged(attribute, attributes[name], f"attributes.{name}"))
            if name in slots:
                keys[name] = _key(judged[-1], slots[name], f"slots.{name}")
                if isinstance(judged[-1].value, Other):
                    unknown.add(name)
        explanation = explain_judged(spec, walks, judged, tuple(keys[name] for name in walks.sticky), with_earlier)
        pick = explanation.pick
        if pick is not None and pick.sticky in unknown:
            explanation = changed(explanation, pick=_without_key(pick))
    decision = explanation.decision
    for error_class in after:
        decision = walks.after(decision, error_class)
    _compare(decision, told)
    return explanation


def _compare(decision: Decision, told: dict[str, Any]) -> None:
    for name, value in decision.to_dict().items():
        if _written(_field(told, name)) != _written(value):
            raise RecordError(
                f"{name}: is {_shown(told[name])}, but by its attributes and errors the table gives {_shown(value)}"
            )


def _judged(attribute: Attribute, value: Any, where: str) -> Judged:
    """What a record says of an attribute."""
    if isinstance(attribute, SetAttribute):
        held = set(_indices(value, where, len(attribute.elements)))
        named = [element.value for element in attribute.elements]
        holding = Holding(tuple(text for i, text in enumerate(named) if i in held))
        return judge(attribute, holding, Seen(-1, tuple(i in held for i in range(len(named)))))
    if value is None:
        if attribute.absent is None:
            raise RecordError(f"{where}: must not be null, as the attribute cannot be absent")
        return _known(attribute, None)
    if isinstance(attribute, BoolAttribute):
        if type(value) is not bool:
            raise RecordError(f"{where}: must be true or false, not {_shown(value)}")
        return _known(attribute, value)
    if isinstance(attribute, IntAttribute):
        if type(value) is not int or not attribute.lo <= value <= attribute.hi:
            raise RecordError(f"{where}: must be an integer in {attribute.lo}..={attribute.hi}, not {_shown(value)}")
        return _known(attribute, value)
    if isinstance(attribute, EnumAttribute):
        if type(value) is str and value in attribute.values:
            return _known(attribute, value)
        if value is False and attribute.other is not None:
            return judge(attribute, Other(()), Seen(attribute.other, ()))
        last = ", or false" if attribute.other is not None else ""
        raise RecordError(f"{where}: must be one of {', '.join(attribute.values)}{last}, not {_shown(value)}")
    return _judged_text(attribute, value, where)


def _judged_text(attribute: StringAttribute, value: Any, where: str) -> Judged:
    value = _members(value, where, ["literal", "like", "sample"])
    likes = set(_indices(value["like"], f"{where}.like", len(attribute.patterns)))
    samples = set(_indices(value["sample"], f"{where}.sample", len(attribute.samples)))
    literal = value["literal"]
    if literal is not None:
        text = attribute.literals[_index(literal, f"{where}.literal", len(attribute.literals))]
        if _written(class_of(attribute, text)) != _written(value):
            raise RecordError(f"{where}: is not how {_shown(text)}, the literal, is recorded")
        return _known(attribute, text)
    holds = (
        *(i in likes for i in range(len(attribute.patterns))),
        *(i in samples for i in range(len(attribute.samples))),
    )
    texts = [pair_text(attribute, pair) for pair, is_met in zip(pairs_of(attribute), holds, strict=True) if is_met]
    return judge(attribute, Other(tuple(texts)), Seen(attribute.other, holds))


def _known(attribute: Attribute, value: bool | int | str | None) -> Judged:
    return judge(attribute, value, seen(attribute, value))


def _key(judged: Judged, recorded: Any, where: str) -> str:
    """A key that falls on the recorded slot: the attribute's own where the record holds its value."""
    number = _index(recorded, where, SLOTS)
    value = judged.value
    if isinstance(value, Other):
        return _stand_in(number)
    assert not isinstance(value, Holding | tuple)  # a set is not sticky
    key = key_of(value)
    if slot(key) != number:
        raise RecordError(f"{where}: is {number}, but {_shown(value)} falls on slot {slot(key)}")
    return key


@cache
def _stand_in(number: int) -> str:
    """A text that falls on a slot: it stands for the one that is not known, and picks the same members."""
    tried = 0
    while slot(str(tried)) != number:
        tried += 1
    return str(tried)


def _without_key(pick: Pick) -> Pick:
    return changed(pick, key=None)


# ── the parts of a record ────────────────────────────────────────────────────────────────────────────


def _field(told: dict[str, Any], name: str) -> Any:
    if name not in told:
        raise RecordError(f"{name}: is missing")
    return told[name]


def _text(told: dict[str, Any], name: str) -> str:
    value = _field(told, name)
    if type(value) is not str:
        raise RecordError(f"{name}: must be a string, not {_shown(value)}")
    return value


def _members(value: Any, where: str, names: list[str]) -> dict[str, Any]:
    """``value``, an object of just these members."""
    if type(value) is not dict:
        raise RecordError(f"{where}: must be an object, not {_shown(value)}")
    for name in names:
        if name not in value:
            raise RecordError(f"{where}.{name}: is missing")
    for name in value:
        if name not in names:
            raise RecordError(f"{where}.{name[:80]}: the table has none of that name")
    return value


def _after(value: Any) -> list[str]:
    if type(value) is not list:
        raise RecordError(f"after: must be a list, not {_shown(value)}")
    for i, name in enumerate(value):
        if name not in ERROR_CLASSES:
            raise RecordError(f"after[{i}]: {_shown(name)} is no error class; these are: {', '.join(ERROR_CLASSES)}")
    return value


def _invalid(spec: Spec, value: Any) -> Invalid:
    if value is None:
        raise RecordError("attributes: are null, which only those of an invalid request are, and `invalid` is null too")
    told = _members(value, "invalid", ["attribute", "reason", "message"])
    reason, message, attribute = told["reason"], told["message"], told["attribute"]
    if reason not in _REASONS:
        raise RecordError(f"invalid.reason: must be one of {', '.join(_REASONS)}, not {_shown(reason)}")
    if type(message) is not str:
        raise RecordError(f"invalid.message: must be a string, not {_shown(message)}")
    names = [None] if reason == "not_an_object" else [one.name for one in spec.attributes]
    if attribute not in names:
        raise RecordError(f"invalid.attribute: {_shown(attribute)} is no attribute of the table")
    return Invalid(attribute, reason, message)


def _index(value: Any, where: str, size: int) -> int:
    if type(value) is not int or not 0 <= value < size:
        raise RecordError(f"{where}: must be an index in 0..{size}, not {_shown(value)}")
    return value


def _indices(value: Any, where: str, size: int) -> Iterator[int]:
    if type(value) is not list:
        raise RecordError(f"{where}: must be a list, not {_shown(value)}")
    last = -1
    for i, one in enumerate(value):
        if _index(one, f"{where}[{i}]", size) <= last:
            raise RecordError(f"{where}[{i}]: indices must rise")
        last = one
        yield one


def _shown(value: object) -> str:
    """The beginning of a value's canonical JSON, for a message."""
    text = _written(value)
    return text if len(text) <= 200 else f"{text[:200]}…"


def _written(value: object) -> str:
    """A value's canonical JSON, for what is JSON and not nested too deeply."""
    try:
        return json.dumps(value, sort_keys=True, separators=(",", ":"))
    except (RecursionError, TypeError, ValueError):
        return f"a {type(value).__name__}"
