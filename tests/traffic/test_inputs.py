"""Files as they come: compressed, cut, quoted, broken. Each row that cannot be read is counted, with its place."""

from __future__ import annotations

import gzip
import io
import json
import random
import tracemalloc

import pytest

from interlock.compiler.pipeline import front
from interlock.compiler.traffic.logs import KINDS, Kind
from interlock.compiler.traffic.read import Reader
from interlock.compiler.traffic.record import UnreadableLog
from tests.traffic.reading import POLICY, read, unread
from tests.traffic.test_litellm import row
from tests.traffic.test_otlp import ASKED, export, span
from tests.traffic.test_portkey import log

ROW = '{"session_id":"a","input_tokens":5}'


def lines(data: bytes | str, name: str = "log.jsonl", kind: Kind | None = None) -> list[int]:
    """The lines of the requests in a file."""
    return [request.line for request in read(data, kind, name=name)[0]]


def test_each_kind_says_what_it_is() -> None:
    for data, kind in (
        (json.dumps(row()), "litellm-spend"),
        (export(span(ASKED)), "otlp"),
        (log(), "portkey"),
        (ROW, "requests"),
        ('{"$at":"2026-01-01T00:00:00Z"}', "requests"),
        ("session_id,$count\na,1\n", "requests"),
    ):
        assert read(data, name="x")[1].files == (("x", kind),)
        assert read(gzip.compress(data.encode()), name="x.gz")[1].files == (("x.gz", kind),)


@pytest.mark.parametrize("data", ['{"a":1}', "[1,2]", "a,b\n1,2\n", '{"session_id":"a","other":1}', "{}"])
def test_what_does_not_say_what_it_is_is_refused(data: str) -> None:
    with pytest.raises(UnreadableLog, match="does not say what kind of log it is: pass `--from litellm-spend`"):
        read(data, name="log")


@pytest.mark.parametrize("data", [b"\x00\xff\n", b"x\n" * 5_000, b"{broken\n{too\n", b"\x1f\x8bnot gzip"])
def test_what_cannot_be_read_at_all_is_refused(data: bytes) -> None:
    with pytest.raises(UnreadableLog, match=r"nothing in `log.jsonl` can be read"):
        read(data)


@pytest.mark.parametrize("data", ["", "\n\n", "\ufeff", "[]", "  [ ]  "])
def test_an_empty_file_has_no_requests(data: str) -> None:
    for kind in (None, *KINDS):
        found, told = read(data, kind)
        assert (found, told.rows, told.unread) == ([], 0, ())


def test_lines_that_are_broken_are_counted_and_the_others_read() -> None:
    data = (
        f'\ufeff{ROW}\n\n{ROW[:-1]}\n{ROW}\r\n{{"a": NaN}}\n"text"\nnull\n'.encode()
        + b'{"session_id":"\xff"}\n'
        + f"{ROW}trailing\n[1]\n{ROW}".encode()
    )
    assert lines(data) == [1, 4, 11]
    assert unread(data) == [
        ("the line is no JSON: expecting ',' delimiter at column 35", 1, ("log.jsonl:3",)),
        ("the line is no JSON: `NaN` is no JSON", 1, ("log.jsonl:5",)),
        ("it is no JSON object", 3, ("log.jsonl:6", "log.jsonl:7", "log.jsonl:10")),
        ("the line is not UTF-8", 1, ("log.jsonl:8",)),
        ("the line is no JSON: extra data at column 36", 1, ("log.jsonl:9",)),
    ]


def test_only_the_first_places_are_kept() -> None:
    assert unread(f"{ROW}\n" + "5\n" * 9) == [
        ("it is no JSON object", 9, ("log.jsonl:2", "log.jsonl:3", "log.jsonl:4"))
    ]


def test_values_that_try_a_reader() -> None:
    deep = "[" * 100_000
    digits = "9" * 5_000
    data = f'{{"input_tokens":{digits}}}\n{{"input_tokens":1e999}}\n{{"session_id":{deep}\n{{"session_id":"\\ud800"}}\n'
    found, told = read(data, "requests")
    assert [one.values for one in found] == [
        {"input_tokens": 10**40},
        {"input_tokens": 10**40},
        {"session_id": "\ud800"},
    ]
    assert [one.rows for one in told.unread] == [1]
    assert unread(f'{{"input_tokens":{digits}, broken\n', "requests")[0][1] == 1


