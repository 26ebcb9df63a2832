"""What a gateway does of a policy, as text and as JSON."""

from __future__ import annotations

from interlock.cli.cells import plain, wrap
from interlock.cli.console import Console
from interlock.cli.render.json import write_json
from interlock.cli.render.text import counted
from interlock.compiler.targets.fidelity import Fidelity

_WORDS = {
    "native": "native: the gateway's own configuration",
    "extension": "extension: our runtime inside the gateway",
    "impossible": "impossible here, and what happens instead",
}


def as_json(fidelity: Fidelity) -> dict[str, object]:
    """The report as a JSON object."""
    return {
        "target": fidelity.target,
        "policy": fidelity.policy,
        "version": fidelity.version,
        "exact": not fidelity.losses,
        "fidelity": [
            {"kind": fact.kind, "what": fact.what, "how": fact.how, "note": fact.note} for fact in fidelity.facts
        ],
        "environment": dict(fidelity.environment),
    }


def write_fidelity(fidelity: Fidelity, written: str | None, form: str, console: Console) -> None:
    """The report. ``written`` is the folder, None where nothing was written."""
    if form == "json":
        write_json({"folder": written, **as_json(fidelity)}, console)
        return
    if written is None:
        console.line(f"nothing was written: {fidelity.target} cannot do all of policy {plain(fidelity.policy)}")
    else:
        console.line(f"wrote {plain(written)}: policy {plain(fidelity.policy)} for {fidelity.target}")
    for how, words in _WORDS.items():
        facts = [fact for fact in fidelity.facts if fact.how == how]
        if not facts:
            continue
        console.line()
        console.line(f"{words} ({counted(len(facts), 'part')})")
        notes: dict[tuple[str, str], list[str]] = {}
        for fact in facts:
            notes.setdefault((fact.kind, fact.note), []).append(fact.what)
        for (kind, note), names in notes.items():
            lines = wrap(f"{kind} {plain(', '.join(names))}: {plain(note)}", console.width - 4, console.width - 4)
            for number, line in enumerate(lines):
                console.line(f"  {'-' if number == 0 else ' '} {console.prose(line)}")
    console.line()
    console.line("it reads from its environment:")
    for name, what in fidelity.environment.items():
        console.line(f"  {plain(name)}  {plain(what)}")
