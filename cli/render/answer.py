"""The answer to a question, as text and as JSON."""

from __future__ import annotations

from interlock.cli.cells import plain, wrap
from interlock.cli.console import Console
from interlock.cli.render.json import place
from interlock.cli.render.snippet import Label, draw
from interlock.cli.render.text import witness_lines
from interlock.compiler.assertions import Broken
from interlock.compiler.question import Answer


def write_answer(file: str, answer: Answer, console: Console, root: str | None, every: bool) -> None:
    """Whether it holds; where it does not, the request, the walk and the places that lead there."""
    if not answer.broken:
        if answer.undecided is None:
            tick = console.paint("good", console.glyphs.tick)
            about = "says nothing: no request satisfies the condition" if answer.vacuous else "holds for every request"
            console.line(f"{tick} {console.prose(about)}")
        return
    for broken in answer.broken:
        for line in _broken_lines(file, broken, console, root):
            console.line(line)
        console.line()
    if every:
        ways = len(answer.broken)
        console.line(f"does not hold, in {ways} {'way' if ways == 1 else 'different ways'}")
    else:
        console.line(f"does not hold {console.paint('dim', '(--all shows every different pool and walk)')}")


def _broken_lines(file: str, broken: Broken, console: Console, root: str | None) -> list[str]:
    cross = console.paint("bad", console.glyphs.cross)
    first, *rest = wrap(plain(broken.what), console.width - 2, console.width - 2)
    lines = [f"{cross} {console.paint('strong', first)}", *(f"  {console.paint('strong', line)}" for line in rest)]
    *before, last = broken.related
    labels = [Label(last.span, last.message, "bad", primary=True)]
    labels += [Label(related.span, related.message) for related in before]
    lines += draw(labels, console)
    return lines + witness_lines(broken.witness, console, file, root)


def answer_json(answer: Answer) -> dict[str, object]:
    """``{"holds": true, false or null (not decided), "vacuous", "undecided", "counterexamples": [{"message",
    "witness", "related"}]}``."""
    return {
        "holds": False if answer.broken else None if answer.undecided is not None else True,
        "vacuous": answer.vacuous,
        "undecided": answer.undecided,
        "counterexamples": [
            {
                "message": broken.what,
                "witness": {
                    "requests": [dict(request) for request in broken.witness.requests],
                    "after": list(broken.witness.after),
                    "hops": list(broken.witness.hops),
                },
                "related": [{"message": r.message, **place(r.span)} for r in broken.related],
            }
            for broken in answer.broken
        ],
    }
