"""The walks of a policy on a terminal: for each pool that rules lead to, what leads there, what it serves, and the
tree of what errors lead to."""

from __future__ import annotations

from typing import TYPE_CHECKING

from interlock.cli.cells import plain, width, wrap
from interlock.cli.render.graph_words import RETURNED, called, legend, many, names, returned_early, rules, served
from interlock.cli.render.walk import class_names
from interlock.compiler.graph import End, Hop

if TYPE_CHECKING:
    from collections.abc import Sequence

    from interlock.cli.console import Console
    from interlock.compiler.graph import Graph, Served

_LABEL = 10
_MOST_LINES, _MOST_LINES_WHOLE = 40, 2_000  # of one tree; of all trees together, where they are asked for
_DEEPEST = 100  # forks within forks
_AGAIN = "again: this goes round for ever"


def write_text(graph: Graph, console: Console, whole: bool) -> None:
    """Write every walk; ``whole`` does not cut long trees."""
    counts = f"{many(graph.rules, 'rule')}, {many(graph.pools, 'pool')}"
    console.line(f"{console.paint('strong', graph.policy)}  {console.paint('dim', counts)}")
    led: dict[int, list[str]] = {}
    for entry in graph.entries:
        for to in entry.to:
            led.setdefault(to, []).extend(rules(entry, len(entry.rules)))
    spare = _MOST_LINES_WHOLE if whole else 0
    for start, names_of_rules in led.items():
        console.line()
        spare -= _section(graph, start, names_of_rules, console, max(spare, _MOST_LINES))
    _fallback_only(graph, set(led), console)
    if graph.unreached:
        console.line()
        _entry("", "no walk comes to", [", ".join(graph.unreached)], console)
    console.line()
    for line in legend(graph):
        for part in wrap(line, console.width, console.width):
            console.line(console.paint("dim", part))


def _section(graph: Graph, start: int, led: Sequence[str], console: Console, most: int) -> int:
    """Draw one start of walks, its tree in at most so many lines; how many it took."""
    node = graph.nodes[start]
    console.line(console.paint("bad" if isinstance(node, End) else "strong", called(node)))
    room = console.width - 2 - _LABEL
    rule_lines = wrap(", ".join(led), room, room)
    if len(rule_lines) > 4 and most == _MOST_LINES:
        rule_lines = [*rule_lines[:3], f"{console.glyphs.cut} {many(len(led), 'rule')} in all"]
    _labelled("from", rule_lines, console)
    if isinstance(node, Hop):
        _labelled("serves", _serves(node, console), console)
        tree = _Tree(graph, console, room, most)
        tree.branches(start, "", (start,))
        lines = tree.lines or [console.paint("dim", f"every error is {RETURNED}")]
        if len(lines) > most:
            lines = [*lines[:most], f"{console.glyphs.cut} more lines: --pool '{node.pools[0]}' shows more of them"]
        _labelled("errors", lines, console)
        return len(lines)
    return 0


def _labelled(label: str, lines: Sequence[str], console: Console) -> None:
    for number, line in enumerate(lines):
        console.line(f"  {console.paint('dim', (label if number == 0 else '').ljust(_LABEL))}{line}".rstrip())


def _entry(indent: str, head: str, lines: Sequence[str], console: Console) -> None:
    console.line(f"{indent}{console.paint('dim', head)}")
    for text in lines:
        for line in wrap(text, console.width - 2, console.width - 2):
            console.line(f"{indent}  {line}")


def _serves(hop: Hop, console: Console) -> list[str]:
    several = len(hop.members) > 1
    shares = [f"{member.share:3}%  " if several else "" for member in hop.members]
    room = console.width - 2 - _LABEL - len(shares[0])
    lines = [share + _member(member, console, room) for share, member in zip(shares, hop.members, strict=True)]
    notes = [f"sticky by {hop.sticky}"] if several and hop.sticky is not None else []
    notes += [f"retry {hop.retry}"] if hop.retry else []
    return [*lines, console.paint("dim", ", ".join(notes))] if notes else lines


