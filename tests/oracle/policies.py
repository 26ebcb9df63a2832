"""Random policies, as text: small but wide, using every feature, free of T findings.

Alphabets are tiny and thresholds few, drawn once a policy, so that overlaps, dead rules, gaps and loops of
chains are common. One generator serves hypothesis, which shrinks its choices, and plain seeds for bulk runs.
"""

from __future__ import annotations

import random
import re
from collections.abc import Callable, Sequence
from typing import TypeVar

from hypothesis import strategies as st

from tests.oracle.predicates import Attribute, Predicates, quoted, word

T = TypeVar("T")


class Choices:
    """A source of choices; 0, the first and False are what hypothesis shrinks to."""

    def __init__(self, integer: Callable[[int, int], int]) -> None:
        self.integer = integer

    def pick(self, options: Sequence[T]) -> T:
        return options[self.integer(0, len(options) - 1)] if len(options) > 1 else options[0]

    def chance(self, percent: int) -> bool:
        return self.integer(0, 99) >= 100 - percent

    def some(self, options: Sequence[T], lo: int, hi: int) -> list[T]:
        """``lo`` to ``hi`` distinct options, in a drawn order."""
        left = list(options)
        count = min(len(left), self.integer(lo, hi))
        return [left.pop(self.integer(0, len(left) - 1)) for _ in range(count)]


def seeded(seed: int, size: int = 6) -> str:
    """The policy of a seed; ``size`` is the most rules at the top level before the last."""
    return write(Choices(random.Random(seed).randint), size)


@st.composite
def policies(draw: st.DrawFn, size: int = 6) -> str:
    """The same policies, drawn by hypothesis."""
    return write(Choices(lambda lo, hi: draw(st.integers(lo, hi))), size)


def write(choices: Choices, size: int) -> str:
    """The text of one policy."""
    return _Writer(choices).policy(size)


MODELS = ("m1", "m:é/2")  # the second only fits in quotes

PRICES = ("price output $5", "price input $3.01", "price input $0", "price input $10, cache_write $12.50")
TIMEOUTS = ("connect 2s, first_token 30s, total 5m", "connect 500ms, first_token 45s", "total 61s", "connect 1s")

CLASS_PLANS: tuple[tuple[str, ...], ...] = (
    ("",),
    (),
    ("", "on context_overflow"),
    ("", "on context_overflow, refused"),
    ("on unavailable, refused",),
    ("on overloaded, timeout", "on rate_limited"),
    ("on overloaded", "on rate_limited, server_error, timeout, unreachable", "on refused"),
    ("on unreachable, context_overflow",),
)


