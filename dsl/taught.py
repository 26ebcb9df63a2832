"""Mistakes that have an answer of their own, each taught by broken samples.

A sample is parsed until its mistake; the state the parser is in and the token it met there are remembered, and
the same two in somebody's policy get the same answer (Jeffery, *Generating LR syntax error messages from
examples*, TOPLAS 2003; lark's ``examples/advanced/error_reporting_lalr.py``). So a lesson is written without
knowing anything of the table. It holds wherever the same is being read of the same kind of declaration or member;
conditions are alike wherever they stand.
"""

from __future__ import annotations

from functools import cache

from interlock.dsl.build import Builder
from interlock.dsl.lalr import STARTERS, Machine
from interlock.dsl.lessons import LESSONS
from interlock.dsl.lex import Tokens, lex
from interlock.dsl.parser_cache import symbols, tables
from interlock.dsl.source import Source
from interlock.dsl.syntax import Name
from interlock.dsl.tables import END

_ENDS = frozenset([END, "RBRACE", "SEMICOLON"])
_OWNERS = STARTERS | {"WHEN", "MATCH"}


def lesson(machine: Machine, at: int, home: int | None, *, any_name: bool) -> tuple[str, str] | None:
    """The message and the help taught for token ``at``, if any.

    ``home``: where the token stands between two members, the place on the stack of their block; then what is
    taught of that holds too. Without ``any_name`` only what is taught of this very word.
    """
    tokens, learnt = machine.tokens, _learnt()
    kind = tokens.kinds[at]
    keys = [_text(tokens, at)]
    if kind in _ENDS or (tokens.opens_line[at] and home is None):
        keys.append("an end")
    elif any_name or kind != "NAME":
        keys.append(f"a {kind}")
    keys = [f"{_text(tokens, at - 1)} {key}" for key in keys if _misread(machine, at)] + keys
    for place in (len(machine.states) - 1,) if home is None else (len(machine.states) - 1, home):
        owner = _owner(machine, place)
        for key in keys:
            if found := learnt.get((machine.states[place], key, owner)):
                return filled(found[0], tokens, at), filled(found[1], tokens, at)
    return None


def filled(text: str, tokens: Tokens, at: int) -> str:
    """A message or a help with the words it speaks of; only those outside of other backticks get their own."""
    for name, place in (("{found}", at), ("{before}", at - 1)):
        if name in text:
            word = tokens.span(place).text if place >= 0 else ""
            word = word if len(word) <= 40 else word[:36] + "…"
            outside = "`".join(
                part.replace(name, f"`{word}`" if n % 2 == 0 else word) for n, part in enumerate(text.split("`"))
            )
            text = outside
    return text


def _owner(machine: Machine, place: int) -> str:
    """The word that the condition, the member or the declaration starts with that is being read at a place of
    the stack."""
    symbol_of = symbols()
    word = next((s for state in reversed(machine.states[: place + 1]) if (s := symbol_of[state]) in _OWNERS), "")
    return "WHEN" if word == "LET" else word


def _text(tokens: Tokens, at: int) -> str:
    return tokens.text(at) or "an end"


def _misread(machine: Machine, at: int) -> bool:
    """Whether the token before ``at`` is a word of the language that was read as a name."""
    return bool(machine.values) and isinstance(machine.values[-1], Name) and machine.tokens.words[at - 1] is not None


@cache
def _learnt() -> dict[tuple[int, str, str], tuple[str, str]]:
    learnt: dict[tuple[int, str, str], tuple[str, str]] = {}
    for message, help, samples in LESSONS:
        for sample in samples.split(" | "):
            machine, at = failure(sample)
            tokens, kind = machine.tokens, machine.tokens.kinds[at]
            if kind in _ENDS:
                key = "an end"
            elif kind != "NAME" or tokens.text(at) == "anything":
                key = f"a {kind}"
            else:
                key = tokens.text(at)
            if _misread(machine, at):
                key = f"{_text(tokens, at - 1)} {key}"
            owner = _owner(machine, len(machine.states) - 1)
            learnt.setdefault((machine.states[-1], key, owner), (message, help))
    return learnt


def failure(sample: str) -> tuple[Machine, int]:
    """Parses up to the mistake: the machine as it stands, and the number of the token that does not fit."""
    source = Source("sample", sample)
    tokens = lex(source, tables())
    machine = Machine(tables(), Builder(tokens, {}), source, tokens)
    at = machine.run(0)
    return machine, at
