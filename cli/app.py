"""The command ``interlock``: its subcommands, and what happens when something goes wrong in one.

Start-up time counts: this module and the commands it registers import nothing heavy. What a command needs,
it imports when it runs.
"""

from __future__ import annotations

import contextlib
import functools
import os
import sys
from collections.abc import Callable
from typing import Annotated, Any

import typer

from interlock.cli.commands import (
    ask,
    check,
    compile,
    decide,
    diff,
    emit,
    explain,
    fmt,
    git_diff,
    graph,
    import_,
    init,
    models,
    rule,
    test,
    traffic,
)
from interlock.cli.console import complain, never_crash_on_output
from interlock.cli.files import reason

app = typer.Typer(
    name="interlock",
    help="The policy compiler for AI gateways: check, compile and explain where requests go.",
    no_args_is_help=True,
    # Both would import rich, which takes longer than checking a policy does.
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)


def main() -> None:
    """Run the command line and exit: 0 nothing wrong, 1 findings, 2 the command could not do its work."""
    never_crash_on_output()
    try:
        app(prog_name="interlock")
    except KeyboardInterrupt:
        _exit_now(130)
    except OSError as error:
        _exit_now(_outside(error))
    except Exception as error:
        _exit_now(_internal_error(error))


def _guarded(command: Callable[..., Any]) -> Callable[..., Any]:
    """The command, with every way it can end badly turned into an exit code and at most one line."""

    @functools.wraps(command)
    def run(*args: Any, **kwargs: Any) -> None:
        try:
            command(*args, **kwargs)
            sys.stdout.flush()
        except KeyboardInterrupt:
            _exit_now(130)
        except OSError as error:
            _exit_now(_outside(error))
        except (typer.Exit, typer.Abort, typer.BadParameter, SystemExit):
            raise
        except Exception as error:
            raise typer.Exit(_internal_error(error)) from None

    return run


def _internal_error(error: Exception) -> int:
    if os.environ.get("INTERLOCK_TRACEBACK"):
        import traceback

        traceback.print_exc()
    words = " ".join(str(error).split())[:300]
    name = type(error).__name__
    complain(
        f"internal error: {name}{': ' if words else ''}{words} "
        "(this is a bug of interlock; set INTERLOCK_TRACEBACK=1 for the details)"
    )
    return 2


def _outside(error: OSError) -> int:
    """The exit code for what the system refused: no fault of ours, so no talk of bugs."""
    if isinstance(error, BrokenPipeError):
        return 141  # whoever read us has seen enough; what the shell reports for any program that is cut off
    where = f"`{error.filename}`: " if error.filename else ""
    complain(f"{where}{reason(error)}")
    return 2


def _exit_now(code: int) -> None:
    """Exit without the interpreter's last flush, which would fail again on a closed pipe."""
    for stream in (sys.stdout, sys.stderr):
        with contextlib.suppress(OSError, ValueError):
            stream.flush()
    os._exit(code)


def _version(wanted: bool) -> None:
    if wanted:
        from interlock import __version__

        typer.echo(f"interlock {__version__}")
        raise typer.Exit


@app.callback()
def _options(
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Show the version and exit.")
    ] = False,
) -> None:
    pass


for _name, _command in (
    ("check", check.run),
    ("fmt", fmt.run),
    ("compile", compile.run),
    ("decide", decide.run),
    ("explain", explain.run),
    ("test", test.run),
    ("ask", ask.run),
    ("diff", diff.run),
    ("graph", graph.run),
    ("rule", rule.run),
    ("emit", emit.run),
    ("import", import_.run),
    ("traffic", traffic.run),
    ("models", models.run),
    ("init", init.run),
):
    app.command(_name)(_guarded(_command))

app.command("git-diff", hidden=True)(_guarded(git_diff.run))
