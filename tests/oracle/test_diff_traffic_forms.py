"""Files that are weighed in blocks give what row by row gives: hostile JSON Lines and CSV, plain and with gzip."""

from __future__ import annotations

import csv
import gzip
import io
import json
import random
from typing import Any

import pytest

from interlock.compiler.diff import weigh_csv, weigh_rows
from interlock.compiler.diff.side import Side
from interlock.compiler.diff.sides import side_of
from interlock.compiler.diff.traffic import weigh
from interlock.compiler.diff.weight import Weight
from interlock.compiler.pipeline import front
from interlock.compiler.traffic.whole import Source
from tests.oracle.compiled import SCALE, examples

FIRST_SEED = 0 if SCALE == 1 else random.SystemRandom().randrange(10**9)
POLICY = """policy p
request {{
    n : int(0..=100) rising; session_id : string per session; tier : enum(free, team)?; on : bool?
    tags : set(string); note : string?
}}
model m {{ price input $2, output $10 }}
model k {{ price input $1, output $5 }}
upstream u {{ provider a }}
pool large {{ serve u with m }}
pool small {{ serve u with k }}
fallback large -> fail 503
fallback small -> fail 503
rule odd when note like "*,*" or note like "*\\"*" or note like "*\\n*" -> large
rule tagged when tags contains "b" or tags contains "x, y" -> large
rule off when tier == team and not on -> small
rule big when n >= {} -> large
rule rest -> small
"""
CELLS: dict[str, tuple[str, ...]] = {
    "n": ("1", "15", "50", "101", "-1", "007", "+5", " 5 ", "5.0", "1e400", "9" * 30, "x", "-0", ""),
    "session_id": ("a", "b", "c", "é", '"', "a b", "", "x" * 5_000, "\x00", "\ufeff", "\x1f"),
    "tier": ("free", "team", "trial", ""),
    "on": ("true", "false", "True", " true", "1", ""),
    "tags": (
        '["a", "b"]',
        '["b"]',
        "[]",
        "a, b",
        "b",
        '["x, y"]',
        '["a",',
        '["\\u0062"]',
        '["\\ud800"]',
        "[1]",
        '""',
        "",
    ),
    "note": (
        "",
        "plain",
        "a,b",
        'say "x"',
        '"',
        '""',
        "two\nlines",
        "cr\rhere",
        "crlf\r\nhere",
        " ",
        "\x1f",
        "\x01",
        "ü",
    ),
    "other": ("", "ignored", "with\nnewline", 'a "quote", too'),
    "$at": ("2026-11-02T09:00:00Z", "2026-11-04T09:00:00.123456Z", "2026-11-03 10:00:00", "no time", ""),
    "$count": ("1", "3", "0", "2.0", "-1", "", "", ""),
    "$input_tokens": ("7", "1000", "", "x", "1073741824"),
    "$output_tokens": ("7", "1000", ""),
    "$cache_read_tokens": ("7", ""),
    "$cost": ("0.5", "1e-5", "1e400", "5", "nan", "-1", "", "1000000000000"),
}
RAW = (
    b'a,"b',
    b'5" pipe',
    b"\xff\xfe,1",
    b'"x"y,2',
    b"\r",
    b"",
    b"1",
    b",,,",
    b'"',
    b"\x00",
    b"\x1f",
    b'"a\rb",1',
    b"\xef\xbb\xbf",
)
LINES = (
    b"",
    b"  ",
    b"\r",
    b"{",
    b"[1]",
    b"\xff",
    b'\xef\xbb\xbf{"n": 5, "session_id": "a"}',
    b'{"n": 5, "session_id": "a"}\r',
    b'{"n": 5, "session_id": "a"} ',
    b'{"n":5,"session_id":"a","n":50}',
    b'{"n":5,"session_id":"a","n":50,"tier":null}',
    b'{"n": 50, "n": 5, "session_id": "a"}',
    b'{"n":1e400,"session_id":"a"}',
    b'{"n":-0,"session_id":"a"}',
    b'{"n":5.0,"session_id":"a"}',
    b'{"N":5,"session_id":"a"}',
    b'{"n":5,"session_id":"a","$COUNT":5}',
    b'{"n":5,"session_id":"a","$count":3,"$conut":1}',
    b'{"n":5,"session_id":"a","$conut":null}',
    b'{"n":5,"session_id":"a","$co nut":null}',
    b'{"n":5,"session_id":"a","$cost":1e2,"n":50}',
    b'{"n":5,"session_id":"a","$cost":1e10,"n":50}',
    b'{"n":5,"session_id":"a","$cost":1e10,"tier":"x"}',
    b'{"n":5,"session_id":"a","$cost":0.11}',
    b'{"n":5,"session_id":"a","$cost":NaN}',
    b'{"n":5,"session_id":"a",}',
    b'{"n":5,"session_id":"a","tags":["a",]}',
    b'{"n":5,"session_id":"a","tags":["a","b"],"note":null}',
    b'{"n":5,"session_id":"a","tags":["a",null]}',
    b'{"n":5,"session_id":"a","tags":["x, y", "b"]}',
    b'{"n":5,"session_id":"a","tags":["", ", ","b"]}',
    b'{"n":5,"session_id":"a","note":": x", "tier":"team"}',
    b'{"n":5,"session_id":"\\ud800"}',
    b'{"n":5,"session_id":"\\u0061"}',
    b'{"n":5,"session_id":"a\x00"}',
    b'{"n":5,"session_id":"a\t"}',
    b'{"n":5,"session_id":"a"}{"n":5,"session_id":"a"}',
    b'{"n":5,"session_id":"\xc3\xa9","on":true,"tier":"team"}',
    b'{"n":"5","session_id":"a"}',
    b'{"n":5,"session_id":"a","on":"true"}',
    b'{"n":5,"session_id":"a","note":"' + b"y" * 5_000 + b'"}',
    b'{"n":5,"session_id":"a","note":' + b"[" * 2_000 + b"]" * 2_000 + b"}",
    b'{"n":5,"session_id":"a","$input_tokens":10,"$output_tokens":5,"$at":"2026-11-02T09:00:00Z"}',
    b'{"n": 5, "session_id": "a b", "$input_tokens": 10, "$output_tokens": 5, "tags": ["a", "b"]}',
)


