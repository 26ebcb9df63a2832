"""``interlock diff``: what it prints, what it compares, and how it ends."""

from __future__ import annotations

import html
import json
import re
from pathlib import Path

import pytest

from interlock.cli.render.diff_markdown import LONGEST, markdown
from tests.cli.conftest import BROKEN, POLICY, UNREACHABLE, Cli

LARGER = POLICY.replace("input_tokens >= 40K", "input_tokens >= 50K")
OTHER_END = POLICY.replace("fallback large[us_west] -> fail 503", "fallback large[us_west] -> fail 529")
RENAMED = POLICY.replace("rule big", "rule large")


def write(name: str, text: str) -> None:
    Path(name).write_text(text, encoding="utf-8")


@pytest.fixture
def two(cli: Cli) -> Cli:
    write("old.route", POLICY)
    write("new.route", LARGER)
    return cli


def test_what_changes_for_whom(two: Cli) -> None:
    ran = two("diff", "old.route", "new.route")
    assert ran.code == 1
    assert ran.out.startswith("old.route → new.route  routing\n1 region of requests goes elsewhere\n")
    assert " 1  requests with input_tokens in 40K..50K\n" in ran.out
    assert "large[us_east, us_west] → small[us_east, us_west]\n" in ran.out
    assert "rules   big → otherwise\n" in ran.out
    assert '"input_tokens": 40000' in ran.out
    assert "cold for every session: opus becomes haiku" in " ".join(ran.out.split())
    assert ran.err == ""


def test_nothing_changes(two: Cli) -> None:
    write("other.route", RENAMED)
    ran = two("diff", "old.route", "other.route")
    assert ran.code == 0
    assert ran.out.splitlines() == [
        "old.route → other.route  refactor",
        "every request is treated as before: this is proved",
    ]
    assert two("diff", "old.route", "old.route").out.splitlines()[0] == "old.route → old.route  identical"


def test_json_has_everything(two: Cli) -> None:
    ran = two("diff", "old.route", "new.route", "--format", "json")
    shown = json.loads(ran.out)
    assert shown["kind"] == "routing"
    (region,) = shown["regions"]
    assert region["where"] == {
        "predicate": "input_tokens in 40K..50K",
        "exact": True,
        "always": ["input_tokens in 40K..50K"],
        "cases": [],
        "within": ["input_tokens in 40K..50K"],
    }
    assert [pair["old"]["pool"] for pair in region["pairs"]] == ["large[us_east]", "large[us_west]"]
    assert region["old"]["decision"]["rule"] == "big"
    # The decisions are those of `decide` for the same request.
    decided = two("decide", "new.route", "--request", json.dumps(region["request"]), "--format", "json")
    assert json.loads(decided.out) == region["new"]["decision"]


@pytest.mark.parametrize(
    ("new", "fail_on", "code"),
    [
        (RENAMED, "refactor", 1),
        (RENAMED, "fallback-only", 0),
        (POLICY, "refactor", 0),
        (LARGER, "routing", 1),
        (LARGER, "interface", 0),
        (LARGER, "interface,routing", 1),
        (OTHER_END, "routing", 0),
        (OTHER_END, "fallback-only", 1),
        (LARGER, "new-findings", 0),
        (UNREACHABLE, "new-findings", 1),
        (POLICY.replace("    session_id", "    extra : bool?\n    session_id"), "interface", 1),
    ],
)
def test_what_a_pipeline_may_fail_on(cli: Cli, new: str, fail_on: str, code: int) -> None:
    write("old.route", POLICY)
    write("new.route", new)
    assert cli("diff", "old.route", "new.route", "--fail-on", fail_on).code == code


def test_a_class_that_is_none(two: Cli) -> None:
    ran = two("diff", "old.route", "new.route", "--fail-on", "rooting")
    assert ran.code == 2
    assert "did you mean 'routing'?" in ran.err


def test_tables(two: Cli) -> None:
    assert two("compile", "old.route", "-o", "old.json").code == 0
    ran = two("diff", "old.json", "old.route")
    assert (ran.code, ran.out.splitlines()[0]) == (0, "old.json → old.route  identical")
    ran = two("diff", "old.json", "new.route")
    assert ran.code == 1
    assert "requests with input_tokens in 40K..50K" in ran.out
    assert "a compiled table has no assertions, tests and findings to compare" in ran.out


def test_a_table_that_was_changed_by_hand(two: Cli) -> None:
    assert two("compile", "old.route", "-o", "old.json").code == 0
    path = Path("old.json")
    path.write_text(path.read_text().replace('"retry":0', '"retry":1'))
    ran = two("diff", "old.json", "new.route")
    assert ran.code == 2
    assert ran.err.startswith("error: `old.json` is no usable table: digest: does not match")


@pytest.mark.parametrize(("old", "new"), [("bad.route", "new.route"), ("new.route", "bad.route")])
def test_a_version_with_errors_in_its_text(two: Cli, old: str, new: str) -> None:
    write("bad.route", BROKEN)
    ran = two("diff", old, new)
    assert ran.code == 2
    assert ran.out == ""
    assert "error[T002]" in ran.err
    assert "`bad.route` cannot be compared: 1 error; fix these first" in ran.err


def test_what_is_no_version(two: Cli) -> None:
    write("module.route", "enum a = b, c\n")
    for name, said in (
        ("module.route", "`module.route` is a module: it has no rules to compare"),
        ("none.route", "cannot read `none.route`: there is no such file or folder"),
        ("HEAD:new.route", "names no revision either: this folder is in no git repository"),
    ):
        ran = two("diff", name, "new.route")
        assert ran.code == 2, ran
        assert said in ran.err


