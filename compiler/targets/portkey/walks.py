"""The chain automaton as fallbacks within each other, and what of it they cannot say.

A fallback goes on after the statuses that it lists, whichever of its targets gave them. So where all errors of a pool
lead to one place the rest of the walk stands inside, as the last target; where they lead to several, fallbacks stand
around each other, which is taken only where every walk of statuses is then that of the automaton. What is left out is
a ``Loss``: the error goes to the client instead.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import permutations

from interlock.compiler.automaton import Hop, chain_taken
from interlock.compiler.table import Table
from interlock.compiler.targets.addresses import served
from interlock.compiler.targets.fidelity import Unemittable
from interlock.dsl.policy import CLASSES, Fail, Policy, To
from interlock.dsl.record import record

_STATUSES: dict[str, tuple[int, ...]] = {
    "overloaded": (503, 529),
    "rate_limited": (429,),
    "server_error": (500, 501, 502, 505, 507, 508, 520, 521, 522, 523, 524, 525, 526, 527, 530),
    "timeout": (408, 504),
    "unreachable": (),
    "context_overflow": (413,),
    "refused": (),
}
"""The statuses that a class of errors has: 408 is that of the gateway's own ``request_timeout``. Where a connection is
refused the gateway answers 500 itself, and where none is made in 10 s 503: no status is that of `unreachable` alone."""
STOPS = (400, 500)
"""What the gateway can be made to answer itself."""
MAX_ASKED, MAX_HOPS = 2_000, 100
"""More targets than that after one rule, or one after the other, make no configuration that anybody sends."""


@record
class Ask:
    """A state of the automaton: its pool is asked."""

    state: int


@record
class Stop:
    """The gateway answers itself, in a state of the automaton or (None) at once."""

    status: int
    state: int | None


@record
class Fallback:
    """One part after the other, while statuses are among ``codes``."""

    codes: tuple[int, ...]
    parts: tuple[Tree, ...]


Tree = Ask | Stop | Fallback
Cursor = tuple[int, ...]


@record
class Loss:
    """Errors of some classes that the chain (an index) takes on from a pool, and Portkey does not. ``within`` is the
    chain by which the request came there, None for one that starts there."""

    chain: int
    pool: str
    within: int | None
    classes: tuple[str, ...]


def statuses_of(policy: Policy) -> Mapping[str, tuple[int, ...]]:
    """The statuses of the classes of errors. Where nobody has a timeout 408 is a client's error like any other."""
    timed = any({"total", "first_token"} & upstream.timeouts.keys() for upstream in served(policy))
    return _STATUSES if timed else {**_STATUSES, "timeout": (504,)}


