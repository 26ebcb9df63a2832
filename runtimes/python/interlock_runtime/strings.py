"""The rows of strings and sets, prepared: literals, prefixes and elements are looked up, not tried."""

from __future__ import annotations

from collections.abc import Sequence

from .classify import is_like, is_sampled
from .spec import Pattern, Row, SetAttribute, StringAttribute

EVERY: Row = -1  # the row with every column, however many there are

_MOST_FOLDED = 1_000_000  # comparisons of literals worth making ahead


class Strings:
    """The rows of a string attribute: ``whole`` has those of its literals, ``mask`` is for other texts."""

    __slots__ = ("_lengths", "_nothing", "_prefixes", "_samples", "_unfolded", "_wild", "whole")

    def __init__(self, attribute: StringAttribute) -> None:
        nothing, prefixes = prefix_rows([pattern for pattern in attribute.patterns if _is_prefix(pattern)])
        # INVARIANT: a text's row is that of its base (its literal, or other), AND the one of its longest
        # prefix here, AND those of the other patterns and of the samples.
        self._nothing = attribute.other & nothing
        self._prefixes = {prefix: attribute.other & row for prefix, row in prefixes.items()}
        self._lengths = sorted({len(prefix) for prefix in prefixes}, reverse=True)
        self._wild = [pattern for pattern in attribute.patterns if not _is_prefix(pattern)]
        self._samples = [(sample, sample.holds, sample.fails) for sample in attribute.samples]
        self.whole: dict[str, Row] = {}
        self._unfolded: dict[str, Row] = {}
        fold = len(attribute.literals) * (len(self._wild) + len(self._samples)) <= _MOST_FOLDED
        for literal, base in zip(attribute.literals, attribute.rows, strict=True):
            longest = (prefixes[literal[:n]] for n in self._lengths if literal[:n] in prefixes)
            row = base & next(longest, nothing)
            if fold:
                self.whole[literal] = self._narrowed(row, literal)
            else:
                self._unfolded[literal] = row

    def mask(self, mask: Row, text: str) -> Row:
        """``mask`` AND the row of ``text``, an exact ``str`` that is not in ``whole``. Raises
        ``UnicodeEncodeError`` for a lone surrogate."""
        if not text.isascii():
            text.encode()
        if text in self._unfolded:
            return self._narrowed(mask & self._unfolded[text], text)
        for length in self._lengths:
            row = self._prefixes.get(text[:length])
            if row is not None:
                return self._narrowed(mask & row, text)
        return self._narrowed(mask & self._nothing, text)

    def _narrowed(self, mask: Row, text: str) -> Row:
        """``mask`` AND the rows of the patterns that are no prefixes, and of the samples."""
        for pattern in self._wild:
            mask &= pattern.holds if is_like(text, pattern.pieces) else pattern.fails
        for sample, holds, fails in self._samples:
            if mask & holds == mask & fails:  # hashing would tell nothing
                mask &= holds
            else:
                mask &= holds if is_sampled(text, sample) else fails
        return mask


class Sets:
    """The rows of a set attribute's values."""

    __slots__ = ("_elements", "_legal", "_nothing", "_single")

    def __init__(self, attribute: SetAttribute) -> None:
        self._legal = None if attribute.values is None else frozenset(attribute.values)
        self._elements = attribute.elements
        fails = [element.fails for element in attribute.elements]
        self._nothing = intersection(fails)
        self._single = {
            element.value: element.holds & others
            for element, others in zip(attribute.elements, all_but_one(fails), strict=True)
        }

    def mask(self, mask: Row, value: Sequence[object]) -> Row:
        """``mask`` AND the row of the set that ``value`` lists. Raises ``ValueError`` if it is not legal,
        or not plain."""
        mentioned = set()
        for item in value:
            if type(item) is not str:
                raise ValueError
            if self._legal is None:
                if not item.isascii():
                    item.encode()
            elif item not in self._legal:
                raise ValueError
            if item in self._single:
                mentioned.add(item)
        if not mentioned:
            return mask & self._nothing
        if len(mentioned) == 1:
            return mask & self._single[mentioned.pop()]
        for element in self._elements:
            mask &= element.holds if element.value in mentioned else element.fails
        return mask


def _is_prefix(pattern: Pattern) -> bool:
    return len(pattern.pieces) == 2 and not pattern.pieces[1]


def prefix_rows(patterns: Sequence[Pattern]) -> tuple[Row, dict[str, Row]]:
    """For patterns that are each a prefix and a star: the row of a text with none of the prefixes, and for
    each prefix the row of a text whose longest one it is.

    The longest prefix settles every pattern: exactly the prefixes of it hold too. All rows together take
    time linear in the patterns.
    """
    holds: dict[str, Row] = {}
    fails: dict[str, Row] = {}
    for pattern in patterns:
        prefix = pattern.pieces[0]
        holds[prefix] = holds.get(prefix, EVERY) & pattern.holds
        fails[prefix] = fails.get(prefix, EVERY) & pattern.fails

    # The prefixes as a forest, in which a parent is the longest other prefix of its children.
    children: dict[str | None, list[str]] = {None: []}
    parents: dict[str, str | None] = {}
    path: list[str] = []
    for prefix in sorted(holds):  # a prefix sorts before those it begins
        while path and not prefix.startswith(path[-1]):
            path.pop()
        parents[prefix] = path[-1] if path else None
        children[parents[prefix]].append(prefix)
        children[prefix] = []
        path.append(prefix)

    below = dict(fails)  # the row when neither the prefix nor any that it begins holds
    for prefix, parent in reversed(parents.items()):
        if parent is not None:
            below[parent] &= below[prefix]

    rows: dict[str, Row] = {}
    outside: dict[str | None, Row] = {None: EVERY}  # what all prefixes that are not begun by it make of it
    for parent, family in children.items():
        around = outside[parent] if parent is None else outside[parent] & holds[parent]
        within = [below[child] for child in family]
        for child, others in zip(family, all_but_one(within), strict=True):
            outside[child] = around & others
        if parent is not None:
            rows[parent] = around & intersection(within)
    return intersection([below[root] for root in children[None]]), rows


def intersection(rows: Sequence[Row]) -> Row:
    """The columns that are in every row."""
    result = EVERY
    for row in rows:
        result &= row
    return result


def all_but_one(rows: Sequence[Row]) -> list[Row]:
    """For each row, the columns that are in every other one."""
    results = []
    left = EVERY
    for row in rows:
        results.append(left)
        left &= row
    right = EVERY
    for i in reversed(range(len(rows))):
        results[i] &= right
        right &= rows[i]
    return results
