"""Fingerprints: what makes two findings, of two runs over two states of a policy, the same one.

A fingerprint is the first 16 hex digits of a SHA-256, a colon, and a number from 1. Hashed are, with a line end
between them:

1. ``interlock/1``, which changes with this recipe;
2. the finding's code;
3. the file's name, relative to a folder and with forward slashes;
4. the header of the innermost declaration around the place, name and all (``rule big``, ``fallback opus[us_east]
   on timeout``, ``attribute tier``), or nothing outside of one;
5. the words of the place itself, comments and separators left out, one space between them.

The number counts findings that agree in all of these, from the top of the file down. So no line, no column and no
message counts: a finding stays the same when lines come and go around it, when the file is formatted, when
declarations change places, and when what it says about other declarations changes. It is another one when its file
or its declaration is renamed, or when the very words it points at change.
"""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Sequence
from hashlib import sha256

from interlock.cli.declarations import Declarations
from interlock.cli.paths import path_of
from interlock.dsl.finding import Finding
from interlock.dsl.lex import Tokens, lex
from interlock.dsl.parser_cache import tables
from interlock.dsl.source import Source, Span

_RECIPE = "interlock/1"


def fingerprints(findings: Sequence[Finding], base: str | None = None) -> list[str]:
    """The fingerprint of each finding, all different.

    ``base`` is the folder that file names are relative to (default: the current one). The findings of one run
    belong together in one call, in any order. Raises nothing.
    """
    folder = os.path.abspath(base or os.curdir)
    known: dict[Source, tuple[str, Declarations, Tokens]] = {}
    hashes: list[str] = []
    for finding in findings:
        source = finding.span.source
        if source not in known:
            known[source] = (path_of(source, folder), Declarations(source), lex(source, tables()))
        name, declarations, tokens = known[source]
        parts = [_RECIPE, finding.kind.code, name, declarations.header(finding.span), _words(tokens, finding.span)]
        hashes.append(sha256("\n".join(parts).encode("utf-8", "surrogatepass")).hexdigest()[:16])
    found = [""] * len(hashes)
    seen: Counter[str] = Counter()
    # By place, so that the order in which findings come does not count.
    for at in sorted(range(len(hashes)), key=lambda at: findings[at].sort_key):
        seen[hashes[at]] += 1
        found[at] = f"{hashes[at]}:{seen[hashes[at]]}"
    return found


def _words(tokens: Tokens, span: Span) -> str:
    """The words of a span as they are whatever the layout; those of a remark are the remark."""
    first = tokens.before(span.start)
    first += first < 0 or tokens.starts[first] < span.start
    last = tokens.before(span.end - 1)
    # The formatter puts and drops separators.
    words = [tokens.source.text[tokens.starts[i] : tokens.ends[i]] for i in range(first, last + 1)]
    kept = [word for word in words if word not in (";", ",")]
    return " ".join(kept or span.text.split())
