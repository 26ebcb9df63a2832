"""A difference weighed by traffic, in columns and row by row: every number is that of a plain count."""

from __future__ import annotations

import json
import random
from collections import Counter
from fractions import Fraction
from functools import cache
from pathlib import Path

import pytest

from interlock.compiler.diff.side import Side
from interlock.compiler.diff.sides import side_of
from interlock.compiler.diff.traffic import weigh
from interlock.compiler.diff.weight import Weight
from interlock.compiler.json_text import NotJson, parse_json
from interlock.compiler.pipeline import front
from interlock.compiler.table import Table
from interlock.compiler.traffic.parquet import read_parquet
from interlock.compiler.traffic.record import Broken
from interlock.compiler.traffic.request_rows import Odd, row_parts
from interlock.compiler.traffic.values import microseconds
from interlock.compiler.traffic.whole import Source, take
from interlock.dsl import policy as p
from interlock.runtime import Decision
from tests.oracle.compiled import SCALE, examples
from tests.oracle.policies import seeded
from tests.oracle.requests import all_requests, random_request
from tests.oracle.test_equivalence import mutated
from tests.oracle.traffic_policies import SECOND, SESSIONS
from tests.targets.rows import EDGES

BATCH = 2
FIRST_SEED = 0 if SCALE == 1 else random.SystemRandom().randrange(10**9)
ODD: tuple[object, ...] = (
    5,
    5.0,
    -1,
    2**63,
    2**64,
    10**30,
    1e400,
    True,
    "x",
    "",
    [],
    ["a"],
    ["a", 1],
    [None],
    [["a"]],
    {"a": 1},
    None,
)
SPOILT = (
    "",
    "  ",
    "\r",
    "{",
    "[1]",
    "5",
    '{"a": 1}x',
    '{"zz": NaN}',
    '{"zz": -inf}',
    '{"zz": 1,}',
    '{"zz": [1, ]}',
    '{"\\u0024count": 0}',
    '{"$conut": 1}',
    '{"$conut": null}',
    '{"$count": "2"}',
    '{"$count": 2.0}',
    '{"$count": 3000000000, "$input_tokens": 9000000000, "$output_tokens": 1}',
    '{"$count": -1}',
    '{"$input_tokens": 1.5}',
    '{"$cost": "5"}',
    '{"$cost": -5}',
    '{"$at": "2026-02-30T00:00:00Z"}',
    '{"$at": "2026-03-01T00:00:00+02:00"}',
    '{"$at": "0000-01-01T00:00:00.000000Z"}',
    '{"$at": 5}',
    '{"zz": "\\ud800"}',
    '{"zz": "\t"}',
    '{"zz": "$"}',
    "{" + '"zz": ' + "[" * 2_000 + "]" * 2_000 + "}",
    '{"zz": ' + "9" * 5_000 + "}",
)

Rows = list[tuple[int, object]]
Home = tuple[str, str | None, str | None, str | None]


@cache
def seen() -> Counter[str]:
    """What the batches met."""
    return Counter()


@pytest.mark.parametrize("batch", range(examples(8)))
def test_random_policies_and_requests(batch: int, tmp_path: Path) -> None:
    for seed in range(FIRST_SEED + batch * BATCH, FIRST_SEED + (batch + 1) * BATCH):
        rng = random.Random(seed)
        old = front("a.route", text=seeded(seed))
        other = mutated(old.program.main, rng) if rng.random() < 0.7 else seeded(seed + 50_000, 4)
        new = front("a.route", text=other)
        if new.table is not None:
            check(side_of("old", old), side_of("new", new), rng, tmp_path, seed)


@pytest.mark.parametrize("number", range(len(SECOND)))
def test_sessions(number: int, tmp_path: Path) -> None:
    rng = random.Random(FIRST_SEED + number)
    old, new = (side_of("x", front("a.route", text=text)) for text in (SESSIONS, SECOND[number]))
    check(old, new, rng, tmp_path, number)


def test_the_batches_met_every_kind() -> None:
    if not seen():
        pytest.skip("the batches were not run before this")
    for kind in ("moved", "cold", "elsewhere", "priced", "unread", "wrong_type", "missing", "columns"):
        assert seen()[kind] > (1_000 if kind == "columns" else 0), kind


