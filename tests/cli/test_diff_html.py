"""``interlock diff --format html``: what the page says."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from interlock.cli.render.diff_html import html
from interlock.cli.render.diff_json import diff_json
from interlock.cli.render.html_colors import Looks
from interlock.compiler.diff.sides import side_of
from interlock.compiler.diff.whole import Diff, diff
from interlock.compiler.pipeline import front
from interlock.dsl import policy as p
from tests.cli.conftest import POLICY, Cli
from tests.cli.pages import POLICIES, Page, compared, grids, sound, tiers


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


def test_a_cell_that_was_not_decided_is_no_cell_that_stays() -> None:
    old, new = (
        side_of(name, front(name, text=text))
        for name, text in (
            ("old.route", POLICY),
            ("new.route", POLICY.replace("40K", "50K").replace("fail 503", "fail 529", 1)),
        )
    )
    found = diff(old, new)
    assert len(found.regions) == 2
    # As if the comparison had ended before it came to the second.
    all_of_it = {name: getattr(found, name) for name in Diff.__match_args__}
    less = Diff(**{**all_of_it, "regions": found.regions[:1], "undecided": (("big", "otherwise"),)})
    text = html(less, diff_json(less))
    page = sound(text)
    assert "treated otherwise, in no region: the comparison did not get so far" in page.all("li")
    marks = [cell["class"].split()[-1] for _, _, cell in grids(text)[1]]
    assert marks == ["after", "unknown", "same"]


def test_every_pool_looks_otherwise() -> None:
    names = [f"pool_{n}" for n in range(20)] + [f"family[{n}]" for n in range(3)] + ["family2", "8", "pf"]
    fails = [p.Fail(503, None), p.Fail(503, "a"), p.Fail(503, "b"), p.Fail(429, None)]
    looks = Looks({"pf": "pool_3"}, [*map(p.To, names), *fails])
    assert len({look.code for look in looks.of.values()}) == len(looks.of)
    assert looks.of[p.To("family[0]")].css == looks.of[p.To("family[2]")].css
    assert looks.of[p.To("pf")].css == looks.of[p.To("pool_3")].css
    families = {p.To(name.partition("[")[0]) for name in names} - {p.To("pf")}
    assert len({looks.family(place) for place in families}) == len(families)
    assert [looks.of[fail].code for fail in fails] == ["503", "503b", "503c", "429"]


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
