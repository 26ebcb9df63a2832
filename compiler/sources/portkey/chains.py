"""Places as pools, and what follows after them as chains.

A pool in the middle of a chain is asked for its own chains only after errors that the chain does not cover. So a chain
goes on for as long as all its errors lead to the same place, and then follows that place, whose own chains take over.
"""

from __future__ import annotations

from interlock.compiler.sources.plan import Chain, Hop
from interlock.compiler.sources.portkey.trees import Stop
from interlock.compiler.sources.portkey.walk import Place
from interlock.dsl.policy import CLASSES, UNAVAILABLE
from interlock.dsl.record import record
from interlock.dsl.source import Span

LAST = 'fail 503 "no target is left"'


@record
class Drawn:
    """A chain of places: after ``place`` the ``hops``, then the ``stop``, or that the last one is ``followed``; with
    neither, the last error is returned."""

    place: Place
    hops: tuple[Place, ...]
    stop: Stop | None
    followed: bool
    classes: tuple[str, ...]


def draw(starts: list[Place]) -> tuple[list[Place], list[Drawn]]:
    """All places that requests can come to from some, in the order in which they are come to, and their chains."""
    needed: dict[int, set[str]] = {start.number: set(CLASSES) for start in starts}
    order: dict[int, Place] = {start.number: start for start in starts}
    while True:
        size = sum(map(len, needed.values()))
        todo = list(order.values())
        done = 0
        while done < len(todo):  # grows while it is read
            for chain in _chains(todo[done], needed[todo[done].number]):
                last = chain.hops[-1] if chain.followed else None
                for hop in chain.hops:
                    if hop.number not in order:
                        order[hop.number] = hop
                        todo.append(hop)
                    # Errors of the chain's classes never ask the chains of the pools it goes through.
                    own = set(CLASSES) if hop is last else set(CLASSES) - set(chain.classes)
                    needed.setdefault(hop.number, set()).update(own)
            done += 1
        if sum(map(len, needed.values())) == size:
            return todo, [chain for place in todo for chain in _chains(place, needed[place.number])]


def _chains(place: Place, classes: set[str]) -> list[Drawn]:
    groups: dict[object, list[str]] = {}
    for class_ in CLASSES:
        following = place.following(class_)
        if class_ in classes and following is not None:
            groups.setdefault(following.number if isinstance(following, Place) else following, []).append(class_)
    return [_chain(place, tuple(group)) for group in groups.values()]


def _chain(place: Place, classes: tuple[str, ...]) -> Drawn:
    hops: list[Place] = []
    here = place.following(classes[0])
    while isinstance(here, Place):
        hops.append(here)
        after = [here.following(class_) for class_ in classes]
        if any(each is not after[0] and each != after[0] for each in after):
            return Drawn(place, tuple(hops), None, True, classes)
        here = after[0]
    return Drawn(place, tuple(hops), here, False, classes)


def written(chain: Drawn, names: dict[int, str], spans: dict[int, Span]) -> Chain:
    """A chain as the plan has it."""
    from interlock.compiler.sources.draft import quoted

    hops = [Hop(names[hop.number], spans[hop.number]) for hop in chain.hops]
    start = Hop(names[chain.place.number], spans[chain.place.number])
    end_span = (hops[-1] if hops else start).span
    end = LAST if chain.stop is None else f"fail {chain.stop.status} {quoted(chain.stop.message)}"
    if chain.followed:
        end = f"follow {hops.pop().pool}"
    classes = () if chain.classes == tuple(UNAVAILABLE) else chain.classes
    return Chain(start, tuple(hops), end, end_span, classes)