@pytest.fixture(scope="module")
def sides() -> tuple[Side, Side]:
    old, new = (side_of(str(n), front("a.route", text=POLICY.format(n))) for n in (10, 20))
    return old, new


@pytest.fixture(autouse=True)
def small_blocks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(weigh_rows, "BLOCK", 900)
    monkeypatch.setattr(weigh_csv, "BLOCK", 900)


def said(sides: tuple[Side, Side], data: bytes, name: str, columns: bool) -> Weight | str:
    """What is found in blocks (``columns``), or row by row; without how many were decided one by one."""
    old, new = sides
    if not columns:  # without its tables nothing is decided in columns
        old, new = (Side(**{**fields(side), "table": None}) for side in sides)
    weight = weigh(old, new, [Source(name, io.BufferedReader(io.BytesIO(data)))])
    return Weight(**{**fields(weight), "singly": 0, "unread": tuple(sorted(weight.unread, key=repr))})


def fields(of: object) -> dict[str, Any]:
    return {name: getattr(of, name) for name in type(of).__annotations__}


def same(sides: tuple[Side, Side], data: bytes, name: str, where: str) -> None:
    """Both ways, plain, with gzip, and with gzip that breaks."""
    plain = said(sides, data, name, False)
    assert said(sides, data, name, True) == plain, where
    packed = gzip.compress(data, 1)
    assert said(sides, packed, f"{name}.gz", True) == said(sides, packed, f"{name}.gz", False), where
    torn = packed[: max(20, len(packed) - 4 - len(data) % 30)]
    assert said(sides, torn, f"{name}.gz", True) == said(sides, torn, f"{name}.gz", False), where


@pytest.mark.parametrize("line", LINES)
def test_a_hostile_line(sides: tuple[Side, Side], line: bytes) -> None:
    good = b'{"n":5,"session_id":"s","$count":2}\n'
    for ends in (b"\n", b"\r\n", b""):
        same(sides, good + line + ends + (good if ends else b""), "t.jsonl", repr((line[:80], ends)))


