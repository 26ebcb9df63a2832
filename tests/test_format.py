"""The formatter proves itself on every run: stable, nothing said differently, no comment lost."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from interlock.dsl import syntax as s
from interlock.dsl.format import format_module
from interlock.dsl.lex import lex
from interlock.dsl.parse import parse
from interlock.dsl.parser_cache import tables
from interlock.dsl.source import Source

HERE = Path(__file__).parent
POLICIES = sorted([*(HERE / "policies").glob("*.route"), *(HERE.parent / "stdlib_policies").rglob("*.route")])
TEXTS = [path.read_text(encoding="utf-8") for path in POLICIES]


def read(text: str) -> s.Module:
    module, findings = parse(Source("test.route", text))
    assert not findings, (text, findings)
    return module


def formatted(text: str) -> str:
    """The canonical text, proved stable and to mean the same."""
    before = read(text)
    once = format_module(before)
    after = read(once)
    assert after.declarations == before.declarations, once
    assert format_module(after) == once, once
    said = ["".join(comment.text for comment in module.comments).replace(" ", "") for module in (before, after)]
    assert said[0] == said[1], once
    lines = once.split("\n")
    assert not any(line != line.rstrip() for line in lines)
    assert "\n\n\n" not in once
    assert not once or (once.endswith("\n") and not once.endswith("\n\n"))
    return once


@pytest.mark.parametrize("text", TEXTS, ids=[path.stem for path in POLICIES])
def test_every_policy_formats_to_the_same_meaning(text: str) -> None:
    formatted(text)
    formatted(text.replace("\n", "\r\n").replace("    ", "\t"))


def test_the_example_of_the_language_is_nearly_canonical() -> None:
    """But for wider gaps, which nobody has to keep by hand."""
    text = (HERE / "policies" / "example.route").read_text(encoding="utf-8")
    assert formatted(text).replace(" ", "") == text.replace(" ", "")
    assert formatted(text) == (HERE / "policies" / "example.formatted").read_text(encoding="utf-8")


def test_everything() -> None:
    text = (HERE / "policies" / "everything.route").read_text(encoding="utf-8")
    wanted = HERE / "policies" / "everything.formatted"
    if os.environ.get("UPDATE"):
        wanted.write_text(formatted(text), encoding="utf-8")
    assert formatted(text) == wanted.read_text(encoding="utf-8")


CASES = {
    "the empty file": ("", ""),
    "comments alone": ("\n\n# a\n\n\n\n# b\n\n", "# a\n\n# b\n"),
    "one member a line": (
        "pool a { serve b with c\n sticky by d }",
        "pool a {\n    serve  b with c\n    sticky by d\n}\n",
    ),
    "a block kept on one line": ("pool a { serve b with c sticky by d; }", "pool a { serve b with c; sticky by d }\n"),
    "an empty block": ("request {\n\n}", "request {}\n"),
    "comments in an empty block": ("request { # a\n\n# b\n\n}", "request {  # a\n    # b\n}\n"),
    "numbers stay as they are": ("let a = b in [40K, 40_000, 40000, -0]", "let a = b in [40K, 40_000, 40000, -0]\n"),
    "blank lines": ("let a = b\n\n\n\nlet c = d\nlet e = f", "let a = b\n\nlet c = d\nlet e = f\n"),
    "no blank line at the edges of a block": (
        "request {\n\n a : bool\n\n\n b : bool\n\n}",
        "request {\n    a : bool\n\n    b : bool\n}\n",
    ),
    "a remark at the start of a block stays no doc comment": (
        "request {\n\n    ## x\n\n    a : bool\n}",
        "request {\n    ## x\n\n    a : bool\n}\n",
    ),
    "large blocks stand apart": (
        "model a {\n}\nmodel b { context 1M\n}\nmodel c { context 1M\n}",
        "model a {}\nmodel b {\n    context 1M\n}\n\nmodel c {\n    context 1M\n}\n",
    ),
    "rules line up, gaps end it": (
        "rule a when b -> c\nrule long_name -> c\n\nrule d when e -> f\n# x\nrule ggg when h -> i",
        "rule a         when b -> c\nrule long_name        -> c\n\nrule d when e -> f\n# x\nrule ggg when h -> i\n",
    ),
    "trailing comments line up": (
        "rule a -> b # one\nrule a_longer_name -> b   #two\nrule c -> b\nrule d -> b # three",
        "rule a             -> b  # one\nrule a_longer_name -> b  #two\nrule c             -> b\n"
        "rule d             -> b  # three\n",
    ),
    "a comment behind a separator": ("pool a {\n retry 1; # x\n}", "pool a {\n    retry 1  # x\n}\n"),
    "a comment between a member and its separator": (
        "pool a {\n retry 1 # x\n ; # y\n retry 2 }",
        "pool a {\n    retry 1  # x # y\n    retry 2\n}\n",
    ),
    "what is no doc comment does not become one": (
        "request {\n a : bool\n ## x\n ;\n b : bool\n}",
        "request {\n    a : bool\n    ## x\n\n    b : bool\n}\n",
    ),
    "a comment within a rule": (
        "rule a # x\n when b and # y\n c # z\n -> d # end",
        "rule a  # x\n    when b\n        and  # y\n        c  # z\n    -> d  # end\n",
    ),
    "a comment in a list": (
        "let a = b in [c, # x\n d,\n # y\n e]",
        "let a =\n    b in [\n        c,  # x\n        d,\n        # y\n        e\n    ]\n",
    ),
    "byte order mark": ("\ufefflet a = b", "let a = b\n"),
}


@pytest.mark.parametrize("name", CASES)
def test_layout(name: str) -> None:
    text, wanted = CASES[name]
    assert formatted(text) == wanted


def test_long_lines_break() -> None:
    long = " and ".join(f"attribute_{n} == value_{n}" for n in range(5))
    names = ", ".join(f"value_{n}" for n in range(30))
    text = (
        f"rule a when ({long}) or {long} -> b\nlet c = d in [{names}]\nenum e = {names}\n"
        f"fallback a {' '.join(f'-> pool_number_{n}' for n in range(9))} -> fail 503\n"
        f'request {{ f : enum({names})? per session from header "x" default value_1 }}\n'
        f"within w when {long} {{ rule a match b {{ {names} -> c }} }}\n"
        f"assert s when {long} every hop.region == a\nrequire t when {long}\n"
    )
    assert all(len(line) <= 110 for line in formatted(text).split("\n"))


GAPS = st.sampled_from([" ", "\n", "\n\n", "\n\n\n", "\t", "\n    ", "keep", "keep", "keep"])
REMARKS = st.sampled_from(
    [" # {}\n", "\n# {}\n", "\n\n# {}\n\n", "\n## {}\n", "\n## {}\n\n", " ## {}\n", "\n    ## {}\n    ## more\n"]
)


@st.composite
def disturbed(draw: st.DrawFn) -> str:
    """A valid policy with comments between any two tokens, and other gaps."""
    text = draw(st.sampled_from(TEXTS))
    tokens = lex(Source("test.route", text), tables())
    count = len(tokens.kinds)
    first = draw(st.integers(0, count - 1))
    last = min(count, first + draw(st.sampled_from([3, 20, 100, count])))
    remarks = dict(draw(st.lists(st.tuples(st.integers(first, last - 1), REMARKS), max_size=12)))
    gaps = dict(draw(st.lists(st.tuples(st.integers(first, last - 1), GAPS), max_size=12)))
    parts: list[str] = []
    end = 0
    for at in range(count):
        gap = text[end : tokens.starts[at]]
        if at in gaps and gaps[at] != "keep" and "#" not in gap and (gap or at == 0):
            gap = gaps[at]
        parts += [remarks.get(at, "").format(at), gap, text[tokens.starts[at] : tokens.ends[at]]]
        end = tokens.ends[at]
    return "".join(parts)


@settings(max_examples=120, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(disturbed())
def test_comments_survive_anywhere(text: str) -> None:
    formatted(text)
