"""A difference as one page of HTML that needs nothing from elsewhere: no script, no font, no network.

All that it says comes from the difference's JSON, as in the other formats; the pictures come from the difference
itself. The templates are in cli/templates/diff. Everything is escaped as it is written, and nothing is ever marked as
safe: what a policy's author wrote stays text.
"""

from __future__ import annotations

from base64 import b64encode
from hashlib import sha256
from importlib import resources
from typing import TYPE_CHECKING, Any

from interlock import __version__
from interlock.cli.cells import plain
from interlock.cli.render import diff_regions as told
from interlock.cli.render import diff_words as words
from interlock.cli.render.diff_traffic import flows, moved, notes
from interlock.cli.render.graph_words import names
from interlock.cli.render.html_chains import drawing
from interlock.cli.render.html_colors import Looks
from interlock.cli.render.html_flow import flow
from interlock.cli.render.html_grid import grid, places
from interlock.cli.render.json import dumps
from interlock.compiler.diff.slice import slice_of

if TYPE_CHECKING:
    from collections.abc import Iterable

    from jinja2 import Environment

    from interlock.compiler.diff.whole import Diff

Json = dict[str, Any]

PAGE, STYLE = "page.html", "page.css"
TEMPLATES = (PAGE, STYLE, "macros.html", "grid.html", "flow.svg", "chain.svg")
_LISTED = 2 * words.MOST
_LONGEST = 1_000
"""Characters of one text; of a longer one the beginning is shown."""
_CASES = 20
_OPEN = 3
"""So few regions are unfolded from the start."""

_TONES = {"+": "good", "-": "bad"}
_MARKS = {"+": "+", "-": "−"}
_MEANS = {
    "identical": "Nothing differs.",
    "refactor": "It is written otherwise, and every request is treated as before.",
    "fallback-only": "Every request goes where it went; what follows an error differs.",
    "routing": "Some requests go elsewhere.",
    "interface": "Requests are to be sent otherwise: gateways must know before the new version decides.",
    "undecided": "Nothing differs as far as it was decided; not everything was.",
}


def html(diff: Diff, shown: Json) -> str:
    """The page for a difference and ``shown``, its JSON. All of it is ASCII, so that no encoding of an output matters;
    other characters are references."""
    environment = _environment()
    style = environment.get_template(STYLE).render()
    policy = b64encode(sha256(style.encode()).digest()).decode()
    text = environment.get_template(PAGE).render(style_hash=policy, **_page(diff, shown))
    return text.encode("ascii", "xmlcharrefreplace").decode("ascii")


def _environment() -> Environment:
    from jinja2 import Environment, FunctionLoader, StrictUndefined

    return Environment(
        loader=FunctionLoader(template_text),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        finalize=_finalize,
    )


def template_text(name: str) -> str:
    """A template, as it is in the package."""
    return (resources.files("interlock.cli") / "templates" / "diff" / name).read_text(encoding="utf-8")


def _finalize(value: Any) -> Any:
    """Every value as it goes into the page: nothing in it moves what stands beside it, and none is endless."""
    if type(value) is not str:
        return value  # a number, or what a template has escaped
    return plain(value if len(value) <= _LONGEST else f"{value[:_LONGEST]}…")


def _page(diff: Diff, shown: Json) -> Json:
    kind = words.kind(shown)
    picture = slice_of(diff)
    looks = Looks({new: old for old, new in diff.renamed}, () if picture is None else places(picture))
    regions = shown["regions"]
    flowing = flow(diff, looks)
    found = shown["findings"] or {"new": [], "gone": []}
    lists = [
        _list(
            "Attributes",
            (line for each in shown["attributes"] for line in words.attribute(each)),
            words.compared(shown),
        ),
        _list("Upstreams", ((" ", words.setting(each)) for each in shown["upstreams"])),
        _list("Models", ((" ", words.setting(each)) for each in shown["models"])),
        _list("Pools with another name", ((" ", f"{each['old']} → {each['new']}") for each in shown["renamed"])),
        _list("Assertions", map(words.assertion, shown["assertions"])),
        _list("Tests", map(words.test, shown["tests"])),
        # A new finding is no good news.
        _list("New findings", (("+", words.finding(item)) for item in found["new"]), tones={"+": "bad"}),
        _list("Findings that are gone", (("-", words.finding(item)) for item in found["gone"]), tones={"-": "good"}),
    ]
    return {
        "old": shown["old"],
        "new": shown["new"],
        "kind": kind,
        "means": _MEANS[kind],
        "summary": words.summary(shown),
        "tables": shown["findings"] is None,
        "undecided": _list(
            "Not decided within the limits",
            ((" ", f"{each['old'] or 'no rule'}, {each['new'] or 'no rule'}") for each in shown["undecided"]),
        ),
        "grid": None if picture is None else grid(picture, shown, looks),
        "flow": flowing,
        "traffic": _traffic(shown["traffic"]) if "traffic" in shown else None,
        "regions": [_region(number, region) for number, region in enumerate(regions[: words.MOST], start=1)],
        "more_regions": max(0, len(regions) - words.MOST),
        "unfolded": len(regions) <= _OPEN,
        "chains": [_chain(chain) for chain in shown["chains"][: words.MOST]],
        "more_chains": max(0, len(shown["chains"]) - words.MOST),
        "lists": [each for each in lists if each["entries"]],
        "version": __version__,
    }


def _traffic(traffic: Json) -> Json:
    return {
        "moved": moved(traffic),
        "notes": [note.strip() for note in notes(traffic)],
        "flows": [(title, rows) for title in ("pool", "model") if (rows := flows(traffic, f"{title}s"))],
    }


def _list(
    title: str, entries: Iterable[tuple[str, str]], notes: Iterable[str] = (), tones: dict[str, str] = _TONES
) -> Json:
    listed = [{"mark": _MARKS.get(mark), "tone": tones.get(mark, "neutral"), "text": text} for mark, text in entries]
    return {
        "title": title,
        "entries": listed[:_LISTED],
        "more": max(0, len(listed) - _LISTED),
        "notes": list(notes),
    }


def _region(number: int, region: Json) -> Json:
    head, always, cases = told.which(region["where"])
    before, now = told.moves(region)
    old, new = region["old"], region["new"]
    served = [told.served(region, side) for side in ("old", "new")]
    return {
        "number": number,
        "moved": region["kind"] == "routing",
        "head": head,
        "always": always,
        "cases": cases[:_CASES],
        "before": before,
        "now": now,
        "rules": [told.rules(old), told.rules(new)],
        "served": served if served[0] != served[1] and all(served) else None,
        "price": told.prices(region),
        "cold": told.cold(region)[:3],
        "requests": region.get("requests"),
        "request": dumps(region["request"]),
        "was": told.decision(old),
        "is": told.decision(new),
    }


def _chain(chain: Json) -> Json:
    walks = []
    for walk in chain["walks"]:
        stops = [_stops(walk[side]) for side in ("old", "new")]
        walks.append(
            {
                "classes": words.classes(walk),
                "old": [{"name": stop, "other": stop not in stops[1]} for stop in stops[0]],
                "new": [{"name": stop, "other": stop not in stops[0]} for stop in stops[1]],
            }
        )
    return {
        "title": names(chain["pools"]),
        "drawing": drawing(chain),
        "walks": walks,
        "serving": chain["serving"],
        "worst": words.worst(chain),
    }


def _stops(path: Json) -> list[str]:
    """The pools of a path, and its end."""
    last = words.path({"pools": [], "end": path["end"]})
    return [*path["pools"], last]
