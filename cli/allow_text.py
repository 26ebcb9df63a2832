"""A policy's text with allows written into it, each above the smallest thing around a finding that has a line of its
own, laid out again if it was laid out before."""

from __future__ import annotations

from bisect import bisect_right
from typing import TYPE_CHECKING

from interlock.cli.files import Unusable, read_bytes
from interlock.cli.paths import is_file
from interlock.compiler.allow_comments import WHOLE_POLICY, targets
from interlock.dsl.format import format_module
from interlock.dsl.parse import parse
from interlock.dsl.source import Source

if TYPE_CHECKING:
    from interlock.dsl.finding import Finding

_BOM = b"\xef\xbb\xbf"


class AllowText:
    """One source and the allows it is to have. ``count`` is how many; ``old`` what its file holds, None if the source
    is no file that could be changed."""

    def __init__(self, source: Source) -> None:
        """Takes the source of a finding, free of syntax errors."""
        self.source = source
        self.old = _bytes_of(source)
        self._module = parse(source)[0]
        # Starting at the same place, what is inside comes later.
        self._targets = sorted(targets(self._module), key=lambda target: target[0].start)
        self._starts = [span.start for span, _ in self._targets]
        self._planned: dict[int, set[tuple[str, str]]] = {}

    @property
    def count(self) -> int:
        """How many allows are to be written."""
        return sum(map(len, self._planned.values()))

    def allow(self, finding: Finding) -> bool:
        """Plan an allow for a finding; whether there is a place for it."""
        at = None if self.old is None else self._place(finding)
        if at is not None:
            self._planned.setdefault(at, set()).add((finding.kind.code, finding.kind.slug))
        return at is not None

    def new(self, reason: str) -> bytes:
        """What the file is to hold. Raises ``RuntimeError`` if that would say anything else than before."""
        text = self.source.text
        parts: list[str] = []
        done = 0
        for at in sorted(self._planned):
            line = text.rfind("\n", 0, at) + 1
            end = text.find("\n", at)
            newline = "\r\n" if end > 0 and text[end - 1] == "\r" else "\n"
            parts.append(text[done:line])
            parts += [
                f"{text[line:at]}# interlock: allow {slug} -- {reason}{newline}"
                for _, slug in sorted(self._planned[at])
            ]
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

    def _place(self, finding: Finding) -> int | None:
        """Where what the finding's allow is to stand above starts."""
        if finding.kind.code in WHOLE_POLICY:
            return next((s.start for s, is_policy in self._targets if is_policy and self._opens_line(s.start)), None)
        for at in range(bisect_right(self._starts, finding.span.start) - 1, -1, -1):
            span = self._targets[at][0]
            if finding.span.end <= span.end and self._opens_line(span.start):
                return span.start
        return None

    def _opens_line(self, at: int) -> bool:
        text = self.source.text
        return not text[text.rfind("\n", 0, at) + 1 : at].strip()


def _bytes_of(source: Source) -> bytes | None:
    """What is in the file of a source, if that is still what was checked."""
    if not is_file(source):
        return None
    try:
        data = read_bytes(source.name)
        return data if data.decode("utf-8-sig") == source.text else None
    except (Unusable, UnicodeDecodeError):
        return None
