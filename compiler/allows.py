"""Findings that the policy itself allows are silenced, and allows that silence nothing are found (S503)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from interlock.compiler.allow_comments import Allow, allows_of, words_and_reason
from interlock.compiler.settings import Settings
from interlock.dsl.finding import Edit, Finding, Kind
from interlock.dsl.load import Program
from interlock.dsl.source import Span


def judge(program: Program, findings: Sequence[Finding], settings: Settings) -> list[Finding]:
    """The findings that nothing allows, and those about allows that do nothing (S503).

    Takes all findings of a program free of T findings. Unused are only allows of the main file, and only of findings
    that were looked for: those of an imported module may be for another policy's sake."""
    if not any("interlock" in comment.text.lower() for module in program.modules for comment in module.comments):
        return list(findings)
    from interlock.compiler.analyses.unused_allow import KIND
    from interlock.compiler.catalogue import catalogue

    kinds = catalogue()
    allows: list[Allow] = []
    about: list[Finding] = []
    for module in program.modules:
        own, wrong = allows_of(module, kinds)
        allows += own
        about += wrong
    silenced: dict[tuple[int, str], list[Finding]] = {}
    kept: list[Finding] = []
    for finding in findings:
        around = [
            (allow.target.end - allow.target.start, at) for at, allow in enumerate(allows) if allow.covers(finding)
        ]
        if around:
            silenced.setdefault((min(around)[1], finding.kind.code), []).append(finding)
        else:
            kept.append(finding)
    judged = _judged(program, findings, kinds, settings)
    for at, allow in enumerate(allows):
        if allow.comment.span.source is program.main.source:
            others = [finding for (by, _), them in silenced.items() if by != at for finding in them]
            unused = [part for part in allow.named if part[1] in judged and (at, part[1]) not in silenced]
            if unused:
                about.append(_unused(allow, unused, kept, others))
    return kept if settings.severity(KIND) == "off" else [*kept, *about]


def _judged(program: Program, findings: Iterable[Finding], kinds: Mapping[str, Kind], settings: Settings) -> set[str]:
    """The codes of which it is known that there are no more findings than these."""
    from interlock.dsl.resolve import is_module

    text_only = is_module(program.main) or any(finding.kind.code == "S504" for finding in findings)
    return {
        code for code, kind in kinds.items() if settings.severity(kind) != "off" and (code[0] == "S" or not text_only)
    }


def _unused(
    allow: Allow, unused: list[tuple[str, str, Span]], kept: Iterable[Finding], others: Iterable[Finding]
) -> Finding:
    """The finding about the words of an allow that silence nothing."""
    from interlock.compiler.analyses.unused_allow import silences_nothing

    codes = {code for _, code, _ in unused}
    source = allow.comment.span.source
    elsewhere = [f.span for f in kept if f.kind.code in codes and f.span.source is source]
    already = any(allow.covers(finding) and finding.kind.code in codes for finding in others)
    words = words_and_reason(allow.comment)[0] or []
    gone = {span.start for _, _, span in unused}
    left = [word.text for word in words if word.start not in gone]
    if left:
        removal = Edit(words[0].to(words[-1]), ", ".join(left))
        at = unused[0][2].to(unused[-1][2])
    else:
        removal = Edit(_whole_line(allow.comment.span), "")
        at = allow.comment.span
    return silences_nothing(at, tuple(word for word, _, _ in unused), tuple(elsewhere[:3]), removal, already=already)


def _whole_line(span: Span) -> Span:
    """The line of a comment that has it to itself, with its end."""
    text = span.source.text
    end = text.find("\n", span.end)
    return Span(span.source, text.rfind("\n", 0, span.start) + 1, len(text) if end < 0 else end + 1)
