"""The blocks that are found in a Markdown file: none is left out by where it stands."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.markdown import blocks

LISTED = """# One
1. A step:

   <!-- exit: 1 -->
   ```console
   $ interlock ask x

     two
   ```
"""
QUOTED = """
> <!-- file: a.txt -->
> ```
> a
>
> b
> ```
"""


def test_a_block_in_a_list_is_found_without_its_indentation(tmp_path: Path) -> None:
    (tmp_path / "a.md").write_text(LISTED)
    (block,) = blocks(tmp_path / "a.md")
    assert (block.language, block.text) == ("console", "$ interlock ask x\n\n  two\n")
    assert (block.line, block.heading, block.notes) == (6, "One", {"exit": "1"})


def test_so_is_one_in_a_quotation(tmp_path: Path) -> None:
    (tmp_path / "a.md").write_text(QUOTED)
    (block,) = blocks(tmp_path / "a.md")
    assert (block.text, block.notes) == ("a\n\nb\n", {"file": "a.txt"})


@pytest.mark.parametrize("fence", ["- ```console", "1. ```console", "~~~console", "```console title=x", "\t```console"])
def test_a_fence_of_another_form_is_refused(fence: str, tmp_path: Path) -> None:
    (tmp_path / "a.md").write_text(f"{fence}\n$ interlock ask x\n```\n")
    with pytest.raises(AssertionError, match="a fence stands alone on its line"):
        blocks(tmp_path / "a.md")
