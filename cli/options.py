"""The options that several commands share."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Annotated

import typer

from interlock.cli.console import Color

if TYPE_CHECKING:
    from interlock.cli.config_layers import FailOn
    from interlock.cli.settings import Resolver
    from interlock.compiler.sources.formats import Format as Gateway


def _folder(name: str | None) -> str | None:
    # A mistyped root would only show as imports that lie outside of it.
    if name is not None and not os.path.isdir(name):
        raise typer.BadParameter(f"{name!r} is no folder")
    return name


Root = Annotated[
    str | None,
    typer.Option(
        "--root",
        metavar="DIR",
        callback=_folder,
        help="What no import may leave. [default: the file's folder]",
    ),
]

ColorOption = Annotated[
    Color, typer.Option("--color", help="Colour the output; auto is: on a terminal, unless NO_COLOR is set.")
]

Files = Annotated[
    list[str],
    typer.Argument(metavar="FILES…", help="Policies and modules, folders of them, or - for standard input."),
]

FileOrTable = Annotated[
    str, typer.Argument(metavar="FILE_OR_TABLE", help="A policy, a compiled table, or - for standard input.")
]

Config = Annotated[
    str | None,
    typer.Option("--config", metavar="FILE", help="The settings for all files. [default: the nearest above each]"),
]

From = Annotated[
    str | None,
    typer.Option(
        "--from",
        metavar="GATEWAY",
        help="The files are configurations of this gateway: litellm, portkey, kong, envoy-ai-gateway. "
        "[default: what they look like]",
    ),
]

Isolated = Annotated[bool, typer.Option("--isolated", help="Use no settings file.")]

After = Annotated[
    list[str] | None,
    typer.Option("--after", metavar="CLASS,…", help="The errors so far, in order: overloaded,timeout"),
]

Format = Annotated[str, typer.Option("--format", metavar="text|json", help="How to write the result.")]


def pick_format(name: str) -> str:
    """``name`` if it is text or json. Raises a usage error for anything else."""
    if name not in ("text", "json"):
        raise typer.BadParameter(f"{name!r} is not one of text, json", param_hint="--format")
    return name


def gateway(name: str | None, hint: str = "--from") -> Gateway | None:
    """The format of that name. Raises a usage error, with the nearest name, for one that is none."""
    if name is None:
        return None
    from interlock.compiler.sources.formats import FORMATS
    from interlock.dsl.nearest import nearest

    known = next((format_ for format_ in FORMATS if format_ == name), None)
    if known is None:
        close = nearest(name, FORMATS)
        advice = f"did you mean {close!r}?" if close else f"the gateways are {', '.join(FORMATS)}"
        raise typer.BadParameter(f"{name!r} is no gateway whose configuration is understood; {advice}", param_hint=hint)
    return known


def settings_of(
    config: str | None,
    isolated: bool,
    root: str | None,
    *,
    select: str | None = None,
    ignore: str | None = None,
    fail_on: FailOn | None = None,
) -> Resolver:
    """What finds the settings of files, under these options. Raises a usage error."""
    from interlock.cli.config_layers import UnknownCode
    from interlock.cli.settings import Resolver

    if config is not None and isolated:
        raise typer.BadParameter("--isolated uses no settings file", param_hint="--config")
    try:
        return Resolver(config=config, isolated=isolated, select=select, ignore=ignore, fail_on=fail_on, root=root)
    except UnknownCode as error:
        raise typer.BadParameter(str(error), param_hint=error.where) from None


def error_classes(values: list[str] | None) -> list[str]:
    """The classes of ``--after``. Raises a usage error, with the nearest name, for one that is none."""
    from interlock.dsl.nearest import nearest
    from interlock.runtime import ERROR_CLASSES

    classes = [part.strip() for value in values or [] for part in value.split(",") if part.strip()]
    for name in classes:
        if name in ERROR_CLASSES:
            continue
        close = nearest(name, ERROR_CLASSES)
        if name == "unavailable":
            advice = "it stands for five classes; name the one that happened"
        else:
            advice = f"did you mean {close!r}?" if close else f"the classes are {', '.join(ERROR_CLASSES)}"
        raise typer.BadParameter(f"{name!r} is no error class; {advice}", param_hint="--after")
    return classes
