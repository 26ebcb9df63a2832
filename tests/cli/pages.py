"""Pages of ``interlock diff --format html``: making them, taking them apart, and what all of them must be."""

from __future__ import annotations

import json
import re
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

from tests.cli.conftest import Cli

POLICIES = Path(__file__).parent.parent / "policies"
VOID = {"meta", "link", "br", "img", "input", "hr"}
FETCHES = {"src", "srcset", "href", "xlink:href", "action", "formaction", "data", "poster", "background", "ping"}
TAGS = """
    html head meta title style body header main section article footer p h1 h2 h3 code strong span ul li dl dt dd a
    div figure figcaption table caption thead tbody tr th td details summary svg g path rect text
"""


class Page(HTMLParser):
    """A page as a flat list of elements, each with its attributes and all text in it."""

    def __init__(self, text: str) -> None:
        super().__init__(convert_charrefs=True)
        self.open: list[tuple[str, dict[str, str], list[str]]] = []
        self.elements: list[tuple[str, dict[str, str], str]] = []
        self.feed(text)
        self.close()
        assert not self.open, "not closed: " + ", ".join(tag for tag, _, _ in self.open)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        assert len({name for name, _ in attrs}) == len(attrs), (tag, attrs)
        held = {name: value or "" for name, value in attrs}
        if tag in VOID:
            self.elements.append((tag, held, ""))
        else:
            self.open.append((tag, held, []))

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, {name: value or "" for name, value in attrs}, ""))

    def handle_endtag(self, tag: str) -> None:
        opened, held, text = self.open.pop()
        assert opened == tag, f"{opened} is closed by {tag}"
        self.elements.append((tag, held, "".join(text)))

    def handle_data(self, data: str) -> None:
        for _, _, text in self.open:
            text.append(data)

    def all(self, tag: str, css: str | None = None) -> list[str]:
        """The text of every such element, its white space made plain."""
        return [" ".join(text.split()) for t, held, text in self.elements if t == tag and _has(held, css)]

    def attributes(self, tag: str, css: str | None = None) -> list[dict[str, str]]:
        return [held for t, held, _ in self.elements if t == tag and _has(held, css)]


def _has(held: dict[str, str], css: str | None) -> bool:
    return css is None or css in held.get("class", "").split()


def sound(text: str) -> Page:
    """The page, once it is known to be well formed, alone, and without anything that runs."""
    assert text.isascii()
    assert text.startswith("<!doctype html>")
    page = Page(text)
    ids = [held["id"] for _, held, _ in page.elements if "id" in held]
    assert len(ids) == len(set(ids)), ids
    for tag, held, _ in page.elements:
        assert tag in TAGS.split(), tag
        for name, value in held.items():
            assert not name.startswith("on"), (tag, name)
            assert name != "style", (tag, value)  # the page's policy would not let it be
            if name in FETCHES:
                assert value.startswith("#"), (tag, name, value)
                assert value[1:] in ids, value
            if name == "aria-labelledby":
                assert value in ids, value
    policy = next(held["content"] for held in page.attributes("meta") if "Content-Security-Policy" in held.values())
    assert policy.startswith("default-src 'none'; style-src 'sha256-")
    (style,) = page.all("style")
    assert not re.search(r"url\(|@import|expression", style)
    assert [held["lang"] for held in page.attributes("html")] == ["en"]
    assert len(page.all("h1")) == 1
    assert all(held["role"] == "img" for held in page.attributes("svg"))
    return page


def tiers(cli: Cli) -> tuple[str, dict[str, Any]]:
    """The page of a rich example, and the JSON of the same."""
    files = [str(POLICIES / f"tiers_{side}.route") for side in ("before", "after")]
    ran = [cli("diff", *files, "--format", format_) for format_ in ("html", "json")]
    assert [(each.code, each.err) for each in ran] == [(1, "")] * 2
    return ran[0].out, json.loads(ran[1].out)


def compared(cli: Cli, old: str, new: str, *arguments: str) -> str:
    """The page for two texts."""
    Path("old.route").write_text(old, encoding="utf-8")
    Path("new.route").write_text(new, encoding="utf-8")
    ran = cli("diff", "old.route", "new.route", "--format", "html", *arguments)
    assert ran.code in (0, 1), ran
    return ran.out


def grids(text: str) -> list[list[tuple[str, str, dict[str, str]]]]:
    """For both sides of the picture the cells: row, column, and the attributes with the number of the region."""
    found = []
    for table in re.findall(r"<table class=\"grid.*?</table>", text, re.DOTALL):
        head, *rows = re.findall(r"<tr>.*?</tr>", table, re.DOTALL)
        columns = Page(head).all("th")
        cells = []
        for row in rows:
            page = Page(row)
            (label,) = page.all("th") or [""]
            for column, td in zip(columns, re.findall(r"<td.*?</td>", row, re.DOTALL), strict=True):
                cell = Page(td)
                (held,) = cell.attributes("td")
                cells.append((label, column, {**held, "region": "".join(cell.all("a", "at"))}))
        found.append(cells)
    return found
