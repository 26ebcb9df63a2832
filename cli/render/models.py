"""The facts of models: as a table, as JSON, and as declarations to paste."""

from __future__ import annotations

from collections.abc import Sequence

from interlock.cli.cells import plain, width
from interlock.cli.console import Console
from interlock.dsl.model_data import PRICES, Facts, ModelFile, decimal, declaration, dollars, tokens

_HEADS = ("model", "provider", "context", *(kind.replace("_", " ") for kind in PRICES), "supports", "from", "notes")
_NUMBERS = range(2, 3 + len(PRICES))
"""Columns that line up at their right."""


def write_models(found: Sequence[Facts], known: ModelFile, format_: str, console: Console) -> None:
    """Write facts, of which those that are not our own are from the file ``known``."""
    if format_ == "json":
        from interlock.cli.render.json import write_json

        write_json(_json(found, known), console)
    elif format_ == "route":
        console.stream.write("\n".join(declaration(facts.name, facts) for facts in found))
    else:
        _table(found, known, console)


def _json(found: Sequence[Facts], known: ModelFile) -> dict[str, object]:
    listed = [
        {
            "name": facts.name,
            "provider": facts.provider,
            "context": facts.context,
            "price": {kind: decimal(price) for kind, price in facts.prices.items()},
            "prices_up_to": facts.prices_up_to,
            "supports": list(facts.supports),
            "retires": facts.retires,
            "from": facts.origin,
        }
        for facts in found
    ]
    return {"file": known.shown, "source": known.source, "date": known.date, "models": listed}


def _table(found: Sequence[Facts], known: ModelFile, console: Console) -> None:
    rows = [_HEADS, *map(_row, found)]
    widths = [max(width(row[column]) for row in rows) for column in range(len(_HEADS))]
    for number, row in enumerate(rows):
        cells = [
            " " * (wide - width(cell)) + cell if column in _NUMBERS else cell + " " * (wide - width(cell))
            for column, (cell, wide) in enumerate(zip(row, widths, strict=True))
        ]
        line = "  ".join(cells).rstrip()
        console.line(console.paint("strong", line) if number == 0 else line)
    console.line()
    console.line("prices are in US dollars per million tokens")
    if any(facts.origin.startswith("LiteLLM") for facts in found):
        console.line(plain(f"LiteLLM {known.date}: {known.source}"))


def _row(facts: Facts) -> tuple[str, ...]:
    notes = []
    if facts.prices_up_to is not None:
        notes.append(f"prices up to {tokens(facts.prices_up_to)} tokens")
    if facts.retires is not None:
        notes.append(f"retires {facts.retires}")
    cells = (
        facts.name,
        facts.provider or "-",
        "-" if facts.context is None else tokens(facts.context),
        *(dollars(facts.prices[kind]) if kind in facts.prices else "-" for kind in PRICES),
        ", ".join(facts.supports) or "-",
        facts.origin,
        ", ".join(notes),
    )
    return tuple(map(plain, cells))
