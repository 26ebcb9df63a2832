"""A difference for a terminal: how far it goes, then what changes for whom, the largest first."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

from interlock.cli.cells import plain, wrap
from interlock.cli.render import diff_regions as told
from interlock.cli.render import diff_words as words
from interlock.cli.render.diff_regions import Json
from interlock.cli.render.diff_traffic import write_traffic
from interlock.cli.render.diff_words import MOST
from interlock.cli.render.graph_words import names
from interlock.cli.render.json import dumps
from interlock.cli.render.text import counted

if TYPE_CHECKING:
    from interlock.cli.console import Console

_ROLES = {"+": "good", "-": "bad"}
_KINDS = {"identical": "good", "refactor": "good", "fallback-only": "warning", "routing": "error", "interface": "error"}


def write_text(shown: Json, console: Console) -> None:
    """Write the difference that ``shown``, its JSON, holds."""
    arrow = console.glyphs.arrow
    kind = console.paint(_KINDS.get(words.kind(shown), "error"), words.kind(shown))
    console.line(f"{plain(shown['old']['title'])} {arrow} {plain(shown['new']['title'])}  {kind}")
    for line in wrap(words.summary(shown), console.width, console.width):
        console.line(_glyphs(line, console))
    if shown["findings"] is None:
        console.line(console.paint("dim", "a compiled table has no assertions, tests and findings to compare"))
    if "traffic" in shown:
        write_traffic(shown, console)
    regions = shown["regions"]
    for number, region in enumerate(regions[:MOST], start=1):
        console.line()
        _region(number, region, console)
    _more(regions, "region", console)
    pairs = [f"{each['old'] or 'no rule'}, {each['new'] or 'no rule'}" for each in shown["undecided"]]
    _section(
        "not decided within the limits: whether requests of these rules, old and new, differ", _plain(pairs), console
    )
    for chain in shown["chains"][:MOST]:
        _section(f"fallbacks of {names(chain['pools'])}", _chain(chain), console)
    _more(shown["chains"], "chain", console)
    attributes = [line for each in shown["attributes"] for line in words.attribute(each)]
    _section("attributes", attributes, console)
    for note in words.compared(shown):
        _note(note, console)
    _section("upstreams", _plain(map(words.setting, shown["upstreams"])), console)
    _section("models", _plain(map(words.setting, shown["models"])), console)
    _section("pools with another name", _plain(f"{each['old']} → {each['new']}" for each in shown["renamed"]), console)
    _section("assertions", list(map(words.assertion, shown["assertions"])), console)
    _section("tests", list(map(words.test, shown["tests"])), console)
    found = shown["findings"] or {"new": [], "gone": []}
    findings = [("+", words.finding(item)) for item in found["new"]]
    # A new finding is no good news.
    _section("new findings", findings, console, {"+": "bad"})
    _section("findings that are gone", [("-", words.finding(item)) for item in found["gone"]], console, {"-": "good"})


def _plain(lines: Iterable[str]) -> list[tuple[str, str]]:
    return [(" ", line) for line in lines]


def _region(number: int, region: Json, console: Console) -> None:
    head, always, cases = told.which(region["where"])
    _indented(f"{number:>2}  ", f"{head} {' and '.join(always)}".rstrip(), console, "strong", indent=4)
    for position, case in enumerate(cases):
        first = "and either " if always else "either "
        start = f"    {first}" if not position else "or ".rjust(4 + len(first))
        _indented(start, " and ".join(case), console, "strong")
    old, new = told.moves(region)
    goes = f"{old} {console.glyphs.arrow} {new}" if region["kind"] == "routing" else f"{new}, with other fallbacks"
    _indented("    ", _glyphs(goes, console), console, "code")
    if "requests" in region:
        of = counted(region["requests"], "request")
        _indented(f"    {console.paint('dim', 'traffic')} ", of, console, indent=12)
    rows = [("rules", f"{told.rules(region['old'])} → {told.rules(region['new'])}")]
    if told.rules(region["old"]) == told.rules(region["new"]):
        rows = [("rule" if len(region["new"]["rules"]) == 1 else "rules", told.rules(region["new"]))]
    one, two = (told.served(region, side) for side in ("old", "new"))
    if one != two and one and two:
        rows.append(("served", f"{one} → {two}"))
    price = told.prices(region)
    rows += [("price", price)] if price else []
    rows += [("cache", line) for line in told.cold(region)[:3]]
    rows.append(("such as", dumps(region["request"])))
    if region["kind"] == "routing":
        rows.append(("was", told.decision(region["old"])))
    rows.append(("is", told.decision(region["new"])))
    for name, text in rows:
        _indented(f"    {console.paint('dim', name.ljust(7))} ", _glyphs(text, console), console, indent=12)


def _chain(chain: Json) -> list[tuple[str, str]]:
    lines: list[tuple[str, str]] = []
    for walk in chain["walks"]:
        classes = f"{words.classes(walk)}: "
        lines += [("-", classes + words.path(walk["old"])), ("+", classes + words.path(walk["new"]))]
    if chain["serving"]:
        lines.append((" ", f"served otherwise on the way: {', '.join(chain['serving'])}"))
    if not lines:
        lines.append((" ", "only what follows errors of several classes differs"))
    worst = words.worst(chain)
    return lines + ([(" ", worst)] if worst else [])


def _section(
    title: str, lines: Sequence[tuple[str, str]], console: Console, roles: dict[str, str] | None = None
) -> None:
    if not lines:
        return
    console.line()
    console.line(console.paint("strong", title))
    for mark, text in lines[: 2 * MOST]:
        role = (roles or _ROLES).get(mark, "plain")
        _indented(f"  {console.paint(role, mark)} ", _glyphs(text, console), console, role, indent=4)
    if len(lines) > 2 * MOST:
        _note(f"{len(lines) - 2 * MOST:,} more, which `--format json` has", console)


def _more(items: Sequence[object], noun: str, console: Console) -> None:
    if len(items) > MOST:
        console.line()
        rest = counted(len(items) - MOST, noun)
        console.line(console.paint("dim", f"{console.glyphs.cut} and {rest} more, which `--format json` has"))


def _note(text: str, console: Console) -> None:
    for line in _wrapped(text, console.width - 2):
        console.line(f"  {console.paint('dim', line)}")


def _indented(start: str, text: str, console: Console, role: str = "plain", indent: int | None = None) -> None:
    """A text after ``start``, its further lines below its own beginning."""
    room = len(start) if indent is None else indent
    for number, line in enumerate(_wrapped(text, console.width - room)):
        console.line(f"{' ' * room if number else start}{console.paint(role, line)}")


def _wrapped(text: str, room: int) -> list[str]:
    return wrap(plain(text), max(20, room), max(20, room)) or [""]


def _glyphs(text: str, console: Console) -> str:
    return text.replace("→", console.glyphs.arrow)
