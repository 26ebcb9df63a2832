"""``interlock emit``: a policy as the configuration of a gateway."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Annotated

import typer

from interlock.cli.console import complain, out
from interlock.cli.options import ColorOption, Config, Format, Isolated, Root, pick_format, settings_of

if TYPE_CHECKING:
    from interlock.compiler.table import Table
    from interlock.compiler.targets.fidelity import Emitted

TARGETS = ("cloudflare", "envoy", "envoy-ai-gateway", "kong", "litellm", "portkey")


def run(
    target: Annotated[str, typer.Argument(metavar="TARGET", help=f"For which gateway: {', '.join(TARGETS)}.")],
    file: Annotated[str, typer.Argument(metavar="FILE", help="The policy, or - for standard input.")],
    output: Annotated[str, typer.Option("-o", "--output", metavar="DIR", help="The folder to write.")],
    require_exact: Annotated[
        bool, typer.Option("--require-exact", help="Exit 1, and write nothing, if the gateway cannot do all of it.")
    ] = False,
    force: Annotated[
        bool, typer.Option("--force", help="Overwrite files in DIR that were changed or not written by this.")
    ] = False,
    report: Format = "text",
    root: Root = None,
    config: Config = None,
    isolated: Isolated = False,
    color: ColorOption = "auto",
) -> None:
    """Write a policy as the configuration of a gateway, and say what the gateway does of it.

    Each rule, chain, timeout, limit and so on is native, done by an extension, or impossible; nothing is approximated
    in silence. Secrets are never written, only the names of variables. A policy with errors gives exit 1.
    """
    from interlock.cli.emitted import write_folder
    from interlock.cli.files import Unusable
    from interlock.cli.proved import proved
    from interlock.cli.render.fidelity import as_json, write_fidelity
    from interlock.compiler.pipeline import Unreadable
    from interlock.compiler.targets.fidelity import Unemittable

    emit = _emitter(target)
    pick_format(report)
    try:
        emitted = emit(proved(file, root, settings_of(config, isolated, root).of(file), color))
        fidelity = emitted.fidelity
        lost = require_exact and bool(fidelity.losses)
        if not lost:
            write_folder(output, emitted.files, as_json(fidelity), force)
        write_fidelity(fidelity, None if lost else output, report, out(color))
    except (Unreadable, Unusable) as error:
        complain(str(error), color)
        raise typer.Exit(2) from None
    except Unemittable as error:
        complain(str(error), color)
        raise typer.Exit(1) from None
    if lost:
        raise typer.Exit(1)


def _emitter(target: str) -> Callable[[Table], Emitted]:
    """What writes for a target; each is imported only when it is asked for."""
    match target:
        case "cloudflare":
            from interlock.compiler.targets.cloudflare import emit
        case "envoy":
            from interlock.compiler.targets.envoy import emit
        case "envoy-ai-gateway":
            from interlock.compiler.targets.envoy_ai_gateway import emit
        case "kong":
            from interlock.compiler.targets.kong import emit
        case "litellm":
            from interlock.compiler.targets.litellm import emit
        case "portkey":
            from interlock.compiler.targets.portkey import emit
        case _:
            raise typer.BadParameter(f"`{target}` is none of: {', '.join(TARGETS)}", param_hint="TARGET")
    return emit
