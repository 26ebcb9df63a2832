"""Why a decision was made, and what would follow: ``Table.explain``."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable

from .classify import first_column, row_of
from .decision import ERROR_CLASSES, Decision, Fail, Invalid
from .needs import needs
from .record import record
from .spec import Hop, Place, Pool, Spec
from .validate import Value, key_of
from .walk import NO_RULE, Walks, slot

Plain = bool | int | str | tuple[str, ...] | None


@record
class Condition:
    """A condition on one attribute. ``value`` is the request's (or the default that stands in for it; None:
    absent; a set: its elements, sorted), ``needs`` the condition in the policy language."""

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
    none, and the key is empty), ``shares`` each member's number of the 4099 slots."""

    sticky: str | None
    key: str
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
    value = condition.value
    return {
        "attribute": condition.attribute,
        "value": list(value) if isinstance(value, tuple) else value,
        "needs": condition.needs,
    }


def _target(to: int | Fail | None) -> object:
    return {"status": to.status, "message": to.message} if isinstance(to, Fail) else to


def explain(spec: Spec, walks: Walks, request: object, with_earlier: bool = True) -> Explanation:
    """The explanation of the decision for ``request``, without ``earlier`` where that is not wanted. Never raises."""
    found = first_column(spec, request)
    if isinstance(found, Invalid):
        decision = walks.decision(spec.invalid, None, (), invalid=found)
        return _explained(spec, walks, decision, spec.invalid, (), (), None)
    values, column = found
    if column is None:
        earlier = _earlier(spec, values, len(spec.columns), len(spec.rules)) if with_earlier else ()
        return _explained(spec, walks, walks.decision(NO_RULE, None, ()), None, earlier, (), None)
    rule, state = spec.columns[column]
    by_name = {a.name: value for a, value in zip(spec.attributes, values, strict=True)}
    keys = tuple(key_of(by_name[name]) for name in walks.sticky)
    matched = tuple(
        Condition(attribute.name, _plain(value), text)
        for attribute, value in zip(spec.attributes, values, strict=True)
        for text, _ in needs(attribute, column, value)
    )
    decision = walks.decision(state, spec.rules[rule], keys if walks.is_keyed(state) else ())
    earlier = _earlier(spec, values, column, rule) if with_earlier else ()
    return _explained(spec, walks, decision, state, earlier, matched, spec.places[rule])


def _explained(
    spec: Spec,
    walks: Walks,
    decision: Decision,
    state: int | None,
    earlier: tuple[Earlier, ...],
    matched: tuple[Condition, ...],
    place: Place | None,
) -> Explanation:
    at = None if state is None else spec.states[state]
    return Explanation(
        decision=decision,
        earlier=earlier,
        matched=matched,
        walk=() if state is None else _walk(spec, walks, state, decision._keys),
        pick=_pick(walks, at.pool, decision._keys) if isinstance(at, Hop) else None,
        place=place,
    )


def _plain(value: Value) -> Plain:
    return tuple(sorted(value)) if isinstance(value, frozenset) else value


def _earlier(spec: Spec, values: list[Value], columns: int, rules: int) -> tuple[Earlier, ...]:
    """What failed in the first ``columns`` columns, by the first ``rules`` rules."""
    judged = [
        (attribute, value, row_of(attribute, value)) for attribute, value in zip(spec.attributes, values, strict=True)
    ]
    unmet: list[dict[tuple[Condition, ...], None]] = [{} for _ in range(rules)]
    for column in range(columns):
        rule = spec.columns[column][0]
        if rule == rules:  # an earlier column of the deciding rule
            break
        failed = tuple(
            Condition(attribute.name, _plain(value), text)
            for attribute, value, row in judged
            if not row >> column & 1
            for text, is_met in needs(attribute, column, value)
            if not is_met
        )
        unmet[rule][failed] = None
    return tuple(
        Earlier(name, tuple(dict.fromkeys(failed[0] for failed in _least(found))))
        for name, found in zip(spec.rules, unmet, strict=False)
    )


def _least(found: Iterable[tuple[Condition, ...]]) -> list[tuple[Condition, ...]]:
    """``found``, in its order, less what includes all of another: of the columns of `opus[home]`, the one for
    the request's own home is told, not that its home should have been another too."""
    kept: list[frozenset[Condition]] = []
    for conditions in sorted(map(frozenset, found), key=len):
        if not any(least <= conditions for least in kept):
            kept.append(conditions)
    wanted = set(kept)
    return [conditions for conditions in found if frozenset(conditions) in wanted]


def _walk(spec: Spec, walks: Walks, start: int, keys: tuple[str, ...]) -> tuple[Step, ...]:
    """The hops that can follow, each state once: a chain that joins another is not written twice."""
    if not isinstance(spec.states[start], Hop):
        return ()
    order = [start]
    index = {start: 0}
    steps = []
    for state in order:  # grows as hops are met
        at = spec.states[state]
        assert isinstance(at, Hop)
        classes: dict[int | Fail | None, list[str]] = {}
        for name, to in zip(ERROR_CLASSES, at.next, strict=True):
            end = None if to is None else spec.states[to]
            if isinstance(end, Hop) and to is not None:
                if to not in index:
                    index[to] = len(order)
                    order.append(to)
                classes.setdefault(index[to], []).append(name)
            else:
                classes.setdefault(end if isinstance(end, Fail) else None, []).append(name)
        member = walks.pick(at.pool, keys)
        targets = tuple((tuple(names), target) for target, names in classes.items())
        steps.append(Step(at.pool.name, member.upstream.name, member.model, at.pool.retry, targets))
    return tuple(steps)


def _pick(walks: Walks, pool: Pool, keys: tuple[str, ...]) -> Pick | None:
    if pool.maglev is None:
        return None
    key = walks.key(pool, keys)
    shares = Counter(pool.maglev)
    return Pick(
        sticky=pool.sticky,
        key=key,
        slot=slot(key),
        member=walks.pick(pool, keys).name,
        shares=tuple((member.name, shares[i]) for i, member in enumerate(pool.members)),
    )
