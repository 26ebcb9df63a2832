"""The record of a decision, for a log: what decided and what the request was to it, without a text of the request's."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence

from .classify import is_like, is_sampled
from .decision import Decision
from .record import record
from .spec import Attribute, EnumAttribute, SetAttribute, Spec, StringAttribute
from .validate import Value, key_of
from .walk import slot

RECORD = 1
"""The version of the form."""


@record
class Record:
    """``decision`` is the one after the errors ``after``. ``attributes`` has each attribute's class or number by name,
    ``slots`` the slot of each attribute that pools are sticky by; both are None for an invalid request. They are in the
    form of docs/record.md, plain JSON, and not to be changed."""

    decision: Decision
    after: tuple[str, ...]
    attributes: Mapping[str, object] | None
    slots: Mapping[str, int] | None

    def to_dict(self) -> dict[str, object]:
        """The record as plain JSON."""
        attributes, slots = self.attributes, self.slots
        return {
            **self.decision.to_dict(),
            "record": RECORD,
            "after": list(self.after),
            "attributes": None if attributes is None else dict(attributes),
            "slots": None if slots is None else dict(slots),
        }

    def to_json(self) -> str:
        """The record as canonical JSON (sorted keys, no spaces): equal records are equal texts."""
        return json.dumps(self.to_dict(), sort_keys=True, ensure_ascii=False, separators=(",", ":"))


def recorded(spec: Spec, decision: Decision, after: Sequence[str], values: Sequence[Value] | None) -> Record:
    """The record of ``decision``, made after the errors ``after``, for a request of these legal values, in the order of
    the attributes; None for an invalid one."""
    if values is None:
        return Record(decision, tuple(after), None, None)
    by_name = {attribute.name: value for attribute, value in zip(spec.attributes, values, strict=True)}
    sticky = {pool.sticky for pool in spec.pools if pool.maglev is not None and pool.sticky is not None}
    return Record(
        decision,
        tuple(after),
        {attribute.name: class_of(attribute, by_name[attribute.name]) for attribute in spec.attributes},
        {name: slot(key_of(by_name[name])) for name in sorted(sticky)},
    )


def class_of(attribute: Attribute, value: Value) -> object:
    """What a record says of a legal value: the policy's own words and numbers."""
    if isinstance(attribute, SetAttribute):
        assert isinstance(value, frozenset)
        return [i for i, element in enumerate(attribute.elements) if element.value in value]
    if value is None:
        return None
    if isinstance(attribute, EnumAttribute):
        return value if value in attribute.values else False
    if isinstance(attribute, StringAttribute):
        return {
            "literal": attribute.literals.index(str(value)) if value in attribute.literals else None,
            "like": [i for i, pattern in enumerate(attribute.patterns) if is_like(value, pattern.pieces)],
            "sample": [i for i, sample in enumerate(attribute.samples) if is_sampled(value, sample)],
        }
    assert not isinstance(value, frozenset)
    return value
