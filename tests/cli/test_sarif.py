"""``check --format sarif``: valid against the published schema, and true about the places it names."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urljoin, urlsplit

import pytest
from jsonschema import Draft202012Validator

from interlock.cli.render.sarif import sarif
from interlock.cli.report import Report
from interlock.compiler.catalogue import catalogue
from interlock.dsl.finding import Edit, Finding, Fix, Kind, Related, Severity, Witness
from interlock.dsl.source import Source, Span
from tests.cli.conftest import BROKEN, POLICY, UNREACHABLE, Cli
from tests.test_findings_examples import checked, examples, files_of

SCHEMA = Path(__file__).parent.parent / "schemas" / "sarif-2.1.0.json"
VALIDATOR = Draft202012Validator(json.loads(SCHEMA.read_text(encoding="utf-8")))

Log = dict[str, Any]


def valid(log: Log) -> Log:
    """The run of a log that has one, after everything that can be checked of any log."""
    errors = [f"{error.json_path}: {error.message}" for error in VALIDATOR.iter_errors(log)]
    assert not errors, "\n".join(errors[:5])
    (run,) = log["runs"]
    rules = run["tool"]["driver"]["rules"]
    for result in run["results"]:
        assert rules[result["ruleIndex"]]["id"] == result["ruleId"]
        text = result["message"]["text"]
        for number, related in enumerate(result.get("relatedLocations", ()), start=1):
            assert related["id"] == number
            assert f"]({number})" in text, "code scanning shows only places that the message links to"
        assert all(ord(char) >= 32 or char == "\n" for char in text)
    marks = [result["partialFingerprints"]["interlock/v1"] for result in run["results"]]
    assert len(set(marks)) == len(marks)
    for location in locations(run):
        artifact = location["physicalLocation"]["artifactLocation"]
        about = run["artifacts"][artifact["index"]]["location"]
        assert {**about, "index": artifact["index"]} == artifact
        assert artifact.get("uriBaseId", "%SRCROOT%") in run["originalUriBaseIds"]
    typed: Log = run
    return typed


def locations(run: Log) -> Iterator[Log]:
    """Every location of a run."""
    for result in run["results"]:
        yield from result["locations"]
        yield from result.get("relatedLocations", ())


def file_of(location: Log, run: Log) -> Path:
    """The file that a location is in."""
    artifact = location["physicalLocation"]["artifactLocation"]
    base = run["originalUriBaseIds"][artifact["uriBaseId"]]["uri"] if "uriBaseId" in artifact else ""
    parts = urlsplit(urljoin(base, artifact["uri"]))
    assert (parts.scheme, parts.netloc, parts.query, parts.fragment) == ("file", "", "", "")
    return Path(unquote(parts.path))


def words_at(location: Log, run: Log) -> str:
    """What stands in the region of a location, read as SARIF says: from lines and columns that count from 1,
    columns in code points, the last one exclusive."""
    lines = file_of(location, run).read_bytes().decode("utf-8-sig").split("\n")
    at = location["physicalLocation"]["region"]
    first, last = at["startLine"] - 1, at["endLine"] - 1
    if first == last:
        return str(lines[first][at["startColumn"] - 1 : at["endColumn"] - 1])
    middle = lines[first + 1 : last]
    return "\n".join([lines[first][at["startColumn"] - 1 :], *middle, lines[last][: at["endColumn"] - 1]])


def ran(cli: Cli, *words: str, code: int = 1) -> Log:
    done = cli("check", *words, "--format", "sarif")
    assert (done.code, done.out.count("\n")) == (code, 1), done.err
    return valid(json.loads(done.out))


def test_a_finding(cli: Cli, folder: Path) -> None:
    (folder / "a.route").write_text(UNREACHABLE)
    run = ran(cli, "a.route")
    assert run["columnKind"] == "unicodeCodePoints"
    assert run["invocations"] == [{"executionSuccessful": True}]
    (result,) = run["results"]
    assert (result["ruleId"], result["level"]) == ("R101", "error")
    first, related, request, help_ = result["message"]["text"].split("\n")
    assert first.startswith("`huge` is never reached")
    assert related == "`big` holds for all of its requests ([a.route:24](1))."
    assert request.startswith("Request: input_tokens 80000")
    assert help_.startswith("Help: ")
    assert all(line.endswith(".") for line in (first, related, request, help_))
    assert words_at(result["locations"][0], run) == "huge"
    assert words_at(result["relatedLocations"][0], run) == "big"
    assert result["properties"]["witness"]["requests"][0]["input_tokens"] == 80_000
    assert result["properties"]["commands"][0].startswith("interlock decide a.route --request '{")


def test_rules_carry_their_documentation(cli: Cli, folder: Path) -> None:
    (folder / "a.route").write_text(POLICY)
    run = ran(cli, "a.route", code=0)
    assert run["results"] == []
    rules = run["tool"]["driver"]["rules"]
    assert [rule["id"] for rule in rules] == list(catalogue())
    for rule, kind in zip(rules, catalogue().values(), strict=True):
        assert rule["help"]["markdown"] == kind.doc.strip()
        assert "```" not in rule["help"]["text"]
        assert "\n#" not in rule["help"]["text"]
        assert len(rule["help"]["text"]) > 0.8 * len(kind.doc) - 200
        for field in "shortDescription", "fullDescription":
            assert 10 < len(rule[field]["text"]) <= 1024  # GitHub takes no more
            assert rule[field]["text"].endswith((".", "!", "?"))
        assert rule["defaultConfiguration"]["enabled"] == kind.on
    unreachable = next(rule for rule in rules if rule["id"] == "R101")
    assert unreachable["name"] == "unreachable-rule"
    assert unreachable["defaultConfiguration"]["level"] == "error"
    assert unreachable["properties"] == {
        "tags": ["reachability"],
        "precision": "very-high",
        "problem.severity": "error",
    }


def test_the_examples_of_all_findings(folder: Path) -> None:
    """A report on one example of every kind of finding: valid, and each region holds the very words."""
    found: list[tuple[str, Finding]] = []
    shown: set[str] = set()
    for example in examples():
        slug = example.path.stem
        if slug in shown or not example.findings:
            continue
        shown.add(slug)
        for name, text in files_of(example):
            path = folder / slug / name
            path.parent.mkdir(exist_ok=True, parents=True)
            path.write_bytes(text.encode())
        found += [(f"{slug}/{example.file}", finding) for finding in checked(example, slug)[1]]
    kinds = {finding.kind.slug for _, finding in found}
    assert len(kinds) > 20
    run = valid(sarif(Report(tuple(found), tuple(sorted({file for file, _ in found})))))
    assert len(run["results"]) == len(found)
    fixed = 0
    for result, (_, finding) in zip(run["results"], found, strict=True):
        places = [*result["locations"], *result.get("relatedLocations", ())]
        for location, span in zip(places, [finding.span, *(r.span for r in finding.related)], strict=True):
            assert words_at(location, run) == span.text
        for fix in result.get("fixes", ()):
            assert finding.fix is not None
            (change,) = fix["artifactChanges"]
            fixed += 1
            for replacement, edit in zip(change["replacements"], finding.fix.edits, strict=True):
                place = {"artifactLocation": change["artifactLocation"], "region": replacement["deletedRegion"]}
                assert words_at({"physicalLocation": place}, run) == edit.span.text
                assert replacement["insertedContent"]["text"] == edit.text
    assert fixed > 3


def test_odd_names_of_files(cli: Cli, folder: Path) -> None:
    names = ["ä b.route", "100%41#?.route", "a:b.route", "sub/[x] 🙂.route"]
    (folder / "sub").mkdir()
    for name in names:
        (folder / name).write_text("## ä 🙂\n" + UNREACHABLE)
    run = ran(cli, ".")
    assert {file_of(location, run).relative_to(folder.resolve()) for location in locations(run)} == set(
        map(Path, names)
    )
    assert {words_at(result["locations"][0], run) for result in run["results"]} == {"huge"}
    link = next(r["message"]["text"] for r in run["results"] if "🙂" in r["message"]["text"]).split("\n")[1]
    assert link.endswith("([sub/\\[x\\] 🙂.route:25](1)).")


def test_a_name_that_is_no_utf8(cli: Cli, folder: Path) -> None:
    name = os.fsdecode(b"\xff.route")
    try:
        Path(name).write_text(UNREACHABLE)
    except OSError:
        pytest.skip("this file system takes only UTF-8")
    run = ran(cli, ".")
    assert run["results"][0]["locations"][0]["physicalLocation"]["artifactLocation"]["uri"] == "%FF.route"


def test_columns_count_code_points(folder: Path) -> None:
    text = 'x "🙂e\u0301" flagged\r\nnext'
    Path("a.route").write_bytes(text.encode())
    source = Source("a.route", text)
    at = text.index("flagged")
    finding = Finding(kind(), "m", Span(source, at, at + 7), "")
    run = valid(sarif(Report((("a.route", finding),), ("a.route",))))
    (location,) = locations(run)
    assert location["physicalLocation"]["region"]["startColumn"] == 9  # 10 in UTF-16, 12 in UTF-8
    assert words_at(location, run) == "flagged"


def kind(level: Severity = "error") -> Kind:
    """A kind of the catalogue."""
    return next(kind for kind in catalogue().values() if kind.severity == level)


def finding(message: str = "m", **more: Any) -> Finding:
    """A finding in ``a.route``."""
    return Finding(kind(), message, Span(Source("a.route", "one two three\n"), 4, 7), more.pop("help", ""), **more)


def result_of(found: Finding) -> Log:
    (result,) = valid(sarif(Report((("a.route", found),), ("a.route",))))["results"]
    typed: Log = result
    return typed


def test_severities_are_those_of_the_finding() -> None:
    assert [result_of(finding(level=level))["level"] for level in ("error", "warning", "info")] == [
        "error",
        "warning",
        "note",
    ]


def test_what_sarif_would_take_for_its_own_is_escaped() -> None:
    text = result_of(finding("`https://{r}.x` is `a[x](1)`\x1b", help="h"))["message"]["text"]
    assert text.startswith("`https://{{r}}.x` is `a[x] (1)`")
    assert "\x1b" not in text


def test_a_question_keeps_its_mark() -> None:
    text = result_of(finding("no such name", help="did you mean `a`?", notes=("a note",)))["message"]["text"]
    assert text == "no such name.\nNote: a note.\nHelp: did you mean `a`?"


def test_a_witness_with_two_turns() -> None:
    witness = Witness(({"a": 1, "b": "x"}, {"c": ["y"]}), ("overloaded",), ("p", "q"))
    result = result_of(finding(witness=witness))
    assert result["message"]["text"].split("\n")[1:] == [
        'Turn 1: a 1, b "x", after overloaded.',
        'Turn 2: c ["y"], after overloaded.',
    ]
    assert result["properties"]["witness"] == {
        "requests": [{"a": 1, "b": "x"}, {"c": ["y"]}],
        "after": ["overloaded"],
        "hops": ["p", "q"],
    }
    assert len(result["properties"]["commands"]) == 2


def test_a_fix() -> None:
    source = Source("a.route", "one two three\nfour\n")
    edits = (Edit(Span(source, 4, 8), ""), Edit(Span(source, 14, 14), "x "))
    (fix,) = result_of(finding(fix=Fix("take `two` out", edits, safe=True)))["fixes"]
    assert fix["description"]["text"] == "take `two` out."
    assert fix["properties"] == {"safe": True}
    (change,) = fix["artifactChanges"]
    assert change["artifactLocation"]["uri"] == "a.route"
    assert change["replacements"] == [
        {
            "deletedRegion": {"startLine": 1, "startColumn": 5, "endLine": 1, "endColumn": 9},
            "insertedContent": {"text": ""},
        },
        {
            "deletedRegion": {"startLine": 2, "startColumn": 1, "endLine": 2, "endColumn": 1},
            "insertedContent": {"text": "x "},
        },
    ]


def test_a_place_in_the_standard_library() -> None:
    import interlock.stdlib_policies as library

    path = Path(library.__path__[0]).resolve() / "std" / "models.route"
    text = path.read_text(encoding="utf-8")
    at = text.index("model ")
    place = Span(Source("std/models.route", text), at, at + 5)
    run = valid(sarif(Report((("a.route", finding(related=(Related("declared here", place),))),), ("a.route",))))
    _, related = locations(run)
    assert file_of(related, run) == path
    assert words_at(related, run) == "model"


def test_a_folder_named_like_the_standard_library(cli: Cli, folder: Path) -> None:
    (folder / "std").mkdir()
    (folder / "std" / "a.route").write_text(UNREACHABLE)
    run = ran(cli, "std/a.route", "--root", ".")
    assert file_of(next(locations(run)), run) == (folder / "std" / "a.route").resolve()


def test_standard_input(cli: Cli) -> None:
    done = cli("check", "-", "--format", "sarif", stdin=BROKEN)
    run = valid(json.loads(done.out))
    (result,) = run["results"]
    assert result["locations"][0]["physicalLocation"]["artifactLocation"]["uri"] == "stdin"
    assert "uriBaseId" not in result["locations"][0]["physicalLocation"]["artifactLocation"]


def test_files_outside_of_the_checkout_have_absolute_names(
    cli: Cli, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (folder / "team").mkdir()
    (folder / "a.route").write_text(UNREACHABLE)
    (folder / "team" / "a.route").write_text(UNREACHABLE)
    monkeypatch.chdir(folder / "team")
    inside, outside = (ran(cli, name) for name in ("a.route", "../a.route"))
    assert uri(inside) == "a.route"
    assert uri(outside) == (folder / "a.route").resolve().as_uri()
    monkeypatch.setenv("GITHUB_WORKSPACE", str(folder))
    assert uri(ran(cli, "a.route")) == "team/a.route"
    assert uri(ran(cli, "../a.route")) == "a.route"


def uri(run: Log) -> str:
    return str(run["results"][0]["locations"][0]["physicalLocation"]["artifactLocation"]["uri"])


def test_a_clean_file_is_listed_as_looked_at(cli: Cli, folder: Path) -> None:
    (folder / "a.route").write_text(POLICY)
    (folder / "b.route").write_text(UNREACHABLE)
    run = ran(cli, "a.route", "./b.route", "b.route")
    assert [(a["location"]["uri"], a["roles"]) for a in run["artifacts"]] == [
        ("a.route", ["analysisTarget"]),
        ("b.route", ["analysisTarget"]),
    ]


def test_what_cannot_be_read_is_told(cli: Cli, folder: Path) -> None:
    run = ran(cli, "nothing.route", code=2)
    (invocation,) = run["invocations"]
    assert invocation["executionSuccessful"] is False
    (told,) = invocation["toolExecutionNotifications"]
    assert told["level"] == "error"
    assert told["message"]["text"] == "cannot read `nothing.route`: there is no such file."
