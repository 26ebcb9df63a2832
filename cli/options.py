"""The options that several commands share."""

from __future__ import annotations

import os
from typing import Annotated

import typer

from interlock.cli.console import Color


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

After = Annotated[
    list[str] | None,
    typer.Option("--after", metavar="CLASS,…", help="The errors so far, in order: overloaded,timeout"),
]

Format = Annotated[str, typer.Option("--format", metavar="text|json", help="How to write the result.")]


def pick_format(name: str, later: tuple[str, ...] = ()) -> str:
    """``name`` if it is a format of this version.

    Ends the command for one of ``later``, formats that are designed but not built; raises a usage error
    for anything else.
    """
    if name in ("text", "json"):
        return name
    if name in later:
        not_yet(f"the format `{name}`")
    raise typer.BadParameter(f"{name!r} is not one of text, json", param_hint="--format")


def not_yet(what: str) -> None:
    """Say that ``what`` is for a later version, and end the command."""
    from interlock.cli.console import complain

    complain(f"{what} is not part of this version yet")
    raise typer.Exit(2)


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
