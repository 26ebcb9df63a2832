"""What is taken out of a policy leaves the rest as it was."""

from __future__ import annotations

import pytest

from interlock.dsl import syntax as s
from interlock.dsl.edits import expressions, operand_removal, removal
from interlock.dsl.finding import Edit
from interlock.dsl.format import format_module
from interlock.dsl.parse import parse
from interlock.dsl.source import Source, Span
from tests.oracle.policies import seeded

TEXT = """\
policy p

# All the models.
model a {}
model b {}

## The third.
# interlock: allow unused-declaration -- soon
model c {} # not yet

enum e = x, y

request {
    q : bool

    # What r is.
    r : bool
}
request { one : bool }
request { z : bool; zz : bool }

within w when q {
    rule x -> fail 503
}
rule y match q { true -> fail 400; else -> fail 503 }
rule last -> fail 503 # the end
"""


def read(text: str) -> s.Module:
    module, findings = parse(Source("a.route", text))
    assert findings == [], text
    return module


def apply(text: str, edit: Edit) -> str:
    return text[: edit.span.start] + edit.text + text[edit.span.end :]


def without(text: str, words: str) -> str:
    module = read(text)
    at = text.index(words)
    return apply(text, removal(module, Span(module.source, at, at + len(words))))


@pytest.mark.parametrize(
    ("words", "gone"),
    [
        ("model a {}", "model a {}\n"),  # the remark heads both models
        ("model b {}", "model b {}\n"),
        (
            "model c {}",
            "## The third.\n# interlock: allow unused-declaration -- soon\nmodel c {} # not yet\n\n",
        ),
        ("enum e = x, y", "enum e = x, y\n\n"),
        ("q : bool", "    q : bool\n\n"),
        ("r : bool", "\n    # What r is.\n    r : bool\n"),
        ("one : bool", "request { one : bool }\n"),
        ("z : bool", "z : bool; "),
        ("zz : bool", "; zz : bool"),
        ("rule x -> fail 503", "within w when q {\n    rule x -> fail 503\n}\n"),
        ("true -> fail 400", "true -> fail 400; "),
        ("else -> fail 503", "; else -> fail 503"),
        ("rule last -> fail 503", "rule last -> fail 503 # the end\n"),
    ],
)
def test_what_goes_with_an_item(words: str, gone: str) -> None:
    assert TEXT.count(gone) == 1
    assert without(TEXT, words) == TEXT.replace(gone, "")


def test_an_item_that_is_none() -> None:
    with pytest.raises(ValueError, match="nothing that can be taken out"):
        without(TEXT, "All the models")


@pytest.mark.parametrize(
    ("before", "operand", "after"),
    [
        ("a and b and c", "a", "b and c"),
        ("a and b and c", "b", "a and c"),
        ("a and b and c", "c", "a and b"),
        ("a and (b or c)", "b", "a and c"),
        ("a and (b or c)", "b or c", "a"),
        ("a and (b or c)", "(b or c)", "a"),
        ("a and (b or c)", "a", "b or c"),
        ("(b or c) and z", "z", "b or c"),
        ("a and (b)", "a", "b"),
        ("a or b and c", "a", "b and c"),
        ("a or (b and (c))", "b", "a or c"),
        ("a or (b and (c or d))", "b", "a or (c or d)"),
        ("not (a and (b or c))", "a", "not (b or c)"),
        ("a  # one\n  and (b or c)", "a", "(b or c)"),
        ("a or not (b and c)", "c", "a or not b"),
        ("(a and b or c) and d", "c", "(a and b) and d"),
        ("a  # one\n  and b  # two\n  and c  # three", "b", "a  # one\n  and c  # three"),
        ("a  # one\n  and b  # two\n  and c  # three", "c", "a  # one\n  and b  # two"),
        ("a  # this or that\n  and b", "b", "a  # this or that"),
    ],
)
def test_an_operand_goes_with_its_word(before: str, operand: str, after: str) -> None:
    text = f"policy p\nlet x = {before}\nlet y = a\n"
    module = read(text)
    at = text.index(operand, text.index("="))
    edit = operand_removal(module, Span(module.source, at, at + len(operand)))
    assert edit is not None
    assert apply(text, edit) == f"policy p\nlet x = {after}\nlet y = a\n"


def test_what_stands_alone_is_no_operand() -> None:
    module = read("policy p\nlet x = not a\n")
    assert operand_removal(module, Span(module.source, 21, 22)) is None


@pytest.mark.parametrize("seed", range(15))
def test_one_thing_less(seed: int) -> None:
    """Of random policies, as they come and laid out: the rest parses to the same tree."""
    for text in (seeded(seed), format_module(read(seeded(seed)))):
        module = read(text)
        for at, declaration in enumerate(module.declarations):
            rest = read(apply(text, removal(module, declaration.span)))
            assert rest.declarations == module.declarations[:at] + module.declarations[at + 1 :]
        whole = sum(1 for expr in expressions(module) for _ in operands(expr))
        for expr in expressions(module):
            for operand in operands(expr):
                edit = operand_removal(module, operand.span)
                assert edit is not None
                rest = read(apply(text, edit))
                gone = 1 + sum(1 for _ in operands(operand))
                left = sum(1 for expr in expressions(rest) for _ in operands(expr))
                # Of two operands, the one that stays is none any more.
                assert left in (whole - gone, whole - gone - 1), (text, operand.span.text)


def operands(expr: s.Expr) -> list[s.Expr]:
    """All operands of an `and` or `or`, at any depth."""
    match expr:
        case s.And(operands=parts) | s.Or(operands=parts):
            return [found for part in parts for found in (part, *operands(part))]
        case s.Not(operand=part) | s.Paren(operand=part):
            return operands(part)
        case _:
            return []
