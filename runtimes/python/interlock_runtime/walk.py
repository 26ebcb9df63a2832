"""Walks over the chain automaton: the decision in a state, and the one after an error."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from .decision import ERROR_CLASSES, Decision, Fail, Invalid
from .hashing import text_hash
from .spec import SLOTS, Hop, Member, Pool, Spec, State

NO_RULE = Fail(500, None)


class Walks:
    """Makes the decisions of one table.

    The *keys* of a walk are the request's values, as text, of the attributes in ``sticky``: all by which some
    pool of several members picks one. They are () where no pool on the way needs any.
    """

    __slots__ = ("_keyed", "_policy", "_position", "_states", "_version", "sticky")

    def __init__(self, spec: Spec) -> None:
        self._policy = spec.policy
        self._version = spec.version
        self._states = spec.states
        several = [_several(state) for state in spec.states]
        self.sticky = tuple(sorted({pool.sticky for pool in several if pool and pool.sticky is not None}))
        self._position = {name: i for i, name in enumerate(self.sticky)}
        keyed = [i for i, pool in enumerate(several) if pool and pool.sticky is not None]
        self._keyed = _leading_to(spec.states, keyed)

    def is_keyed(self, state: int) -> bool:
        """Whether some walk from ``state`` enters a pool of several members, picked by a key."""
        return state in self._keyed

    def by_key(self, state: int, rule: str) -> Callable[[tuple[str, ...]], Decision]:
        """``decision`` for one state and rule, with all that does not depend on the keys done ahead."""
        at = self._states[state]
        assert isinstance(at, Hop)
        pool = at.pool
        made = [self._at(member, at, state, rule, ()) for member in pool.members]
        maglev = pool.maglev
        if maglev is None or pool.sticky is None:
            only = made[0 if maglev is None else maglev[slot("")]]
            return lambda keys: only._with_keys(keys)
        position = self._position[pool.sticky]
        return lambda keys: made[maglev[slot(keys[position])]]._with_keys(keys)

    def decision(
        self,
        state: int | Fail,
        rule: str | None,
        keys: tuple[str, ...],
        hop: int = 0,
        invalid: Invalid | None = None,
    ) -> Decision:
        """The decision in a state, or at a fail that is none of the automaton's."""
        at = self._states[state] if isinstance(state, int) else state
        if isinstance(at, Fail):
            return self._failed(at, rule, hop, invalid)
        index = state if isinstance(state, int) else None
        return self._at(self.pick(at.pool, keys), at, index, rule, keys, hop, invalid)

    def after(self, decision: Decision, error_class: str) -> Decision:
        """The decision after an error. Raises ``ValueError`` for an unknown class or another's decision."""
        if error_class not in ERROR_CLASSES:
            raise ValueError(f"{error_class!r} is no error class; these are: {', '.join(ERROR_CLASSES)}")
        if decision.version != self._version or decision.policy != self._policy:
            raise ValueError("the decision is another table's: a walk ends with the table it began with")
        if decision.fail is not None:
            return decision
        at = self._states[decision._state] if decision._state is not None else None
        if not isinstance(at, Hop):
            raise ValueError("the decision was not made by a table")
        rule, hop, invalid = decision.rule, decision.hop, decision.invalid
        to = at.next[ERROR_CLASSES.index(error_class)]
        if to is None:
            return self._failed(Fail(None, error_class), rule, hop, invalid)
        if isinstance(self._states[to], Hop):
            hop += 1
        return self.decision(to, rule, decision._keys, hop, invalid)

    def key(self, pool: Pool, keys: tuple[str, ...]) -> str:
        """The text that picks a member of ``pool``."""
        return keys[self._position[pool.sticky]] if keys and pool.sticky in self._position else ""

    def pick(self, pool: Pool, keys: tuple[str, ...]) -> Member:
        if pool.maglev is None:
            return pool.members[0]
        return pool.members[pool.maglev[slot(self.key(pool, keys))]]

    def _at(
        self,
        member: Member,
        at: Hop,
        state: int | None,
        rule: str | None,
        keys: tuple[str, ...],
        hop: int = 0,
        invalid: Invalid | None = None,
    ) -> Decision:
        upstream = member.upstream
        return Decision(
            policy=self._policy,
            version=self._version,
            rule=rule,
            pool=at.pool.name,
            upstream=upstream.name,
            provider=upstream.provider,
            account=upstream.account,
            region=upstream.region,
            model=member.model,
            hop=hop,
            fail=None,
            invalid=invalid,
            _state=state,
            _keys=keys,
        )

    def _failed(self, fail: Fail, rule: str | None, hop: int, invalid: Invalid | None) -> Decision:
        return Decision(self._policy, self._version, rule, None, None, None, None, None, None, hop, fail, invalid)


def slot(key: str) -> int:
    """The entry of a Maglev table that ``key`` falls on."""
    return text_hash(key) % SLOTS


def _several(state: State) -> Pool | None:
    """The pool of a state, if it has several members."""
    return state.pool if isinstance(state, Hop) and state.pool.maglev is not None else None


def _leading_to(states: Sequence[State], ends: Sequence[int]) -> frozenset[int]:
    """The states from which a walk can come to one of ``ends``, those included."""
    before: dict[int, list[int]] = {}
    for i, state in enumerate(states):
        for to in state.next if isinstance(state, Hop) else ():
            if to is not None:
                before.setdefault(to, []).append(i)
    found = set(ends)
    waiting = list(ends)
    while waiting:
        for i in before.get(waiting.pop(), ()):
            if i not in found:
                found.add(i)
                waiting.append(i)
    return frozenset(found)
