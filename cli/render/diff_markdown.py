"""A difference as Markdown that fits a comment on a pull request: a table of what changes for whom, details to unfold.

Whatever a policy's author wrote stands in `<code>`, every character of it that Markdown or HTML could take for markup
as an entity: so it stays text, and mentions nobody.
"""

from __future__ import annotations

from collections.abc import Iterable

from interlock.cli.cells import plain
from interlock.cli.render import diff_regions as told
from interlock.cli.render import diff_words as words
from interlock.cli.render.diff_mermaid import mermaid
from interlock.cli.render.diff_regions import Json
from interlock.cli.render.diff_traffic import markdown_traffic
from interlock.cli.render.diff_words import MOST
from interlock.cli.render.graph_words import names
from interlock.cli.render.json import dumps
from interlock.cli.render.text import counted

LONGEST = 65_000
"""Characters, of which a comment on GitHub may have 65,536."""
_CUT = 600
_SPECIAL = str.maketrans({char: f"&#{ord(char)};" for char in "&<>`*_~[]|\\$:@"})


def markdown(shown: Json) -> str:
    """The difference that ``shown``, its JSON, holds; of what would be too long fewer entries, and how many more."""
    for most in (MOST, 10, 5, 2):
        text = _whole(shown, most)
        if len(text) <= LONGEST:
            return text
    return "\n".join(_head(shown))


def _whole(shown: Json, most: int) -> str:
    lines = _head(shown)
    if "traffic" in shown:
        lines += markdown_traffic(shown, code)
    regions = shown["regions"]
    if regions:
        lines += ["| requests | before | now |", "|---|---|---|"]
        lines += [_row(region) for region in regions[:most]]
        lines.append("")
        lines += _more(len(regions) - most, "region")
        for number, region in enumerate(regions[:most], start=1):
            lines += _details(number, region)
    lines += _chains(shown["chains"], most)
    attributes = [f"{mark} {code(text)}" for each in shown["attributes"] for mark, text in words.attribute(each)]
    attributes += words.compared(shown)
    lines += _list("Attributes", attributes, most)
    pairs = [f"{each['old'] or 'no rule'}, {each['new'] or 'no rule'}" for each in shown["undecided"]]
    lines += _list("Not decided within the limits, for these rules, old and new", map(code, pairs), most)
    lines += _list("Upstreams", (code(words.setting(each)) for each in shown["upstreams"]), most)
    lines += _list("Models", (code(words.setting(each)) for each in shown["models"]), most)
    renamed = (code(f"{each['old']} → {each['new']}") for each in shown["renamed"])
    lines += _list("Pools with another name", renamed, most)
    for title, changes in (
        ("Assertions", map(words.assertion, shown["assertions"])),
        ("Tests", map(words.test, shown["tests"])),
    ):
        lines += _list(title, (f"{_MARKS[mark]} {code(text)}" for mark, text in changes), most)
    found = shown["findings"] or {"new": [], "gone": []}
    lines += _list("New findings", (code(words.finding(item)) for item in found["new"]), most)
    lines += _list("Findings that are gone", (code(words.finding(item)) for item in found["gone"]), most)
    return "\n".join(lines).rstrip("\n") + "\n"


_MARKS = {"+": "✅", "-": "❌", " ": "✏️"}


def code(text: str, longest: int = _CUT) -> str:
    """A text as it is, in code; cut where it is longer than ``longest``."""
    text = plain(text)
    cut = text if len(text) <= longest else f"{text[:longest]}…"
    return f"<code>{cut.translate(_SPECIAL).replace('www.', '&#119;ww.')}</code>"


def _head(shown: Json) -> list[str]:
    title = f"### {code(shown['old']['title'])} → {code(shown['new']['title'])}: {words.kind(shown)}"
    lines = [title, "", words.summary(shown) + ".", ""]
    if shown["findings"] is None:
        lines += ["A compiled table has no assertions, tests and findings to compare.", ""]
    return lines


def _row(region: Json) -> str:
    old, new = told.moves(region)
    now = code(new) if region["kind"] == "routing" else f"{code(new)}, with other fallbacks"
    return f"| {_which(region)} | {code(old)} | {now} |"


def _which(region: Json) -> str:
    head, always, cases = told.which(region["where"])
    parts = [code(" and ".join(always))] if always else []
    if cases:
        either = " or ".join(code(" and ".join(case)) for case in cases)
        parts.append(f"either {either}")
    prefix = "" if head == "requests with" else head if not parts else f"{head.removesuffix(' with')}: "
    return prefix + " and ".join(parts)


def _details(number: int, region: Json) -> list[str]:
    old, new = region["old"], region["new"]
    rows = [("rules", f"{code(told.rules(old))} → {code(told.rules(new))}")]
    if "requests" in region:
        rows.append(("traffic", counted(region["requests"], "request")))
    one, two = (told.served(region, side) for side in ("old", "new"))
    if one != two and one and two:
        rows.append(("served", f"{code(one)} → {code(two)}"))
    price = told.prices(region)
    rows += [("price", code(price))] if price else []
    rows += [("prompt cache", code(line)) for line in told.cold(region)[:3]]
    rows.append(("such as", code(dumps(region["request"]))))
    rows += [("was", code(told.decision(old))), ("is", code(told.decision(new)))]
    before, after = told.moves(region)
    goes = f"{code(before)} → {code(after)}" if region["kind"] == "routing" else f"{code(after)}, with other fallbacks"
    summary = f"<details><summary>{number}. {goes}</summary>"
    return [summary, "", *(f"- {name}: {text}" for name, text in rows), "", "</details>", ""]


def _chains(chains: list[Json], most: int) -> list[str]:
    if not chains:
        return []
    lines = ["#### Fallbacks", ""]
    drawn = mermaid(chains)
    if drawn is not None:
        lines += ["```mermaid", drawn.rstrip("\n"), "```", "", "Dashed is gone, thick is new.", ""]
    for chain in chains[:most]:
        lines += [f"<details><summary>{code(names(chain['pools']))}</summary>", ""]
        for walk in chain["walks"]:
            after = words.classes(walk)
            lines.append(f"- {after}: {code(words.path(walk['old']))} → {code(words.path(walk['new']))}")
        if chain["serving"]:
            lines.append(f"- served otherwise on the way: {', '.join(map(code, chain['serving']))}")
        worst = words.worst(chain)
        lines += [f"- {worst}"] if worst else []
        lines += ["", "</details>", ""]
    return lines + _more(len(chains) - most, "chain")


def _list(title: str, entries: Iterable[str], most: int) -> list[str]:
    listed = list(entries)
    if not listed:
        return []
    lines = [f"#### {title}", "", *(f"- {entry}" for entry in listed[: 2 * most])]
    more = len(listed) - 2 * most
    return [*lines, *([f"- and {more:,} more"] if more > 0 else []), ""]


def _more(number: int, noun: str) -> list[str]:
    return [f"… and {counted(number, noun)} more.", ""] if number > 0 else []
