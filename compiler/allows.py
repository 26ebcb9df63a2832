"""Findings that the policy itself allows are silenced, and allows that silence nothing are found (S503)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from interlock.compiler.allow_comments import Allow, Places, allows_of, words_and_reason
from interlock.compiler.settings import Settings
from interlock.dsl.finding import Edit, Finding, Kind
from interlock.dsl.load import Program
from interlock.dsl.source import Source, Span


def judge(program: Program, findings: Sequence[Finding], settings: Settings) -> list[Finding]:
    """The findings that nothing allows, and those about allows that do nothing (S503).

    Takes all findings of a program free of T findings. A finding is silenced by the innermost allow around it. Unused
    are only allows of the main file, and only of findings that were looked for: those of an imported module may be for
    another policy's sake."""
    if not any("interlock" in comment.text.lower() for module in program.modules for comment in module.comments):
        return list(findings)
    from interlock.compiler.analyses.unused_allow import KIND
    from interlock.compiler.catalogue import catalogue

    kinds = catalogue()
    places: dict[Source, Places] = {}
    allows: dict[tuple[Source, int, str], list[Allow]] = {}  # by what they stand above
    own: list[Allow] = []
    about: list[Finding] = []
    for module in program.modules:
        found, wrong = allows_of(module, kinds)
        about += wrong
        if found:
            places[module.source] = Places(module)
        if module is program.main:
            own = found
        for allow in found:
            for _, code, _ in allow.named:
                allows.setdefault((module.source, allow.target.start, code), []).append(allow)
    kept: list[Finding] = []
    used: set[tuple[int, str]] = set()  # where an allow stands, and a code that it silences
    spare: set[tuple[int, str]] = set()  # the same of one that would, if it were the innermost
    for finding in findings:
        source, code = finding.span.source, finding.kind.code
        around = places[source].around(finding) if source in places else ()
        hits = [allow.comment.span.start for span in around for allow in allows.get((source, span.start, code), ())]
        if not hits:
            kept.append(finding)
        elif source is program.main.source:
            used.add((hits[0], code))
            spare.update((start, code) for start in hits[1:])
    elsewhere: dict[str, list[Span]] = {}
    for finding in kept:
        if finding.span.source is program.main.source:
            elsewhere.setdefault(finding.kind.code, []).append(finding.span)
    judged = _judged(program, findings, kinds, settings)
    for allow in own:
        at = allow.comment.span.start
        unused = [part for part in allow.named if part[1] in judged and (at, part[1]) not in used]
        if unused:
            already = any((at, code) in spare for _, code, _ in unused)
            others = [] if already else [span for _, code, _ in unused for span in elsewhere.get(code, ())[:3]]
            about.append(_unused(allow, unused, others, already=already))
    return kept if settings.severity(KIND) == "off" else [*kept, *about]


def _judged(program: Program, findings: Iterable[Finding], kinds: Mapping[str, Kind], settings: Settings) -> set[str]:
    """The codes of which it is known that there are no more findings than these."""
    from interlock.dsl.resolve import is_module

    text_only = is_module(program.main) or any(finding.kind.code == "S504" for finding in findings)
    return {
        code for code, kind in kinds.items() if settings.severity(kind) != "off" and (code[0] == "S" or not text_only)
    }


def _unused(allow: Allow, unused: list[tuple[str, str, Span]], elsewhere: list[Span], *, already: bool) -> Finding:
    """The finding about the words of an allow that silence nothing."""
    from interlock.compiler.analyses.unused_allow import silences_nothing

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