def test_a_compressed_file_that_is_cut_or_damaged() -> None:
    rng = random.Random(1)
    data = "".join(json.dumps({"session_id": rng.randbytes(40).hex(), "input_tokens": n}) + "\n" for n in range(20_000))
    whole = gzip.compress(data.encode())
    assert len(lines(whole)) == 20_000
    found, told = read(whole[: len(whole) // 2])
    assert 1_000 < len(found) < 19_999
    assert [one.reason for one in told.unread][-1] == (
        "the compressed file ends in the middle; the rest of it cannot be read"
    )
    damaged = bytearray(whole)
    damaged[len(whole) // 2 : len(whole) // 2 + 50] = bytes(50)
    reasons = [one.reason for one in read(bytes(damaged))[1].unread]
    assert "the compressed file is damaged; the rest of it cannot be read" in reasons


def test_documents_and_arrays() -> None:
    rows = [json.loads(ROW)] * 3
    assert lines(json.dumps(rows)) == [1, 1, 1]
    assert lines(json.dumps(rows, indent=2)) == [2, 6, 10]
    assert lines("\n".join(json.dumps(one, indent=2) for one in rows)) == [1, 5, 9]
    assert lines(f"[{ROW},\n{ROW}]\n[{ROW}]\n{ROW}") == [1, 2, 3, 4]
    assert lines("[" + ",\n".join([ROW] * 50_000) + "]")[-1] == 50_000  # more than is read at once
    text = json.dumps([{"session_id": "é" * 800_000}] * 3, ensure_ascii=False)
    assert len(lines(text)) == 3


def test_broken_documents() -> None:
    assert lines(f"[{ROW},\n{ROW},\n") == [1, 2]
    assert unread(f"[{ROW},\n{ROW},\n")[0] == (
        "the array is not closed: the file ends in the middle", 1, ("log.jsonl:3",)
    )  # fmt: skip
    assert unread(f"[{ROW},\n\n{{x}},{ROW}]") == [
        (
            "the value is no JSON: expecting property name enclosed in double quotes; "
            "the rest of the file cannot be read",
            1,
            ("log.jsonl:3",),
        )
    ]
    assert "is not UTF-8" in unread(f"[{ROW},".encode() + b'"\xff"]')[0][0]


def test_csv() -> None:
    data = (
        'session_id,input_tokens,features,beta,tier,$count\na,5,"x, y",TRUE,,2\n"b\n""c""",1e3,"[""x""]",no,free,\n\n'
    )
    found, told = read(data, name="log.csv")
    assert [(one.line, dict(one.values), dict(one.facts)) for one in found] == [
        (2, {"session_id": "a", "input_tokens": 5, "features": ["x", "y"], "beta": True}, {"$count": 2}),
        (3, {"session_id": 'b\n"c"', "input_tokens": "1e3", "features": ["x"], "beta": "no", "tier": "free"}, {}),
    ]
    assert told.unread == ()


def test_csv_that_is_broken() -> None:
    assert unread(b"session_id,tier\na\nb,free\nc,free,x\n\xff,free\nd,team\n", name="x.csv") == [
        ("the row has 1 cells, and the header 2", 1, ("x.csv:2",)),
        ("the row has 3 cells, and the header 2", 1, ("x.csv:4",)),
        ("the row is not UTF-8", 1, ("x.csv:5",)),
    ]
    assert unread("tier,tier\nfree,free\n", "requests", "x") == [("the column `tier` is there twice", 1, ("x:1",))]
    assert lines('session_id,tier\n"a,free\nb,free\n', "x.csv") == []  # a quote that is not closed


def test_facts_that_are_none() -> None:
    bad: list[tuple[str, object]] = [
        ("$count", 0),
        ("$count", 1.5),
        ("$count", "two"),
        ("$at", "yesterday"),
        ("$at", 5),
    ]
    bad += [("$at", "2026-13-01T00:00:00Z"), ("$cost", -1), ("$cost", True), ("$input_tokens", -1)]
    bad += [("$output_tokens", 10**400), ("$cout", 1)]
    data = "\n".join(json.dumps({"session_id": "a", key: value}) for key, value in bad)
    found, told = read(data, "requests")
    assert found == []
    assert {one.reason: one.rows for one in told.unread} == {
        "`$count` must be a whole number, 1 at least": 3,
        "`$at` must be a time as in RFC 3339": 3,
        "`$cost` must be an amount of US dollars": 2,
        "`$input_tokens` must be a whole number": 1,
        "`$output_tokens` must be a whole number": 1,
        "`$cout` is not known; did you mean `$count`?": 1,
    }


def test_no_attribute_can_have_the_name_of_a_fact() -> None:
    for key in ("$at", '"$at"'):
        assert front("p.route", text=POLICY.replace("unsaid", key)).findings


def test_undeclared_keys_are_counted() -> None:
    data = "\n".join([ROW, '{"session_id":"a","tear":"free","x":null}', '{"tear":1,"session_id":"b"}'])
    assert read(data)[1].undeclared == {"tear": 2}
    key = "sk-ant-api03-abcdefghijklmnopqrstuvwxyz0123456789"
    assert "abcdefgh" not in repr(read(json.dumps({"session_id": "a", key: 1}), "requests")[1])


def test_anything_anywhere_in_a_log() -> None:
    """Odd values in the place of each part of a record: requests or reasons, never a failure."""
    odd = [None, True, -1, 1e300, 10**30, "", "{", "[]", [], {}, [None], {"key": None}, "x" * 3_000, "\ud800"]
    for data, kind in ((json.dumps(row()), "litellm-spend"), (export(span(ASKED)), "otlp"), (log(), "portkey")):
        many = []
        for path in _paths(json.loads(data)):
            for value in odd:
                changed = json.loads(data)
                holder = changed
                for step in path[:-1]:
                    holder = holder[step]
                holder[path[-1]] = value
                many.append(json.dumps(changed))
        found, told = read("\n".join(many), kind)  # type: ignore[arg-type]
        assert told.rows == len(many) > 200
        assert len(found) + told.left_out + sum(one.rows for one in told.unread) >= len(many) * 0.9


def _paths(value: object) -> list[tuple[object, ...]]:
    inside = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    return [(key, *rest) for key, item in inside for rest in ((), *_paths(item))]


def test_memory_does_not_grow_with_the_file() -> None:
    policy = front("policy.route", text=POLICY).policy
    assert policy is not None

    def peak(rows: int) -> int:
        data = io.BytesIO(f"{json.dumps(row())}\n".encode() * rows)
        tracemalloc.start()
        for _ in Reader(policy).requests("log.jsonl", data):
            pass
        used = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        return used

    assert peak(4_000) < peak(400) * 1.5 + 100_000
