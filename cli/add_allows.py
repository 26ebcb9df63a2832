"""``check --add-allows``: the findings there are, allowed where they are, by comments in the policies themselves.

Comments change no meaning; all the same, each new text must parse to the tree that was there, and a second check
must find nothing that was to be allowed, or every file gets its old text back. What is allowed to stay unused keeps in
use what it mentions, which then needs no allow: those that the second check finds idle are taken out again.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from interlock.cli.allow_text import AllowText, Planned
from interlock.cli.console import Color, err
from interlock.cli.files import STDIN, Unusable, write_atomically
from interlock.cli.fingerprint import fingerprints
from interlock.cli.render.text import counted
from interlock.dsl.source import Source

if TYPE_CHECKING:
    from interlock.cli.checking import Run
    from interlock.dsl.finding import Finding, Kind

Found = Sequence[tuple[str, "Finding"]]

DEFAULT_REASON = "TODO: mend it, or say why it is right"


def allow_all(run: Run, found: Found, reason: str | None, check: Callable[[Kind], Run], color: Color) -> Found:
    """Write an allow for each of ``found``, findings of a run, that can have one; gives the others, as they are then.

    ``check`` checks the same files again, and looks for a further kind of finding. Raises ``Unusable``, with every
    file as it was."""
    words = _checked(reason)
    if any(name == STDIN for name, _ in found):
        raise Unusable("`--add-allows` writes to the files of policies, and standard input is none")
    texts: dict[Source, AllowText] = {}
    planned: list[Finding] = []
    left: list[Finding] = []
    stuck = 0
    for _, finding in found:
        code, source = finding.kind.code, finding.span.source
        if code.startswith("T") or code == "S503":
            left.append(finding)
            continue
        if source not in texts:
            texts[source] = AllowText(source)
        if texts[source].allow(finding):
            planned.append(finding)
        else:
            left.append(finding)
            stuck += 1
    changed = [text for text in texts.values() if text.planned]
    after = _written(changed, words, run, planned, check) if changed else run.found
    console = err(color)
    for text in changed:
        console.line(f"added {counted(len(text.planned), 'allow')} to {text.source.name}")
    if stuck:
        console.line(f"{counted(stuck, 'finding')} not allowed: not in a file of yours, or on a line with others")
    waiting = Counter(_marks(left))
    remaining: list[tuple[str, Finding]] = []
    for item, mark in zip(after, _marks([finding for _, finding in after]), strict=True):
        if waiting[mark]:
            waiting[mark] -= 1
            remaining.append(item)
    return remaining


def _written(
    changed: Sequence[AllowText], reason: str, run: Run, planned: Sequence[Finding], check: Callable[[Kind], Run]
) -> Found:
    """The findings after the files have been written; they get their old texts back if not all is as it should be."""
    from interlock.compiler.analyses.unused_allow import KIND

    expected = Counter(_marks([finding for _, finding in run.found]))
    expected.subtract(_marks(planned))
    dropped: list[tuple[AllowText, Planned]] = []
    try:
        while True:
            for text, data in [(text, text.new(reason)) for text in changed]:
                write_atomically(text.source.name, data)
            after = check(KIND).found
            findings = [finding for _, finding in after]
            # That an allow is idle is dealt with below; one that was there before may be so from now on.
            if Counter(_marks([f for f in findings if f.kind.code != "S503"])) - expected:
                if len(dropped) < 2:
                    raise RuntimeError("the allows would not do what they should; every file is as it was")
                # Each could go, but not all of them: they keep each other in use.
                _plan(dropped[1:])
                dropped = dropped[:1]
                continue
            dropped = [(text, plan) for text in changed for plan in text.idle(findings)]
            if not dropped:
                return after
            for text, plan in dropped:
                text.planned.discard(plan)
    except BaseException:
        for text in changed:
            if text.old is not None:
                write_atomically(text.source.name, text.old)
        raise


def _plan(allows: Sequence[tuple[AllowText, Planned]]) -> None:
    for text, plan in allows:
        text.planned.add(plan)


def _marks(findings: Sequence[Finding]) -> list[str]:
    """What each finding is known by after lines have shifted; those of one declaration that look alike are alike."""
    return [mark.partition(":")[0] for mark in fingerprints(findings)]


def _checked(reason: str | None) -> str:
    """The reason to give in allows. Raises ``Unusable`` for one that no comment can hold."""
    if reason is None:
        return DEFAULT_REASON
    if not reason.strip() or not reason.isprintable():
        raise Unusable("the `--reason` of an allow is some words on one line")
    return reason.strip()