def _member(member: Served, console: Console, room: int) -> str:
    """What serves, and where that is if there is room for it: most often the names say it already."""
    text = served(member)
    where = " · ".join(
        plain(", ".join(name for name in there[:4] if name is not None))
        for there in ((member.provider,), member.accounts, member.regions)
        if any(name is not None for name in there)
    )
    if width(text) + 2 + width(where) > room:
        return text
    return f"{text}  {console.paint('dim', where)}"


def _fallback_only(graph: Graph, starts: set[int], console: Console) -> None:
    known = {name for i in starts for name in getattr(graph.nodes[i], "pools", ())}
    rows = []
    for node in graph.nodes:
        if isinstance(node, Hop) and (pools := [name for name in node.pools if name not in known]):
            known.update(pools)
            rows.append((names(pools), node))
    if rows:
        console.line()
        console.line(console.paint("dim", "reached by errors only"))
    for name, hop in rows:
        console.line(f"  {console.paint('strong', name)}")
        for line in _serves(hop, console):
            console.line(f"    {line}")


class _Tree:
    """What errors lead to. A hop with one way on is followed along the line, one with several starts a branch each.
    Past ``most`` lines no more is drawn."""

    def __init__(self, graph: Graph, console: Console, room: int, most: int) -> None:
        self.lines: list[str] = []
        self._most = most
        self._graph = graph
        self._console = console
        self._room = room
        self._drawn: set[int] = set()

    def branches(self, at: int, below: str, path: tuple[int, ...]) -> None:
        """Draw all that follows a hop, each line after ``below``; ``path`` leads there."""
        ways = self._ways(at)
        glyphs = self._console.glyphs
        if len(below) > 3 * _DEEPEST and ways:
            self.lines.append(f"{below}{glyphs.cut} deeper than can be shown")
            return
        for number, (label, to) in enumerate(ways):
            last = number == len(ways) - 1
            fork = glyphs.dash if len(ways) == 1 else glyphs.last if last else glyphs.fork
            rest = "" if len(ways) == 1 else "   " if last else f"{glyphs.side}  "
            self._run(label, to, below + fork, below + rest, path)

    def _ways(self, at: int) -> list[tuple[str, int | None]]:
        node = self._graph.nodes[at]
        if isinstance(node, End):
            return []
        ways: list[tuple[str, int | None]] = [(class_names(move.classes), move.to) for move in node.moves]
        early = returned_early(node)
        return [*ways, (early, None)] if early else ways

    def _run(self, label: str, to: int | None, head: str, below: str, path: tuple[int, ...]) -> None:
        console = self._console
        line, used, count = head, width(head), 0
        while len(self.lines) <= self._most:
            text, role, goes_on = self._target(to, path)
            arrow = f" {label} {console.glyphs.arrow} "
            if count:
                arrow = f"{console.glyphs.dash}{arrow}"
                needed = 1 + width(arrow) + width(text)
                if used + needed > self._room:
                    self.lines.append(line)
                    line, used = below, width(below)
                else:
                    line, used = f"{line} ", used + 1
            line += console.paint("dim", arrow) + console.paint(role, text)
            used += width(arrow) + width(text)
            count += 1
            if to is None or not goes_on:
                break
            path = (*path, to)
            self._drawn.add(to)
            ways = self._ways(to)
            if len(ways) != 1:
                self.lines.append(line)
                self.branches(to, below, path)
                return
            label, to = ways[0]
        self.lines.append(line)

    def _target(self, to: int | None, path: tuple[int, ...]) -> tuple[str, str, bool]:
        """What to say of a node, in which colour, and whether what follows it is still to be drawn."""
        if to is None:
            return RETURNED, "bad", False
        node = self._graph.nodes[to]
        if isinstance(node, End):
            return called(node), "bad", False
        if to in path:
            return f"{called(node)}, {_AGAIN}", "error", False
        short = all(isinstance(self._graph.nodes[move.to], End) for move in node.moves)
        if to in self._drawn and not short:
            return f"{called(node)}, as above", "plain", False
        return called(node), "strong", True