class _Writer:
    def __init__(self, choices: Choices) -> None:
        self.c = choices
        self.lines: list[str] = []
        self.zone: list[str] = []
        self.pools: dict[str, bool] = {}  # name: whether it is a family
        self.rules = 0

    def policy(self, size: int) -> str:
        c = self.c
        self.lines.append("policy p")
        if c.chance(60):
            self.zone = ["east", "west", *c.some(["mid", "us-1 b"], 0, 1)]
            self.lines.append(f"enum zone = {', '.join(map(word, self.zone))}")
        attributes = self.attributes()
        self.predicates = Predicates(c, attributes)
        self.lines.extend(self.predicates.lets())
        self.models()
        self.upstreams()
        self.pool_declarations(attributes)
        self.chains()
        self.lines.extend(self.rule("") for _ in range(c.integer(1, size)))
        if c.chance(60):
            self.lines.append(f"rule otherwise -> {self.destination()}")
        if c.chance(40):
            self.lines.append(f"invalid -> {c.pick([self.fail(True), self.pool_ref()])}")
        self.claims()
        return "\n".join(self.lines) + "\n"

    # ── attributes ──

    def attributes(self) -> list[Attribute]:
        c = self.c
        kinds = ["bool", "int", "enum", "string", "set"]
        names = c.some(["n", "region", "tools", "model", "tier", "s_2", "x-y", "context"], 2, 5)
        attributes: list[Attribute] = []
        for name in names:
            if self.zone and not any(a.type == "zone" for a in attributes) and c.chance(60):
                kind = "zone"
            else:
                kind = c.pick(kinds)
                if kind in ("string", "set"):
                    kinds.remove(kind)  # one of each keeps the product of all classes small
            attributes.append(Attribute.draw(c, name, kind, self.zone))
        for some in (attributes[:1], attributes[1:]):  # several blocks add up
            if some:
                self.lines.append("request {")
                self.lines.extend("    " + a.declaration for a in some)
                self.lines.append("}")
        return attributes

    # ── what serves ──

    def models(self) -> None:
        c = self.c
        for name in MODELS:
            facts = []
            if c.chance(50):
                facts.append(f"context {c.pick(['200K', '1M', '64_000'])}")
            if c.chance(60):
                facts.append(c.pick(["price input $1, cache_write $1.25", "price input $3, output $15.25", *PRICES]))
            if c.chance(50):
                facts.append("supports tools, vision")
            self.lines.append(f"model {word(name)} {{ {'; '.join(facts)} }}")

    def upstreams(self) -> None:
        c = self.c
        self.upstream_refs = []
        for name in ["u1", "u2", "u3"][: c.integer(1, 3)]:
            self.upstream_refs.append(name)
            region = c.pick([None, "r1", "r2"])
            self.lines.append(f"upstream {name} {{ {self.upstream_body(region)} }}")
        self.family = bool(self.zone) and c.chance(70)
        if self.family:
            self.lines.append(f"upstream f[z in zone] {{ {self.upstream_body('z')} }}")
            self.upstream_refs += [f"f[{word(value)}]" for value in self.zone]

    def upstream_body(self, region: str | None) -> str:
        c = self.c
        members = [f"provider {c.pick(['p1', 'p2'])}"]
        if c.chance(30):
            members.append("account acc")
        if region:
            members.append(f"region {region}")
        if c.chance(20):
            members.append(c.pick(['endpoint "https://e.example"', "endpoint env URL", "supports anthropic"]))
        if c.chance(60):
            members.append(f"timeout {c.pick(TIMEOUTS)}")
        if c.chance(10):
            members.append(c.pick(["limit 500/s burst 1000 else spill", "limit 300/min burst 10 else fail 429"]))
        if c.chance(10):
            members.append("breaker 12.5% of 20 in 10s, probe after 30s")
        return "; ".join(members)

    def pool_declarations(self, attributes: Sequence[Attribute]) -> None:
        c = self.c
        names = ["a", "b", "d", "e"][: c.integer(1, 4)]
        for name in names:
            family = bool(self.zone) and c.chance(35)
            self.pools[name] = family
            # In a family `f[z]` may not meet `f[east]`: that would be one member twice.
            ups = [u for u in self.upstream_refs if not (family and "[" in u)]
            ups += ["f[z]"] if family and self.family else []
            members = c.some([(u, m) for u in ups for m in map(word, MODELS)], 1, 3)
            serves = []
            for upstream, model in members:
                weight = c.pick(["", "", " weight 2", " weight 7"]) if len(members) > 1 else ""
                serves.append(f"serve {upstream} with {model}{weight}")
            scalars = [a.name for a in attributes if a.type != "set"]
            if scalars and c.chance(70 if len(members) > 1 else 20):
                serves.append(f"sticky by {c.pick(scalars)}")
            if c.chance(20):
                serves.append(f"retry {c.integer(0, 3)}")
            head = f"{name}[z in zone]" if family else name
            self.lines.append(f"pool {head} {{ {'; '.join(serves)} }}")

    def pool_ref(self, variable: str | None = None) -> str:
        """Any pool; a family's by one of its values, or by ``variable`` where there is one."""
        name = self.c.pick(list(self.pools))
        if not self.pools[name]:
            return name
        values = [word(value) for value in self.zone]
        return f"{name}[{self.c.pick([variable, *values] if variable else values)}]"

    def chains(self) -> None:
        c = self.c
        for name, family in self.pools.items():
            if not family:
                starts: list[tuple[str, str | None]] = [(name, None)]
            elif c.chance(50):
                starts = [(f"{name}[z in zone]", "z")]
            else:
                starts = [(f"{name}[{word(value)}]", None) for value in self.zone]
            for start, variable in starts:
                for on in c.pick(CLASS_PLANS):
                    hops = [self.pool_ref(variable) for _ in range(c.pick([0, 0, 1, 1, 2]))]
                    # Mostly fails: a follow to any pool closes a loop more often than not.
                    end = f"follow {self.pool_ref(variable)}" if c.chance(35) else self.fail(True)
                    self.lines.append(f"fallback {' -> '.join([start, *hops, end])} {on}".rstrip())

    def fail(self, message: bool) -> str:
        text = self.c.pick(["", ' "down"', ' "é \\"q\\" \\n"']) if message else ""
        return f"fail {self.c.pick([503, 400, 599])}{text}"

    # ── rules ──

    def destination(self, message: bool = True) -> str:
        c = self.c
        if c.chance(20):
            return self.fail(message)
        indexed = [a.name for a in self.predicates.attributes if a.type == "zone" and not a.optional]
        return self.pool_ref(c.pick(indexed) if indexed else None)

    def name(self, prefix: str) -> str:
        self.rules += 1
        return f"{prefix}{self.rules}"

    def rule(self, indent: str, depth: int = 0) -> str:
        """A rule, a ladder or a `within`."""
        c = self.c
        kind = c.integer(0, 99)
        doc = f"{indent}## Why this is so.\n" if c.chance(10) else ""
        when = self.predicates.draw(2)
        if kind >= 88 and depth < 2:
            inner = "\n".join(self.rule(indent + "    ", depth + 1) for _ in range(c.integer(1, 3)))
            return f"{doc}{indent}within {self.name('w')} when {when} {{\n{inner}\n{indent}}}"
        head = f"{doc}{indent}rule {self.name('r')}" + (f" when {when}" if c.chance(90) else "")
        if kind >= 70:
            arms = self.predicates.ladder()
            if arms is not None:
                attribute, patterns = arms
                lines = [f"{indent}    {pattern} -> {self.destination(False)}" for pattern in patterns]
                return f"{head} match {attribute} {{\n" + "\n".join(lines) + f"\n{indent}}}"
        return f"{head} -> {self.destination()}"

    # ── what is proved and tested; nothing here changes a decision ──

    def claims(self) -> None:
        c = self.c
        for _ in range(c.pick([0, 0, 0, 1, 2])):
            tokens = [a.name for a in self.predicates.attributes if a.type == "int"]
            what = f"context >= {c.pick(tokens)}" if tokens and c.chance(60) else c.pick(["tools", "batch"])
            self.lines.append(f"require {what}{self.when()}")
        for number in range(c.pick([0, 0, 0, 1, 2])):
            self.lines.append(f"assert claim{number}{self.when()} {c.pick([self.hop_claim, self.chain_claim])()}")
        if c.chance(15):
            self.lines.append(f"test {quoted('some walk')} {{ request {{ }} expect {self.fail(True)} }}")

    def when(self) -> str:
        return f" when {self.predicates.draw(1)}" if self.c.chance(50) else ""

    def hop_claim(self) -> str:
        c = self.c
        field, values = c.pick(
            [
                ("pool", [self.pool_ref(), self.pool_ref()]),
                ("upstream", [c.pick(self.upstream_refs), c.pick(self.upstream_refs)]),
                ("provider", ["p1", "p2"]),
                ("account", ["acc"]),
                ("region", ["r1", *map(word, self.zone)]),
                ("model", list(map(word, MODELS))),
                ("context", ["200K", "64_000"]),
            ]
        )
        return f"{c.pick(['every', 'first'])} hop.{field} {self.test(field == 'context', values)}"

    def chain_claim(self) -> str:
        c = self.c
        measure = c.pick(["hops", "providers", "regions", "attempts", "seconds"])
        values = ["2s", "32s", "64s", "2m"] if measure == "seconds" else ["1", "2", "3", "4"]
        return f"chain.{measure} {self.test(True, values)}"

    def test(self, ordered: bool, values: Sequence[str]) -> str:
        c = self.c
        op = c.pick(["==", "!=", "in", "not in", *(["<", "<=", ">", ">="] if ordered else [])])
        return f"{op} [{', '.join(c.some(values, 1, 2))}]" if "in" in op else f"{op} {c.pick(values)}"


def rule_count(text: str) -> int:
    """How many rules and ladders the text has; a rough measure of size for reports."""
    return len(re.findall(r"^\s*rule ", text, re.MULTILINE))
