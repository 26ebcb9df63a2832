"""The walks of a policy as a Mermaid flowchart, which GitHub and many wikis draw where it stands in Markdown."""

from __future__ import annotations

from typing import TYPE_CHECKING

from interlock.cli.cells import plain
from interlock.cli.render.graph_words import RETURNED, names, returned_early, rules
from interlock.cli.render.walk import class_names
from interlock.compiler.graph import End

if TYPE_CHECKING:
    from interlock.compiler.graph import Graph, Node

_RULES = 6
_SPECIAL = str.maketrans({char: f"#{ord(char)};" for char in '"#&;<>`'} | {"\\": "\N{SET MINUS}"})
"""Escapes; a backslash has none, so that `\\n` in a name would break the line."""

WIDE = '%%{init: {"flowchart": {"wrappingWidth": 400}}}%%'  # or long names are broken anywhere

# Strokes only: what is inside takes the colours of the page, dark or light.
_CLASSES = (
    "classDef rules stroke-dasharray:3 3",
    "classDef fail stroke:#d1242f,stroke-width:2px",
)


def mermaid(graph: Graph) -> str:
    """The text of the drawing."""
    lines = [WIDE, "flowchart LR"]
    edges: list[tuple[str, bool]] = []
    for number, entry in enumerate(graph.entries):
        lines.append(f"    r{number}([{label(rules(entry, _RULES))}]):::rules")
        edges += [(f"r{number} --> n{to}", False) for to in entry.to]
    returned = False
    for number, node in enumerate(graph.nodes):
        lines.append(f"    n{number}{_shape(node)}")
        if isinstance(node, End):
            continue
        for move in node.moves:
            edges.append((f"n{number} -->|{label([class_names(move.classes)])}| n{move.to}", move.loop))
        if early := returned_early(node):
            edges.append((f"n{number} -->|{label([early])}| client", False))
            returned = True
    if returned:
        lines.append(f"    client[[{label([RETURNED])}]]:::fail")
    lines += [f"    {edge}" for edge, _ in edges]
    lines += [f"    {line}" for line in _CLASSES]
    if loops := [str(number) for number, (_, loop) in enumerate(edges) if loop]:
        lines.append(f"    linkStyle {','.join(loops)} stroke:#d1242f,stroke-width:3px")
    return "\n".join(lines) + "\n"


def _shape(node: Node) -> str:
    if isinstance(node, End):
        message = [plain(node.message)] if node.message else []
        return f"[[{label([f'fail {node.status}', *message])}]]:::fail"
    lines = [names(node.pools)]
    for member in node.members:
        share = f"{member.share}% " if len(node.members) > 1 else ""
        lines += [share + plain(member.model), names(member.upstreams)]
    return f"[{label(lines)}]"


def label(lines: list[str]) -> str:
    """A label, in which nothing is taken for Mermaid's syntax, HTML or Markdown."""
    return '"' + "<br>".join(line.translate(_SPECIAL) for line in lines) + '"'
