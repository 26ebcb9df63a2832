"""``interlock diff --format html``: what the page says, that it is whole and alone, and that all in it is text."""

from __future__ import annotations

import json
import re
import warnings
from collections.abc import Iterator
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest

from interlock.cli.render.diff_html import STYLE, template_text
from tests.browser import FOUND, page
from tests.cli.conftest import POLICY, Cli

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
    (html,) = page.attributes("html")
    assert html["lang"] == "en"
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


# ── what it says ─────────────────────────────────────────────────────────────────────────────────────────


def test_a_page_says_what_the_json_has(cli: Cli) -> None:
    text, shown = tiers(cli)
    page = sound(text)
    assert page.all("strong", "kind") == ["routing"] == [shown["kind"]]
    assert page.all("h2") == [
        "Where requests go",
        "From pool to pool",
        "For whom",
        "Where errors lead",
        "Assertions",
        "Tests",
        "New findings",
        "Findings that are gone",
    ]
    assert len(page.all("span", "number")) == len(shown["regions"])
    requests = [json.loads(told.removeprefix("such as ")) for told in page.all("summary")]
    assert requests == [region["request"] for region in shown["regions"]]
    codes = set(page.all("code"))
    for region in shown["regions"]:
        assert {*region["where"]["always"], *(c for case in region["where"]["cases"] for c in case)} <= codes
        for side in ("old", "new"):
            told = region[side]["decision"]["pool"] or f"fail {region[side]['decision']['fail']['status']}"
            assert any(code.startswith(told) and f" by {region[side]['decision']['rule']} " in code for code in codes)
    assert "$5 input, $25 output → $3 input, $15 output per million tokens" in page.all("dd")
    assert "cold for every session: claude-opus-4-7 becomes claude-sonnet-4-6" in page.all("dd")
    assert page.all("span", "gone") == []
    assert page.all("span", "new") == ["spare[us_east]"]
    assert page.all("li", "bad")[:2] == [
        "− eu_stays_in_eu does not hold; before, it held",
        '− "a large turn of a team goes to opus" fails now',
    ]
    for item in [*shown["findings"]["new"], *shown["findings"]["gone"]]:
        assert any(item["message"] in each for each in page.all("li"))


def test_every_cell_of_the_picture_is_what_both_versions_decide(cli: Cli) -> None:
    text, shown = tiers(cli)
    fixed = dict(
        each.split(" ") for each in re.findall(r"<code>(\w+ \w+)</code>", text.partition("as in the request of")[2])[:2]
    )
    assert fixed == {"home": "eu_central", "session_id": "x"}
    for side, file, cells in zip(("old", "new"), ("before", "after"), grids(text), strict=True):
        assert len(cells) == 27
        requests = [{**fixed, "tier": tier, "input_tokens": least(tokens)} for tokens, tier, _ in cells]
        Path("requests.jsonl").write_text("".join(json.dumps(each) + "\n" for each in requests), encoding="utf-8")
        decided = cli("decide", str(POLICIES / f"tiers_{file}.route"), "--requests", "requests.jsonl").out
        for (_, _, cell), line in zip(cells, decided.splitlines(), strict=True):
            decision = json.loads(line)
            assert cell["title"] == (decision["pool"] or f'fail 413 "{decision["fail"]["message"]}"'), side
    # A cell is marked where the two differ in it, and leads to the region that has it.
    before, now = grids(text)
    for (_, _, old), (tokens, tier, new) in zip(before, now, strict=True):
        assert ("moved" in new["class"]) == (old["title"] != new["title"])
        if "moved" in new["class"]:
            region = shown["regions"][int(new["region"]) - 1]
            assert region["old"]["decision"]["pool"] == (
                None
                if old["title"].startswith("fail")
                else old["title"].replace("eu_central", region["request"].get("home", "us_east"))
            )
            assert f"tier == {tier}" in region["where"]["predicate"], (tokens, region)


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


def least(label: str) -> int:
    """The least number of a line such as `< 8K` or `8K..20K`."""
    first = re.match(r"(?:>= )?(\d+)K", label)
    return int(first[1]) * 1000 if first else 0