def check(old: Side, new: Side, rng: random.Random, folder: Path, seed: int) -> None:
    """Both ways of reading, on the same lines."""
    lines = lines_for(old, new, rng)
    last = rng.choice(
        (b"", b"", b'{"zz": 1}', b'{"zz": "\xff"}\n', b"\0")
    )  # after some of these no line goes into columns
    path = folder / "t.jsonl"
    path.write_bytes(b'{"$count": 1}\n' + "".join(f"{line}\n" for line in lines).encode() + last)
    where = f"seed {seed}"
    for name in (path, compressed(path)):
        with open(name, "rb") as stream:
            weight = weigh(old, new, [Source("t", stream)])
        compare(weight, old, new, json_rows(path.read_bytes()), False, f"{where}, {name}")
    with open(path, "rb") as stream, open(folder / "t.parquet", "wb") as out:
        take(
            rng.choice((old, new)).policy,
            old_table(old),
            [Source("t", stream)],
            kind="requests",
            out=("parquet", out),
            audit=False,
        )
    with open(folder / "t.parquet", "rb") as stream:
        weight = weigh(old, new, [Source(stream.name, stream)])
    rows: Rows = [found for found in read_parquet(stream.name).each if not isinstance(found, Broken)]
    compare(weight, old, new, rows, True, f"{where}, Parquet")


def old_table(side: Side) -> Table:
    """The table that a version has."""
    assert side.table is not None
    return side.table


def json_rows(data: bytes) -> Rows:
    """The lines that are not blank, and what each has in JSON; None: nothing."""
    rows: Rows = []
    for number, line in enumerate(data.split(b"\n"), start=1):
        if line.strip():
            try:
                rows.append((number, parse_json(line.rstrip(b"\r").decode())))
            except (NotJson, UnicodeDecodeError):
                rows.append((number, None))
    return rows


def compressed(path: Path) -> Path:
    """The same file with gzip, which is read row by row."""
    import gzip

    made = path.with_suffix(".gz")
    made.write_bytes(gzip.compress(path.read_bytes()))
    return made


def lines_for(old: Side, new: Side, rng: random.Random) -> list[str]:
    """Requests of either version, many of them spoilt."""
    found = []
    for side in (old, new):
        found += all_requests(side.policy, cap=60, seed=rng.randrange(10**6))
        found += [random_request(side.policy, rng) for _ in range(40)]
    lines = []
    for request in found:
        row, clean = dict(request), rng.random() < 0.6
        if row and not clean and rng.random() < 0.5:
            row[rng.choice(list(row))] = rng.choice((*ODD, *EDGES))
        if row and rng.random() < 0.1:
            del row[rng.choice(list(row))]
        for name in ("$input_tokens", "$output_tokens", "$cache_read_tokens", "$cache_write_tokens", "$count"):
            if rng.random() < 0.5:
                row[name] = rng.choice(
                    (1, 7, 1000, 2**30 - 1, None) if clean or rng.random() < 0.9 else (-1, "7", 2**53, 0)
                )
        if rng.random() < 0.5:
            ends = "Z" if clean else rng.choice(("Z", ".5Z", ".123456Z"))
            row["$at"] = f"2026-11-{rng.randrange(1, 30):02}T10:00:{rng.randrange(60):02}{ends}"
        if rng.random() < 0.2:
            row["$cost"] = rng.choice((0, 0.5, 1e10, 2e11, None))
        if rng.random() < 0.9:
            row |= {"session_id": f"s{rng.randrange(40)}", "agent_id": rng.choice((None, "a", "b", "é", "c", "\0"))}
        text = json.dumps(row, ensure_ascii=rng.random() < 0.5).encode("utf-8", "replace").decode()
        if row and not clean and rng.random() < 0.1:  # the last one counts
            text = text[:-1] + f", {json.dumps(rng.choice(list(row)))}: {rng.choice(('1', 'null', json.dumps('a')))}}}"
        lines.append(text)
    lines += SPOILT
    rng.shuffle(lines)
    return [line for line in lines if "\n" not in line]


