"""What looks like a credential, and how nobody gets to see it.

Only shapes that their makers document or that say themselves what they are; nothing is guessed from how random a
text looks, so that models, hashes, patterns and UUIDs are left alone.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from functools import lru_cache
from typing import TYPE_CHECKING, NamedTuple

from interlock.dsl.source import Source

if TYPE_CHECKING:
    from interlock.dsl.finding import Finding

MASK = "********"
_LEAST = 6
"""So much of a credential's secret part tells something; less of it in a message that was cut short does not."""


class Found(NamedTuple):
    """One credential in a text: ``what`` it looks like, where it is, and where in it the secret part begins."""

    what: str
    start: int
    end: int
    secret: int


class _Shape(NamedTuple):
    what: str
    hint: str  # stands in every text of this shape, and is found fast
    pattern: str  # names the secret part ``s``; no letter or digit stands before it all


# The makers' own descriptions, and as a second opinion the rules of gitleaks (config/gitleaks.toml, read 2025).
_SHAPES = (
    _Shape("an Anthropic API key", "sk-ant-", r"sk-ant-(?P<s>[A-Za-z0-9_-]{10,})"),
    _Shape("an OpenAI API key", "sk-", r"sk-(?:proj|svcacct|admin|None)-(?P<s>[A-Za-z0-9_-]{20,})"),
    _Shape("a Langfuse secret key", "sk-lf-", r"sk-lf-(?P<s>[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})"),
    # OpenAI's older keys, OpenRouter's (`sk-or-v1-…`) and those of many that took over the form.
    _Shape("an API key", "sk-", r"sk-(?:[a-z0-9]{1,8}-){0,2}(?P<s>[A-Za-z0-9]{20,})"),
    _Shape("an AWS access key", "AKIA", r"AKIA(?P<s>[A-Z0-9]{16})(?![A-Za-z0-9])"),
    _Shape("an AWS access key", "ASIA", r"ASIA(?P<s>[A-Z0-9]{16})(?![A-Za-z0-9])"),
    _Shape("an Amazon Bedrock API key", "ABSK", r"ABSK(?P<s>[A-Za-z0-9+/]{40,}={0,2})"),
    _Shape("a GitHub token", "gh", r"gh[pousr]_(?P<s>[A-Za-z0-9]{20,})"),
    _Shape("a GitHub token", "github_pat_", r"github_pat_(?P<s>[A-Za-z0-9_]{20,})"),
    _Shape("a GitLab token", "glpat-", r"glpat-(?P<s>[A-Za-z0-9_-]{16,})"),
    _Shape("a Slack token", "xox", r"xox[abeoprs]-(?P<s>[A-Za-z0-9-]{10,})"),
    _Shape("a Slack webhook", "hooks.slack.com", r"hooks\.slack\.com/services/(?P<s>T\w+/B\w+/\w{8,})"),
    _Shape("a Google API key", "AIza", r"AIza(?P<s>[A-Za-z0-9_-]{30,})"),
    _Shape("a Google OAuth token", "ya29.", r"ya29\.(?P<s>[A-Za-z0-9_-]{20,})"),
    _Shape("a Hugging Face token", "hf_", r"hf_(?P<s>[A-Za-z0-9]{20,})"),
    _Shape("a Groq API key", "gsk_", r"gsk_(?P<s>[A-Za-z0-9]{20,})"),
    _Shape("an xAI API key", "xai-", r"xai-(?P<s>[A-Za-z0-9]{40,})"),
    _Shape("an NVIDIA API key", "nvapi-", r"nvapi-(?P<s>[A-Za-z0-9_-]{40,})"),
    _Shape("a Perplexity API key", "pplx-", r"pplx-(?P<s>[A-Za-z0-9]{40,})"),
    _Shape("a Replicate token", "r8_", r"r8_(?P<s>[A-Za-z0-9]{30,})"),
    _Shape("a Databricks token", "dapi", r"dapi(?P<s>[0-9a-f]{32})"),
    _Shape("a Stripe key", "k_live_", r"[sr]k_live_(?P<s>[A-Za-z0-9]{16,})"),
    _Shape("an npm token", "npm_", r"npm_(?P<s>[A-Za-z0-9]{36})"),
    _Shape("a Vault token", "hvs.", r"hvs\.(?P<s>[A-Za-z0-9_-]{24,})"),
    _Shape("a JSON web token", "eyJ", r"eyJ(?P<s>[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]{4,})"),
    _Shape(
        "a bearer token",
        "earer",
        r"[Bb]earer[ \t]+(?P<s>(?=[^\s\"]*[0-9])[A-Za-z0-9._~+/-]{8,}=*|[A-Za-z0-9_]{20,})",
    ),
    _Shape("a private key", "PRIVATE KEY", r"-----BEGIN (?:[A-Z0-9]+ )*PRIVATE KEY(?: BLOCK)?-----(?P<s>[^\"\n]*)"),
    # What a family or the environment fills in is no password.
    _Shape(
        "a URL with a password",
        "://",
        r"[A-Za-z][A-Za-z0-9+.-]*://[^\s/?#:@\"]*:(?P<s>(?![{$<*])[^\s/?#@\"]+)(?=@)",
    ),
    _Shape(
        "a key in a URL",
        "=",
        r"(?<=[?&])(?i:api[_-]?key|access[_-]?(?:key|token)|auth[_-]?token|client[_-]?secret|subscription[_-]key|secret"
        r"|passw(?:or)?d|pwd)=(?P<s>(?![{$<*])[^\s&#\"]{4,})",
    ),
    # These words have other uses, so what they name has to look like more than a word.
    _Shape(
        "a key in a URL",
        "=",
        r"(?<=[?&])(?i:key|token|sig|signature|code)=(?P<s>(?=[^\s&#\"]*[0-9])[\w.~%+/-]{16,}=*)",
    ),
)

