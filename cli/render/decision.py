"""A decision for people."""

from __future__ import annotations

from typing import TYPE_CHECKING

from interlock.cli.cells import plain
from interlock.cli.render.json import dumps

if TYPE_CHECKING:
    from interlock.cli.console import Console
    from interlock.runtime import Decision


def decision_lines(decision: Decision, console: Console) -> list[str]:
    """Where a request goes and by which rule; then what serves it, or why nothing does."""
    by = console.paint("dim", plain(by_what(decision)))
    lines = [f"{destination(decision, console)}  {by}"]
    if decision.invalid is not None:
        lines.append(f"  {console.prose(plain(decision.invalid.message))}")
    if decision.upstream is not None:
        lines.append(f"  {served_by(decision)}")
    if decision.hop:
        lines.append(f"  hop {decision.hop}")
    return lines


def destination(decision: Decision, console: Console) -> str:
    """``opus[us_east]``, ``fail 503 "every region is down"`` or the error that goes to the client."""
    fail = decision.fail
    if fail is None:
        return console.paint("strong", plain(decision.pool or ""))
    return console.paint("error", failure(fail.status, fail.message))


def failure(status: int | None, message: str | None) -> str:
    """A fail as the language writes it."""
    if status is None:
        return f"error `{plain(message or '')}` returned to the client"
    return f"fail {status}" + (f" {plain(dumps(message))}" if message is not None else "")


def by_what(decision: Decision) -> str:
    """What made the decision: a rule, or the want of one."""
    if decision.invalid is not None:
        return "for an invalid request"
    return "as no rule holds" if decision.rule is None else f"by rule {decision.rule}"


def served_by(decision: Decision) -> str:
    """The upstream and the model, and where that is."""
    parts = [("provider", decision.provider), ("account", decision.account), ("region", decision.region)]
    where = ", ".join(f"{name} {plain(value)}" for name, value in parts if value is not None)
    return f"{plain(decision.upstream or '')} with {plain(decision.model or '')}  ({where})"