def test_findings_of_behaviour_do_not_keep_two_versions_from_being_compared(two: Cli) -> None:
    write("part.route", POLICY.replace("rule otherwise -> small[home]\n", ""))
    ran = two("diff", "old.route", "part.route")
    assert ran.code == 1
    assert "→ fail 500" in ran.out
    assert "rules   otherwise → no rule" in ran.out


def test_configurations_of_gateways(cli: Cli) -> None:
    text = """\
model_list:
  - model_name: sonnet
    litellm_params: {model: anthropic/claude-sonnet-4-6, api_key: KEY}
  - model_name: spare
    litellm_params: {model: bedrock/us.anthropic.claude-sonnet-4-6, aws_region_name: us-east-1}
router_settings:
  fallbacks: [{sonnet: [spare]}]
""".replace("KEY", "sk-ant-api03-" + "a1" * 20)
    write("old.yaml", text)
    write("new.yaml", text.replace("[{sonnet: [spare]}]", "[]"))
    for format_ in ("text", "json", "markdown"):
        ran = cli("diff", "old.yaml", "new.yaml", "--format", format_)
        assert ran.code == 1, ran
        assert "fallback-only" in ran.out
        assert "a1a1" not in ran.out + ran.err


def test_a_format_that_there_is_not(two: Cli) -> None:
    assert two("diff", "old.route", "new.route", "--format", "yaml").code == 2


def test_standard_input(two: Cli) -> None:
    ran = two("diff", "-", "new.route", stdin=POLICY)
    assert ran.code == 1
    assert "requests with input_tokens in 40K..50K" in ran.out
    assert two("diff", "-", "-").code == 2


def test_what_was_not_decided_is_exit_2(two: Cli, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("interlock.compiler.facts.MAX_STEPS", -1)
    ran = two("diff", "old.route", "new.route")
    assert ran.code == 2
    assert "not decided within the limits" in ran.out
    assert "not everything was decided" in ran.err


HOSTILE = r"""</code> | `x` <img src=x onerror=alert(1)> ](http://evil) @everyone #1 :bomb: $$x$$ ~~**__`"""


def test_whatever_a_policy_says_stays_text(two: Cli) -> None:
    message = HOSTILE.replace("\\", "\\\\").replace('"', '\\"')
    rule = f'rule evil when input_tokens >= 900K -> fail 503 "{message}"\n'
    write("evil.route", LARGER.replace("## Big", rule + "## Big"))
    ran = two("diff", "old.route", "evil.route", "--format", "markdown")
    assert ran.code == 1, ran
    outside = re.sub(r"<code>[^<>`|]*</code>", "", ran.out)
    assert "evil" not in outside
    assert "img" not in outside
    for row in (line for line in ran.out.splitlines() if line.startswith("| ")):
        assert row.count("|") == 4
    told = [html.unescape(part) for part in re.findall(r"<code>(.*?)</code>", ran.out)]
    assert any(HOSTILE in part.replace('\\"', '"') for part in told)
    assert "\x1b" not in two("diff", "old.route", "evil.route").out


def test_no_message_gets_out_of_a_diagram(two: Cli) -> None:
    message = 'x"] --> y` ```\n<b>&'.replace('"', '\\"').replace("\n", "\\n")
    end = POLICY.replace("fallback large[us_west] -> fail 503", f'fallback large[us_west] -> fail 503 "{message}"')
    write("evil.route", end)
    ran = two("diff", "old.route", "evil.route", "--format", "markdown")
    assert ran.code == 1, ran
    diagram = ran.out.split("```mermaid\n")[1].split("\n```\n")[0]
    assert "fail 503" in diagram
    text = r'"[^"`<>]*(<br>[^"`<>]*)*"'
    node, arrow = rf"n\d+\[{text}\]", rf"n\d+ (-->|-\.->|==>)\|{text}\| n\d+"
    for line in diagram.splitlines()[2:]:
        assert re.fullmatch(rf"    ({node}|{arrow}|linkStyle [\d,]+ [\w:#,\- ]+)", line), line


def test_a_comment_is_never_too_long(two: Cli) -> None:
    ran = two("diff", "old.route", "new.route", "--format", "json")
    shown = json.loads(ran.out)
    region = shown["regions"][0]
    region["where"]["always"] = ["x" * 250]
    shown["regions"] = [region] * 400
    worst = {"old": {"attempts": 1, "wait_ms": 1}, "new": {"attempts": 2, "wait_ms": 1}}
    shown["chains"] = [{"pools": ["p" * 500], "walks": [], "serving": ["s" * 500] * 30, **worst}] * 40
    finding = {"severity": "error", "code": "R101", "slug": "x", "message": "|" * 900}
    shown["findings"] = {"new": [finding] * 300, "gone": []}
    text = markdown(shown)
    assert len(text) <= LONGEST
    assert "more" in text


def test_credentials_are_never_shown(two: Cli) -> None:
    secret = "sk-ant-api03-" + "Z9" * 20
    rule = f'rule leak when session_id == "{secret}" -> fail 401 "no {secret}"\n'
    write("leaky.route", LARGER.replace("## Big", rule + "## Big"))
    for format_ in ("text", "json", "markdown"):
        ran = two("diff", "old.route", "leaky.route", "--format", format_)
        assert ran.code == 1
        assert "fail 401" in ran.out or '"status": 401' in ran.out
        assert "Z9Z9" not in ran.out + ran.err
