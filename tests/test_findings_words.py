"""What findings say beyond that they are there: each case is one that a fault put into the analyses' own code got past.

Found by ``make mutation``: the fault stayed, and no test failed.
"""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from interlock.compiler import sticky
from interlock.compiler.pipeline import check
from interlock.dsl.finding import Finding

HEAD = """\
policy example
request { tokens : int(0..=1M); session_id : string per session; tools : bool default false }
model small { context 200K }
upstream one { provider p; region r }
upstream two { provider q; region s }
"""
NEAR = "pool near { serve one with small }\n"
CLOSED = "fallback near -> fail 503\n"


def found(text: str, *codes: str) -> Sequence[Finding]:
    checked = check("policy.route", text=text)
    assert checked.front.policy is not None, checked.findings
    return [finding for finding in checked.findings if finding.kind.code in codes]


@pytest.mark.parametrize(
    ("error", "least", "note"),
    [
        ("10%", "181,819", "`guess` may be 10% too low: 181,819 may be 200,001 tokens"),
        ("25%", "160,001", "`guess` may be 25% too low: 160,001 may be 200,002 tokens"),
    ],
)
def test_an_estimate_is_said_with_what_it_may_be_in_truth(error: str, least: str, note: str) -> None:
    """The truth is rounded up: 160,001 with a quarter more is 200,001.25."""
    head = HEAD.replace("tools :", f"guess : int(0..=1M) rising error {error}; tools :")
    text = head + NEAR + CLOSED + "require context >= guess\nrule all -> near\n"
    (finding,) = found(text, "F207")
    assert finding.notes == (note,)
    assert finding.witness is not None
    assert finding.witness.requests[0]["guess"] == int(least.replace(",", ""))


FAMILY = """\
enum Region = us, eu, ap
upstream home[r in Region] { provider p; region r }
pool far[r in Region] { serve home[r] with small }
"""


def test_a_chain_is_proposed_for_a_family_where_no_copy_has_one() -> None:
    to_all = HEAD.replace("tools :", "region : Region; tools :") + FAMILY + "rule all -> far[region]\n"
    (finding,) = found(to_all, "F202")
    assert finding.help == "add `fallback far[r in …] -> fail 503`, or a pool to fall back to"
    assert "(and 2 more of this family)" in finding.message
    (finding,) = found(to_all + "fallback far[us] -> fail 503\n", "F202")
    assert finding.help == "add `fallback far[eu] -> fail 503`, or a pool to fall back to"


def test_what_is_unused_goes_with_what_mentions_it_and_the_fix_says_so() -> None:
    text = HEAD + NEAR + CLOSED + "pool spare { serve two with small }\nrule all -> near\n"
    fixes = {f.message: f.fix.message for f in found(text, "R107") if f.fix is not None}
    assert fixes["nothing uses the pool `spare`"] == "remove the unused pool `spare`"
    assert fixes["nothing uses the upstream `two`"] == "remove the unused upstream `two` and what names it"


def test_the_key_of_the_session_is_proposed_before_others() -> None:
    head = HEAD.replace("session_id :", "a_key : string per session; session_id :")
    both = "pool near { serve one with small; serve two with small }\n"
    (finding,) = found(head + both + CLOSED + "rule all -> near\n", "C303")
    assert finding.help == "add `sticky by session_id`"
    checked = check("policy.route", text=head + both + CLOSED + "rule all -> near\n")
    assert checked.front.policy is not None
    assert [a.name for a in sticky.session_keys(checked.front.policy)] == ["session_id", "a_key"]


def test_an_unused_allow_is_taken_out_without_being_asked_twice() -> None:
    (finding,) = found(HEAD + NEAR + CLOSED + "# interlock: allow open-chain -- because\nrule all -> near\n", "S503")
    assert finding.fix is not None
    assert finding.fix.safe


KEY = "sk-ant-" + "api03-abcdefghijklmnopqrstuvwxyz0123456789"


def test_what_to_do_about_a_credential_depends_on_where_it_stands() -> None:
    plain = (
        HEAD.replace("provider q;", 'provider q; endpoint "https://x.test";')
        + NEAR
        + CLOSED
        + f'let lucky = session_id == "{KEY}"\nrule all -> near\n'
    )
    (finding,) = found(plain, "S501")
    assert finding.help == "revoke it and take it out: whoever reads this file or its history has it"
    url = HEAD.replace("provider q;", f'provider q; endpoint "https://x.test/{KEY}";')
    (finding,) = found(url + NEAR + CLOSED + "rule all -> near\n", "S501")
    assert finding.help == "revoke it, and write `endpoint env NAME` to take the URL from the environment"


@pytest.mark.parametrize("comment", [f"# {KEY}", f"## the key is {KEY}", f"# interlock: allow open-chain -- {KEY}"])
def test_a_credential_in_a_comment_is_found_and_not_shown(comment: str) -> None:
    text = HEAD + NEAR + CLOSED + comment + "\nrule all -> near\n"
    (finding,) = found(text, "S501")
    assert finding.message == "this comment holds what looks like an Anthropic API key"
    assert text[finding.span.start : finding.span.end] == KEY


@pytest.mark.parametrize(("type_", "notes"), [("string", 1), ("enum(a, b, c)", 0)])
def test_how_many_keys_try_something_twice_is_said_of_strings_only(type_: str, notes: int) -> None:
    """A key of three values fills three slots of the Maglev table: the share of slots is not that of its values."""
    three = "upstream three { provider q; region t }\n"
    pools = (
        "pool a { serve one with small; serve two with small; sticky by key }\n"
        "pool b { serve one with small; serve three with small; sticky by key }\n"
    )
    head = HEAD.replace("tools :", f"key : {type_} per session; tools :")
    (finding,) = found(head + three + pools + "fallback a -> b -> fail 503\nrule all -> a\n", "F203")
    assert len(finding.notes) == notes
    assert all(note.endswith("% of the keys, which pick the same in both pools") for note in finding.notes)
