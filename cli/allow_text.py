"""A policy's text with allows written into it, each above the smallest thing around a finding that has a line of its
own, laid out again if it was laid out before."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from interlock.cli.files import Unusable, read_bytes
from interlock.cli.paths import is_file
from interlock.compiler.allow_comments import WHOLE_POLICY, Places
from interlock.dsl.format import format_module
from interlock.dsl.parse import parse
from interlock.dsl.source import Source

if TYPE_CHECKING:
    from interlock.dsl.finding import Finding

Planned = tuple[int, str, str]

_BOM = b"\xef\xbb\xbf"


class AllowText:
    """One source and the allows it is to have. ``planned`` has each of them, by where the thing below it starts and by
    code and slug; ``old`` is what its file holds, None if the source is no file that could be changed."""

    def __init__(self, source: Source) -> None:
        """Takes the source of a finding, free of syntax errors."""
        self.source = source
        self.old = _bytes_of(source)
        self.planned: set[Planned] = set()
        self._module = parse(source)[0]
        self._places = Places(self._module)

    def allow(self, finding: Finding) -> bool:
        """Plan an allow for a finding; whether there is a place for it."""
        at = None if self.old is None else self._place(finding)
        if at is not None:
            self.planned.add((at, finding.kind.code, finding.kind.slug))
        return at is not None

    def new(self, reason: str) -> bytes:
        """What the file is to hold. Raises ``RuntimeError`` if that would say anything else than before."""
        text = self.source.text
        parts: list[str] = []
        done = 0
        for at, _, slug in sorted(self.planned):
            line = self._line(at)
            end = text.find("\n", at)
            newline = "\r\n" if end > 0 and text[end - 1] == "\r" else "\n"
            parts += [text[done:line], f"{text[line:at]}# interlock: allow {slug} -- {reason}{newline}"]
            done = line
        new = "".join(parts) + text[done:]
        module, findings = parse(Source(self.source.name, new, self.source.key))
        if text == format_module(self._module):
            new = format_module(module)  # a comment parts lines that were lined up
            module, findings = parse(Source(self.source.name, new, self.source.key))
        if findings or module.declarations != self._module.declarations:
            raise RuntimeError(f"the allows would change {self.source.name}; every file stays as it is")
        assert self.old is not None  # else nothing is planned
        return (_BOM if self.old.startswith(_BOM) else b"") + new.encode("utf-8")

    def idle(self, findings: Iterable[Finding]) -> list[Planned]:
        """The planned allows that silence nothing, as the findings of the new text say."""
        spans = [f.span for f in findings if f.kind.code == "S503" and f.span.file == self.source.name]
        if not spans:
            return []
        # Comments keep their order, also when the text is laid out again.
        order: list[tuple[int, int, Planned | None]] = [(c.span.start, 1, None) for c in self._module.comments]
        order += [(self._line(plan[0]), 0, plan) for plan in sorted(self.planned)]
        order.sort(key=lambda item: item[:2])
        written = parse(spans[0].source)[0].comments
        places = {comment.span.start: plan for comment, (_, _, plan) in zip(written, order, strict=True)}
        found = [places.get(span.start) for span in spans]
        return [plan for plan in found if plan is not None]

    def _place(self, finding: Finding) -> int | None:
        """Where what the finding's allow is to stand above starts."""
        spans = list(self._places.around(finding))
        if finding.kind.code in WHOLE_POLICY:
            spans.reverse()  # the policy is the better place, and what follows the last of its rules is not known
        return next((span.start for span in spans if self._opens_line(span.start)), None)

    def _opens_line(self, at: int) -> bool:
        return not self.source.text[self._line(at) : at].strip()

    def _line(self, at: int) -> int:
        return self.source.text.rfind("\n", 0, at) + 1


def _bytes_of(source: Source) -> bytes | None:
    """What is in the file of a source, if that is still what was checked."""
    if not is_file(source):
        return None
    try:
        data = read_bytes(source.name)
        return data if data.decode("utf-8-sig") == source.text else None
    except (Unusable, UnicodeDecodeError):
        return None
