"""``interlock rule``."""

from __future__ import annotations

import io
import re

from interlock.cli.console import Console
from interlock.cli.render.doc import doc_lines, first_sentence
from interlock.compiler.catalogue import GROUPS, catalogue
from tests.cli.conftest import Cli


def test_the_list(cli: Cli) -> None:
    ran = cli("rule")
    assert (ran.code, ran.err) == (0, "")
    lines = ran.out.splitlines()
    starts = [line.split()[:3] for line in lines if re.match(r"  [A-Z]\d{3} ", line)]
    shown = [[kind.code, kind.slug, kind.severity if kind.on else "off"] for kind in catalogue().values()]
    assert sorted(starts) == sorted(shown)
    assert [line for line in lines if line and not line.startswith(" ")] == [
        *(heading for heading, _ in GROUPS.values()),
        "`interlock rule CODE` explains one of them",
    ]
    assert {code[0] for code in catalogue()} == set(GROUPS)


def test_a_letter_lists_its_group(cli: Cli) -> None:
    ran = cli("rule", "f20")
    assert ran.code == 0
    assert ran.out.startswith("Fallback chains\n  F201  fallback-cycle ")
    assert "R101" not in ran.out


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
    assert cli("rule", "Unreachable_Rule") == cli("rule", " unreachable rule ") == by_code
    assert "# interlock: allow unreachable-rule -- " in by_code.out
    assert "# interlock: allow" not in cli("rule", "T001").out


def test_unknown(cli: Cli) -> None:
    ran = cli("rule", "unreachable-rul")
    assert (ran.code, ran.out) == (2, "")
    assert ran.err == "error: `unreachable-rul` is no finding; did you mean `unreachable-rule`?\n"
    assert cli("rule", "c37").err == "error: `c37` is no finding; did you mean `C307`?\n"
    several = "`cache-unsafe-split` or `bounded-cache-move`"
    assert cli("rule", "cache").err == f"error: `cache` is no finding; did you mean {several}?\n"
    assert cli("rule", "????").err == "error: `????` is no finding; `interlock rule` lists them\n"


def test_on_a_terminal_the_markdown_is_laid_out() -> None:
    console = Console(io.StringIO(), "never")
    doc = "What it `finds`.\nMore.\n## Example\n```route\nrule x -> y # z\n\nrule z\n```\n"
    doc += "- one\n- two\n  words\n## Last\n```\nx\n```\n"
    assert doc_lines(doc, console) == [
        "  What it `finds`. More.",
        "",
        "Example",
        "",
        "    rule x -> y # z",
        "",
        "    rule z",
        "",
        "  - one",
        "  - two words",
        "",
        "Last",
        "",
        "    x",
    ]