def test_the_flow_has_a_band_for_each_pair_of_places(cli: Cli) -> None:
    text, shown = tiers(cli)
    bands = Page(text[text.index('<svg class="drawing"') : text.index("</svg>") + 6]).all("title")
    moved = [n for n, region in enumerate(shown["regions"], start=1) if region["kind"] == "routing"]
    numbers = sorted(int(band.rpartition(" ")[2]) for band in bands if ": region " in band)
    assert numbers == moved
    assert "opus[eu_central, us_east, us_west] → sonnet[eu_central, us_east, us_west]: region 3" in bands


def test_nothing_changes(cli: Cli) -> None:
    page = sound(compared(cli, POLICY, POLICY))
    assert page.all("strong", "kind") == ["identical"]
    assert page.all("h2") == []
    renamed = sound(compared(cli, POLICY, POLICY.replace("rule big", "rule large")))
    assert renamed.all("strong", "kind") == ["refactor"]
    assert "every request is treated as before: this is proved." in renamed.all("p")


def test_one_attribute_is_a_strip(cli: Cli) -> None:
    text = compared(cli, POLICY, POLICY.replace("input_tokens >= 40K", "input_tokens >= 50K"))
    sound(text)
    before, now = grids(text)
    assert [(row, column, cell["title"]) for row, column, cell in before] == [
        ("", "< 40K", "small[us_east]"),
        ("", "40K..\u200b50K", "large[us_east]"),
        ("", ">= 50K", "large[us_east]"),
    ]
    assert [cell["region"] for _, _, cell in now] == ["", "1", ""]
    assert "the one attribute that shows most of what changes" in " ".join(text.split())


def test_no_attribute_matters(cli: Cli) -> None:
    to_one = re.sub(r"rule big.*\n", "", POLICY)
    page = sound(compared(cli, to_one, to_one.replace("-> small[home]", "-> fail 503")))
    assert page.all("table", "grid") == []
    assert any(told.startswith("There is no picture") for told in page.all("p"))


def test_other_fallbacks_only(cli: Cli) -> None:
    text = compared(
        cli, POLICY, POLICY.replace("fallback large[us_west] -> fail 503", "fallback large[us_west] -> fail 529")
    )
    page = sound(text)
    assert page.all("strong", "kind") == ["fallback-only"]
    assert "From pool to pool" not in page.all("h2")
    assert {cell["region"] for side in grids(text) for _, _, cell in side} == {""}
    assert any("after" in cell["class"] for _, _, cell in grids(text)[1])
    assert "− unavailable" in page.all("text")
    assert "+ unavailable" in page.all("text")


def test_requests_that_one_version_does_not_take(cli: Cli) -> None:
    text = compared(cli, POLICY, POLICY.replace("int(0..=1M)", "int(0..=2M)"))
    page = sound(text)
    assert page.all("strong", "kind") == ["interface"]
    invalid = [cell["title"] for side in grids(text) for _, _, cell in side if "invalid" in cell["title"]]
    assert invalid == ["fail 400, as an invalid request"] * len(invalid)
    assert invalid
    assert "! an invalid request in this version" in page.all("li")
    assert "Gateways must send what the new version wants before it decides." in page.all("p")


def test_a_pool_with_another_name_keeps_its_colour(cli: Cli) -> None:
    new = POLICY.replace("large[", "huge[").replace("40K", "50K")
    text = compared(cli, POLICY, new)
    sound(text)
    before, now = grids(text)
    of = {cell["title"]: cell["class"].split()[1] for _, _, cell in (*before, *now)}
    assert of["large[us_east]"] == of["huge[us_east]"] != of["small[us_east]"]