_STRING = re.compile(r'"(?:[^"\\\n]|\\[^\n])*"?')


def credentials(text: str) -> list[Found]:
    """Whatever in a text looks like a credential, in its order; none overlaps another."""
    found: list[Found] = []
    for what, hint, pattern in _SHAPES:
        if hint in text:
            # Compiled only where it is needed (and kept by `re`): start-up counts.
            places = re.finditer("(?<![A-Za-z0-9])" + pattern, text)
            found += [Found(what, m.start(), m.end(), m.start("s")) for m in places]
    kept: list[Found] = []
    for one in sorted(found, key=lambda f: (f.start, -f.end)):  # the shapes that say more come first
        if not kept or one.start >= kept[-1].end:
            kept.append(one)
        elif one.end > kept[-1].end:
            kept[-1] = kept[-1]._replace(end=one.end)
    return kept


@lru_cache(maxsize=64)
def in_source(source: Source) -> tuple[Found, ...]:
    """The credentials in the text of a file, wherever they stand, with the whole of each string that holds one once
    its escapes are undone."""
    text = source.text
    found = credentials(text) + [Found("a secret", start, end, start) for start, end in source.secrets]
    if "\\" in text:
        from interlock.dsl.literals import pieces

        for match in _STRING.finditer(text):
            if "\\" in match[0] and len(match[0]) > 1:
                meant = "".join(pieces(match[0], 0, lambda *_: None))
                inside = match.start() + 1
                end = match.end() - match[0].endswith('"')
                found += [Found(one.what, inside, end, inside) for one in credentials(meant)]
    return tuple(found)


@lru_cache(maxsize=64)
def starred(source: Source) -> Source:
    """The source as it may be shown: every secret part is stars, and everything stays in its place."""
    text = source.text
    for found in in_source(source):
        text = text[: found.secret] + "*" * (found.end - found.secret) + text[found.end :]
    return source if text == source.text else Source(source.name, text, source.key)


def masked(text: str, known: Iterable[tuple[str, int]] = ()) -> str:
    """A text without its credentials, and without those in ``known``, each with where its secret part begins. A
    message may have cut one short: what is left of it need not look like a credential any more."""
    for credential, secret in known:
        for length in range(len(credential), min(len(credential), secret + _LEAST) - 1, -1):
            if credential[:length] in text:
                text = text.replace(credential[:length], credential[:secret] + MASK)
                break
    for found in reversed(credentials(text)):
        text = text[: found.secret] + MASK + text[found.end :]
    return text


def hide(findings: list[Finding], sources: Iterable[Source]) -> list[Finding]:
    """The findings about some files, with nothing in their words and witnesses that is a credential there."""
    known = [(s.text[f.start : f.end], f.secret - f.start) for s in sources for f in in_source(s)]
    return [_hidden(finding, sorted(known, reverse=True)) for finding in findings] if known else findings


def _hidden(finding: Finding, known: Sequence[tuple[str, int]]) -> Finding:
    from dataclasses import replace

    witness = finding.witness
    if witness is not None:
        requests = tuple({name: _of_value(v, known) for name, v in r.items()} for r in witness.requests)
        witness = replace(witness, requests=requests)
    fix = finding.fix
    if fix is not None and any(masked(edit.text, known) != edit.text for edit in fix.edits):
        fix = None  # what it writes is shown to whoever is to agree to it
    return replace(
        finding,
        message=masked(finding.message, known),
        help=masked(finding.help, known),
        notes=tuple(masked(note, known) for note in finding.notes),
        related=tuple(replace(r, message=masked(r.message, known)) for r in finding.related),
        witness=witness,
        fix=fix and replace(fix, message=masked(fix.message, known)),
    )


def _of_value(value: object, known: Sequence[tuple[str, int]]) -> object:
    if isinstance(value, str):
        return masked(value, known)
    return [_of_value(item, known) for item in value] if isinstance(value, list | tuple) else value