def compare(found: Weight, old: Side, new: Side, lines: Rows, from_text: bool, where: str) -> None:
    """Hold it against a count in the plainest way."""
    attributes = {**old.policy.attributes, **new.policy.attributes}
    parts = row_parts(attributes, from_text)
    groups: Counter[tuple[object, object]] = Counter()
    known: Counter[tuple[object, object]] = Counter()
    invalid: tuple[Counter[object], Counter[object]] = (Counter(), Counter())
    samples: dict[object, list[int]] = {}
    money = [Fraction(0), Fraction(0)]
    priced = moved = unread = rows = 0
    times = []
    homes: dict[object, tuple[set[Home], set[Home]]] = {}
    for number, value in lines:
        rows += 1
        try:
            if type(value) is not dict:
                raise Odd
            values, facts, _ = parts(value)
        except Odd:
            unread += 1
            continue
        count = int(str(facts.get("$count", 1)))
        decided = [side.reader.decide(values) for side in (old, new)]
        shown = shape(decided[0]), shape(decided[1])
        groups[shown] += count
        if "$at" in facts:
            times.append(microseconds(facts["$at"]) or 0)
        for side in (0, 1):
            fault = decided[side].invalid
            if fault is not None:
                invalid[side][fault.attribute, fault.reason] += count
                samples.setdefault((side, fault.attribute, fault.reason), []).append(number)
                seen()[fault.reason] += 1
        if any(each.invalid is None for each in decided) and shown[0][1:-1] != shown[1][1:-1]:
            moved += count
        tokens = [
            int(str(facts.get(f"${name}", 0))) for name in ("input_tokens", "cache_read_tokens", "cache_write_tokens")
        ]
        if "$input_tokens" in facts and "$output_tokens" in facts and tokens[0] >= tokens[1] + tokens[2]:
            known[shown] += count
            each = (tokens[0] - tokens[1] - tokens[2], tokens[1], tokens[2], int(str(facts["$output_tokens"])))
            prices = [price(side.policy, one, each) for side, one in zip((old, new), decided, strict=True)]
            if prices[0] is not None and prices[1] is not None:
                priced += count
                money = [money[0] + count * prices[0], money[1] + count * prices[1]]
        key = tuple(text(values.get(name), attributes[name].type) for name in found.session)
        if any(part is not None for part in key):
            both = homes.setdefault(key, (set(), set()))
            for side, one in enumerate(decided):
                if one.model is not None:
                    both[side].add((one.model, one.provider, one.account, one.region))
    assert sum(each.rows for each in found.unread) == unread, where
    assert found.rows == rows, where
    assert {(shape(g.old), shape(g.new)): g.requests for g in found.groups} == groups, where
    assert {(shape(g.old), shape(g.new)): g.known for g in found.groups if g.known} == known, where
    assert found.moved == moved, where
    for side in (0, 1):
        assert {(r.attribute, r.reason): r.requests for r in found.invalid[side]} == invalid[side], where
        for why in found.invalid[side]:
            numbers = [int(place.rpartition(":")[2]) for place in why.places]
            assert numbers == samples[side, why.attribute, why.reason][:3], where
    assert (found.cost.old, found.cost.new, found.cost.requests) == (*money, priced), where
    days = None if not times else max(Fraction(1), Fraction(max(times) - min(times), 86_400_000_000))
    assert found.cost.days == days, where
    cold = [(a, b - a) for a, b in homes.values() if b - a]
    if found.session:
        assert found.cold is not None
        elsewhere = [1 for a, more in cold if {each[0] for each in more} & {each[0] for each in a}]
        assert (found.cold.sessions, found.cold.elsewhere, found.cold.of) == (len(cold), len(elsewhere), len(homes)), (
            where
        )
        seen()["cold"] += len(cold)
        seen()["elsewhere"] += len(elsewhere)
    seen().update(moved=moved, priced=priced, unread=unread, columns=rows - unread - found.singly)


def shape(of: object) -> tuple[object, ...]:
    """A decision, or an answer of the comparison, by its parts."""
    place = getattr(of, "place", of)
    names = ("upstream", "provider", "account", "region", "model")
    served = tuple(getattr(place, name) for name in names) if place is not None else (None,) * 5
    fail, invalid = of.fail, of.invalid  # type: ignore[attr-defined]
    end = None if fail is None else (fail.status, fail.message)
    why = invalid if invalid is None or type(invalid) is tuple else (invalid.attribute, invalid.reason)
    return (of.pool, *served, end, why)  # type: ignore[attr-defined]


def price(policy: p.Policy, decision: Decision, tokens: tuple[int, ...]) -> Fraction | None:
    """Micro-dollars of a request."""
    if decision.model is None:
        return Fraction(0)
    prices = policy.models[decision.model].prices
    if not {"input", "output"} <= set(prices):
        return None
    kinds = ("input", "cache_read", "cache_write", "output")
    dear = [prices.get(kind, prices["input"]) for kind in kinds]
    return sum((Fraction(many * each, 10**6) for many, each in zip(tokens, dear, strict=True)), Fraction(0))


def text(value: object, type_: p.Type) -> str | None:
    """What of a value tells sessions apart."""
    if isinstance(type_, p.IntType):
        whole = type(value) is int or (type(value) is float and value.is_integer())
        return str(int(value)) if whole else None  # type: ignore[call-overload]
    if isinstance(type_, p.BoolType):
        return str(value) if type(value) is bool else None
    return (
        value
        if type(value) is str and value.isprintable() | (not any("\ud800" <= c < "\ue000" for c in value))
        else None
    )