def test_what_was_not_decided_is_said_first(cli: Cli, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("interlock.compiler.facts.MAX_STEPS", -1)
    Path("old.route").write_text(POLICY, encoding="utf-8")
    Path("new.route").write_text(POLICY.replace("40K", "50K"), encoding="utf-8")
    ran = cli("diff", "old.route", "new.route", "--format", "html")
    assert ran.code == 2
    page = sound(ran.out)
    assert page.all("h2")[0] == "Not decided within the limits"
    assert "big, big" in page.all("code") or "big, otherwise" in page.all("code")


def test_tables_have_no_findings(cli: Cli) -> None:
    Path("old.route").write_text(POLICY, encoding="utf-8")
    Path("new.route").write_text(POLICY.replace("40K", "50K"), encoding="utf-8")
    for name in ("old", "new"):
        assert cli("compile", f"{name}.route", "-o", f"{name}.json").code == 0
    page = sound(cli("diff", "old.json", "new.json", "--format", "html").out)
    assert "A compiled table has no assertions, tests and findings to compare." in page.all("p")


def test_many_regions_are_cut_and_the_page_stays_small(cli: Cli) -> None:
    long = "many words " * 400
    rules = [f'rule r{n} when input_tokens == {n} -> fail {400 + n} "{long}"' for n in range(60)]
    old = POLICY.replace("## Big", "\n".join(rules) + "\n## Big")
    text = compared(cli, old, re.sub(r"fail (4\d\d) ", lambda m: f"fail {int(m[1]) + 100} ", old))
    page = sound(text)
    assert len(page.all("span", "number")) == 20
    assert any(told.startswith("… and 40 more regions") for told in page.all("p"))
    assert len(page.all("th")) < 50
    assert any("Left out, for want of room" in told for told in page.all("p"))
    assert len(text) < 500_000


# ── all of it is text ────────────────────────────────────────────────────────────────────────────────────

HOSTILE = (
    "</code></title></style></script><script>alert(1)</script><img src=https://evil.example/x onerror=alert(1)>"
    "]]> --> {{ 7*7 }} {% raw %} &lt; &#60; \" ' ` = \u202e\u2066 \x1b[31m \n javascript:alert(1)"
)


def test_whatever_a_policy_says_stays_text(cli: Cli) -> None:
    said = "".join({'"': '\\"', "\n": "\\n", "\x1b": "\\u{1B}"}.get(char, char) for char in HOSTILE)
    new = (
        POLICY.replace(
            "## Big", f'rule evil when team == "{said}" and input_tokens >= 40K -> fail 503 "{said}"\n## Big'
        )
        .replace(
            "session_id : string per session",
            f'session_id : string per session\n    team : enum("{said}", b, ...)? per session from header "x"',
        )
        .replace("with haiku;", f'with "{said}";')
        .replace("model haiku {", f'model "{said}" {{')
        .replace("region r }", 'region r; endpoint "https://{r}.internal/<b>" }', 1)
    ) + f'\ntest "{said}" {{ request {{ input_tokens: 1, session_id: "a" }} expect fail 599 }}\n'
    name = "<b>&'\\new.route"
    Path("old.route").write_text(POLICY, encoding="utf-8")
    Path(name).write_text(new, encoding="utf-8")
    ran = cli("diff", "old.route", name, "--format", "html")
    assert ran.code == 1, ran
    page = sound(ran.out)  # knows of no script, no image, no handler, no address
    shown = json.dumps(HOSTILE, ensure_ascii=False).replace("\u202e", "\ufffd").replace("\u2066", "\ufffd")
    assert f"fail 503 {shown}" in {text for tag, _, text in page.elements if tag == "code"}
    assert name in page.all("h1")[0]
    for mark in ("\u202e", "\u2066", "\x1b"):
        assert mark not in "".join(text for _, _, text in page.elements)
        assert all(mark not in value for _, held, _ in page.elements for value in held.values())


def test_a_gateways_names_stay_text(cli: Cli) -> None:
    config = """\
model_list:
  - model_name: "<script>alert(1)</script>"
    litellm_params: {model: anthropic/claude-sonnet-4-6}
  - model_name: "</svg><b onload=x>"
    litellm_params: {model: bedrock/us.anthropic.claude-sonnet-4-6, aws_region_name: us-east-1}
router_settings:
  fallbacks: [{"<script>alert(1)</script>": ["</svg><b onload=x>"]}]
"""
    Path("old.yaml").write_text(config, encoding="utf-8")
    Path("new.yaml").write_text(re.sub(r"fallbacks: .*", "fallbacks: []", config), encoding="utf-8")
    ran = cli("diff", "old.yaml", "new.yaml", "--format", "html")
    assert ran.code == 1, ran
    page = sound(ran.out)
    assert any("<script>" in each for each in page.all("code"))


def test_credentials_are_never_shown(cli: Cli) -> None:
    secret = "sk-ant-api03-" + "Z9" * 20
    rules = [
        f'rule leak when session_id == "{secret}" -> fail 401 "no {secret}"',
        f'rule other when session_id == "{secret}x" -> fail 401 "{secret}"',
    ]
    text = compared(cli, POLICY, POLICY.replace("## Big", "\n".join([*rules, "## Big"])))
    page = sound(text)
    assert "Z9Z9" not in text
    assert any("sk-ant-" in code and "*****" in code for code in page.all("code"))
    assert grids(text)


# ── how it looks ─────────────────────────────────────────────────────────────────────────────────────────


def test_text_has_enough_contrast_in_both_schemes() -> None:
    light, dark = schemes(template_text(STYLE))
    assert {name for name in light if name != "stripe"} >= set(dark)
    for colours in (light, {**light, **dark}):
        pairs = [("ink", "paper"), ("dim", "paper"), ("link", "paper"), ("ink", "box"), ("dim", "box"), ("link", "box")]
        pairs += [(tone, ground) for tone in ("good", "bad", "warn") for ground in ("paper", "box")]
        pairs += [("on", f"p{n}") for n in range(8)] + [("ink", f"q{n}") for n in range(8)]
        pairs += [("on", "fail"), ("ink", "qf")]
        for text, ground in pairs:
            assert contrast(colours[text], colours[ground]) >= 4.5, (text, ground)


def schemes(style: str) -> Iterator[dict[str, str]]:
    """The colours of the light and of the dark scheme."""
    for block in re.findall(r":root \{(.*?)\}", style, re.DOTALL):
        yield dict(re.findall(r"--(\w+): (#[0-9a-f]{6})", block))


def contrast(one: str, two: str) -> float:
    """As WCAG 2.2 defines it."""
    lighter, darker = sorted((luminance(one), luminance(two)), reverse=True)
    return (lighter + 0.05) / (darker + 0.05)


def luminance(colour: str) -> float:
    parts = [int(colour[n : n + 2], 16) / 255 for n in (1, 3, 5)]
    red, green, blue = (part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


@pytest.mark.parametrize("example", ["tiers", "wide"])
def test_a_page_fits_a_phone_and_a_desk_without_a_network(cli: Cli, example: str) -> None:
    if FOUND is None:
        warnings.warn("there is no Chromium here: whether the page fits a screen was not tested", stacklevel=1)
        pytest.skip("there is no Chromium here")
    text = tiers(cli)[0] if example == "tiers" else compared(cli, *wide())
    sound(text)
    file = Path("page.html")
    file.write_text(text, encoding="ascii")
    with page(file, 390) as seen:
        for width, dark in ((390, False), (390, True), (1280, False), (1280, True)):
            seen.resize(width, dark)
            seen.value("document.querySelectorAll('details').forEach(each => each.open = true)")
            inside = seen.value("[innerWidth, document.documentElement.scrollWidth, document.body.scrollWidth]")
            assert inside[0] == width
            assert max(inside[1:]) <= width, inside
            # Nothing is cut off at the side, but for what scrolls by itself.
            outside = seen.value(
                "[...document.querySelectorAll('body *')].filter(each => !each.closest('.scroll, svg, thead'))"
                ".filter(each => each.getBoundingClientRect().right > innerWidth + 1).map(each => each.outerHTML)"
            )
            assert outside == []
            paper = seen.value("getComputedStyle(document.body).backgroundColor")
            assert paper == (
                "rgb(13, 17, 23)" if dark else "rgb(255, 255, 255)"
            )  # so the page's own policy lets its style be
        assert seen.asked == [file.resolve().as_uri()]
        assert seen.said == []


def wide() -> tuple[str, str]:
    """Two versions with many columns, long words and long names."""
    long = "a" * 300
    rules = [
        f'rule {"r" * 60}_{n} when session_id like "{"tenant-" * 4}{n}/*" and input_tokens < {n + 1}K -> small[home]'
        for n in range(14)
    ]
    old = POLICY.replace("## Big", "\n".join(rules) + "\n## Big")
    new = old.replace("40K", "50K").replace("-> small[home]", f'-> fail 503 "{long}"', 9)
    return old, new
