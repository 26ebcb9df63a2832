"""Random attributes and predicates over them, as text: the part of the generator that knows about types."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tests.oracle.policies import Choices

RESERVED = {"and", "or", "not", "in", "like", "has", "contains", "sample", "true", "false"}


def quoted(text: str) -> str:
    """The text as a string of the language."""
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n").replace("\t", "\\t") + '"'


def word(text: str) -> str:
    """An enum value: as a name if it is one, else quoted."""
    name = re.fullmatch(r"[A-Za-z_][A-Za-z0-9_]*(-[A-Za-z0-9_]+)*", text) and text not in RESERVED
    return text if name else quoted(text)


@dataclass(frozen=True)
class Attribute:
    """An attribute and the few literals that all predicates on it share. ``type`` is bool, int, enum, zone
    (the named enum of families), string or set; ``literals`` are texts of values, ``patterns`` of patterns,
    ``samples`` of whole comparisons."""

    name: str
    type: str
    optional: bool
    declaration: str
    literals: tuple[str, ...]
    patterns: tuple[str, ...] = ()
    samples: tuple[str, ...] = ()
    lo: int = 0
    hi: int = 0

    @staticmethod
    def draw(c: Choices, name: str, kind: str, zone: Sequence[str]) -> Attribute:
        optional = kind != "set" and c.chance(35)
        stability = c.pick(["", "per session", "per turn", "rising"])
        source = c.pick(["", 'from header "x-a"', 'from body "/a/b"', 'from metadata "k"', 'from gateway "g"'])
        default = error = ""
        patterns: list[str] = []
        samples: list[str] = []
        lo = hi = 0
        if kind == "bool":
            type_, literals = "bool", ["true", "false"]
        elif kind == "int":
            lo, hi, type_ = c.pick(
                [
                    (0, 4, "0..=4"),
                    (-3, 3, "-3..4"),
                    (5, 5, "5..=5"),
                    (0, 1_000_000, "0..=1M"),
                    (0, 2**53 - 1, "0.."),
                ]
            )
            type_ = f"int({type_})"
            middle = [n for n in (lo, lo + 1, lo + 3, 8_000, 40_000, hi - 1, hi) if lo <= n <= hi]
            literals = [str(n) for n in sorted({c.pick(middle) for _ in range(c.integer(1, 4))})]
            error = c.pick(["", "error 35%", "error 0.5%"])
        elif kind == "zone":
            type_, literals = "zone", [word(v) for v in zone]
        elif kind == "enum":
            values = ["low", "mid-1", *c.some(["v:0", "high"], 0, 1)]
            literals = [word(v) for v in values]
            type_ = f"enum({', '.join(literals)}{c.pick(['', ', ...'])})"
        elif kind == "string":
            type_ = "string"
            x, y = c.pick([("a", "b"), ("é", "🚀"), ("*", "a"), ('"', "\\")])
            shapes = [
                "X*",
                "*X",
                "X*X",
                "*X*",
                "XY*",
                "*Y",
                "X*Y",
                "*XY*",
                "*X*Y",
                "X*Y*X",
                "**",
                "XY",
                "*YX",
            ]
            literals = [quoted(_fill(shape, x, y)) for shape in c.some(["X", "XY", "", "YX", "XX", "Y"], 1, 2)]
            for shape in c.some(shapes, 0, 3):
                pieces = [_fill(piece, x, y) for piece in shape.split("*")]
                patterns.append('"' + "*".join(quoted(p)[1:-1].replace("*", "\\*") for p in pieces) + '"')
            for _ in range(c.pick([0, 0, 1, 2, 3])):
                salt = c.pick(["", ', "s"'])
                samples.append(f"sample({name}{salt}) < {c.pick(['50%', '25%', '12.5%', '100%', '0%', '75%'])}")
        else:
            of_enum = c.pick(["string", "enum(p, q, r)", "enum(p, q, ...)", "zone" if zone else "string"])
            elements = list(zone) if of_enum == "zone" else ["p", "q"] if "enum" in of_enum else ["p", "x y"]
            literals = [quoted(e) if of_enum == "string" else word(e) for e in elements]
            type_ = f"set({of_enum})"
        if stability == "rising" and (kind != "int" or optional):
            stability = ""
        if c.chance(20):
            value = c.pick(literals)
            default = f"default [{value}]" if kind == "set" else f"default {value}"
        shown = type_ + ("?" if optional else "")
        parts = [name, ":", shown, stability, source, default, error]
        return Attribute(
            name,
            kind,
            optional and not default,
            " ".join(part for part in parts if part),
            tuple(literals),
            tuple(patterns),
            tuple(samples),
            lo,
            hi,
        )


def _fill(shape: str, x: str, y: str) -> str:
    return "".join({"X": x, "Y": y}[letter] for letter in shape)


class Predicates:
    """Draws predicates over the attributes and the lets declared so far."""

    def __init__(self, choices: Choices, attributes: Sequence[Attribute]) -> None:
        self.c = choices
        self.attributes = attributes
        self.let_names: list[str] = []

    def lets(self) -> list[str]:
        lines = []
        for name in ("big", "odd", "team")[: self.c.pick([0, 0, 1, 2, 3])]:
            lines.append(f"let {name} = {self.draw(2)}")
            self.let_names.append(name)  # a let may use those before it
        return lines

    def draw(self, depth: int) -> str:
        """A predicate of at most ``depth`` levels of and, or and not."""
        c = self.c
        shape = c.integer(0, 99) if depth else 0
        if shape < 50:
            return self.atom()
        if shape < 65:
            operand = self.draw(depth - 1)
            return f"not ({operand})" if " and " in operand or " or " in operand else f"not {operand}"
        operands = [self.draw(depth - 1) for _ in range(c.integer(2, 3))]
        if shape < 88:
            return " and ".join(f"({o})" if " or " in o else o for o in operands)
        # `and` binds tighter than `or`, so its operands need no parentheses.
        return " or ".join(operands)

    def atom(self) -> str:
        c = self.c
        special = c.integer(0, 99)
        if special >= 97:
            return c.pick(["true", "false"])
        if special >= 85 and self.let_names:
            return c.pick(self.let_names)
        a = c.pick(self.attributes)
        if a.optional and special >= 75:
            return f"has {a.name}"
        v = c.pick(a.literals)
        if a.type == "set":
            some = ", ".join(c.some(a.literals, 1, 2))
            return a.name + c.pick([f" contains {v}", f" contains any [{some}]", f" contains all [{some}]"])
        if a.type == "string" and (a.patterns or a.samples) and special >= 25:
            likes = [f"{a.name} {c.pick(['like', 'not like'])} {pattern}" for pattern in a.patterns]
            return c.pick([*likes, *a.samples])
        if a.type == "int" and special >= 25:
            return f"{a.name} {self.int_test(a)}"
        if a.type == "bool" and special >= 25:
            return a.name
        some = ", ".join(c.some(a.literals, 1, 2))
        return f"{a.name} " + c.pick([f"== {v}", f"!= {v}", f"in [{some}]", f"not in [{some}]"])

    def int_test(self, a: Attribute) -> str:
        c = self.c
        if c.chance(60):
            return f"{c.pick(['<', '>=', '<=', '>'])} {c.pick(a.literals)}"
        return f"{c.pick(['in', 'not in'])} {self.range(a)}"

    def range(self, a: Attribute) -> str:
        """A range that is neither empty nor outside the attribute's own."""
        c = self.c
        first, last = sorted((int(c.pick(a.literals)), int(c.pick(a.literals))))
        ranges = [f"{first}..={last}", f"{first}..", f"..={last}"]
        if first < last:
            ranges.append(f"{first}..{last}")
        if last > a.lo:
            ranges.append(f"..{last}")
        return c.pick(ranges)

    def ladder(self) -> tuple[str, list[str]] | None:
        """An attribute and the patterns of a ladder's arms; None without a scalar attribute."""
        c = self.c
        scalars = [a for a in self.attributes if a.type != "set"]
        if not scalars:
            return None
        a = c.pick(scalars)
        arms = []
        for _ in range(c.integer(1, 3)):
            if a.type == "int" and c.chance(60):
                arms.append(self.range(a))
            else:
                arms.append(", ".join(c.some(a.literals, 1, 2)))
        if c.chance(50):
            arms.append("else")
        return a.name, arms
