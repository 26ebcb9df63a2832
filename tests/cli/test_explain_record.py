"""``interlock explain --record``."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path

import pytest

from interlock.runtime import Table, load
from tests.cli.conftest import POLICY, Cli

BIG = {"input_tokens": 50_000, "session_id": "s"}
SMALL = {"input_tokens": 5, "session_id": "s"}


@pytest.fixture
def table(folder: Path, cli: Cli) -> Table:
    Path("a.route").write_text(POLICY)
    cli("compile", "a.route", "-o", "a.json")
    return load("a.json")


@pytest.mark.parametrize("request_", [BIG, SMALL, {}])
@pytest.mark.parametrize("after", [[], ["timeout"], ["timeout", "timeout"], ["refused"]])
@pytest.mark.parametrize("file", ["a.route", "a.json"])
def test_it_says_what_explain_said(
    cli: Cli, table: Table, request_: dict[str, object], after: list[str], file: str
) -> None:
    record = table.record(request_, after).to_json()
    Path("record.json").write_text(record + "\n")
    words = ["explain", file, "--request", json.dumps(request_)]
    words += ["--after", ",".join(after)] if after else []
    wanted = cli(*words)
    assert wanted.code == 0
    for given, stdin in ((record, b""), ("@record.json", b""), ("-", record.encode())):
        ran = cli("explain", file, "--record", given, stdin=stdin)
        assert (ran.code, ran.err) == (0, "")
        # The only value that the policy does not name is the session's, by which the pool picks.
        as_recorded = flat(wanted.out).replace('and "s" falls', "and its value, which the record does not hold, falls")
        assert flat(ran.out) == as_recorded
    told = json.loads(cli("explain", file, "--record", record, "--format", "json").out)
    said = json.loads(cli(*words, "--format", "json").out)
    for explanation in (told, said):
        if explanation["pick"]:
            explanation["pick"]["key"] = None
    assert told == said


def flat(text: str) -> str:
    """The text in one line, however it was wrapped."""
    return " ".join(text.split())


NAMED = """
policy named
request {
    model : enum(opus, sonnet, ...)
    tenant : string?
    beta : set(string)
    key : string per session
}
model m { context 1M }
upstream a { provider a; region us }
upstream b { provider b; region us }
pool both { serve a with m; serve b with m; sticky by key }
fallback both -> fail 503
rule first when model == opus and tenant != "x" -> both
rule second when tenant like "acme/*" and beta contains "early" -> both
rule third when sample(tenant, "s") < 50% -> both
rule rest -> both
"""


def test_values_are_shown_as_far_as_the_record_has_them(cli: Cli, folder: Path) -> None:
    Path("n.route").write_text(NAMED)
    cli("compile", "n.route", "-o", "n.json")
    table = load("n.json")
    secret = {"model": "m-9", "tenant": "acme/secret", "beta": ["secret"], "key": "k-9"}
    record = table.record(secret).to_json()
    lines = cli("explain", "n.route", "--record", record).out.splitlines()
    assert "  ✗ first   model == opus          it is none that the policy names" in lines
    assert '  ✗ second  beta contains "early"  it holds none that the policy names' in lines
    slot = json.loads(record)["slots"]["key"]
    sentence = f"both is sticky by key, and its value, which the record does not hold, falls on slot {slot}"
    assert sentence in flat("\n".join(lines))
    text = cli("explain", "n.route", "--record", record, "--format", "json").out
    assert "secret" not in text
    assert "k-9" not in text
    second = table.record(secret | {"beta": ["early", "secret"]}).to_json()
    lines = cli("explain", "n.route", "--record", second).out.splitlines()
    assert '  ✓ beta contains "early"  it holds early' in lines
    assert any("it is none that the policy names: tenant like" in line for line in lines)


def test_a_record_of_another_version_says_which_is_wanted(cli: Cli, table: Table) -> None:
    record = table.record(BIG).to_json()
    Path("a.route").write_text(POLICY.replace("40K", "41K"))
    cli("compile", "a.route", "-o", "b.json")
    ran = cli("explain", "a.route", "--record", record)
    assert (ran.code, ran.out) == (2, "")
    assert table.version in ran.err
    assert load("b.json").version in ran.err
    assert "REV:a.route" in ran.err
    ran = cli("explain", "b.json", "--record", record.replace(f'"policy":"{table.policy}"', '"policy":"other"'))
    assert (ran.code, ran.out) == (2, "")
    assert "of the policy `other`" in ran.err


def test_the_policy_as_it_was_in_git(cli: Cli, table: Table) -> None:
    def git(*words: str) -> None:
        subprocess.run(["git", "-c", "user.name=a", "-c", "user.email=a@b", *words], check=True, capture_output=True)

    git("init")
    git("add", "a.route", "a.json")
    git("commit", "-m", "first")
    Path("a.route").write_text(POLICY.replace("40K", "41K"))
    record = table.record(BIG, ["timeout"]).to_json()
    now = cli("explain", "a.json", "--record", record).out
    for file in ("HEAD:a.route", "HEAD:a.json"):
        ran = cli("explain", file, "--record", record)
        assert (ran.code, ran.err) == (0, "")
        assert ran.out.splitlines()[:3] == now.splitlines()[:3]
    assert cli("decide", "HEAD:a.route", "--request", json.dumps(BIG)).code == 0
    for file, said in (("HEAD:none.route", "there is no `none.route` at `HEAD`"), ("none:a.route", "none")):
        ran = cli("explain", file, "--record", record)
        assert (ran.code, ran.out) == (2, "")
        assert said in ran.err
    Path("a.route").write_text("policy a\nrule x -> nowhere\n")
    git("commit", "-am", "broken")
    ran = cli("explain", "HEAD:a.route", "--record", record)
    assert (ran.code, ran.out) == (2, "")
    assert "fix these first" in ran.err


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ([], "give one of the two"),
        (["--record", "{}", "--request", "{}"], "give one of the two"),
        (["--record", "{}", "--after", "timeout"], "a record has its own"),
        (["--record", "record.json"], "a file that holds the record is given as `@FILE`"),
        (["--record", "{"], "--record is not JSON"),
        (["--record", "[]"], "must be a JSON object"),
        (["--record", "@none.json"], "cannot read `none.json`"),
        (["--record", "@latin"], "is not UTF-8 at byte 1"),
        (["--record", "@two"], "give one record, a line of a log"),
        (["--record", "{}"], "this is no record of a decision by `a.route`: record: is missing"),
        (["--record", '{"record": 2}'], "record: is 2"),
        (["--record", "@changed"], 'rule: is "otherwise", but by its attributes and errors the table gives "big"'),
        (["--record", "@moved"], "attributes.input_tokens: must be an integer in 0..="),
    ],
)
def test_what_cannot_be_explained(cli: Cli, table: Table, words: list[str], said: str) -> None:
    record = table.record(BIG).to_json()
    Path("latin").write_bytes(b"{\xff}")
    Path("two").write_text(f"{record}\n{record}\n")
    Path("changed").write_text(record.replace('"rule":"big"', '"rule":"otherwise"'))
    Path("moved").write_text(record.replace("50000", "-1"))
    ran = cli("explain", "a.route", *words)
    assert (ran.code, ran.out) == (2, "")
    assert said in " ".join(ran.err.replace("│", "").split())
    assert "Traceback" not in ran.err


def test_only_one_can_be_standard_input(cli: Cli, table: Table) -> None:
    ran = cli("explain", "-", "--record", "-")
    assert (ran.code, ran.out) == (2, "")
    assert "only one of policy and record can be -" in " ".join(ran.err.split())
