"""Doc comments: which text belongs to what."""

from __future__ import annotations

import re
from itertools import zip_longest

from interlock.dsl.lex import Tokens
from interlock.dsl.syntax import Comment

_ALLOW = re.compile(r"#\s*interlock:")


def docs(tokens: Tokens) -> dict[int, str]:
    """The doc comment of each token that has one, by the offset of the token.

    It is the ``##`` lines directly above, with nothing between them but allows (``# interlock: …``) and no blank
    line: without hashes and one space after them.
    """
    text = tokens.source.text
    found: dict[int, str] = {}
    block: list[Comment] = []
    for comment, following in zip_longest(tokens.comments, tokens.comments[1:]):
        if comment.own_line and comment.text.startswith("##"):
            block.append(comment)
        elif not (comment.own_line and block and _ALLOW.match(comment.text)):
            block = []
            continue
        below = tokens.starts[tokens.before(comment.span.start) + 1]
        if following is not None and following.span.start < below:
            if not _adjacent(text, comment.span.end, following.span.start):
                block = []
        elif _adjacent(text, comment.span.end, below):
            words = [line.text.lstrip("#").removeprefix(" ") for line in block]
            found[below] = "\n".join(words)
            block = []
        else:
            block = []
    return found


def _adjacent(text: str, end: int, start: int) -> bool:
    """Whether only the end of a line and indentation stand between two offsets."""
    between = text[end:start]
    return between.count("\n") == 1 and not between.strip()
