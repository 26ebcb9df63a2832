"""``interlock init``: a starter policy, settings, a CI workflow and hooks."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Annotated

import typer

from interlock.cli.console import complain, out
from interlock.cli.options import ColorOption

if TYPE_CHECKING:
    from interlock.cli.console import Console

POLICY = "policies/gateway.route"
SETTINGS = "interlock.toml"
WORKFLOW = ".github/workflows/interlock.yml"
HOOKS = ".pre-commit-config.yaml"

FILES = (
    (POLICY, "gateway.route", "a starter policy, with tests"),
    (SETTINGS, "interlock.toml", "settings, all at their defaults"),
    (WORKFLOW, "workflow.yml", "check, test and fmt on every push"),
    (HOOKS, "pre-commit.yaml", "the same before every commit"),
)


def run(
    folder: Annotated[str, typer.Argument(metavar="[DIR]", help="Where to; made if it is missing.")] = os.curdir,
    git: Annotated[
        bool, typer.Option("--git", help="Write nothing; print how `git diff` shows what a change does.")
    ] = False,
    color: ColorOption = "auto",
) -> None:
    """Start with a policy, settings, a CI workflow and hooks.

    Writes a commented policy that checks clean, and what runs Interlock in CI and before commits. A file that is
    there already is left as it is.
    """
    from interlock.cli.cells import plain
    from interlock.cli.files import Unusable, write_new

    console = out(color)
    if git:
        _say_git(console)
        return
    written: list[str] = []
    width = max(len(path) for path, _, _ in FILES)
    for path, template, what in FILES:
        target = os.path.normpath(os.path.join(folder, path))
        try:
            elsewhere = _settings_of(folder) if path == SETTINGS and not os.path.lexists(target) else None
            new = elsewhere is None and write_new(target, template_text(template).encode())
        except Unusable as error:
            complain(str(error), color)
            raise typer.Exit(2) from None
        if new:
            written.append(path)
        done = console.paint("good", "wrote") if new else "kept "
        why = what if new else f"`{elsewhere}` has settings already" if elsewhere else "it is there already"
        console.line(f"{done}  {path.ljust(width)}  {console.paint('dim', plain(why))}")
    _say_next(written, folder, console)


def template_text(name: str) -> str:
    """A file to write, with this version's number in it."""
    from importlib import resources

    from interlock import __version__

    text = (resources.files("interlock.cli") / "templates" / name).read_text(encoding="utf-8")
    return text.replace("@VERSION", f"@v{__version__}").replace("rev: VERSION", f"rev: v{__version__}")


def _settings_of(folder: str) -> str | None:
    """The file with the settings that hold in a folder now: one more, nearer, would put them out of force."""
    from interlock.cli.settings import Resolver

    return Resolver().of(os.path.join(folder, POLICY)).config


def _say_next(written: list[str], folder: str, console: Console) -> None:
    import shlex

    from interlock.cli.cells import plain

    if HOOKS not in written:
        console.line()
        console.line(f"to run Interlock before every commit, add to {HOOKS}:")
        console.line()
        for line in template_text("pre-commit.yaml").splitlines()[1:]:
            console.line(f"  {console.paint('code', line)}")
    if not written:
        return
    console.line()
    console.line("next")
    where = os.path.normpath(folder)
    steps = [f"cd {plain(shlex.quote(where))}"] if where != os.curdir else []
    if POLICY in written:
        steps += ["interlock check policies", "interlock test policies", f"interlock graph {POLICY}"]
    for step in steps:
        console.line(f"  {console.paint('code', step)}")
    if POLICY in written:
        console.line(f"  then make {POLICY} yours: its comments say how")
    if owned := [path for path in (WORKFLOW, HOOKS) if path in written]:
        console.line(f"  replace OWNER in {' and '.join(owned)}")


def _say_git(console: Console) -> None:
    console.line("in a repository, once, so that `git diff` shows what a change of a policy does for whom:")
    console.line()
    for line in (
        "git config diff.interlock.command 'interlock git-diff'",
        "echo '*.route diff=interlock' >> .gitattributes",
    ):
        console.line(f"  {console.paint('code', line)}")
    console.line()
    console.line(
        "`git show` and `git log -p` do so too with --ext-diff, and `git diff --no-ext-diff` shows the text alone"
    )
