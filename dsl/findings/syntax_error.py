"""T001 syntax-error."""

from __future__ import annotations

from interlock.dsl.finding import Finding, Kind, Related
from interlock.dsl.source import Span

DOC = """\
The text is no policy: a word, a mark or a number stands where the language has no place for it, or something
that belongs there is left out.

## Why it hurts
Nothing can be proved of what cannot be read. The declaration with the mistake is left out of everything else that
is checked; reading goes on after it, so each mistake is found once.

## Example
```route
pool haiku { serve anthropic with claude-haiku-4-5; sticky session_id }
rule small when input_tokens < 8k -> haiku
```

## What to write instead
`sticky` wants `by` before the attribute, and thousands are written with a capital K.

```route
pool haiku { serve anthropic with claude-haiku-4-5; sticky by session_id }
rule small when input_tokens < 8K -> haiku
```
"""

KIND = Kind("T001", "syntax-error", "error", DOC)


def syntax_error(span: Span, message: str, help: str, related: tuple[Related, ...] = ()) -> Finding:
    """A mistake in the text at ``span``, in words that end with what to write."""
    return Finding(KIND, message, span, help, related)


def many_more(count: int, last: Finding) -> Finding:
    """``last`` with a note that ``count`` further mistakes are not shown."""
    note = f"{count} more syntax errors are not shown" if count > 1 else "one more syntax error is not shown"
    return Finding(KIND, last.message, last.span, last.help, last.related, notes=(*last.notes, note))


def reserved_word(span: Span, what: str, word: str) -> Finding:
    """An attribute or a let is called by a word that could be meant as itself wherever its name can stand."""
    return syntax_error(
        span,
        f"no {what} may be called `{word}`, which is a word of the language",
        f"choose another name, such as `{word}_`",
    )
