"""The boxes of a drawing: what stands in each, how large that makes it, and where its edges leave."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from interlock.cli.cells import plain, width, wrap
from interlock.cli.render.graph_words import RETURNED, called, names, returned_early, rules
from interlock.cli.render.walk import class_names
from interlock.compiler.graph import End

if TYPE_CHECKING:
    from interlock.compiler.graph import Entry, Hop

NAME, TEXT = 13.0, 11.0
"""Sizes of the two fonts."""

PAD = 12.0
_CHAR = 0.602  # the width of a character in font sizes, in the widest of the usual fixed-width fonts
_NAME_LINE, _LINE, _SKIP = 19.0, 15.5, 7.0
_CUT = 34  # characters
_RULES, _MEMBERS = 8, 4

Style = Literal["name", "text", "dim", "bad"]


@dataclass(frozen=True, slots=True)
class Line:
    """A line of text; ``y`` is its middle, below the box's top. ``right``: it ends at the box's right edge."""

    y: float
    text: str
    style: Style
    right: bool


@dataclass(frozen=True, slots=True)
class Panel:
    """``ports`` are the heights at which edges leave, ``entry`` the one at which they come in. ``bars`` are stretches
    of the left edge (top, height) in a provider's colour. ``tip`` says in full what had to be cut, or is empty."""

    kind: Literal["hop", "rules", "end"]
    width: float
    height: float
    entry: float
    lines: tuple[Line, ...]
    ports: tuple[float, ...]
    bars: tuple[tuple[float, float, str], ...]
    tip: str


class _Maker:
    """Lines below each other."""

    def __init__(self) -> None:
        self.lines: list[Line] = []
        self.y = 9.0
        self._width = 0.0
        self.cut = False

    def add(self, text: str, style: Style = "text", right: bool = False) -> float:
        """Put one line, cut if it is long; its middle."""
        if width(text) > _CUT:
            text, self.cut = _shortened(text), True
        size, line = (NAME, _NAME_LINE) if style == "name" else (TEXT, _LINE)
        middle = self.y + line / 2
        self.lines.append(Line(middle, text, style, right))
        self._width = max(self._width, width(text) * _CHAR * size)
        self.y += line
        return middle

    def panel(
        self,
        kind: Literal["hop", "rules", "end"],
        ports: Sequence[float],
        tip: str,
        bars: Sequence[tuple[float, float, str]] = (),
    ) -> Panel:
        """The box around the lines."""
        height = self.y + 9
        # Where the first edge leaves, so that a walk without branches is a straight line.
        entry = ports[0] if ports else height / 2
        lines = tuple(self.lines)
        wide = self._width + 2 * PAD
        return Panel(kind, wide, height, entry, lines, tuple(ports), tuple(bars), tip if self.cut else "")


def rules_panel(entry: Entry) -> Panel:
    """The rules that lead to the same places."""
    made = _Maker()
    for line in rules(entry, _RULES):
        made.add(line, "text" if entry.rules else "dim")
    made.cut |= len(entry.rules) > _RULES
    middle = (made.y + 9) / 2
    return made.panel("rules", [middle] * len(entry.to), ", ".join(map(plain, entry.rules)))


def end_panel(end: End) -> Panel:
    """A failure."""
    made = _Maker()
    made.add(f"fail {end.status}", "bad")
    for line in wrap(plain(end.message), 26, 26) if end.message else ():
        made.add(line, "dim")
    return made.panel("end", [], called(end))


def hop_panel(hop: Hop) -> Panel:
    """A pool, what it serves, and a line for each way on."""
    made = _Maker()
    made.add(names(hop.pools), "name")
    bars = []
    shown = hop.members if len(hop.members) <= _MEMBERS else hop.members[: _MEMBERS - 1]
    for member in shown:
        top = made.y
        share = f"{member.share}% " if len(hop.members) > 1 else ""
        made.add(f"{share}{plain(member.model)}")
        made.add(names(member.upstreams), "dim")
        bars.append((top, made.y - top, member.provider))
    if len(shown) < len(hop.members):
        made.add(f"and {len(hop.members) - len(shown)} more", "dim")
        made.cut = True
    notes = [f"sticky by {plain(hop.sticky)}"] if hop.sticky is not None and len(hop.members) > 1 else []
    notes += [f"retry {hop.retry}"] if hop.retry else []
    if notes:
        made.add(", ".join(notes), "dim")
    ports = []
    if hop.moves or returned_early(hop):
        made.y += _SKIP
    for move in hop.moves:
        first, *more = wrap(class_names(move.classes), _CUT, _CUT)
        ports.append(made.add(first, "bad" if move.loop else "text", right=True))
        for line in more:
            made.add(line, "bad" if move.loop else "text", right=True)
    if early := returned_early(hop):
        for line in wrap(f"{early}: {RETURNED}", _CUT, _CUT):
            made.add(line, "bad", right=True)
    tip = "; ".join(f"{', '.join(map(plain, member.upstreams))} with {plain(member.model)}" for member in hop.members)
    return made.panel("hop", ports, f"{', '.join(map(plain, hop.pools))}: {tip}", bars)


def _shortened(text: str) -> str:
    """The beginning and the end of a long name: the end is where versions stand."""
    return f"{text[: _CUT - 13]}…{text[-12:]}"
