"""The walk that errors would take, drawn as a tree of hops."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from interlock.cli.cells import plain
from interlock.cli.render.decision import failure
from interlock.dsl.policy import CLASSES, UNAVAILABLE

if TYPE_CHECKING:
    from interlock.cli.console import Console
    from interlock.cli.explained import Explained
    from interlock.runtime import Fail, Step

_MOST = 60


def walk_lines(explained: Explained, console: Console) -> list[str]:
    """The tree of the hops, each class group a branch; where the errors so far have led is marked."""
    steps = explained.explanation.walk
    if not steps:
        return []
    painter = _Painter(console, steps, explained)
    painter.hop(0, "", "", ())
    lines = painter.lines
    if len(lines) > _MOST:
        lines = [*lines[:_MOST], f"{console.glyphs.cut} {len(lines) - _MOST:,} more lines"]
    if any(to is None for step in steps for _, to in step.next):
        lines.append(console.paint("dim", "any other error is returned to the client"))
    return lines


def class_names(classes: Sequence[str]) -> str:
    """The classes, the five that a chain covers by default under their common name."""
    if set(UNAVAILABLE) <= set(classes):
        return ", ".join(["unavailable", *(name for name in CLASSES if name in classes and name not in UNAVAILABLE)])
    return ", ".join(classes)


@dataclass
class _Painter:
    console: Console
    steps: Sequence[Step]
    explained: Explained
    lines: list[str] = field(default_factory=list)
    drawn: set[int] = field(default_factory=set)

    def hop(self, index: int, head: str, below: str, path: tuple[int, ...]) -> None:
        """Draw a hop after ``head``, and its branches, each line after ``below``."""
        step = self.steps[index]
        path = (*path, index)
        here = path == self.explained.path
        name = self.console.paint("strong" if here else "plain", plain(step.pool))
        if index in path[:-1]:
            self.lines.append(f"{head}{name}  {self.console.paint('error', 'again: this goes round for ever')}")
            return
        served = f"{plain(step.upstream)} with {plain(step.model)}" + (f", retry {step.retry}" if step.retry else "")
        text = f"{head}{name}  {self.console.paint('dim', served)}"
        if here and self.explained.ended is None and len(path) > 1:
            text += self._here()
        if index in self.drawn:
            # A state is drawn once: two ways to it have the same sequel.
            self.lines.append(f"{text}, as above")
            return
        self.drawn.add(index)
        self.lines.append(text)
        # What goes to the client for want of a chain is said once, below, unless it is where we are.
        branches = [
            (classes, to) for classes, to in step.next if to is not None or (here and self.explained.ended in classes)
        ]
        for number, (classes, to) in enumerate(branches):
            last = number == len(branches) - 1
            fork = self.console.glyphs.last if last else self.console.glyphs.fork
            label = f"{below}{fork} {class_names(classes)} {self.console.glyphs.arrow} "
            if isinstance(to, int):
                self.hop(to, label, below + ("   " if last else f"{self.console.glyphs.side}  "), path)
            else:
                self._end(label, to, here and self.explained.ended in classes)

    def _end(self, head: str, to: Fail | None, here: bool) -> None:
        text = "returned to the client" if to is None else failure(to.status, to.message)
        self.lines.append(f"{head}{self.console.paint('bad', text)}{self._here() if here else ''}")

    def _here(self) -> str:
        return "  " + self.console.paint("good", f"{self.console.glyphs.arrow} here")
