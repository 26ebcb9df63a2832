"""Boxes in the words of the language: predicates that a reviewer can read, and that hold for these requests only."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

from interlock.compiler.bits import bits, union
from interlock.compiler.diff.attributes import Shared
from interlock.compiler.diff.boxes import Box
from interlock.compiler.space import Space, Variable
from interlock.compiler.table import HOLDS, Main, Pair
from interlock.dsl import policy as p
from interlock.dsl.model_data import quoted, tokens, word


class Writer:
    """Writes predicates about the variables of a space."""

    def __init__(self, space: Space, shared: Sequence[Shared]) -> None:
        """Takes the space, and the attributes that its own stand for."""
        self._space = space
        self._parts: list[list[tuple[int, Main | Pair]]] = [[] for _ in space.variables]
        for number, dimension in enumerate(space.table.dimensions):
            self._parts[space.variable_of(number)].append((number, dimension))
        self._called = {each.other: each.name for each in shared if each.other is not None}
        self._unlike = {name for each in shared if each.other is not None for name in (each.name, each.other)}
        self._missing = {each.missing: each.name for each in shared if each.missing is not None}

    def conditions(self, box: Box) -> tuple[str, ...]:
        """Conditions that all hold for exactly the requests in a box."""
        return tuple(self._variable(v, classes) for v, classes in sorted(box.items()))

    def _variable(self, v: int, classes: int) -> str:
        variable = self._space.variables[v]
        name = variable.attribute.name
        if name in self._missing:
            return f"{'not ' if classes == 0b10 else ''}has {self._missing[name]}"
        name = self._called.get(name, name)
        here = f"{name} is {variable.attribute.type}" if variable.attribute.name in self._unlike else f"has {name}"
        if variable.element is not None:
            of_strings = isinstance(variable.attribute.type, p.SetType) and isinstance(
                variable.attribute.type.element, p.StringType
            )
            write = quoted if of_strings else _value
            what = f"{name} contains {write(variable.element)}"
            return what if classes == 1 << HOLDS else f"not {what}"
        if variable.intervals:
            return _numbers(variable, name, here, classes)
        if isinstance(variable.attribute.type, p.BoolType):
            # Classes are false, true and, if it may be, absent.
            return {
                0b001: f"{here} and not {name}" if variable.attribute.optional else f"not {name}",
                0b010: name,
                0b100: f"not {here}",
                0b011: here,
                0b101: f"not {name}",
                0b110: f"{name} or not {here}",
            }[classes]
        return " or ".join(self._words(v, name, here, classes))

    def _words(self, v: int, name: str, here: str, classes: int) -> Iterator[str]:
        """Alternatives for classes of words: as few conditions as a greedy choice finds."""
        space, variable, full = self._space, self._space.variables[v], self._space.full[v]
        write = quoted if isinstance(variable.attribute.type, p.StringType) else _value
        literals: dict[str, int] = {}
        tests: list[tuple[int, str]] = []
        for number, dimension in self._parts[v]:
            if isinstance(dimension, Main):
                for k, value in enumerate(dimension.values):
                    literals[str(value)] = space.classes_of(number, k)
                if dimension.absent:
                    there = full & ~space.classes_of(number, dimension.size - 1)
                    tests += [(there, here), (full & ~there, f"not {here}")]
            else:
                what = _like(name, dimension)
                holds = space.classes_of(number, HOLDS)
                tests += [(holds, what), (full & ~holds, f"not {what}" if what.startswith("sample") else _not(what))]
        plain = {value: mask for value, mask in literals.items() if mask & classes}
        inside, among = union(plain.values()), [value for value, mask in plain.items() if not mask & ~classes]
        if inside == classes:
            yield _among(name, among, "in", write)
            return
        left_out = [value for value, mask in literals.items() if not mask & classes]
        if left_out and union(literals[value] for value in left_out) == full & ~classes:
            yield _among(name, left_out, "not in", write)
            return
        yield from self._covered(name, classes, full, literals, tests, write)

    def _covered(
        self,
        name: str,
        classes: int,
        full: int,
        literals: dict[str, int],
        tests: list[tuple[int, str]],
        write: Callable[[str], str],
    ) -> Iterator[str]:
        left = classes
        single = {mask: value for value, mask in literals.items()}
        for class_ in bits(classes):
            bit = 1 << class_
            if bit in single or not left & bit:
                continue
            chosen = [(mask, what) for mask, what in tests if mask & bit]
            excluded = [value for value, mask in literals.items() if not mask & classes]
            if excluded:
                chosen.append(
                    (full & ~union(literals[value] for value in excluded), _among(name, excluded, "not in", write))
                )
            for test in list(chosen):
                others = [each for each in chosen if each is not test]
                if not _meet(others, full) & ~classes:
                    chosen = others
            left &= ~_meet(chosen, full)
            yield " and ".join(what for _, what in chosen)
        # Of the values that have a class of their own those that nothing above holds for.
        named = [single[1 << class_] for class_ in bits(left)]
        if named:
            yield _among(name, named, "in", write)


def _meet(tests: Sequence[tuple[int, str]], full: int) -> int:
    together = full
    for mask, _ in tests:
        together &= mask
    return together


def _numbers(variable: Variable, name: str, here: str, classes: int) -> str:
    intervals = variable.intervals
    found = []
    runs: list[tuple[int, int]] = []
    for class_ in bits(classes & (1 << len(intervals)) - 1):
        lo, hi = intervals[class_]
        if runs and runs[-1][1] == lo - 1:
            runs[-1] = (runs[-1][0], hi)
        else:
            runs.append((lo, hi))
    least, most = intervals[0][0], intervals[-1][1]
    single = []
    for lo, hi in runs:
        if lo == least and hi == most:
            found.append(here)
        elif lo == hi:
            single.append(lo)
        elif lo == least:
            found.append(f"{name} < {tokens(hi + 1)}")
        elif hi == most:
            found.append(f"{name} >= {tokens(lo)}")
        else:
            found.append(f"{name} in {tokens(lo)}..{tokens(hi + 1)}")
    if single:
        written = ", ".join(map(tokens, single))
        found.append(f"{name} == {written}" if len(single) == 1 else f"{name} in [{written}]")
    if classes >> len(intervals) & 1:
        found.append(f"not {here}")
    return " or ".join(found)


def _among(name: str, values: Sequence[str], how: str, write: Callable[[str], str]) -> str:
    words = [write(value) for value in values]
    if len(words) == 1:
        return f"{name} {'==' if how == 'in' else '!='} {words[0]}"
    return f"{name} {how} [{', '.join(words)}]"


_WORDS = frozenset({"and", "or", "not", "in", "like", "contains", "has", "true", "false", "sample", "any", "all"})
"""Words of the language that would not be read as values."""


def _value(value: str) -> str:
    return quoted(value) if value in _WORDS else word(value)


def _like(name: str, pair: Pair) -> str:
    if pair.kind == "sample":
        assert isinstance(pair.what, tuple)
        salt, below = pair.what
        assert isinstance(below, int)
        percent = f"{below // 100}" if below % 100 == 0 else f"{below / 100:.2f}".rstrip("0")
        salted = "" if salt is None else f", {quoted(str(salt))}"
        return f"sample({name}{salted}) < {percent}%"
    pieces = [quoted(str(piece))[1:-1].replace("*", "\\*") for piece in pair.what]
    return f'{name} like "{"*".join(pieces)}"'


def _not(what: str) -> str:
    return what.replace(" like ", " not like ", 1)
