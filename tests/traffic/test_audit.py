"""The audit: against brute force on random policies and traffic, and by example."""

from __future__ import annotations

import io
import json
import random

import pytest

from interlock.compiler.pipeline import Front, front
from interlock.compiler.traffic.audit import session_of
from interlock.compiler.traffic.found import Audit
from interlock.compiler.traffic.whole import Source, take
from interlock.dsl import policy as p
from tests.oracle.compiled import SCALE, examples
from tests.oracle.policies import seeded
from tests.traffic.brute import Brute, Row, brute

FIRST_SEED = 0 if SCALE == 1 else random.SystemRandom().randrange(10**9)
ODD: tuple[object, ...] = (
    True, False, 0, -1, 5.0, 5.5, 10**30, -(2**53), "", "x", "a\tb\n\0", "é", "\ud800", [], ["x"], ["\udfff"], [1],
    {"a": 1}, "x" * 3_000, "x" * 2_999 + "y", 1e300,
)  # fmt: skip


RICH = """
policy rich
request {
    who   : string  per session
    agent : enum(a, b)?  per session
    home  : enum(us, eu, ...)  per session  default us
    turn  : int(0..=6)  rising
    size  : int(-2..=3)  rising  default 1
    flag  : bool?  per session
    tags  : set(enum(x, y))  per session
    plan  : enum(free, team)
}
model m { context 1K }
upstream u { provider p; account a; region r }
pool one { serve u with m }
fallback one -> fail 503
rule late when turn >= 5 and plan == free -> one
rule tagged when tags contains x -> fail 429
rule some match home { eu -> one; us -> fail 503 }
"""


def policy_of(text: str) -> Front:
    found = front("policy.route", text=text)
    assert found.policy is not None, found.findings
    return found


def audit(found: Front, rows: list[Row], session: tuple[str, ...] | None = None) -> Audit:
    """The audit of a file with these rows, each on the line it says."""
    lines = [b""] * max((row.line for row in rows), default=0)
    for row in rows:
        facts: dict[str, object] = {} if row.at is None else {"$at": row.at}
        if row.count != 1:
            facts["$count"] = row.count
        lines[row.line - 1] = json.dumps({**row.values, **facts}).encode()
    assert found.policy is not None
    assert found.table is not None
    source = Source("requests.jsonl", io.BytesIO(b"\n".join(lines) + b"\n"))
    made = take(found.policy, found.table, [source], kind="requests", session=session)
    assert made.read.requests == len(rows)
    assert made.audit is not None
    return made.audit


def as_brute(audit: Audit) -> Brute:
    """What an audit found, in the form of the twin's."""

    def line(place: str) -> int:
        return int(place.rpartition(":")[2])

    values: dict[tuple[str, str], tuple[int, int]] = {}
    moved: dict[tuple[str, str], tuple[int, tuple[int, int]]] = {}
    met: dict[str | None, int] = {one.rule: one.requests for one in audit.met if one.requests}
    for fault in audit.faults:
        if fault.slug == "no-rule":
            met[None] = fault.count
        if fault.slug in ("no-rule", "unmet-rule", "unmet-arm"):
            continue
        assert fault.example is not None
        lines = [line(place) for place in fault.example.places]
        if fault.unit == "sessions":
            moved[fault.subject, fault.slug] = (fault.count, (lines[0], lines[1]))
        else:
            values[fault.subject, fault.slug] = (fault.count, lines[0])
    refused = {(one.attribute, one.reason): one.requests for one in audit.refused}
    return Brute(met, refused, values, moved, audit.sessions or 0)


