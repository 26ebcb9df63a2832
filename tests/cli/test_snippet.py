"""Source lines and what is underlined in them. Expected drawings are shown as they look."""

from __future__ import annotations

import io
import re
import textwrap

import pytest

from interlock.cli.cells import plain, width, wrap
from interlock.cli.console import Console
from interlock.cli.render.snippet import Label, draw
from interlock.dsl.source import Source, Span


def span(source: Source, words: str, which: int = 0) -> Span:
    """Where ``words`` stand in the source."""
    at = [match.start() for match in re.finditer(re.escape(words), source.text)][which]
    return Span(source, at, at + len(words))


def drawn(*labels: Label, source_width: int = 80, encoding: str = "utf-8") -> str:
    console = Console(io.TextIOWrapper(io.BytesIO(), encoding=encoding), "never")
    console.source_width = source_width
    return "\n".join(draw(labels, console))


def assert_drawn(drawing: str, expected: str) -> None:
    """Compares drawings whatever their common indentation."""
    assert textwrap.dedent(drawing).rstrip() == textwrap.dedent(expected).strip("\n").rstrip()


def test_carets_stand_under_the_words() -> None:
    source = Source("a.route", "policy p\nrule x when y -> z\n")
    assert_drawn(
        drawn(Label(span(source, "y -> z"), primary=True)),
        """
          ┌─ a.route:2:13
          │
        2 │ rule x when y -> z
          │             ^^^^^^
          │
        """,
    )


def test_labels_of_a_file_are_in_the_order_of_lines_and_gaps_are_marked() -> None:
    source = Source("a.route", "".join(f"line {n}\n" for n in range(1, 13)))
    assert_drawn(
        drawn(
            Label(span(source, "line 9"), primary=True),
            Label(span(source, "line 7"), "a gap of one line is shown"),
            Label(span(source, "2"), "two"),
        ),
        """
          ┌─ a.route:9:1
          │
        2 │ line 2
          │      - two
          ·
        7 │ line 7
          │ ------ a gap of one line is shown
        8 │ line 8
        9 │ line 9
          │ ^^^^^^
          │
        """,
    )


def test_several_labels_on_a_line() -> None:
    source = Source("a.route", "fallback opus -> opus -> fail 503\n")
    assert_drawn(
        drawn(Label(span(source, "opus", 1), "again", primary=True), Label(span(source, "opus"), "first")),
        """
          ┌─ a.route:1:18
          │
        1 │ fallback opus -> opus -> fail 503
          │          ----    ^^^^ again
          │          first
          │
        """,
    )


def test_a_mark_without_words_shares_a_line() -> None:
    source = Source("a.route", "fallback opus -> opus -> fail 503\n")
    assert_drawn(
        drawn(
            Label(span(source, "fallback")),
            Label(span(source, "opus"), primary=True),
            Label(span(source, "503"), "here"),
        ),
        """
          ┌─ a.route:1:1
          │
        1 │ fallback opus -> opus -> fail 503
          │ -------- ^^^^                 --- here
          │
        """,
    )
    assert_drawn(
        drawn(Label(span(source, "fallback opus")), Label(span(source, "opus"), "within", primary=True)),
        """
          ┌─ a.route:1:1
          │
        1 │ fallback opus -> opus -> fail 503
          │ -------------
          │          ^^^^ within
          │
        """,
    )


def test_tabs_and_wide_characters_keep_the_carets_aligned() -> None:
    source = Source("a.route", '\tin ["日本", "e\u0301", "x"]\n')
    assert_drawn(
        drawn(Label(span(source, '"x"'), primary=True), Label(span(source, "日本"))),
        """
          ┌─ a.route:1:18
          │
        1 │     in ["日本", "e\u0301", "x"]
          │          ----        ^^^
          │
        """,
    )


def test_a_span_of_several_lines_has_a_bracket() -> None:
    source = Source("a.route", "pool a {\n" + "    serve x\n" * 9 + "}\nrule b\n")
    whole = Span(source, 0, source.text.index("rule"))
    assert_drawn(
        drawn(Label(whole, "this pool", primary=True), Label(span(source, "rule"), "used here")),
        """
           ┌─ a.route:1:1
           │
         1 │ ╭ pool a {
         2 │ │     serve x
           · │
        11 │ ╰ }
           │   this pool
        12 │   rule b
           │   ---- used here
           │
        """,
    )


def test_long_lines_are_cut_around_the_words() -> None:
    source = Source("a.route", f"{'a' * 500} here {'b' * 500}")
    drawing = drawn(Label(span(source, "here"), primary=True), source_width=60).splitlines()
    assert all(width(line) <= 60 for line in drawing)
    line, marks = drawing[2], drawing[3]
    assert line[marks.index("^") :].startswith("here ")
    assert line.split(" │ ")[1].startswith("…a")
    assert line.endswith("b…")


def test_a_line_of_a_million_is_quick() -> None:
    source = Source("a.route", "x" * 1_000_000 + "here" + "y" * 1_000_000)
    drawing = drawn(Label(span(source, "here"), primary=True)).splitlines()
    assert drawing[2][drawing[3].index("^") :].startswith("here")


@pytest.mark.parametrize("text", ["", "\n", "policy p\n", "policy p"])
def test_the_end_of_the_file_has_a_caret(text: str) -> None:
    source = Source("a.route", text)
    assert "^" in drawn(Label(Span(source, len(text), len(text)), primary=True))


def test_other_files_come_after() -> None:
    source, other = Source("a.route", "use x\n"), Source("std/m.route", "\n\ndeclare x\n")
    assert_drawn(
        drawn(Label(span(source, "x"), primary=True), Label(span(other, "x"), "declared here")),
        """
          ┌─ a.route:1:5
          │
        1 │ use x
          │     ^
          │
          ┌─ std/m.route:3:9
          │
        3 │ declare x
          │         - declared here
          │
        """,
    )


def test_a_message_with_no_room_goes_below() -> None:
    source = Source("a.route", " " * 60 + "here\n")
    drawing = drawn(Label(span(source, "here"), "these words do not fit beside the mark", primary=True))
    assert drawing.splitlines()[3].endswith("^^^^")
    assert drawing.splitlines()[4].strip(" │") == "these words do not fit beside the mark"


def test_nothing_reaches_the_terminal_that_it_would_act_on() -> None:
    source = Source("a\x1b.route", 'a "\x1b[31m\u202e\x9b" b\n')
    drawing = drawn(Label(span(source, "b"), "\x1b", primary=True))
    assert "\x1b" not in drawing
    assert "\u202e" not in drawing
    assert "\x9b" not in drawing
    assert plain("\x00\x1b[0m\ud800") == "␀␛[0m\ufffd"


def test_ascii_where_there_is_nothing_else() -> None:
    source = Source("a.route", "rule x\n")
    assert_drawn(
        drawn(Label(span(source, "x"), primary=True), encoding="ascii"),
        """
          --> a.route:1:6
          |
        1 | rule x
          |      ^
          |
        """,
    )


def test_wrapping_keeps_what_stands_in_backticks_together() -> None:
    assert wrap("write `fail 503` at the end", 10, 12) == ["write", "`fail 503`", "at the end"]
    assert wrap("", 10, 10) == [""]
    assert width("日本") == 4
