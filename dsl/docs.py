"""Doc comments: which text belongs to what."""

from __future__ import annotations

from interlock.dsl.lex import Tokens
from interlock.dsl.syntax import Comment


def docs(tokens: Tokens) -> dict[int, str]:
    """The doc comment of each token that has one, by the offset of the token.

    It is the ``##`` lines directly above, with nothing between them and no blank line: without hashes and one
    space after them.
    """
    text = tokens.source.text
    found: dict[int, str] = {}
    block: list[Comment] = []
    for comment in tokens.comments:
        if not comment.own_line or not comment.text.startswith("##"):
            block = []
            continue
        if block and not _adjacent(text, block[-1].span.end, comment.span.start):
            block = []
        block.append(comment)
        below = tokens.before(comment.span.end) + 1
        if below < len(tokens.starts) and _adjacent(text, comment.span.end, tokens.starts[below]):
            # Where the next line is another `##`, its text is between and this is not adjacent.
            words = "\n".join(line.text.lstrip("#").removeprefix(" ") for line in block)
            found[tokens.starts[below]] = words
    return found


def _adjacent(text: str, end: int, start: int) -> bool:
    """Whether only the end of a line and indentation stand between two offsets."""
    between = text[end:start]
    return between.count("\n") == 1 and not between.strip()