def value(rng: random.Random, type_: p.Type) -> object:
    """A value of a type, mostly."""
    if rng.random() < 0.04:
        return rng.choice(ODD)
    match type_:
        case p.BoolType():
            return rng.random() < 0.5
        case p.IntType(lo=lo, hi=hi):
            number = rng.choice(
                [lo, hi, min(hi, lo + rng.randrange(9)), lo - 1 if rng.random() < 0.1 else (lo + hi) // 2]
            )
            return float(number) if rng.random() < 0.1 and abs(number) < 2**50 else number
        case p.EnumType(values=values):
            return rng.choice([*values, "other" if rng.random() < 0.1 else values[0]])
        case p.SetType(element=element):
            return [value(rng, element) for _ in range(rng.randrange(3))]
    return rng.choice(["a", "b", "acme/x", "é", ""])


def traffic(rng: random.Random, policy: p.Policy, size: int) -> list[Row]:
    """Rows of which many belong to one session, and go on from the one before."""
    rows: list[Row] = []
    line = 0
    timed = rng.random() < 0.7
    for _ in range(size):
        line += rng.choice((1, 1, 2))
        before = dict(rng.choice(rows).values) if rows and rng.random() < 0.7 else {}
        for name, attribute in policy.attributes.items():
            if name not in before or rng.random() < 0.15:
                before[name] = value(rng, attribute.type)
            if rng.random() < 0.05:
                before[name] = None
        at = f"2026-01-0{rng.randrange(1, 9)}T00:00:00.{rng.randrange(3):06}Z" if timed or rng.random() < 0.9 else None
        count = rng.choice((1, 1, 1, 7))
        rows.append(Row(line, {k: v for k, v in before.items() if v is not None or rng.random() < 0.5}, at, count))
    return rows


@pytest.mark.parametrize("batch", range(examples(4)))
def test_random_traffic_shows_what_brute_force_sees(batch: int) -> None:
    for seed in range(FIRST_SEED + batch * 10, FIRST_SEED + (batch + 1) * 10):
        rng = random.Random(seed)
        found = policy_of(RICH if seed % 2 else seeded(seed))
        policy = found.policy
        assert policy is not None
        keys = [a.name for a in policy.attributes.values() if not isinstance(a.type, p.SetType)]
        session = tuple(rng.sample(keys, min(len(keys), rng.choice((1, 1, 2)))))
        rows = traffic(rng, policy, rng.randrange(1, 120))
        expected = brute(policy, rows, session)
        got = as_brute(audit(found, rows, session))
        others = [a for a in policy.attributes.values() if a.name not in session and a.stability != "per turn"]
        assert got.met == expected.met, seed
        assert got.refused == expected.refused, seed
        assert got.values == expected.values, seed
        if session and others:
            assert got.sessions == expected.sessions, seed
            assert got.moved == expected.moved, seed


POLICY = """
policy sizes
request {
    session_id   : string  per session
    home         : enum(us, eu)  per session  default us
    tier         : enum(free, team)?
    input_tokens : int(0..=1000)  rising
}
model m { context 1K }
upstream u { provider p; account a; region r }
pool small { serve u with m; sticky by session_id }
rule big when input_tokens >= 500 -> small
rule tiers match tier { free -> small; team -> small }
rule otherwise -> small
fallback small -> fail 503
"""


def faults(rows: list[dict[str, object]], session: tuple[str, ...] | None = None) -> dict[tuple[str, str], str]:
    found = audit(policy_of(POLICY), [Row(number, row) for number, row in enumerate(rows, 1)], session)
    return {(fault.subject, fault.slug): fault.message for fault in found.faults}


def test_a_default_that_stands_in_changes_a_session() -> None:
    rows: list[dict[str, object]] = [
        {"session_id": "a", "home": "eu", "input_tokens": 1},
        {"session_id": "a", "input_tokens": 2},
        {"session_id": "b", "input_tokens": 2},
        {"session_id": "b", "home": "us", "input_tokens": 2},
    ]
    assert faults(rows)["home", "not-per-session"] == "`home` is declared `per session`, and changes in 1 of 2 sessions"


def test_an_unknown_value_is_found_although_a_default_stands_in() -> None:
    said = faults([{"session_id": "a", "home": "asia", "input_tokens": 1}])
    assert said["home", "unknown-value"] == (
        "`home` is no value of `enum(us, eu)` in 1 of 1 request; its default stands in for it"
    )


def test_what_falls_is_told_with_the_turn_before() -> None:
    rows = [Row(n, {"session_id": "a", "input_tokens": tokens}) for n, tokens in enumerate((9, 10, 4, 5), 1)]
    [fault] = [fault for fault in audit(policy_of(POLICY), rows).faults if fault.slug == "not-rising"]
    assert (fault.count, fault.total, fault.unit) == (1, 1, "sessions")
    assert fault.example is not None
    assert fault.example.words == "session `a`: `10`, then `4`"
    assert fault.example.places == ("requests.jsonl:2", "requests.jsonl:3")


def test_no_traffic_at_all() -> None:
    found = audit(policy_of(POLICY), [])
    assert (found.requests, found.sessions) == (0, 0)
    assert {fault.slug for fault in found.faults} == {"unmet-rule", "unmet-arm"}
    assert audit(policy_of(POLICY), [Row(1, {"session_id": 5})]).sessions == 0


def test_as_many_attributes_as_a_line_can_hold() -> None:
    """The cells of a line may be long, and many."""
    many = "\n".join(f'a{number} : string per session default "x"' for number in range(900))
    text = POLICY.replace("tier  ", f"{many}\n    tier  ")
    long = {f"a{number}": "\x01" * 399 for number in range(900)}
    rows = [Row(n, {"session_id": "a", "input_tokens": 5, **long, "a7": str(n)}) for n in (1, 2)]
    moved = [fault.subject for fault in audit(policy_of(text), rows).faults if fault.slug == "not-per-session"]
    assert moved == ["a7"]


def test_what_stays_does_not_fall() -> None:
    rows: list[dict[str, object]] = [{"session_id": "a", "input_tokens": 5}, {"session_id": "a", "input_tokens": 5.0}]
    assert ("input_tokens", "not-rising") not in faults(rows)


def test_a_set_in_another_order_is_the_same() -> None:
    text = POLICY.replace("tier  ", "tags : set(string) per session\n    tier  ")

    def changed(*tags: list[str]) -> bool:
        rows = [Row(n, {"session_id": "a", "input_tokens": 5, "tags": one}) for n, one in enumerate(tags, 1)]
        return any(fault.slug == "not-per-session" for fault in audit(policy_of(text), rows).faults)

    assert not changed(["x", "y", "z", "u", "v"], ["v", "u", "z", "y", "x", "x"])
    assert changed(["x", "y"], ["x"])
    assert changed([], ["x"])


def test_sessions_of_two_attributes() -> None:
    text = POLICY.replace("tier  ", "agent_id : string? per session\n    tier  ")
    rows = [Row(n, {"session_id": "a", "input_tokens": 9 - n, "agent_id": agent}) for n, agent in enumerate("xy", 1)]
    rows += [Row(n, {"session_id": "a", "input_tokens": 9 - n}) for n in (3, 4)]
    found = audit(policy_of(text), rows)
    assert (found.session, found.sessions) == (("session_id", "agent_id"), 3)
    [fault] = [fault for fault in found.faults if fault.slug == "not-rising"]
    assert fault.message == "`input_tokens` is declared `rising`, and falls 1 time, in 1 of 3 sessions"
    assert fault.example is not None
    assert fault.example.words == "session `a`: `6`, then `5`"


def test_long_values_are_compared_whole() -> None:
    rows: list[dict[str, object]] = [{"session_id": "s" * 9_000 + end, "input_tokens": 9} for end in "ab"]
    rows += [{"session_id": "s" * 9_000 + "a", "input_tokens": 5}]
    said = faults(rows)
    assert said["input_tokens", "not-rising"].endswith("falls 1 time, in 1 of 2 sessions")


def test_turns_are_in_the_order_of_their_times() -> None:
    rows = [
        Row(1, {"session_id": "a", "input_tokens": 9}, "2026-01-01T10:00:00+02:00"),
        Row(2, {"session_id": "a", "input_tokens": 5}, "2026-01-01T07:59:59Z"),
    ]
    assert not [fault for fault in audit(policy_of(POLICY), rows).faults if fault.slug == "not-rising"]


def test_rules_and_arms_that_nobody_meets() -> None:
    said = faults([{"session_id": "a", "input_tokens": 1, "tier": "free"}])
    assert said == {
        ("big", "unmet-rule"): "no request meets the rule `big`",
        ("tiers/2", "unmet-arm"): "no request meets the arm `tiers/2`",
        ("otherwise", "unmet-rule"): "no request meets the rule `otherwise`",
    }


def test_a_number_outside_is_told_with_the_range_it_needs() -> None:
    rows = [Row(n, {"session_id": "a", "input_tokens": tokens}) for n, tokens in enumerate((1_500, 2_000), 1)]
    [fault] = [fault for fault in audit(policy_of(POLICY), rows).faults if fault.slug == "out-of-range"]
    assert fault.help == "have the gateway cap it, or declare `int(0..=2000)`"
    assert fault.example is not None
    assert fault.example.words == "from 1,500 to 2,000"
    assert "such a request is invalid and gets `fail 400`" in fault.message


def test_what_makes_a_session() -> None:
    def session(text: str) -> tuple[str, ...]:
        policy = policy_of(text).policy
        assert policy is not None
        return session_of(policy)

    assert session(POLICY) == ("session_id",)
    assert session(POLICY.replace("tier ", "agent_id").replace("match tier", "match agent_id")) == (
        "session_id",
        "agent_id",
    )
    assert session(POLICY.replace("session_id", "talk")) == ("talk",)
    assert session(POLICY.replace("session_id", "talk").replace("; sticky by talk", "")) == ()


@pytest.mark.parametrize("name", ["nobody", "tags"])
def test_a_session_that_cannot_be_one_is_refused(name: str) -> None:
    text = POLICY.replace("tier  ", "tags : set(string)\n    tier  ")
    with pytest.raises(ValueError, match=name):
        audit(policy_of(text), [], (name,))


def test_no_credential_is_told() -> None:
    key = "sk-ant-api03-abcdefghijklmnopqrstuvwxyz0123456789"
    rows = [Row(1, {"session_id": key, "home": key, "tier": key, "input_tokens": 5})]
    rows.append(Row(2, {"session_id": key, "home": "eu", "input_tokens": 3}))
    rows.append(Row(3, {"session_id": key, "home": "us", "input_tokens": 2}))
    told = repr(audit(policy_of(POLICY), rows))
    assert "unknown-value" in told
    assert "not-per-session" in told
    assert "abcdefgh" not in told
