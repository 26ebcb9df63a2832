"""F201 fallback-cycle."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from interlock.compiler.automaton import Automaton, Hop, chain_taken
from interlock.compiler.facts import Facts, class_names
from interlock.compiler.loops import loops
from interlock.dsl.finding import Finding, Kind, Related, Witness
from interlock.dsl.policy import CLASSES, Chain, Follow

DOC = """\
The fallback chains have a loop: from some pool, over some error classes, a walk comes back to where it was. The
finding names the pools and the classes around it.

## Why it hurts
When every upstream of the loop is down, each request goes round it until something else gives up. One malformed request
that walked a cyclic fallback graph kept a replica from answering its health checks (LiteLLM issue 35303); another loop
tried the same two models without end (LiteLLM issue 7091).

## Example
```route
fallback east -> follow west
fallback west -> follow east
```

## What to write instead
Name the other region as a hop, not with `follow`: pools in the middle of a chain do not consult their own while it
covers the error. Chains that name each other should cover the same classes, so that neither takes over.

```route
fallback east -> west -> fail 503
fallback west -> east -> fail 503
```
"""

KIND = Kind("F201", "fallback-cycle", "error", DOC)


def check(facts: Facts) -> Iterator[Finding]:
    """One finding for each loop of declarations; the copies of a family count as one."""
    automaton, policy = facts.table.automaton, facts.policy
    groups: dict[tuple[tuple[str, int], ...], list[list[tuple[int, int]]]] = {}
    for component in loops([_edges(automaton, state) for state in range(len(automaton.states))]):
        loop = _shortest_loop(automaton, component)
        taken = {chain_taken(policy, _hop(automaton, state), CLASSES[c]) for state, c in loop}
        key = tuple(sorted({(c.span.file, c.span.start) for c in (policy.chains[i] for i in taken if i is not None)}))
        groups.setdefault(key, []).append(loop)
    for copies in groups.values():
        yield _finding(facts, copies[0], len(copies) - 1)


def _hop(automaton: Automaton, state: int) -> Hop:
    hop = automaton.states[state]
    assert isinstance(hop, Hop)  # an end has no way on, so it is in no loop
    return hop


def _edges(automaton: Automaton, state: int) -> list[int]:
    hop = automaton.states[state]
    return sorted({t for t in hop.next if t is not None}) if isinstance(hop, Hop) else []


def _shortest_loop(automaton: Automaton, component: set[int]) -> list[tuple[int, int]]:
    """A shortest loop of a component, from its first state: (state, class that leads on)."""
    best: list[tuple[int, int]] = []
    for start in sorted(component)[:64]:
        came: dict[int, tuple[int, int]] = {}
        queue = [start]
        for state in queue:
            for class_, after in enumerate(_hop(automaton, state).next):
                if after in component and after not in came:
                    came[after] = (state, class_)
                    queue.append(after)
            if start in came:
                break
        loop = [came[start]]
        while loop[0][0] != start:
            loop.insert(0, came[loop[0][0]])
        if not best or len(loop) < len(best):
            best = loop
    return best


def _finding(facts: Facts, loop: Sequence[tuple[int, int]], more: int) -> Finding:
    automaton, policy = facts.table.automaton, facts.policy
    reached_states = facts.reached_states
    reached = [k for k, (state, _) in enumerate(loop) if state in reached_states]
    if reached:
        first = min(reached, key=lambda k: (len(reached_states[loop[k][0]][1]), k))
        loop = [*loop[first:], *loop[:first]]
    request: dict[str, object] | None = None
    if reached:
        column, before = reached_states[loop[0][0]]
        request = facts.request_for(column)
        start = facts.table.columns[column].state
    else:
        start, before, first = _way_into(automaton, [state for state, _ in loop])
        loop = [*loop[first:], *loop[:first]]
    around = [class_ for _, class_ in loop]
    pools = [_hop(automaton, state).pool for state, _ in loop]
    taken = dict.fromkeys(chain_taken(policy, _hop(automaton, state), CLASSES[class_]) for state, class_ in loop)
    chains = sorted((policy.chains[i] for i in taken if i is not None), key=lambda c: (c.span.file, c.span.start))
    spans = list({(c.span.file, c.span.start): c.span for c in chains}.values())
    path = " → ".join(_shortened([f"`{pool}`" for pool in [*pools, pools[0]]]))
    classes = class_names(around)
    over = f"`{classes[0]}`" if len(set(classes)) == 1 else ", then ".join(_shortened([f"`{c}`" for c in classes]))
    also = f" (and {more} more of this family)" if more else ""
    return Finding(
        KIND,
        f"a fallback loop: {path}, over {over}{also}",
        spans[0],
        _help(chains),
        tuple(Related("this chain is part of the loop", span) for span in spans[1:]),
        Witness(
            (request,) if request is not None else (),
            class_names([*before, *around]),
            facts.pools_along(start, [*before, *around]),
        ),
    )


def _way_into(automaton: Automaton, loop: Sequence[int]) -> tuple[int, tuple[int, ...], int]:
    """A shortest walk from some pool into a loop no request reaches: the state it starts in, its classes, and
    where in the loop it arrives."""
    came: dict[int, tuple[int, tuple[int, ...]]] = {start: (start, ()) for start in automaton.start.values()}
    queue = list(came)
    for state in queue:  # grows while it is read: breadth first
        start, classes = came[state]
        if state in loop:
            return start, classes, loop.index(state)
        here = automaton.states[state]
        for class_, after in enumerate(here.next if isinstance(here, Hop) else ()):
            if after is not None and after not in came:
                came[after] = (start, (*classes, class_))
                queue.append(after)
    raise AssertionError("every state is reached from the start of some pool")


def _shortened(words: list[str]) -> list[str]:
    return words if len(words) <= 9 else [*words[:6], f"{len(words) - 8} more", *words[-2:]]


def _help(chains: Sequence[Chain]) -> str:
    if not any(isinstance(chain.end, Follow) for chain in chains):
        return "let these chains cover the same classes, so that none of them takes over from another"
    if len(chains) == 1:
        return "end the chain with `fail 503`"
    return "end one of the chains with `fail 503`, or name the next pool as a hop instead of `follow`"
