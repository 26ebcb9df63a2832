"""``interlock rule``."""

from __future__ import annotations

import io

from interlock.cli.console import Console
from interlock.cli.render.doc import doc_lines, first_sentence
from interlock.compiler.catalogue import catalogue
from tests.cli.conftest import Cli


def test_the_list(cli: Cli) -> None:
    ran = cli("rule")
    assert (ran.code, ran.err) == (0, "")
    starts = [line.split()[:3] for line in ran.out.splitlines() if not line.startswith(" ")]
    assert starts == [[kind.code, kind.slug, kind.severity] for kind in catalogue().values()]
    assert starts == sorted(starts)


def test_the_line_of_the_list_is_the_first_sentence() -> None:
    assert first_sentence("One thing.\nAnother: more.\n\n## Why") == "One thing"
    assert first_sentence("One thing: more. Another") == "One thing"
    assert (
        first_sentence("A comment `# x: y. z` that ends in 1.5 here. More")
        == "A comment `# x: y. z` that ends in 1.5 here"
    )
    assert first_sentence("No end\nhere") == "No end here"


def test_one_by_code_or_slug(cli: Cli) -> None:
    by_code = cli("rule", "R101")
    assert by_code.code == 0
    assert by_code.out.startswith("R101 unreachable-rule (error)\n\n")
    assert "## What to write instead" in by_code.out
    assert cli("rule", "r101") == cli("rule", "unreachable-rule") == by_code


def test_unknown(cli: Cli) -> None:
    ran = cli("rule", "unreachable-rul")
    assert (ran.code, ran.out) == (2, "")
    assert ran.err == "error: `unreachable-rul` is no finding; did you mean `unreachable-rule`?\n"
    assert cli("rule", "????").err == "error: `????` is no finding; `interlock rule` lists them\n"


def test_on_a_terminal_the_markdown_is_laid_out() -> None:
    console = Console(io.StringIO(), "never")
    doc = "What it `finds`.\nMore.\n\n## Example\n```route\nrule x -> y\n```\n- one\n- two\n  words\n"
    assert doc_lines(doc, console) == [
        "What it `finds`. More.",
        "",
        "Example",
        "",
        "    rule x -> y",
        "",
        "- one",
        "- two words",
    ]
