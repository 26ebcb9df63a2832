"""``interlock graph``: pools, chains and whole walks, drawn."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Annotated

import typer

from interlock.cli.console import complain, err, out
from interlock.cli.options import ColorOption, FileOrTable, Root

if TYPE_CHECKING:
    from interlock.cli.console import Console
    from interlock.compiler.graph import Graph
    from interlock.runtime.spec import Spec

FORMATS = ("text", "mermaid", "dot", "svg")
_ENDINGS = {".mmd": "mermaid", ".mermaid": "mermaid", ".dot": "dot", ".gv": "dot", ".svg": "svg"}
_MERMAID_EDGES = 500  # what GitHub's renderer draws at most (mermaid's `maxEdges`)


def run(
    file: FileOrTable,
    format_: Annotated[
        str | None,
        typer.Option("--format", metavar="|".join(FORMATS), help="How to draw. [default: as OUT ends, else text]"),
    ] = None,
    output: Annotated[
        str | None, typer.Option("-o", "--output", metavar="OUT", help="Where to; - is standard output, the default.")
    ] = None,
    pool: Annotated[
        str | None, typer.Option("--pool", metavar="NAME", help="Only walks that can come to this pool or family.")
    ] = None,
    rule: Annotated[
        str | None, typer.Option("--rule", metavar="NAME", help="Only walks of this rule's, or ladder's, requests.")
    ] = None,
    root: Root = None,
    color: ColorOption = "auto",
) -> None:
    """Draw pools, chains and whole walks.

    Where each rule leads, what serves there, and what each class of error leads to, until the walk ends.
    """
    format_ = _picked(format_, output)
    import io

    from interlock.cli.console import Console
    from interlock.cli.files import STDIN, Unusable, write_atomically
    from interlock.cli.tables import load_table
    from interlock.compiler.graph import graph

    spec = load_table(file, root, color).table.spec
    _check_focus(spec, pool, rule)
    drawn = graph(spec, pool=pool, rule=rule)
    if not drawn.entries:
        complain(
            f"no walk {f'of `{rule}` ' if rule else ''}comes to `{pool}`" if pool else f"`{rule}` leads nowhere", color
        )
        raise typer.Exit(2)
    if format_ == "mermaid" and _edges(drawn) > _MERMAID_EDGES:
        err(color).line(f"note: GitHub draws at most {_MERMAID_EDGES} edges; with --pool or --rule there are fewer")
    whole = pool is not None or rule is not None
    if output is None or output == STDIN:
        _write(drawn, format_, out(color), whole)
        return
    data = io.BytesIO()
    stream = io.TextIOWrapper(data, encoding="utf-8", newline="\n")
    _write(drawn, format_, Console(stream, "always" if color == "always" else "never"), True)
    stream.flush()
    try:
        write_atomically(output, data.getvalue())
    except Unusable as error:
        complain(str(error), color)
        raise typer.Exit(2) from None


def _write(drawn: Graph, format_: str, console: Console, whole: bool) -> None:
    match format_:
        case "mermaid":
            from interlock.cli.render.graph_mermaid import mermaid

            console.stream.write(mermaid(drawn))
        case "dot":
            from interlock.cli.render.graph_dot import dot

            console.stream.write(dot(drawn))
        case "svg":
            from interlock.cli.render.graph_svg import svg

            console.stream.write(svg(drawn))
        case _:
            from interlock.cli.render.graph_text import write_text

            write_text(drawn, console, whole)


def _picked(format_: str | None, output: str | None) -> str:
    """The format asked for, or the one that the name of the output ends in."""
    if format_ is None:
        return _ENDINGS.get(os.path.splitext(output or "")[1].lower(), "text")
    if format_ not in FORMATS:
        raise typer.BadParameter(f"{format_!r} is not one of {', '.join(FORMATS)}", param_hint="--format")
    return format_


def _check_focus(spec: Spec, pool: str | None, rule: str | None) -> None:
    """Raises a usage error, with the nearest name, for a pool or rule that the policy has not."""
    from interlock.compiler.graph_columns import family_of
    from interlock.dsl.nearest import nearest
    from interlock.runtime import Fail

    pools = {at.pool.name for at in spec.states if not isinstance(at, Fail)}
    known = (
        ("--pool", "pool", pool, pools | {family_of(name)[0] for name in pools}),
        ("--rule", "rule", rule, {*spec.rules, *(name.rpartition("/")[0] for name in spec.rules if "/" in name)}),
    )
    for option, what, name, names in known:
        if name is not None and name not in names:
            close = nearest(name, sorted(names))
            advice = f"; did you mean {close!r}?" if close else ""
            raise typer.BadParameter(f"the policy has no {what} {name!r}{advice}", param_hint=option)


def _edges(drawn: Graph) -> int:
    from interlock.compiler.graph import Hop

    return sum(len(entry.to) for entry in drawn.entries) + sum(
        len(node.moves) for node in drawn.nodes if isinstance(node, Hop)
    )
