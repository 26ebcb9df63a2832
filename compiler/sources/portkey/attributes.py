"""The values that conditions ask for as attributes of requests, and formulas as the language writes them.

Portkey compares without a cast: the text `5` is not the number 5. So the type of an attribute is that of the values it
is compared with. What the language cannot ask of such an attribute, the gateway is asked for: an attribute that says
whether it is so, with a remark.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable

from interlock.compiler.sources.draft import Names, quoted, word
from interlock.compiler.sources.plan import Attribute
from interlock.compiler.sources.portkey.conditions import matches_undefined
from interlock.compiler.sources.portkey.formulas import FALSE, TRUE, All, Formula, Key, Not, Share, Test, tests_of
from interlock.compiler.sources.portkey.patterns import patterns
from interlock.dsl.record import record

CHANCE = Attribute("request_id", "string", 'per turn from gateway "Math.random"', "Portkey draws anew for each.")
_TAKEN = ("and", "or", "not", "in", "like", "has", "contains", "sample", "true", "false", "per", "rising", "from")
_FRACTIONS = ("temperature", "top_p", "frequency_penalty", "presence_penalty", "min_p")
_RANGE = "int(-1_000M..=1_000M)?"
_MOST = 1_000_000_000


@record
class Asked:
    """A test that the language has no words for, with the attribute that stands for it."""

    test: Test
    attribute: Attribute


class Attributes:
    """The attributes of a configuration. ``asked`` are those that the gateway has to compute."""

    def __init__(self, formulas: Iterable[Formula]) -> None:
        """``formulas``: all that are written."""
        self._names = Names([*_TAKEN, "default", "error", CHANCE.name, "input_tokens"])
        self._kinds = _kinds([test for formula in formulas for test in tests_of(formula) if isinstance(test, Test)])
        self._made: dict[Key, Attribute] = {}
        self._asked: dict[Test, Asked] = {}
        self._uses_chance = False

    @property
    def all(self) -> tuple[Attribute, ...]:
        """All that were asked for, in the order in which they were."""
        drawn = (CHANCE,) if self._uses_chance else ()
        return (*self._made.values(), *(asked.attribute for asked in self._asked.values()), *drawn)

    @property
    def asked(self) -> tuple[Asked, ...]:
        """Those that stand for tests that the language has no words for."""
        return tuple(self._asked.values())

    @property
    def numbers(self) -> tuple[Key, ...]:
        """The values that are compared as numbers."""
        return tuple(key for key, attribute in self._made.items() if attribute.type == _RANGE)

    @property
    def keys(self) -> tuple[Key, ...]:
        """The values that have attributes of their own."""
        return tuple(self._made)

    def chance(self) -> str:
        """The attribute that is another in each request."""
        self._uses_chance = True
        return CHANCE.name

    def text(self, formula: Formula) -> str | None:
        """A formula as the language writes it; None for one that always holds."""
        return None if formula == TRUE else self._text(formula, 0)

    def _text(self, formula: Formula, tight: int) -> str:
        """``tight``: 0 within nothing or `or`, 1 within `and`, 2 within `not`."""
        if isinstance(formula, Test):
            said = self._test(formula)
            return f"({said})" if (" or " in said and tight > 0) or (" and " in said and tight > 1) else said
        if isinstance(formula, Share):
            salt = f", {quoted(formula.of)}" if formula.of else ""
            return f"sample({self.chance()}{salt}) < {formula.percent}"
        if isinstance(formula, Not):
            return self._negated(formula.part)
        if formula in (TRUE, FALSE):
            return "true" if formula == TRUE else "false"
        word_, level = (" and ", 1) if isinstance(formula, All) else (" or ", 0)
        said = word_.join(self._text(part, level) for part in formula.parts)
        return f"({said})" if tight > level else said

    def _negated(self, part: Formula) -> str:
        if isinstance(part, Test) and part.op in ("==", "in"):
            said = self._test(part)
            name, _, rest = said.partition(" ")
            if rest.startswith("== "):
                return f"{name} != {rest[3:]}"
            if rest.startswith("in "):
                return f"{name} not {rest}"
        return f"not ({self._text(part, 0)})"

    def _test(self, test: Test) -> str:
        kind = self._kinds[test.key]
        if test.op == "regex":
            found = patterns(test.values[0]) if kind == "string" and isinstance(test.values[0], str) else None
            if found is None:
                return self._ask(test)
            name = self._attribute(test.key, "string?").name
            tests = [f"{name} like {each.like}" if each.stars else f"{name} == {quoted(each.text)}" for each in found]
            if matches_undefined(str(test.values[0])):
                tests.append(f"not has {name}")
            return " or ".join(tests)
        if test.op in ("==", "in"):
            if test.kind != kind or (kind == "number" and not _whole(test)):
                return self._ask(test)
            type_ = {"string": "string?", "bool": "bool?", "number": _RANGE}[kind]
            name = self._attribute(test.key, type_).name
            if len(test.values) == 1:
                return f"{name} == {_literal(test.values[0])}"
            return f"{name} in [{', '.join(_literal(value) for value in test.values)}]"
        if kind != "number" or not _whole(test) or test.key.name in _FRACTIONS:
            return self._ask(test)
        return f"{self._attribute(test.key, _RANGE).name} {test.op} {_literal(test.values[0])}"

    def _attribute(self, key: Key, type_: str) -> Attribute:
        if key not in self._made:
            name = {"url": "path"}.get(key.section) or word(key.name)
            where = {
                "metadata": f"metadata {quoted(key.name)}",
                "params": f"body {quoted('/' + key.name.replace('~', '~0').replace('/', '~1'))}",
                "url": 'gateway "url.pathname"',
            }[key.section]
            steady = "per session " if key.section != "params" or key.name == "model" else ""
            note = f"`{key.shown}` of the conditions." if key.name != "model" else "The model that the client names."
            self._made[key] = Attribute(self._names.give(name), type_, f"{steady}from {where}", note)
        return self._made[key]

    def _ask(self, test: Test) -> str:
        """An attribute that says whether a test holds."""
        if test not in self._asked:
            suffix = {"regex": "matches", "==": "is", "in": "is"}.get(test.op, "compares")
            name = self._names.give(f"{word(test.key.name)}-{suffix}")
            shown = f"{test.key.shown} {said_of(test)}"
            steady = "per session " if test.key.section != "params" or test.key.name == "model" else ""
            note = f"Whether `{shown}`, as Portkey's conditions compare."
            made = Attribute(name, "bool?", f"{steady}from gateway {quoted(shown)}", note)
            self._asked[test] = Asked(test, made)
        return self._asked[test].attribute.name


def said_of(test: Test) -> str:
    """A test without its key, for people."""
    if test.op == "regex":
        return f"~ {test.values[0]}"
    if len(test.values) == 1:
        return f"{test.op} {_literal(test.values[0])}"
    return f"in [{', '.join(_literal(value) for value in test.values)}]"


def _kinds(tests: list[Test]) -> dict[Key, str]:
    """The type that each key is compared as, of most of its tests."""
    counts: dict[Key, Counter[str]] = {}
    for test in tests:
        # A number with a fraction is none of the language, and null is what is not there.
        weight = 0 if test.kind == "null" or (test.kind == "number" and not _whole(test)) else 1
        counts.setdefault(test.key, Counter())[test.kind] += weight
    return {key: max(("string", "number", "bool"), key=lambda kind: found[kind]) for key, found in counts.items()}


def _whole(test: Test) -> bool:
    return all(
        (isinstance(value, int) or (isinstance(value, float) and value.is_integer())) and abs(value) <= _MOST
        for value in test.values
    )


def _literal(value: str | int | float | bool | None) -> str:
    if isinstance(value, str):
        return quoted(value)
    if isinstance(value, bool) or value is None:
        return {True: "true", False: "false", None: "null"}[value]
    return str(int(value)) if float(value).is_integer() else str(value)
