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
    # The attributes whose class is that of every value that the policy does not declare: their false is no bool.
    _undeclared: frozenset[str] = frozenset()

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

    def span_attributes(self) -> dict[str, str | int | bool | list[str]]:
        """The OpenTelemetry attributes of a hop's span, or, of a fail, those that go onto the request's span
        (docs/record.md). The module ``otel`` beside this one makes the spans themselves."""
        decision, fail, invalid = self.decision, self.decision.fail, self.decision.invalid
        told: dict[str, str | int | bool | list[str] | None] = {
            "interlock.policy": decision.policy,
            "interlock.policy.version": decision.version,
            "interlock.rule": decision.rule,
            "interlock.pool": decision.pool,
            "interlock.upstream": decision.upstream,
            "interlock.account": decision.account,
            "gen_ai.provider.name": decision.provider,
            "gen_ai.request.model": decision.model,
            "cloud.region": decision.region,
            "interlock.hop": decision.hop,
            "interlock.after": list(self.after) or None,
            "interlock.fail.status": fail.status if fail else None,
            "interlock.fail.message": fail.message if fail else None,
            "interlock.invalid.attribute": invalid.attribute if invalid else None,
            "interlock.invalid.reason": invalid.reason if invalid else None,
        }
        for name, value in (self.attributes or {}).items():
            if isinstance(value, bool | int | str) and name not in self._undeclared:
                told[f"interlock.attribute.{name}"] = value
        told["interlock.record"] = self.to_json()
        return {name: value for name, value in told.items() if value is not None}


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
        frozenset(a.name for a in spec.attributes if isinstance(a, EnumAttribute) and by_name[a.name] not in a.values),
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
