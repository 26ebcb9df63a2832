"""Queries as Portkey evaluates them (src/services/conditionalRouter.ts), traps included.

A query is evaluated key by key and stops at the first that does not hold, so an operator that Portkey does not know
fails a request only if it is come to. `$or` and `$and` say at once what the whole query is, `$regex` what its key is.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterator

from interlock.compiler.sources.document import Mapping, Node, Sequence
from interlock.compiler.sources.document import Scalar as Value
from interlock.compiler.sources.portkey.formulas import (
    FALSE,
    TRUE,
    Formula,
    Key,
    Kind,
    Op,
    Scalar,
    Test,
    all_of,
    any_of,
    not_,
)
from interlock.dsl.record import record

OPERATORS = ("$eq", "$ne", "$gt", "$gte", "$lt", "$lte", "$in", "$nin", "$regex", "$and", "$or")
COMPARE: dict[str, Op] = {"$gt": ">", "$gte": ">=", "$lt": "<", "$lte": "<="}
UNDEFINED = "undefined"
"""What a pattern is matched against where there is no value."""


MAX_FAILING = 20
"""Alternatives with unknown operators in one choice: when each is come to depends on all before it."""


class TooMuch(Exception):
    """A query asks for more than can be written down."""


@record
class Outcome:
    """When a query holds, and when it fails the request: never both."""

    holds: Formula
    fails: Formula


HOLDS, NEVER, FAILS = Outcome(TRUE, FALSE), Outcome(FALSE, FALSE), Outcome(FALSE, TRUE)


def evaluate(query: Node) -> Outcome:
    """When a query holds. Raises ``TooMuch``."""
    if isinstance(query, Value) and query.value is None:
        return FAILS
    done: list[Outcome] = []
    for name, value in entries(query):
        if name in ("$or", "$and") and isinstance(value, Sequence):
            each = [evaluate(item) for item in value.items]
            done.append(_any(each) if name == "$or" else _all(each))
            break
        done.append(_key(key_of(name), value))
    return _all(done)


def key_of(name: str) -> Key | None:
    """What a key of a query stands for; None for what no request has. Only the first two parts count."""
    parts = name.split(".")
    if len(parts) < 2 or parts[0] not in ("metadata", "params", "url"):
        return None
    if parts[0] == "url" and parts[1] != "pathname":
        return None
    return Key(parts[0], parts[1])  # type: ignore[arg-type]


def entries(node: Node) -> Iterator[tuple[str, Node]]:
    """The entries of a value in the order in which JavaScript has them: names that are numbers come first."""
    if isinstance(node, Sequence):
        yield from ((str(n), item) for n, item in enumerate(node.items))
    elif isinstance(node, Mapping):
        # A key that is written twice keeps its first place, and has its last value.
        last = {str(key.value): value for key, value in node.items}
        numbers = sorted((name for name in last if re.fullmatch(r"0|[1-9]\d{0,8}", name)), key=int)
        yield from ((name, last[name]) for name in numbers)
        yield from ((name, value) for name, value in last.items() if name not in numbers)
    elif isinstance(node.value, str):
        yield from ((str(n), Value(letter, node.span)) for n, letter in enumerate(node.value))


def _all(outcomes: list[Outcome]) -> Outcome:
    so_far: Formula = TRUE
    fails: list[Formula] = []
    for outcome in outcomes:
        fails.append(all_of([so_far, outcome.fails]))
        so_far = all_of([so_far, outcome.holds])
    return Outcome(so_far, any_of(fails))


def _any(outcomes: list[Outcome]) -> Outcome:
    """One after the other, until one holds."""
    if sum(outcome.fails != FALSE for outcome in outcomes) > MAX_FAILING:
        raise TooMuch
    left: Formula = TRUE
    holds: list[Formula] = []
    fails: list[Formula] = []
    failed: Formula = FALSE
    for outcome in outcomes:
        # That an earlier one held does no harm: then the whole holds. That one failed does.
        holds.append(all_of([outcome.holds, not_(failed)]))
        fails.append(all_of([left, outcome.fails]))
        left = all_of([left, not_(outcome.holds), not_(outcome.fails)])
        failed = any_of([failed, fails[-1]])
    return Outcome(any_of(holds), any_of(fails))


def _key(key: Key | None, value: Node) -> Outcome:
    if isinstance(value, Value):
        return Outcome(_equal(key, (value.value,)), FALSE)
    done: list[Outcome] = []
    for name, wanted in entries(value):
        done.append(_operator(key, name, wanted))
        if name == "$regex":
            break
    return _all(done)


def _operator(key: Key | None, name: str, wanted: Node) -> Outcome:
    if name in ("$eq", "$ne"):
        equal = _equal(key, (wanted.value,)) if isinstance(wanted, Value) else FALSE
        return Outcome(equal if name == "$eq" else not_(equal), FALSE)
    if name in ("$in", "$nin"):
        if not isinstance(wanted, Sequence):
            return NEVER
        listed = _equal(key, tuple(item.value for item in wanted.items if isinstance(item, Value)))
        return Outcome(listed if name == "$in" else not_(listed), FALSE)
    if name in COMPARE:
        limit = parse_float(text_of(wanted))
        if key is None or math.isnan(limit):
            return NEVER
        return Outcome(Test(key, COMPARE[name], (int(limit) if limit.is_integer() else limit,), "number"), FALSE)
    if name == "$regex":
        return Outcome(_matches(key, text_of(wanted)), FALSE)
    return FAILS


def _equal(key: Key | None, values: tuple[Scalar, ...]) -> Formula:
    if key is None or not values:
        return FALSE
    # One test a type: what is compared with texts is another attribute than what is compared with numbers.
    found: dict[Kind, dict[Scalar, None]] = {}
    for value in values:
        found.setdefault(kind_of(value), {})[value] = None
    return any_of(Test(key, "==" if len(said) == 1 else "in", tuple(said), kind) for kind, said in found.items())


def kind_of(value: Scalar) -> Kind:
    """The type of a value, as JavaScript compares: a number is no text."""
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "bool"
    return "string" if isinstance(value, str) else "number"


def _matches(key: Key | None, expression: str) -> Formula:
    if is_wrong(expression):
        return FALSE
    if key is not None:
        return Test(key, "regex", (expression,), "string")
    return TRUE if matches_undefined(expression) else FALSE


def is_wrong(expression: str) -> bool:
    """Whether a text is no regular expression of JavaScript, as far as that is plain. Such a condition never holds."""
    if "[]" in expression or "[^]" in expression:
        return False  # a class of nothing, and of anything
    if re.search(r"(?<!\\)(\\\\)*\(\?([a-zA-Z-]+\)|P|#)", expression):
        return True  # `(?i)` and the like are of other languages
    try:
        re.compile(expression)
    except re.error as error:
        return any(said in error.msg for said in ("unterminated", "unbalanced", "missing )", "nothing to repeat"))
    except (OverflowError, RecursionError):
        return False
    return False


def matches_undefined(expression: str) -> bool:
    """Whether an expression matches where there is no value: Portkey then asks it of the text `undefined`."""
    try:
        return re.search(expression, UNDEFINED) is not None
    except (re.error, OverflowError, RecursionError):
        return False


def parse_float(text: str) -> float:
    """The number at the start of a text, as JavaScript's `parseFloat` reads it."""
    found = re.match(r"\s*([+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d{1,3})?)", text)
    value = float(found[1]) if found else math.nan
    return value if math.isnan(value) or abs(value) < 2**53 else math.copysign(2**53 - 1, value)


def text_of(node: Node) -> str:
    """A value as JavaScript writes it where a text is wanted."""
    if isinstance(node, Sequence):
        return ",".join(text_of(item) for item in node.items)
    if isinstance(node, Mapping):
        return "[object Object]"
    if node.value is None:
        return "null"
    if isinstance(node.value, bool):
        return "true" if node.value else "false"
    return str(node.value)
