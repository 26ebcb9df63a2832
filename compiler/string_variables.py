"""The variables of a string attribute.

Where its combinations of literals, patterns and samples can be listed (strings.py), it is one variable, and each
combination is a class. Where they are too many, its literals are one variable and each pattern and each sample is
another, as in the table; some choices of their classes have no string then, and a search has to ask (string_search.py).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from functools import cached_property

from interlock.compiler.bits import bits
from interlock.compiler.search import Incomplete
from interlock.compiler.string_search import StringSearch
from interlock.compiler.strings import Atom, Strings
from interlock.compiler.table import FAILS, HOLDS, Main, Pair, Table
from interlock.dsl import policy as p


class Dimensions:
    """The dimensions of one string attribute: the main one, and pairs: first patterns, then samples."""

    def __init__(self, table: Table, attribute: p.Attribute) -> None:
        """Takes an attribute of type string."""
        self._table = table
        self.attribute = attribute
        mine = [(i, d) for i, d in enumerate(table.dimensions) if d.attribute == attribute.name]
        ((self.main_at, self.main),) = ((i, d) for i, d in mine if isinstance(d, Main))
        patterns = [(i, d) for i, d in mine if isinstance(d, Pair) and d.kind == "pattern"]
        samples = [(i, d) for i, d in mine if isinstance(d, Pair) and d.kind == "sample"]
        self.pairs = [i for i, _ in (*patterns, *samples)]
        self.literals = [str(value) for value in self.main.values]
        self.patterns = [tuple(map(str, d.what)) for _, d in patterns]
        self.samples = [(d.what[0], int(d.what[1])) for _, d in samples]
        # The columns by the pairs that they need to hold; and those that need a pair to fail.
        needs: dict[int, int] = {}
        for k, i in enumerate(self.pairs):
            for number in bits(table.all_columns & ~table.rows[i][FAILS]):
                needs[number] = needs.get(number, 0) | 1 << k
        self._needing: dict[int, dict[int, int]] = {}  # by the first pair, then by all of them
        self._needing_none = table.all_columns
        for number, pairs in needs.items():
            alike = self._needing.setdefault(pairs & -pairs, {})
            alike[pairs] = alike.get(pairs, 0) | 1 << number
            self._needing_none ^= 1 << number

    def row(self, main: int, held: int) -> int:
        """The columns that a class of the main dimension and a set of pairs satisfy, the other pairs failing."""
        columns, left = self._needing_none, held
        while left:
            first = left & -left
            left ^= first
            for pairs, needing in self._needing.get(first, {}).items():
                if pairs & held == pairs:
                    columns |= needing
        for k in bits(held):
            columns &= self._table.rows[self.pairs[k]][HOLDS]
        return columns & self._table.rows[self.main_at][main]


class Listed:
    """The classes of one variable: the atoms of the attribute, then absent."""

    def __init__(self, dimensions: Dimensions) -> None:
        """Raises ``TooComplex`` where there are too many."""
        main, default = dimensions.main, dimensions.attribute.default
        self.strings = Strings(dimensions.literals, dimensions.patterns, dimensions.samples)
        self.atoms: Sequence[Atom] = self.strings.atoms
        shift = len(dimensions.patterns)
        held = [atom.patterns | atom.samples << shift for atom in self.atoms]
        of_main = [main.listed if atom.literal is None else atom.literal for atom in self.atoms]
        if main.absent:
            held.append(0)
            of_main.append(main.size - 1)
        self.rows = tuple(map(dimensions.row, of_main, held))
        every = (1 << len(held)) - 1
        mains, holding = [0] * main.size, [0] * len(dimensions.pairs)
        for number, (class_, pairs) in enumerate(zip(of_main, held, strict=True)):
            mains[class_] |= 1 << number
            for k in bits(pairs):
                holding[k] |= 1 << number
        self.members = {dimensions.main_at: mains}
        """For each dimension and each of its classes the classes of this variable that it consists of."""
        self.members |= {i: [here, every & ~here] for i, here in zip(dimensions.pairs, holding, strict=True)}
        named = [n for n, atom in enumerate(self.atoms) if atom.literal is not None]
        free = [n for n, atom in enumerate(self.atoms) if atom.literal is None]
        free.sort(key=lambda n: (held[n].bit_count(), n))
        quiet = [*free, *named]
        if default is not None:
            quiet.insert(0, self.atoms.index(Atom(*self.strings.classify(str(default)))))
        if main.absent:
            quiet.insert(0, len(self.atoms))
        self.quiet = tuple(dict.fromkeys(quiet))


class Searched:
    """``main`` is the variable of the literals (classes: each of them, any other string, absent), ``pairs`` are those
    of the pairs (0 holds, 1 fails)."""

    def __init__(self, dimensions: Dimensions, first: int) -> None:
        """``first`` is the index of the first of its variables."""
        default = dimensions.attribute.default
        usual = [str(default)] if default is not None else []
        self.search = StringSearch(dimensions.literals, dimensions.patterns, dimensions.samples, usual)
        self.main = first
        self.pairs = tuple(range(first + 1, first + 1 + len(dimensions.pairs)))
        self.variables = (first, *self.pairs)
        self.other = len(dimensions.literals)
        """The class of ``main`` for strings that are no literal."""
        self._literals = dimensions.literals
        self._optional = dimensions.main.absent
        self._usual: list[str | None] = [*([None] if self._optional else []), *usual]
        self._holding = [0] * len(self.pairs)  # for each pair the literals for which it holds
        for n, text in enumerate(self._literals):
            for k in bits(self.search.classify(text)):
                self._holding[k] |= 1 << n

    def rows(self, dimensions: Dimensions, table: Table) -> list[tuple[int, ...]]:
        """The row of each class of each variable. That of a literal has what the pairs make of it."""
        held = [self.search.classify(text) for text in self._literals]
        mains = [dimensions.row(n, pairs) for n, pairs in enumerate(held)]
        mains.append(table.rows[dimensions.main_at][self.other])
        if self._optional:
            mains.append(dimensions.row(self.other + 1, 0))
        return [tuple(mains), *(table.rows[i] for i in dimensions.pairs)]

    def narrowed(self, admitted: Mapping[int, int]) -> int:
        """Of the classes of ``main`` that some classes admit those that the classes admitted of the pairs allow."""
        every = (1 << self.other + 1 + self._optional) - 1
        classes = admitted.get(self.main, every)
        for v, holding in zip(self.pairs, self._holding, strict=True):
            if v in admitted and not admitted[v] >> FAILS & 1:
                classes &= holding | 1 << self.other
            if v in admitted and not admitted[v] >> HOLDS & 1:
                classes &= every & ~holding
        return classes

    def literal(self, class_: int) -> str | None:
        """The string of a class of ``main`` that is not ``other``; None for absent."""
        return self._literals[class_] if class_ < self.other else None

    def classes(self, text: str | None) -> dict[int, int]:
        """The classes of a string, None for absent."""
        if text is None:
            return {self.main: self.other + 1, **dict.fromkeys(self.pairs, FAILS)}
        held = self.search.classify(text)
        main = self._literals.index(text) if text in self._literals else self.other
        return {self.main: main, **{v: FAILS - (held >> k & 1) for k, v in enumerate(self.pairs)}}

    def held(self, assignment: Mapping[int, int]) -> int:
        """The pairs that hold."""
        return sum(1 << k for k, v in enumerate(self.pairs) if assignment[v] == HOLDS)

    def text(self, assignment: Mapping[int, int]) -> str | None:
        """A string of some classes, or None for absent. Raises ``Incomplete``."""
        if assignment[self.main] != self.other:
            return self.literal(assignment[self.main])
        held = self.held(assignment)
        found = self.search.find(held, self.search.every & ~held)
        if found is None:
            raise Incomplete  # who has asked the search before does not come here
        return found

    def words(self, assignment: Mapping[int, int]) -> Iterator[str | None]:
        """Every value of some classes. Raises ``Incomplete``."""
        if assignment[self.main] != self.other:
            return iter([self.text(assignment)])
        held = self.held(assignment)
        return self.search.words(held, self.search.every & ~held)

    @cached_property
    def ordinary(self) -> list[dict[int, int]]:
        """The classes that a witness shows unless something else matters, the most ordinary first."""
        try:
            plain = self.search.find(0, self.search.every)
        except Incomplete:
            plain = None
        return [self.classes(text) for text in [*self._usual, *([plain] if plain is not None else [])]]
