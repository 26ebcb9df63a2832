"""Comments that allow a finding, ``# interlock: allow SLUG -- reason``: what they say, and what they stand above.

An allow covers what starts on the line below it, with all that is inside: a declaration, a rule or ladder in a
``within``, an arm, an attribute, a member of a model, an upstream or a pool, a value or an expectation of a test.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterator, Mapping, Sequence

from interlock.dsl import syntax as s
from interlock.dsl.finding import Finding, Kind
from interlock.dsl.nearest import nearest
from interlock.dsl.record import record
from interlock.dsl.source import Span

WHOLE_POLICY = frozenset({"R103"})
"""Findings about the policy as a whole, wherever they point: an allow above `policy` covers them too."""

_MEANT = re.compile(r"(?i)#+\s*interlock\s*(:?)\s*([\w-]+)")
_HEAD = re.compile(r"#\s*interlock:\s*allow\b")
_DASHES = re.compile(r"(?<!\S)--(?!-)")
_SYNONYMS = frozenset({"allowed", "allows", "disable", "expect", "ignore", "noqa", "off", "skip", "suppress"})
_WORD = re.compile(r"[^\s,]+")


@record
class Allow:
    """One comment: the findings it names (as written, by code, and where), and what it covers."""

    comment: s.Comment
    named: tuple[tuple[str, str, Span], ...]
    target: Span


class Places:
    """Everything in a module that an allow can stand above, and what is inside of what."""

    def __init__(self, module: s.Module) -> None:
        """Takes a module free of syntax errors."""
        self.source = module.source
        self.spans: list[Span] = []
        self.policy: Span | None = None
        self._around: list[int] = []  # the number of the place right around each, or -1
        waiting: list[tuple[object, int]] = [(node, -1) for node in reversed(module.declarations)]
        while waiting:
            node, around = waiting.pop()
            waiting += [(inner, len(self.spans)) for inner in reversed(_inside(node))]
            span: Span = node.span  # type: ignore[attr-defined]  # every node has one
            self.spans.append(span)
            self._around.append(around)
            if isinstance(node, s.Policy):
                self.policy = span
        self._starts = [span.start for span in self.spans]  # sorted: what is inside comes right after

    def below(self, offset: int) -> Span | None:
        """The first place that starts after an offset, and the outermost there."""
        at = bisect_right(self._starts, offset)
        return self.spans[at] if at < len(self.spans) else None

    def around(self, finding: Finding) -> Iterator[Span]:
        """The places that a finding is in, the innermost first; for one about the whole policy also the `policy`."""
        span = finding.span
        at = bisect_right(self._starts, span.start) - 1
        while at >= 0:
            if span.end <= self.spans[at].end:
                yield self.spans[at]
            at = self._around[at]
        if finding.kind.code in WHOLE_POLICY and self.policy is not None:
            yield self.policy


def _inside(node: object) -> Sequence[object]:
    match node:
        case s.Within(rules=parts) | s.Ladder(arms=parts) | s.Request(attributes=parts):
            return parts
        case s.Model(members=parts) | s.Upstream(members=parts) | s.Pool(members=parts):
            return parts
        case s.TestCase(request=given, expects=expects):
            return [*given, *expects]
        case _:
            return ()


def allows_of(module: s.Module, kinds: Mapping[str, Kind]) -> tuple[list[Allow], list[Finding]]:
    """The allows of a module, in the order of the text, and findings about comments that are none and were meant as
    such."""
    meant = [comment for comment in module.comments if _is_meant(comment, kinds)]
    if not meant:
        return [], []
    places, text = Places(module), module.source.text
    allows: list[Allow] = []
    findings: list[Finding] = []
    for comment in meant:
        below = places.below(comment.span.end)
        *between, before = text[comment.span.end : len(text) if below is None else below.start].split("\n")
        parted = any(not line.strip() for line in between[1:])
        if parted or before.strip() or any(not line.lstrip().startswith("#") for line in between[1:]):
            below = None
        named, wrong = _read(comment, kinds, below, parted)
        if named and below is not None:
            allows.append(Allow(comment, named, below))
        findings += wrong
    return allows, findings


def _is_meant(comment: s.Comment, kinds: Mapping[str, Kind]) -> bool:
    """Whether a comment is, or was meant to be, an allow; prose may begin with the name of the tool."""
    match = _MEANT.match(comment.text)
    if match is None:
        return False
    first, after = match[2].lower(), _WORD.search(comment.text, match.end())
    if first == "allow":
        return True
    if not match[1]:
        return False
    return (
        first in _SYNONYMS
        or _code(first, kinds) is not None
        # A word that is nearly `allow` may still begin a sentence.
        or (after is not None and _code(after[0], kinds) is not None and nearest(first, ["allow"]) is not None)
    )


def _code(word: str, kinds: Mapping[str, Kind]) -> str | None:
    if word.upper() in kinds:
        return word.upper()
    return next((code for code, kind in kinds.items() if kind.slug == word.lower()), None)


def _read(
    comment: s.Comment, kinds: Mapping[str, Kind], below: Span | None, parted: bool
) -> tuple[tuple[tuple[str, str, Span], ...], list[Finding]]:
    """What a comment allows in what stands below it, and what is wrong with it."""
    from interlock.compiler.analyses.unused_allow import FORM, no_allow

    if not comment.own_line:
        help_ = "put it on the line above what it is for"
        return (), [no_allow(comment.span, "an allow at the end of a line allows nothing", help_)]
    if comment.text.startswith("##"):
        help_ = "write it with one `#`; it may stand above or below the doc comment"
        return (), [no_allow(comment.span, "an allow in a doc comment allows nothing", help_)]
    names, reason = words_and_reason(comment)
    if names is None:
        why = "this comment allows nothing: it is not written as an allow is"
        return (), [no_allow(comment.span, why, f"write {FORM}")]
    named: list[tuple[str, str, Span]] = []
    wrong: list[Finding] = []
    for name in names:
        code = _code(name.text, kinds)
        problem = _problem(name.text, code, kinds)
        if problem is not None:
            wrong.append(no_allow(name, *problem))
        elif code is not None and all(code != other for _, other, _ in named):
            named.append((name.text, code, name))
    if not names:
        help_ = f"name it by its slug or its code: {FORM}"
        return (), [no_allow(comment.span, "this allow names no finding", help_)]
    if not reason:
        start = ", ".join(word for word, _, _ in named) or "SLUG"
        help_ = f"say why, after two dashes: `# interlock: allow {start} -- REASON`"
        return (), [no_allow(comment.span, "this allow gives no reason, so it allows nothing", help_)]
    if below is None:
        why = "a blank line parts it from what stands below" if parted else "no declaration starts on the line below it"
        help_ = "put it right above the declaration with the finding"
        return (), [*wrong, no_allow(comment.span, f"this allow stands above nothing: {why}", help_)]
    return tuple(named), wrong


def words_and_reason(comment: s.Comment) -> tuple[list[Span] | None, str]:
    """The words that a comment names before its dashes, and the reason after them; None without the form."""
    head = _HEAD.match(comment.text)
    if head is None:
        return None, ""
    dashes = _DASHES.search(comment.text, head.end())
    end = dashes.start() if dashes else len(comment.text)
    source, start = comment.span.source, comment.span.start
    words = [Span(source, start + w.start(), start + w.end()) for w in _WORD.finditer(comment.text, head.end(), end)]
    return words, comment.text[dashes.end() :].strip() if dashes else ""


def _problem(word: str, code: str | None, kinds: Mapping[str, Kind]) -> tuple[str, str] | None:
    """Why a word cannot be allowed, and what to write; None if it can."""
    if code is None:
        close = nearest(word, [*kinds, *(kind.slug for kind in kinds.values())])
        return f"`{word}` is no finding", f"did you mean `{close}`?" if close else "`interlock rule` lists them"
    if code[0] == "T":
        return f"`{word}` cannot be allowed", "mend it: nothing else can be said of a policy while there is one"
    if code == "S503":
        return f"`{word}` cannot be allowed", "take the allow out that it is about, or set its severity in the settings"
    return None
