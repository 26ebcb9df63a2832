"""All `like` patterns of an attribute as one automaton that reads a string a character at a time.

The patterns share their beginnings in a trie, so that thousands of prefixes cost no more than their letters; a star
is a node that stays. A state is the set of nodes where some pattern may be, and the patterns that end at one of them
are those that what was read matches (the subset construction: Rabin and Scott, "Finite automata and their decision
problems", IBM Journal 1959).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

State = frozenset[int]

# Ordinary letters first: an example should look like a value somebody might send.
_LETTERS = "xyzabcdefghijklmnopqrstuvw0123456789_-XYZABCDEFGHIJKLMNOPQRSTUVW./:@ "


class Patterns:
    """The automaton of some patterns, states made as they are asked for."""

    def __init__(self, patterns: Sequence[tuple[str, ...]]) -> None:
        """``patterns`` are lists of pieces: between two of them is a star."""
        self._children: list[dict[str, int]] = [{}]
        self._star = [-1]  # the star after a node, which may match nothing: where it is, its star is too
        self._stays = [False]
        self._ends = [0]
        self.depth = [0]
        """How many characters it took to come to a node, stars aside."""
        self.below = [0]
        """The patterns (a bit-set) that a node is on the way to, those that end there included."""
        for k, pieces in enumerate(patterns):
            self._add(k, [pieces[0], *(piece for piece in pieces[1:-1] if piece), *pieces[1:][-1:]])
        self._settled = [ends if stays else 0 for ends, stays in zip(self._ends, self._stays, strict=True)]
        self.start = self._closed({0}, frozenset(), 0, -1)
        mentioned = {character for children in self._children for character in children}
        others = [c for c in _LETTERS if c not in mentioned]
        code = 0x4E00
        while not others:
            others = [chr(code)] if chr(code) not in mentioned else []
            code += 1
        self.others = others
        """Characters that no pattern mentions. They are all alike."""
        self.mentioned = sorted(mentioned)

    def _add(self, k: int, pieces: Sequence[str]) -> None:
        at = 0
        self.below[0] |= 1 << k
        for number, piece in enumerate(pieces):
            if number:
                if self._star[at] < 0:
                    self._star[at] = self._new(self.depth[at], True)
                at = self._star[at]
                self.below[at] |= 1 << k
            for character in piece:
                if character not in self._children[at]:
                    self._children[at][character] = self._new(self.depth[at] + 1, False)
                at = self._children[at][character]
                self.below[at] |= 1 << k
        self._ends[at] |= 1 << k

    def _new(self, depth: int, stays: bool) -> int:
        self._children.append({})
        self._star.append(-1)
        self._stays.append(stays)
        self._ends.append(0)
        self.depth.append(depth)
        self.below.append(0)
        return len(self._children) - 1

    def moves(self, state: State, wanted: int = -1) -> Iterator[tuple[str, State]]:
        """The characters to go on by, each with the state it leads to: first one that no pattern mentions, which
        stands for all that are not listed; then those that some pattern moves on. As far as the patterns ``wanted``
        (a bit-set; all) go."""
        ahead: dict[str, set[int]] = {}
        for node in state:
            for character, child in self._children[node].items():
                if self.below[child] & wanted:
                    ahead.setdefault(character, set()).add(child)
        staying = frozenset(node for node in state if self._stays[node])
        settled = self.settled(staying)
        yield self.others[0], staying
        for character in sorted(ahead):
            yield character, self._closed(ahead[character], staying, settled, wanted)

    def step(self, state: State, character: str) -> State:
        """The state after one more character."""
        after = {self._children[node][character] for node in state if character in self._children[node]}
        staying = frozenset(node for node in state if self._stays[node])
        return self._closed(after, staying, self.settled(staying), -1)

    def _closed(self, nodes: set[int], staying: State, settled: int, wanted: int) -> State:
        """A state of new nodes and those that stay from the state before, with what they have ``settled``."""
        stars = [self._star[node] for node in nodes if self._star[node] >= 0]
        nodes.update([star for star in stars if self.below[star] & wanted])
        further = self.settled(nodes) & ~settled
        # What matched for good needs no other node: how it matched is no longer of interest.
        if further:
            nodes |= staying
            settled |= further
        elif not settled:
            return staying.union(nodes)
        left = [n for n in nodes if self._settled[n] or self.below[n] & ~settled]
        return frozenset(left) if further else staying.union(left)

    def closes(self, star: int, text: str) -> int:
        """The patterns on the way at a star that every continuation with some text in it matches."""
        state = frozenset({star})
        for character in text:
            state = self.step(state, character)
        return self.settled(state)

    def stars(self, state: State, wanted: int) -> list[int]:
        """The stars after a beginning of some of the patterns ``wanted``."""
        return [n for n in state if self._stays[n] and self.depth[n] and self.below[n] & wanted]

    def settled(self, state: set[int] | State) -> int:
        """The patterns that every continuation matches too."""
        held = 0
        for node in state:
            held |= self._settled[node]
        return held

    def signature(self, state: State) -> int:
        """The patterns that a string ending in this state matches."""
        held = 0
        for node in state:
            held |= self._ends[node]
        return held

    def open(self, state: State) -> int:
        """The patterns that some continuation matches."""
        ahead = 0
        for node in state:
            ahead |= self.below[node]
        return ahead

    def read(self, text: str) -> int:
        """The patterns that a string matches."""
        state = self.start
        for character in text:
            state = self.step(state, character)
        return self.signature(state)
