"""Why a decision was made, and what would follow: ``Table.explain``."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable

from .classify import Seen, row_seen, seen
from .decision import ERROR_CLASSES, Decision, Fail, Invalid
from .explanation import Condition, Earlier, Explanation, Pick, Plain, Step
from .needs import needs
from .record import record
from .spec import Attribute, Hop, Place, Pool, Row, Spec
from .validate import Value, key_of, validate
from .walk import NO_RULE, Walks, slot


@record
class Judged:
    """An attribute and what a request has of it: ``value`` is what a condition shows, ``row`` the columns it meets."""

    attribute: Attribute
    value: Plain
    seen: Seen
    row: Row


def judge(attribute: Attribute, value: Plain, seen: Seen) -> Judged:
    """The same, with the row."""
    return Judged(attribute, value, seen, row_seen(attribute, seen))


def explain(spec: Spec, walks: Walks, request: object, with_earlier: bool = True) -> Explanation:
    """The explanation of the decision for ``request``, without ``earlier`` where that is not wanted. Never raises."""
    values = validate(spec.attributes, request)
    if isinstance(values, Invalid):
        return explain_invalid(spec, walks, values)
    pairs = list(zip(spec.attributes, values, strict=True))
    by_name = {attribute.name: value for attribute, value in pairs}
    keys = tuple(key_of(by_name[name]) for name in walks.sticky)
    judged = [judge(attribute, _plain(value), seen(attribute, value)) for attribute, value in pairs]
    return explain_judged(spec, walks, judged, keys, with_earlier)


def explain_invalid(spec: Spec, walks: Walks, invalid: Invalid) -> Explanation:
    """The explanation for a request with this fault."""
    decision = walks.decision(spec.invalid, None, (), invalid=invalid)
    return _explained(spec, walks, decision, spec.invalid, (), (), None)


def explain_judged(
    spec: Spec, walks: Walks, judged: list[Judged], keys: tuple[str, ...], with_earlier: bool = True
) -> Explanation:
    """The explanation for a request of which this is known. ``judged`` is in the order of the attributes, ``keys``
    are those of ``walks.sticky``."""
    mask = (1 << len(spec.columns)) - 1
    for one in judged:
        mask &= one.row
    if not mask:
        earlier = _earlier(spec, judged, len(spec.columns), len(spec.rules)) if with_earlier else ()
        return _explained(spec, walks, walks.decision(NO_RULE, None, ()), None, earlier, (), None)
    column = (mask & -mask).bit_length() - 1
    rule, state = spec.columns[column]
    matched = tuple(
        Condition(one.attribute.name, one.value, text)
        for one in judged
        for text, _ in needs(one.attribute, column, one.seen)
    )
    decision = walks.decision(state, spec.rules[rule], keys if walks.is_keyed(state) else ())
    earlier = _earlier(spec, judged, column, rule) if with_earlier else ()
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


def _earlier(spec: Spec, judged: list[Judged], columns: int, rules: int) -> tuple[Earlier, ...]:
    """What failed in the first ``columns`` columns, by the first ``rules`` rules."""
    unmet: list[dict[tuple[Condition, ...], None]] = [{} for _ in range(rules)]
    for column in range(columns):
        rule = spec.columns[column][0]
        if rule == rules:  # an earlier column of the deciding rule
            break
        failed = tuple(
            Condition(one.attribute.name, one.value, text)
            for one in judged
            if not one.row >> column & 1
            for text, is_met in needs(one.attribute, column, one.seen)
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
