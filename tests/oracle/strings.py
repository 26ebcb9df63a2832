"""Which combinations of patterns and literals some string satisfies, with shortest examples: a plain walk
over sets of positions in the patterns, letter by letter."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from itertools import product

STAR = None
Tokens = tuple[str | None, ...]
Positions = frozenset[int]


def representatives(languages: Sequence[tuple[str, ...]]) -> tuple[list[list[str]], str]:
    """Groups of strings, one group for every combination of ``languages`` that some string satisfies.

    A language is the pieces of a pattern; a literal is a pattern of one piece. In a group of infinitely many
    strings each given string has the second result, a letter that no pattern mentions, in it somewhere: any
    run of unmentioned letters may take its place. A group of finitely many strings has all of them.
    """
    tokens = [_tokens(pieces) for pieces in languages]
    letters = sorted({letter for pieces in languages for letter in "".join(pieces)})
    other = next(letter for letter in "zyxwv" if letter not in letters)
    infinite: dict[tuple[bool, ...], list[str]] = {}
    start = (tuple(_closure(t, {0}) for t in tokens), False)
    reached = {start: ""}
    queue = [start]
    for state in queue:  # grows: breadth first, so that the first string to reach a state is a shortest
        positions, has_other = state
        if has_other:
            accepted = tuple(len(t) in at for t, at in zip(tokens, positions, strict=True))
            infinite.setdefault(accepted, []).append(reached[state])
        for letter in [other, *letters]:
            after = tuple(_step(t, at, letter) for t, at in zip(tokens, positions, strict=True))
            following = (after, has_other or letter == other)
            if following not in reached:
                reached[following] = reached[state] + letter
                queue.append(following)
    # A letter that no leftmost match uses can become an unmentioned one without a change. So a string of a
    # finite group is a literal, or no longer than the pieces of all patterns together.
    finite: dict[tuple[bool, ...], list[str]] = {}
    sizes = [len("".join(pieces)) for pieces in languages]
    literals = [size for size, pieces in zip(sizes, languages, strict=True) if len(pieces) == 1]
    longest = max([*literals, sum(sizes) - sum(literals)], default=0)
    for length in range(longest + 1):
        for text in map("".join, product(letters, repeat=length)):
            accepted = tuple(_matches(t, text) for t in tokens)
            if accepted not in infinite:
                finite.setdefault(accepted, []).append(text)
    return [*finite.values(), *infinite.values()], other


def _tokens(pieces: tuple[str, ...]) -> Tokens:
    tokens: list[str | None] = []
    for i, piece in enumerate(pieces):
        tokens += [STAR, *piece] if i else piece
    return tuple(tokens)


def _closure(tokens: Tokens, at: set[int]) -> Positions:
    """With the positions behind stars, which may match nothing."""
    return frozenset(at | {j for i in at for j in range(i, len(tokens) + 1) if set(tokens[i:j]) == {STAR}})


@cache
def _step(tokens: Tokens, at: Positions, letter: str) -> Positions:
    stay = {i for i in at if i < len(tokens) and tokens[i] is STAR}
    move = {i + 1 for i in at if i < len(tokens) and tokens[i] == letter}
    return _closure(tokens, stay | move)


def _matches(tokens: Tokens, text: str) -> bool:
    at = _closure(tokens, {0})
    for letter in text:
        at = _step(tokens, at, letter)
    return len(tokens) in at
