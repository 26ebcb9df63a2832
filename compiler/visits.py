"""Every hop that some request can come to, with a shortest way there."""

from __future__ import annotations

from collections.abc import Iterator

from interlock.compiler.automaton import Automaton, Hop, chain_taken
from interlock.compiler.facts import Facts
from interlock.dsl.policy import CLASSES, Chain, Follow, Policy
from interlock.dsl.record import record


@record
class Visit:
    """From ``start``, a state that rules lead to, the error classes ``walk`` (indices into CLASSES, a shortest way)
    lead to ``state``, where a request is at ``hop``."""

    start: int
    walk: tuple[int, ...]
    state: int
    hop: Hop


def starts(facts: Facts) -> dict[int, list[int]]:
    """The states of pools that rules lead to, in the order of the rules, each with the columns that lead there. Left
    out are those that no request meets."""
    found: dict[int, list[int]] = {}
    for number, column in enumerate(facts.table.columns):
        if isinstance(facts.table.automaton.states[column.state], Hop) and (
            facts.reached[number] is not None or column.rule in facts.incomplete
        ):
            found.setdefault(column.state, []).append(number)
    return found


def visits(automaton: Automaton, start: int) -> Iterator[Visit]:
    """Every hop of the walks from a state, the nearest first."""
    ways: dict[int, tuple[int, ...]] = {start: ()}
    queue = [start]
    for state in queue:  # grows while it is read: breadth first
        hop = automaton.states[state]
        if isinstance(hop, Hop):
            yield Visit(start, ways[state], state, hop)
            for class_, after in enumerate(hop.next):
                if after is not None and after not in ways:
                    ways[after] = (*ways[state], class_)
                    queue.append(after)


def last_move(policy: Policy, automaton: Automaton, visit: Visit) -> tuple[Chain, int] | None:
    """The chain that the last move of a visit takes, and which of its ``places`` it moves to; None for a first
    hop, which is the rule's."""
    if not visit.walk:
        return None
    state = visit.start
    for class_ in visit.walk[:-1]:
        state = _next(automaton, state, class_)
    before = automaton.states[state]
    assert isinstance(before, Hop)
    taken = chain_taken(policy, before, CLASSES[visit.walk[-1]])
    assert taken is not None
    chain = policy.chains[taken]
    position = before.position if before.chain == taken else 0
    assert position < len(chain.hops) or isinstance(chain.end, Follow)
    return chain, position


def _next(automaton: Automaton, state: int, class_: int) -> int:
    hop = automaton.states[state]
    assert isinstance(hop, Hop)
    after = hop.next[class_]
    assert after is not None  # a walk leads somewhere
    return after
