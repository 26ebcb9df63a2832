"""Where Portkey's conditions find the attributes of a policy.

They see `metadata.KEY`, a value of the JSON in the header x-portkey-metadata, `params.KEY`, one of the body, and
`url.pathname`; of a longer key only the first two parts count, and headers not at all (docs/gateways/portkey.md). What
a policy takes from elsewhere has to be sent as metadata, under the attribute's name.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from interlock.compiler.targets.fidelity import Unemittable
from interlock.dsl.policy import And, Attribute, Const, Expr, Not, Or, Policy, ToIndexed
from interlock.dsl.record import record

_INHERITED = frozenset(
    (
        *("constructor", "toString", "valueOf", "toLocaleString", "hasOwnProperty", "isPrototypeOf", "__proto__"),
        *("propertyIsEnumerable", "__defineGetter__", "__defineSetter__", "__lookupGetter__", "__lookupSetter__"),
    )
)
"""Keys that every object of JavaScript has."""


@record
class Place:
    """The key of a condition that stands for an attribute. ``own``: it is where the policy's `from` says; ``asked``:
    some rule asks for it."""

    attribute: Attribute
    key: str
    own: bool
    asked: bool

    @property
    def looked_at(self) -> bool:
        """Whether a request may be refused for it: one that nobody asks for and nobody sends is left alone."""
        return self.own or self.asked


def places_of(policy: Policy) -> Mapping[str, Place]:
    """The places of all attributes, by their names. Raises ``Unemittable``."""
    asked = {name for rule in policy.rules for name in attributes_of(rule.when)}
    asked |= {rule.to.attribute for rule in policy.rules if isinstance(rule.to, ToIndexed)}
    found: dict[str, Place] = {}
    taken: dict[str, str] = {}
    for attribute in policy.attributes.values():
        key = _key(attribute)
        place = Place(attribute, key or f"metadata.{attribute.name}", key is not None, attribute.name in asked)
        found[attribute.name] = place
        if not place.looked_at:
            continue
        if place.key.partition(".")[2] in _INHERITED:
            raise Unemittable(
                f"attribute `{attribute.name}`: `{place.key}` is never absent, as every object of JavaScript has it "
                "(take it from another key)"
            )
        other = taken.setdefault(place.key, attribute.name)
        if other != attribute.name and not (place.own and found[other].own):
            raise Unemittable(
                f"attributes `{other}` and `{attribute.name}` would both be read from `{place.key}`: Portkey's "
                "conditions see no headers, so what comes from one is read from the metadata under the attribute's "
                "name (rename one of them)"
            )
    return found


def attributes_of(expr: Expr) -> Iterator[str]:
    """The attributes that a predicate asks for."""
    match expr:
        case And() | Or():
            for operand in expr.operands:
                yield from attributes_of(operand)
        case Not():
            yield from attributes_of(expr.operand)
        case Const():
            pass
        case _:
            yield expr.attribute


def _key(attribute: Attribute) -> str | None:
    """The key for where the policy says that an attribute is; None where conditions do not see that."""
    match attribute.source:
        case ("metadata", name) if "." not in name:
            return f"metadata.{name}"
        case ("body", pointer) if pointer.count("/") == 1 and pointer.startswith("/") and "." not in pointer:
            return f"params.{pointer[1:].replace('~1', '/').replace('~0', '~')}"
        case ("gateway", "url.pathname"):
            return "url.pathname"
    return None
