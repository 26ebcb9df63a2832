"""Fingerprints of findings: what leaves them alone, and what does not."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from interlock.cli.fingerprint import fingerprints
from interlock.compiler.pipeline import check
from interlock.dsl.finding import Finding, Kind
from interlock.dsl.format import format_module
from interlock.dsl.parse import parse
from interlock.dsl.source import Source, Span
from tests.cli.conftest import POLICY

UNREACHABLE = POLICY.replace(
    "rule otherwise",
    """\
rule huge when input_tokens >= 80K -> small[home]
within west when home == us_west {
    rule far when input_tokens >= 100K -> small[home]
    rule farther when input_tokens >= 200K and input_tokens >= 200K -> small[home]
}
rule otherwise""",
)
"""Three rules no request reaches, two of them in a `within`."""


def prints(text: str, name: str = "a.route") -> dict[str, str]:
    """What stands at each finding's place, and the finding's fingerprint; by code and place."""
    found = check(name, text=text).findings
    marks = fingerprints(found)
    assert len(set(marks)) == len(marks), "two findings with one fingerprint"
    return {f"{f.kind.code} {f.span.text}": mark for f, mark in zip(found, marks, strict=True)}


def test_the_form() -> None:
    marks = prints(UNREACHABLE)
    assert {"R101 huge", "R101 far", "R101 farther"} <= set(marks)
    assert all(re.fullmatch(r"[0-9a-f]{16}:1", mark) for mark in marks.values())


def test_lines_that_come_and_go_change_nothing() -> None:
    shifted = "\n\n# A remark.\n" + UNREACHABLE.replace("policy sizes", "policy sizes # of requests\n")
    assert prints(shifted) == prints(UNREACHABLE)


def test_another_layout_changes_nothing() -> None:
    squeezed = re.sub(r"[ \n]+", " ", UNREACHABLE.replace("## Big refactors.\n", ""))
    formatted = format_module(parse(Source("a.route", squeezed))[0])
    assert formatted.count("\n") > squeezed.count("\n") + 10
    assert prints(squeezed) == prints(formatted) == prints(UNREACHABLE)


def test_windows_line_ends_change_nothing() -> None:
    assert prints(UNREACHABLE.replace("\n", "\r\n")) == prints(UNREACHABLE)


def test_declarations_may_change_places() -> None:
    before, rule, after = re.split(r"(rule huge .*\n)", UNREACHABLE)
    moved = before + after.replace("rule otherwise", rule + "rule otherwise")
    assert moved != UNREACHABLE
    assert prints(moved) == prints(UNREACHABLE)


def test_a_rule_is_the_same_after_its_predicate_has_changed() -> None:
    changed = UNREACHABLE.replace("80K", "90K").replace(">= 40K", ">= 30K")
    assert prints(changed)["R101 huge"] == prints(UNREACHABLE)["R101 huge"]


def test_what_makes_another_finding() -> None:
    before = prints(UNREACHABLE)
    after = prints(UNREACHABLE.replace("huge", "enormous"))
    assert after["R101 enormous"] != before["R101 huge"]
    assert {key: mark for key, mark in after.items() if "enormous" not in key} == {
        key: mark for key, mark in before.items() if "huge" not in key
    }
    elsewhere = prints(UNREACHABLE, "b.route")
    assert not set(elsewhere.values()) & set(before.values())
    module = parse(Source("a.route", UNREACHABLE))[0].declarations[-1]
    one, two = (Finding(Kind(code, "slug", "error", ""), "", module.span, "") for code in ("X001", "X002"))
    assert fingerprints([one])[0][:16] != fingerprints([two])[0][:16]


KIND = Kind("X001", "some-slug", "warning", "")


def at(source: Source, words: str, number: int = 0, message: str = "told so") -> Finding:
    """A finding at the n-th place where these words stand."""
    start = [match.start() for match in re.finditer(re.escape(words), source.text)][number]
    return Finding(KIND, message, Span(source, start, start + len(words)), "")


def test_equal_ones_are_numbered_from_the_top_in_whatever_order_they_come() -> None:
    source = Source("a.route", UNREACHABLE)
    first, second = at(source, "input_tokens >= 200K", 0), at(source, "input_tokens >= 200K", 1)
    one, two = fingerprints([first, second])
    assert (one[-2:], two[-2:], one[:16]) == (":1", ":2", two[:16])
    assert fingerprints([second, first]) == [two, one]


def test_the_message_does_not_count() -> None:
    source = Source("a.route", UNREACHABLE)
    assert fingerprints([at(source, "huge", message="one")]) == fingerprints([at(source, "huge", message="two")])


@pytest.mark.parametrize(
    "pair", [("rule huge", "rule big"), ("us_east]", "us_west]"), ("input_tokens >= 80K", "large")]
)
def test_the_declaration_and_the_words_count(pair: tuple[str, str]) -> None:
    source = Source("a.route", UNREACHABLE)
    one, two = fingerprints([at(source, words) for words in pair])
    assert one[:16] != two[:16]


def test_the_same_words_in_two_declarations_are_two_places() -> None:
    source = Source("a.route", UNREACHABLE)
    marks = fingerprints([at(source, "small[home]", number) for number in range(4)])
    assert len({mark[:16] for mark in marks}) == 4


def test_chains_of_one_pool_differ_in_their_classes() -> None:
    text = "fallback a -> b -> fail 503 on timeout, overloaded\nfallback a -> b -> fail 503 on rate_limited\n"
    swapped = text.replace("timeout, overloaded", "overloaded,timeout")
    one, two = (fingerprints([at(source, "-> b", n) for n in (0, 1)]) for source in map(_source, (text, swapped)))
    assert one == two
    assert one[0][:16] != one[1][:16]


def test_places_outside_of_declarations_and_empty_ones() -> None:
    source = _source("# interlock: allow x -- y\npolicy p\n# interlock: allow z -- y\n")
    one, two = fingerprints([at(source, "# interlock: allow x -- y"), at(source, "# interlock: allow z -- y")])
    assert one[:16] != two[:16]
    for text in ("", "policy p", "\ud800 {{{", "rule"):
        source = _source(text)
        (mark,) = fingerprints([Finding(KIND, "", Span(source, len(text), len(text)), "")])
        assert mark.endswith(":1")


def test_deep_nesting_is_no_trouble() -> None:
    text = "within a when x { " * 5_000 + "rule b -> c" + "}" * 5_000
    assert fingerprints([at(_source(text), "rule b")])


def test_a_file_is_known_by_its_path_below_a_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "team").mkdir()
    (tmp_path / "team" / "a.route").write_text(UNREACHABLE)
    monkeypatch.chdir(tmp_path)

    def marks(name: str, base: str | None = None) -> list[str]:
        return fingerprints(check(name).findings, base)

    expected = marks("team/a.route")
    assert marks("./team/../team/a.route") == marks(str(tmp_path / "team" / "a.route")) == expected
    monkeypatch.chdir(tmp_path / "team")
    assert marks("a.route") != expected
    assert marks("a.route", "..") == marks("a.route", str(tmp_path)) == expected


def _source(text: str) -> Source:
    return Source("a.route", text)
