"""What explaining gives: an ``Explanation`` and its parts."""

from __future__ import annotations

from .decision import Decision, Fail
from .record import record
from .spec import Place


@record
class Other:
    """A value that the policy does not name, of which a record holds no more: ``holds`` has the patterns and samples
    that it meets, in the policy language."""

    holds: tuple[str, ...]


@record
class Holding:
    """A set of which a record holds no more than which of the elements that the policy names are in it."""

    elements: tuple[str, ...]


Plain = bool | int | str | tuple[str, ...] | Other | Holding | None


@record
class Condition:
    """A condition on one attribute. ``value`` is the request's (or the default that stands in for it; None:
    absent; a set: its elements, sorted; what a record has of it), ``needs`` the condition in the policy language."""

    attribute: str
    value: Plain
    needs: str


@record
class Earlier:
    """A rule before the deciding one, and a condition that failed for each of its columns: the first of the
    first attribute in name order, each told once. A column that failed in all in which another one did, and
    more, is left out. A rule without columns can never hold."""

    rule: str
    unmet: tuple[Condition, ...]


@record
class Step:
    """A hop of the walk that would follow. ``next`` holds pairs of error classes and where they lead: the
    index of a step, a ``Fail``, or None where the error is returned to the client."""

    pool: str
    upstream: str
    model: str
    retry: int
    next: tuple[tuple[tuple[str, ...], int | Fail | None], ...]


@record
class Pick:
    """How the pool's member was picked: ``key`` is the text of the attribute ``sticky`` (None: the pool has
    none, and the key is empty), ``shares`` each member's number of the 4099 slots. ``key`` is None where it was
    explained from a record, which has only the slot."""

    sticky: str | None
    key: str | None
    slot: int
    member: str
    shares: tuple[tuple[str, int], ...]


@record
class Explanation:
    """``earlier``: the rules that did not decide, all of them if none did; none for an invalid request.
    ``matched``: the conditions that the deciding rule set and the request met. ``walk``: the steps from the
    decision's on, in breadth-first order; none for a fail. ``pick``: None for a pool of one member.
    ``place``: where the deciding rule is written, and its doc comment."""

    decision: Decision
    earlier: tuple[Earlier, ...]
    matched: tuple[Condition, ...]
    walk: tuple[Step, ...]
    pick: Pick | None
    place: Place | None

    def to_dict(self) -> dict[str, object]:
        """The same as plain JSON."""
        pick, place = self.pick, self.place
        return {
            "decision": self.decision.to_dict(),
            "earlier": [
                {"rule": earlier.rule, "unmet": [_condition(c) for c in earlier.unmet]} for earlier in self.earlier
            ],
            "matched": [_condition(c) for c in self.matched],
            "walk": [
                {
                    "pool": step.pool,
                    "upstream": step.upstream,
                    "model": step.model,
                    "retry": step.retry,
                    "next": [{"classes": list(classes), "to": _target(to)} for classes, to in step.next],
                }
                for step in self.walk
            ],
            "pick": pick
            and {
                "sticky": pick.sticky,
                "key": pick.key,
                "slot": pick.slot,
                "member": pick.member,
                "shares": [{"member": member, "slots": slots} for member, slots in pick.shares],
            },
            "place": place
            and {
                "file": place.file,
                "start": list(place.start),
                "end": list(place.end),
                "doc": place.doc,
            },
        }


def _condition(condition: Condition) -> dict[str, object]:
    return {"attribute": condition.attribute, "value": _value(condition.value), "needs": condition.needs}


def _value(value: Plain) -> object:
    if isinstance(value, Other):
        return {"other": True, "holds": list(value.holds)}
    if isinstance(value, Holding):
        return {"holds": list(value.elements)}
    return list(value) if isinstance(value, tuple) else value


def _target(to: int | Fail | None) -> object:
    return {"status": to.status, "message": to.message} if isinstance(to, Fail) else to
