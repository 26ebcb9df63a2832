"""What follows after which error, for each place where a request can be: the same whatever came before it.

Two places that ask the same targets and lead on alike are one.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cache

from interlock.compiler.sources.portkey.trees import Ask, Chain, Nothing, Stop, Tree
from interlock.dsl.policy import CLASSES
from interlock.dsl.record import record


@record
class Place:
    """Targets of which one is asked. ``after`` has what follows an error of each class: another place, an answer of the
    gateway's own, or None: the error is returned. ``number`` tells places apart."""

    number: int
    ask: Ask
    after: tuple[Place | Stop | None, ...]

    def following(self, class_: str) -> Place | Stop | None:
        """What follows an error."""
        return self.after[CLASSES.index(class_)]


Event = str | None
"""A class of errors; None where nobody was asked."""

NO_ANSWER = Stop(500, "no target was asked")


class Places:
    """The places of the ways of a configuration."""

    def __init__(self) -> None:
        self._made: dict[tuple[object, ...], Place] = {}

    def start(self, tree: Tree) -> Place | Stop:
        """Where a request starts."""
        found = self._enter(tree, lambda event: NO_ANSWER if event is None else None)
        return NO_ANSWER if found is None else found

    def _enter(self, tree: Tree, then: Callable[[Event], Place | Stop | None]) -> Place | Stop | None:
        if isinstance(tree, Stop):
            return tree
        if isinstance(tree, Nothing):
            return then(None)
        if isinstance(tree, Chain):
            return self._part(tree, 0, then)
        after = tuple(then(class_) for class_ in CLASSES)
        key = (
            tuple((target.path, share) for target, share in tree.targets),
            tuple(each.number if isinstance(each, Place) else each for each in after),
        )
        if key not in self._made:
            self._made[key] = Place(len(self._made), tree, after)
        return self._made[key]

    def _part(self, chain: Chain, at: int, then: Callable[[Event], Place | Stop | None]) -> Place | Stop | None:
        if at == len(chain.parts):
            return then(None)

        @cache
        def following() -> Place | Stop | None:
            return self._part(chain, at + 1, then)

        def after(event: Event) -> Place | Stop | None:
            goes_on = chain.any if event is None else event in chain.classes
            return following() if goes_on and at + 1 < len(chain.parts) else then(event)

        return self._enter(chain.parts[at], after)
