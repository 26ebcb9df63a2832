"""``interlock models``: what is known of models, and the newest of it."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Annotated

import typer

from interlock.cli.console import complain, err, out
from interlock.cli.options import ColorOption

if TYPE_CHECKING:
    from collections.abc import Mapping

    from interlock.cli.console import Color
    from interlock.dsl.model_data import Facts

FORMATS = ("text", "json", "route")
_MAX_BYTES = 64 * 1024 * 1024


def run(
    names: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="[NAME…]",
            help="Models, as policies or gateways call them; * stands for anything. With --refresh: the map to read.",
            show_default=False,
        ),
    ] = None,
    format_: Annotated[
        str | None,
        typer.Option("--format", metavar="|".join(FORMATS), help="How to write; route is for pasting. [default: text]"),
    ] = None,
    refresh: Annotated[
        bool,
        typer.Option("--refresh", help="Make a file of model facts from LiteLLM's cost map: the published, or NAME."),
    ] = False,
    output: Annotated[
        str | None, typer.Option("-o", "--output", metavar="FILE", help="Where --refresh writes to; - for here.")
    ] = None,
    color: ColorOption = "auto",
) -> None:
    """What is known of models: contexts, prices, capabilities.

    A policy that imports std/models may name any of them. With --refresh: fetch what is known today.
    """
    if format_ not in (None, *FORMATS):
        raise typer.BadParameter(f"{format_!r} is not one of {', '.join(FORMATS)}", param_hint="--format")
    if not refresh:
        if output is not None:
            raise typer.BadParameter("it is for --refresh", param_hint="--output")
        _show(names or ["*"], format_ or "text", color)
        return
    if format_ is not None:
        raise typer.BadParameter("--refresh writes a file of model facts", param_hint="--format")
    if output is None:
        raise typer.BadParameter("say where to: -o models.json", param_hint="--refresh")
    if names is not None and len(names) > 1:
        raise typer.BadParameter("one map makes one file: name a file or an address", param_hint="--refresh")
    _refresh(names[0] if names else None, output, color)


def _show(names: list[str], format_: str, color: Color) -> None:
    from interlock.cli.files import STDIN, Unusable
    from interlock.cli.render.models import write_models
    from interlock.cli.settings import reading
    from interlock.dsl.model_data import BadModels, read_models
    from interlock.dsl.model_facts import all_facts, lookup

    try:
        file = reading(STDIN, None)[1]  # the settings of the current folder
        every = all_facts(file)
        found: dict[str, Facts] = {}
        unknown: list[str] = []
        for name in names:
            matching = _matching(name, every)
            if not matching and "*" not in name and (facts := lookup(name, file=file)):
                matching = {facts.name: every[facts.name]}
            found |= matching
            if not matching:
                unknown.append(name)
        if found:
            write_models(list(found.values()), read_models(file), format_, out(color))
    except (BadModels, Unusable) as error:
        complain(str(error), color)
        raise typer.Exit(2) from None
    for name in unknown:
        complain(_unknown(name, every), color)
    if unknown:
        raise typer.Exit(2)


def _matching(name: str, every: Mapping[str, Facts]) -> dict[str, Facts]:
    """The models that a name or a pattern means."""
    if name in every:
        return {name: every[name]}
    if "*" not in name:
        return {}
    pattern = re.compile(".*".join(map(re.escape, re.split(r"\*+", name))), re.IGNORECASE | re.DOTALL)
    return {known: facts for known, facts in every.items() if pattern.fullmatch(known)}


def _unknown(name: str, every: Mapping[str, Facts]) -> str:
    from interlock.dsl.nearest import nearest

    if "*" in name:
        return f"no model is like `{name}`; `interlock models` lists all"
    close = nearest(name, every)
    return f"nothing is known of `{name}`; " + (f"did you mean `{close}`?" if close else "`interlock models` lists all")


def _refresh(map_: str | None, output: str, color: Color) -> None:
    import sys
    from datetime import UTC, datetime

    from interlock.cli.fetch import fetch, without_secrets
    from interlock.cli.files import STDIN, Unusable, write_atomically
    from interlock.compiler.cost_map import PUBLISHED, convert
    from interlock.dsl.model_data import BadModels

    name = PUBLISHED if map_ is None else map_
    shown = "<stdin>" if name == STDIN else without_secrets(name)
    try:
        # A path says nothing to others, and may say too much.
        source = re.split(r"[/\\]", shown)[-1] if "://" not in shown else shown
        made = convert(fetch(name, _MAX_BYTES + 1), shown, source, datetime.now(UTC).date())
        if output == STDIN:
            sys.stdout.flush()
            sys.stdout.buffer.write(made.data)
            sys.stdout.buffer.flush()
        else:
            write_atomically(output, made.data)
    except (BadModels, Unusable) as error:
        complain(str(error), color)
        if map_ is None:
            err(color).line("help: a map from elsewhere will do: `interlock models --refresh FILE -o OUT`")
        raise typer.Exit(2) from None
    left = f" ({made.left_out:,} other entries left out)" if made.left_out else ""
    err(color).line(f"wrote {'standard output' if output == STDIN else output}: {made.kept:,} models{left}")