class Walks:
    """The walks of a table's automaton."""

    def __init__(self, table: Table) -> None:
        self._table = table
        self.statuses = statuses_of(table.policy)
        self._class_of = {status: class_ for class_, codes in self.statuses.items() for status in codes}
        self._states = table.automaton.states
        self._trees: dict[int, Tree] = {}
        self._given: list[Tree] = []
        self._depth = 0
        self._losses: dict[int, list[Loss]] = {}

    @property
    def losses(self) -> tuple[Loss, ...]:
        """What the trees that ``tree`` gave leave out, each once."""
        states = dict.fromkeys(ask.state for tree in self._given for ask in asks(tree))
        return tuple(dict.fromkeys(loss for state in states for loss in self._losses.get(state, ())))

    def tree(self, to: To | Fail) -> Tree:
        """What becomes of a request that a rule sends somewhere. Raises ``Unemittable`` where that is too large."""
        if isinstance(to, Fail):
            return Stop(stop_of(to.status), None)
        found = self._tree(self._table.automaton.start[to.pool])
        self._given.append(found)
        return found

    def codes(self, classes: Iterable[str]) -> tuple[int, ...]:
        """The statuses of some classes."""
        return tuple(sorted(status for class_ in classes for status in self.statuses[class_]))

    def pool(self, ask: Ask) -> str:
        """The pool of a state."""
        return self._hop(ask.state).pool

    def _hop(self, state: int) -> Hop:
        found = self._states[state]
        assert isinstance(found, Hop)
        return found

    def _tree(self, state: int) -> Tree:
        if state not in self._trees:
            self._depth += 1
            self._trees[state] = self._made(state)
            self._depth -= 1
        return self._trees[state]

    def _made(self, state: int) -> Tree:
        here = self._states[state]
        if isinstance(here, Fail):
            return Stop(here.status, state)
        if self._depth > MAX_HOPS:
            raise Unemittable(
                f"pool `{here.pool}`: a request comes to it only after {MAX_HOPS} others "
                "(leave out those that nobody would wait for)"
            )
        groups: dict[int, tuple[str, ...]] = {}
        for class_, following in zip(CLASSES, here.next, strict=True):
            if following is not None and self.statuses[class_] and self._goes_on(following):
                groups[following] = (*groups.get(following, ()), class_)
        # Where not all of them can be followed, those with the most classes are: the usual errors before the rare.
        order = sorted(groups, key=lambda following: -len(groups[following]))
        for count in range(len(order), 0, -1):
            for kept in permutations(order[:count]):
                tree: Tree = Ask(state)
                for following in kept:
                    tree = _fallback(self.codes(groups[following]), tree, self._tree(following))
                if sum(1 for _ in asks(tree)) > MAX_ASKED:
                    raise Unemittable(f"pool `{here.pool}`: its chains branch into more than {MAX_ASKED} targets")
                # What follows was looked at when it was made, and stands inside: with one place there is no doubt.
                if count == 1 or self._same(tree, state, set(order[count:])):
                    self._lose(state, [groups[following] for following in order[count:]])
                    return tree
        return Ask(state)

    def _goes_on(self, following: int) -> bool:
        end = self._states[following]
        return not isinstance(end, Fail) or end.status in STOPS

    def _lose(self, state: int, left: Sequence[tuple[str, ...]]) -> None:
        hop = self._hop(state)
        losses = self._losses[state] = []
        for classes in left:
            by_chain: dict[int, tuple[str, ...]] = {}
            for class_ in classes:
                chain = chain_taken(self._table.policy, hop, class_)
                assert chain is not None
                by_chain[chain] = (*by_chain.get(chain, ()), class_)
            losses += [Loss(chain, hop.pool, hop.chain, lost) for chain, lost in by_chain.items()]

    def _same(self, tree: Tree, start: int, left_out: set[int]) -> bool:
        """Whether every walk through a tree is one through the trees of the states it comes to."""
        todo, seen = [first(tree)], set[Cursor]()
        while todo:
            cursor = todo.pop()
            leaf = at(tree, cursor)
            if cursor in seen or isinstance(leaf, Stop):
                continue
            seen.add(cursor)
            assert isinstance(leaf, Ask)
            for status in (*self._class_of, 400):
                found = after(tree, cursor, status)
                wanted = self._wanted(leaf.state, status, start, left_out)
                if (None if found is None else at(tree, found).state) != wanted:  # type: ignore[union-attr]
                    return False
                if found is not None:
                    todo.append(found)
        return True

    def _wanted(self, state: int, status: int, start: int, left_out: set[int]) -> int | None:
        """The state after a status: at the start by the automaton, later by what was made of it."""
        if state != start:
            tree = self._tree(state)
            found = after(tree, first(tree), status)
            return None if found is None else at(tree, found).state  # type: ignore[union-attr]
        class_ = self._class_of.get(status)
        following = None if class_ is None else self._hop(state).next[CLASSES.index(class_)]
        if following is None or following in left_out or not self._goes_on(following):
            return None
        return following


def stop_of(status: int) -> int:
    """The status that the gateway answers where the policy's is another: which of the two parties is at fault stays."""
    return 400 if status < 500 else 500


def _fallback(codes: tuple[int, ...], tree: Tree, rest: Tree) -> Tree:
    parts = rest.parts if isinstance(rest, Fallback) and rest.codes == codes else (rest,)
    return Fallback(codes, (tree, *parts))


def asks(tree: Tree) -> Iterator[Ask]:
    """All that is asked in a tree."""
    if isinstance(tree, Fallback):
        for part in tree.parts:
            yield from asks(part)
    elif isinstance(tree, Ask):
        yield tree


def first(tree: Tree) -> Cursor:
    """Where a request is at first."""
    return (0, *first(tree.parts[0])) if isinstance(tree, Fallback) else ()


def at(tree: Tree, cursor: Cursor) -> Tree:
    """What stands at a place."""
    for index in cursor:
        assert isinstance(tree, Fallback)
        tree = tree.parts[index]
    return tree


def after(tree: Tree, cursor: Cursor, status: int) -> Cursor | None:
    """Where a request is after an error with a status; None where the client gets it."""
    for depth in range(len(cursor) - 1, -1, -1):
        outer, index = at(tree, cursor[:depth]), cursor[depth]
        assert isinstance(outer, Fallback)
        if status in outer.codes and index + 1 < len(outer.parts):
            return (*cursor[:depth], index + 1, *first(outer.parts[index + 1]))
    return None
