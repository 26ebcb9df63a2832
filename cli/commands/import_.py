"""``interlock import``: the configuration of a gateway as a policy."""

from __future__ import annotations

from typing import Annotated

import typer

from interlock.cli.console import complain, err, out
from interlock.cli.options import ColorOption, Format, gateway, pick_format


def run(
    format_: Annotated[
        str,
        typer.Argument(metavar="GATEWAY", help="Whose configuration it is: litellm, portkey, kong, envoy-ai-gateway."),
    ],
    files: Annotated[list[str], typer.Argument(metavar="FILES…", help="Its files, or - for standard input.")],
    output: Annotated[
        str | None, typer.Option("-o", "--output", metavar="OUT", help="Where to; - is standard output. [default: -]")
    ] = None,
    report: Format = "text",
    color: ColorOption = "auto",
) -> None:
    """Write the policy that a gateway's configuration means.

    It decides as the gateway does; where it cannot, a comment at its top says so, and the report. A configuration that
    cannot be imported gives exit 1, and nothing is written.
    """
    from interlock.cli.configurations import read_source
    from interlock.cli.files import Unusable, write_atomically
    from interlock.cli.render.imported import write_imported
    from interlock.cli.settings import reading
    from interlock.compiler.sources.check import import_sources, policy_text

    named = gateway(format_, "GATEWAY")
    assert named is not None
    pick_format(report)
    written = None if output in (None, "-") else output
    if report == "json" and written is None:
        raise typer.BadParameter("the report as JSON needs -o FILE for the policy", param_hint="--format")
    try:
        sources = [read_source(name) for name in files]
        imported = import_sources(named, sources, reading(files[0], None)[1])
        text, refused = policy_text(imported)
        if text is not None and written is not None:
            write_atomically(written, text.encode())
    except Unusable as error:
        complain(str(error), color)
        raise typer.Exit(2) from None
    if text is not None and written is None:
        out(color).stream.write(text)
    write_imported(imported, refused, written, report, err(color) if written is None else out(color))
    if text is None:
        raise typer.Exit(1)