@pytest.mark.parametrize("batch", range(examples(4)))
def test_hostile_lines(sides: tuple[Side, Side], batch: int) -> None:
    rng = random.Random(FIRST_SEED + batch)
    lines = [rng.choice(LINES) if rng.random() < 0.4 else spaced(rng) for _ in range(150)]
    data = rng.choice((b"\n", b"\n", b"\r\n")).join(lines)
    same(sides, rng.choice((b"", b"\xef\xbb\xbf")) + b'{"n":1}\n' + data, "t.jsonl", f"seed {FIRST_SEED + batch}")


def spaced(rng: random.Random) -> bytes:
    """A line as programs write them: with spaces or without, with null or without."""
    row: dict[str, object] = {"n": rng.choice((5, 15, 50, 101)), "session_id": rng.choice("abc")}
    for name, values in (
        ("tier", ("free", "team", None)),
        ("on", (True, False, None)),
        ("note", ("a b", ", ", ": ", None)),
    ):
        if rng.random() < 0.7:
            row[name] = rng.choice(values)
    row |= {"tags": rng.sample(["a", "b", "x, y", " "], rng.randrange(3)), "$input_tokens": 5, "$output_tokens": 7}
    return json.dumps(row, separators=rng.choice((None, (",", ":")))).encode()


@pytest.mark.parametrize("batch", range(examples(12)))
def test_hostile_csv(sides: tuple[Side, Side], batch: int) -> None:
    rng = random.Random(FIRST_SEED + batch)
    names = rng.sample(list(CELLS), rng.randint(3, len(CELLS)))
    if rng.random() < 0.2:
        names.append(rng.choice(("$conut", names[0], "", "N")))
    # Some files without what is hard for lines, some with a little of it.
    calm = rng.random() < 0.5
    text = io.StringIO()
    rows = csv.writer(
        text, lineterminator=rng.choice(("\n", "\r\n")), quoting=rng.choice((csv.QUOTE_MINIMAL, csv.QUOTE_ALL))
    )
    rows.writerow(names)
    for _ in range(120):
        cells = [rng.choice(CELLS.get(name, ("", "", "", "x"))) for name in names]
        rows.writerow([cell.replace("\n", " ").replace("\r", " ") if calm else cell for cell in cells])
    lines = text.getvalue().encode().split(b"\n")
    for _ in range(0 if calm else rng.randrange(4)):
        lines.insert(rng.randrange(1, len(lines)), rng.choice(RAW))
    data = rng.choice((b"", b"\xef\xbb\xbf")) + b"\n".join(lines)[: None if rng.random() < 0.8 else -1]
    same(sides, data, "t.csv", f"seed {FIRST_SEED + batch}")


@pytest.mark.parametrize("row", RAW)
def test_a_hostile_row(sides: tuple[Side, Side], row: bytes) -> None:
    good = b'50,s,"a, b"\n'
    same(sides, b"n,session_id,tags\n" + good * 40 + row + b"\n" + good * 40, "t.csv", repr(row))


@pytest.mark.parametrize("name", ["t.csv", "t.csv.gz", "t.jsonl", "t.jsonl.gz"])
def test_no_row_of_these_is_decided_one_by_one(sides: tuple[Side, Side], name: str) -> None:
    if "csv" in name:
        data = b"n,session_id,tags,note,prompt\n" + b'50,s,"[""a"", ""b""]","say ""x"", y","one\r\ntwo"\n7,,b,,\n' * 50
    else:
        data = b'{"n":50,"session_id":"s","tags":["a","b"],"tier":null}\n{"x": 1, "n": 7, "note": "a b"}\n' * 50
    stream = io.BufferedReader(io.BytesIO(gzip.compress(data) if name.endswith("gz") else data))
    weight = weigh(*sides, [Source(name, stream)])
    assert (weight.rows, weight.singly) == (100, 0)
    same(sides, data, name.removesuffix(".gz"), name)


@pytest.mark.parametrize("header", [b"", b"\n", b"n,n", b"\xff,n", b'"n', b'"session_id","n', b"n"])
def test_a_hostile_header(sides: tuple[Side, Side], header: bytes) -> None:
    same(sides, header + b"\n5,a\n50,b\n", "t.csv", repr(header))
