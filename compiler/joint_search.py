"""The search for a request where the parts of one string are variables of their own (string_variables.py).

Such a search knows nothing of strings. So it is asked for some choice of classes; then the strings are asked whether
one of them satisfies it; and if none does, a few classes that contradict each other are one more column to exclude,
and it is asked again.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import product

from interlock.compiler.bits import bits
from interlock.compiler.search import Candidate, Search
from interlock.compiler.string_search import Clash
from interlock.compiler.string_variables import Searched
from interlock.compiler.table import FAILS, HOLDS
from interlock.dsl.record import record


@record
class Parts:
    """A string attribute in a search; ``shift`` is what is added to the numbers of its variables there."""

    strings: Searched
    shift: int = 0

    @property
    def main(self) -> int:
        """The number of the variable of its literals."""
        return self.strings.main + self.shift

    def pair(self, k: int) -> int:
        """The number of the variable of a pair."""
        return self.strings.pairs[k] + self.shift

    @property
    def variables(self) -> set[int]:
        """The numbers of all its variables."""
        return {v + self.shift for v in self.strings.variables}

    def classes(self, text: str | None) -> dict[int, int]:
        """The classes of a string, None for absent."""
        return {v + self.shift: class_ for v, class_ in self.strings.classes(text).items()}


def run(
    search: Search, variables: Mapping[int, Sequence[Candidate]], columns: int, strings: Sequence[Parts]
) -> dict[int, int] | None:
    """What ``Search.run`` gives, of classes that some strings satisfy; those of all parts of strings are chosen.
    ``search.core`` has no more than ``columns``. Raises ``Incomplete``."""
    if not strings:
        return search.run(list(variables.items()), columns)
    core = 0
    # Literals and absent are choices like any other, which leave nothing to be asked; so they are searched apart.
    for apart in product((True, False), repeat=len(strings)):
        known = [parts for parts, named in zip(strings, apart, strict=True) if named]
        asked = [parts for parts, named in zip(strings, apart, strict=True) if not named]
        left = _restricted(variables, known, asked)
        if not all(left.values()):
            continue
        found = _run(search, left, columns, asked)
        if found is not None:
            for parts in known:
                class_ = found[parts.main] if parts.main in found else left[parts.main][0][0]
                found |= parts.classes(parts.strings.literal(class_))
            return found
        core |= search.core
    search.core = core
    return None


def _restricted(
    variables: Mapping[int, Sequence[Candidate]], known: Sequence[Parts], asked: Sequence[Parts]
) -> dict[int, Sequence[Candidate]]:
    """The variables where some strings are literals or absent, and others are neither."""
    left = dict(variables)
    for parts in known:
        for v in parts.variables - {parts.main}:
            del left[v]  # the row of a literal has what the pairs make of it
        left[parts.main] = [entry for entry in left[parts.main] if entry[0] != parts.strings.other]
    for parts in asked:
        left[parts.main] = [entry for entry in left[parts.main] if entry[0] == parts.strings.other]
    return left


def _run(
    search: Search, variables: Mapping[int, Sequence[Candidate]], columns: int, asked: Sequence[Parts]
) -> dict[int, int] | None:
    clashes = [(parts, clash) for parts in asked for clash in parts.strings.search.clashes]
    pairs = {parts.pair(k) for parts in asked for k in range(len(parts.strings.pairs))}
    while True:
        left, every = _with_clashes(variables, columns, clashes)
        found = search.run(sorted(left.items(), key=lambda entry: _asks(entry, every, pairs)), every)
        if found is None:
            search.core &= columns
            return None
        found = _needed(found, left, every, pairs)
        before = len(clashes)
        for parts in asked:
            holds = fails = 0
            for k in range(len(parts.strings.pairs)):
                v = parts.pair(k)
                class_ = found[v] if v in found else variables[v][0][0] if len(variables[v]) == 1 else None
                holds |= (class_ == HOLDS) << k
                fails |= (class_ == FAILS) << k
            strings = parts.strings.search
            spent = strings.steps
            text = strings.find(holds, fails)
            if text is None:
                clashes.append((parts, strings.clash(holds, fails)))
            else:
                found |= parts.classes(text)
            search.spend((strings.steps - spent) // _STEPS_A_CHOICE)
        if len(clashes) == before:
            return found


def _asks(variable: tuple[int, Sequence[Candidate]], columns: int, pairs: set[int]) -> int:
    """How much a variable may ask of a string, given the chance: nothing; that it is not like something; either; that
    it is like something. The search takes what costs nothing in the order of its variables."""
    v, candidates = variable
    if v not in pairs or len(candidates) < 2:
        return 0
    rows = dict(candidates)
    return 1 if not rows[FAILS] & ~rows[HOLDS] & columns else 3 if not rows[HOLDS] & ~rows[FAILS] & columns else 2


def _needed(
    found: Mapping[int, int], variables: Mapping[int, Sequence[Candidate]], columns: int, pairs: set[int]
) -> dict[int, int]:
    """Of the choices found those it takes to exclude all columns. The less is asked of a string the better, and
    that it is not like something is asked sooner than that it is."""
    rows = {v: next(row for c, row in variables[v] if c == class_) for v, class_ in found.items()}
    for candidates in variables.values():
        if len(candidates) == 1:
            columns &= candidates[0][1]
    needed = {}
    for v in sorted(found, key=lambda v: (v in pairs) * (2 - found[v])):
        if columns & ~rows[v]:
            columns &= rows[v]
            needed[v] = found[v]
    return needed


_STEPS_A_CHOICE = 20
"""A choice of the search takes about as long as so many characters."""


def _with_clashes(
    variables: Mapping[int, Sequence[Candidate]], columns: int, clashes: Sequence[tuple[Parts, Clash]]
) -> tuple[Mapping[int, Sequence[Candidate]], int]:
    """Each clash as one more column. A class that has no part in it excludes it."""
    if not clashes:
        return variables, columns
    excluded: dict[tuple[int, int], int] = {}
    bit = 1 << columns.bit_length()
    every = (bit << len(clashes)) - bit
    for parts, (holds, fails) in clashes:
        for set_, other in ((holds, FAILS), (fails, HOLDS)):
            for k in bits(set_):
                key = parts.pair(k), other
                excluded[key] = excluded.get(key, 0) | bit
        bit <<= 1
    return {
        v: [(class_, row & columns | every & ~excluded.get((v, class_), 0)) for class_, row in candidates]
        for v, candidates in variables.items()
    }, columns | every
