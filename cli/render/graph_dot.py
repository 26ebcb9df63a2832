"""The walks of a policy in the language of Graphviz."""

from __future__ import annotations

from typing import TYPE_CHECKING

from interlock.cli.render.graph_words import RETURNED, called, returned_early, rules, served
from interlock.cli.render.walk import class_names
from interlock.compiler.graph import End

if TYPE_CHECKING:
    from interlock.compiler.graph import Graph

_RULES = 6
_FAIL = 'color="#d1242f", fontcolor="#d1242f"'


def dot(graph: Graph) -> str:
    """The text of the drawing."""
    lines = [
        f"digraph {_text([graph.policy])} {{",
        "    rankdir=LR",
        '    node [shape=box, style=rounded, fontname="Helvetica", fontsize=11]',
        '    edge [fontname="Helvetica", fontsize=9]',
    ]
    for number, entry in enumerate(graph.entries):
        lines.append(f'    r{number} [label={_text(rules(entry, _RULES))}, style="rounded,dashed"]')
        lines += [f"    r{number} -> n{to}" for to in entry.to]
    returned = False
    for number, node in enumerate(graph.nodes):
        if isinstance(node, End):
            lines.append(f"    n{number} [label={_text([called(node)])}, style=bold, {_FAIL}]")
            continue
        lines.append(f"    n{number} [label={_text([called(node), *map(served, node.members)])}]")
        for move in node.moves:
            style = f', {_FAIL}, penwidth=2, tooltip="a loop"' if move.loop else ""
            lines.append(f"    n{number} -> n{move.to} [label={_text([class_names(move.classes)])}{style}]")
        if early := returned_early(node):
            lines.append(f"    n{number} -> client [label={_text([early])}, {_FAIL}]")
            returned = True
    if returned:
        lines.append(f"    client [label={_text([RETURNED])}, style=bold, {_FAIL}]")
    return "\n".join([*lines, "}"]) + "\n"


def _text(lines: list[str]) -> str:
    """A quoted string of lines. Graphviz takes `&` for the start of an HTML entity and `\\` for an escape."""
    escaped = (line.replace("&", "&amp;").replace("\\", "\\\\").replace('"', '\\"') for line in lines)
    return '"' + "\\n".join(escaped) + '"'
