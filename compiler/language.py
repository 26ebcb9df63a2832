"""The strings of an attribute as a graph: every state its patterns can be in, and the characters between them."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from functools import cached_property

from interlock.compiler.patterns import Patterns, State


class TooComplex(Exception):
    """The strings need more steps than the limit; the argument says of what."""


class Language:
    """Some part of the automaton of patterns, explored. States are numbers; 0 is the start."""

    def __init__(
        self,
        patterns: Patterns,
        limit: int,
        *,
        wanted: int = -1,
        dead: Callable[[State], bool] = lambda _: False,
    ) -> None:
        """``wanted`` are the patterns (a bit-set; all) to be told apart, ``dead`` the states not to go on from.
        Raises ``TooComplex`` past ``limit`` steps."""
        self._patterns = patterns
        self.states: list[State] = [patterns.start]
        self._edges: list[list[tuple[str, int]]] = []
        known = {patterns.start: 0}
        for state in self.states:  # grows while it is read: breadth first
            edges: list[tuple[str, int]] = []
            self._edges.append(edges)
            if dead(state):
                continue
            for character, after in patterns.moves(state, wanted):
                limit -= 1
                if after not in known:
                    known[after] = len(self.states)
                    self.states.append(after)
                edges.append((character, known[after]))
            if limit < 0:
                raise TooComplex

    def words(self, accepting: Collection[int], without: Collection[str] = ()) -> Iterator[str]:
        """The strings that end in one of some states, by length, ``without`` some; endless where there is no end."""
        # INVARIANT: ahead[k] has the states from which k more characters can lead to the end, so that no step
        # below is in vain. Every state is reached from the start: in a finite language it empties some day.
        ahead = [set(accepting)]
        while ahead[-1]:
            if 0 in ahead[-1]:
                yield from (word for word in self._words_of_length(ahead) if word not in without)
            ahead.append({before for state in ahead[-1] for before in self._back.get(state, ())})

    def _words_of_length(self, ahead: Sequence[set[int]]) -> Iterator[str]:
        others, mentioned = self._patterns.others, self._patterns.mentioned
        stack = [("", 0)]
        while stack:
            word, state = stack.pop()
            left = len(ahead) - 1 - len(word)
            if not left:
                yield word
                continue
            further: list[tuple[str, int]] = []
            for character, after in self._edges[state]:
                if after in ahead[left - 1]:
                    same = others if character == others[0] else [character]
                    further += [(word + c, after) for c in same]
            # A known character that no pattern moves on here behaves like any other one.
            if self._edges[state] and len(others) < 8:
                after = self._edges[state][0][1]
                if after in ahead[left - 1]:
                    moved = {c for c, _ in self._edges[state]}
                    further += [(word + c, after) for c in mentioned if c not in moved]
            stack += reversed(further)

    def endless(self, accepting: Collection[int]) -> bool:
        """Whether strings without end lead to some states."""
        return any(state in self._after_a_cycle for state in accepting)

    @cached_property
    def _after_a_cycle(self) -> set[int]:
        """The states to which a cycle leads. Every state is reached from the start; those that are not after a
        cycle can be put in an order (Kahn, "Topological sorting of large networks", CACM 1962)."""
        waiting = [0] * len(self.states)
        for edges in self._edges:
            for _, after in edges:
                waiting[after] += 1
        done = [0] if not waiting[0] else []
        for state in done:  # grows while it is read
            for _, after in self._edges[state]:
                waiting[after] -= 1
                if not waiting[after]:
                    done.append(after)
        return set(range(len(self.states))) - set(done)

    @cached_property
    def _back(self) -> Mapping[int, set[int]]:
        """The states before each state."""
        back: dict[int, set[int]] = {}
        for state, edges in enumerate(self._edges):
            for _, after in edges:
                back.setdefault(after, set()).add(state)
        return back
