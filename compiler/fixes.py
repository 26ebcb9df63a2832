"""Fixes applied: as many as fit together, again and again until there are none, and none that changes a decision.

Whoever applies fixes has the file as it is and gets a text. A safe fix is kept only if it is proved that the policy
decides as before (``equivalence``); a guess at a name only if fewer mistakes are left.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable

from interlock.compiler.pipeline import Checked
from interlock.dsl.edits import with_blank_lines
from interlock.dsl.finding import Edit, Finding
from interlock.dsl.format import format_module
from interlock.dsl.parse import parse
from interlock.dsl.record import record
from interlock.dsl.source import Source
from interlock.dsl.syntax import Module

MAX_ROUNDS = 100
"""Each round checks the whole policy once and applies one fix at least, or gives one up."""


@record
class Fixed:
    """``text`` is what the fixes made of the file. ``fixed`` are the findings that went, ``refused`` those whose fix
    would have changed what the policy does, each at its place in the text of its round."""

    text: str
    fixed: tuple[Finding, ...]
    refused: tuple[Finding, ...]


def fix(found: Checked, again: Callable[[str], Checked], *, unsafe: bool = False) -> Fixed:
    """Apply the fixes of what was found in a file; ``again`` checks another text in its place. Only with ``unsafe``
    those that are guesses. A text that was laid out as by the formatter is so afterwards. Of the modules that a file
    imports, none is changed."""
    main = found.front.program.main
    text, laid_out = main.source.text, _is_laid_out(main)
    fixed: list[Finding] = []
    refused: list[Finding] = []
    given_up: set[tuple[str, str]] = set()
    most = 1_000_000  # so many fixes at once; fewer after some that did not go together
    for _ in range(MAX_ROUNDS):
        chosen = _compatible(found, unsafe, given_up, most)
        if not chosen:
            break
        new = _applied(found.front.program.main.source, chosen)
        after = again(new)
        if _holds(found, after):
            text, found, most = new, after, most * 2
            fixed += chosen
        elif len(chosen) > 1:
            most = len(chosen) // 2
        else:
            given_up.add(_name(chosen[0]))
            refused += chosen
    if fixed and laid_out:
        text = _laid_out(text, main.source.name)  # lines may no longer line up
    return Fixed(text, tuple(fixed), tuple(refused))


def fixable(finding: Finding, source: Source, unsafe: bool = False) -> bool:
    """Whether a finding has a fix for this file."""
    fix = finding.fix
    return fix is not None and (fix.safe or unsafe) and all(edit.span.source is source for edit in fix.edits)


def _compatible(found: Checked, unsafe: bool, given_up: set[tuple[str, str]], most: int) -> list[Finding]:
    """Findings whose fixes can be applied together, the first in the text first: no two edits overlap, but several
    fixes may share one."""
    source = found.front.program.main.source
    chosen: list[Finding] = []
    edits: set[tuple[int, int, str]] = set()
    for finding in found.findings:
        if len(chosen) == most:
            break
        if finding.fix is None or not fixable(finding, source, unsafe) or _name(finding) in given_up:
            continue
        mine = {_place(edit) for edit in finding.fix.edits}
        if not any(_overlap(one, other) for one in mine - edits for other in edits):
            edits |= mine
            chosen.append(finding)
    return chosen


def _applied(source: Source, findings: Iterable[Finding]) -> str:
    text = source.text
    places = {_place(edit) for finding in findings if finding.fix is not None for edit in finding.fix.edits}
    merged: list[tuple[int, int, str]] = []
    whole = False  # whether the last of them takes out whole lines
    for start, end, words in sorted(places):
        after_whole = whole
        whole = not words and text[start - 1 : start] in ("\n", "") and (text[end - 1] == "\n" or end == len(text))
        if whole and after_whole and not text[merged[-1][1] : start].strip():
            start = merged.pop()[0]  # they go together with the blank lines between them
        merged.append((*(with_blank_lines(text, start, end) if whole else (start, end)), words))
    for start, end, words in reversed(merged):
        text = text[:start] + words + text[end:]
    return text


def _holds(before: Checked, after: Checked) -> bool:
    """Whether fixes did what they are for and nothing else."""
    one, two = before.front, after.front
    if one.findings:
        return len(two.findings) < len(one.findings)
    if two.findings or one.is_module != two.is_module:
        return False
    if one.table is None or two.table is None:
        # In a module only comments may go: what others make of its declarations cannot be seen from here.
        return one.program.main.declarations == two.program.main.declarations
    from interlock.compiler.equivalence import decides_alike

    return decides_alike(one.table, two.table)


def _is_laid_out(module: Module) -> bool:
    try:
        return format_module(module) == module.source.text
    except ValueError:  # syntax errors
        return False


def _laid_out(text: str, name: str) -> str:
    module, findings = parse(Source(name, text))
    return text if findings else format_module(module)


def _name(finding: Finding) -> tuple[str, str]:
    """What a fix is known by from round to round."""
    return finding.kind.code, finding.message


def _place(edit: Edit) -> tuple[int, int, str]:
    return edit.span.start, edit.span.end, edit.text


def _overlap(one: tuple[int, int, str], other: tuple[int, int, str]) -> bool:
    return (one[0] < other[1] and other[0] < one[1]) or one[:2] == other[:2]
