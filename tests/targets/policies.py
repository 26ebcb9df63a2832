"""What both engines are asked: policies with rows, and the runtime's answers."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from interlock.compiler.artifact import encode
from interlock.compiler.pipeline import front
from interlock.compiler.reference import Meaning
from interlock.compiler.table import Table
from interlock.runtime import load
from tests.oracle.policies import seeded
from tests.targets.rows import EDGES, Row, expected, rows_for

_PLACES = """
model m { context 1M }
upstream u1 { provider p; region r1 }
upstream u2 { provider p; account acc }
upstream u3 { provider "q'é" }
pool one { serve u1 with m }
pool two { serve u2 with m }
"""


@dataclass(frozen=True)
class Case:
    """A policy, rows for it, and what the runtime says of each in the columns of a statement."""

    name: str
    table: Table
    rows: list[Row]
    expected: list[tuple[object, ...]]


def case(name: str, text: str, rows: list[Row] | None = None, seed: int = 0, count: int = 120) -> Case:
    """The case of a policy's text; without ``rows``, some of every kind. The runtime must say what the reference
    evaluator says."""
    found = front("generated.route", text=text)
    assert found.table is not None, [finding.message for finding in found.findings[:3]]
    rows = rows_for(found.table.policy, seed, count) if rows is None else rows
    reader, meaning = load(encode(found.table)), Meaning(found.table.policy)
    answers = []
    for row in rows:
        decision = reader.decide(row)
        plain = decision.to_dict()
        del plain["version"]
        assert plain == meaning.decide(row), (text, row)
        answers.append(expected(decision))
    return Case(name, found.table, rows, answers)


def cases(seeds: int) -> Iterator[Case]:
    """The named ones, and those of seeds."""
    for name, (declared, rows) in NAMED.items():
        yield case(name, f"policy p\n{declared}\n{_PLACES}\nrule otherwise -> two\n", rows)
    for seed in range(seeds):
        yield case(f"seed {seed}", seeded(seed), seed=seed)


def _strings(*values: str | None) -> list[Row]:
    return [{"s": value} for value in (*EDGES, *values, None)]


NAMED: dict[str, tuple[str, list[Row]]] = {
    "patterns that hold what a pattern of SQL means otherwise": (
        r"""request { s : string? }
        rule r1 when s like "a\\*" -> one
        rule r2 when s like "*%_!*" -> fail 401
        rule r3 when s not like "*é*" -> fail 402
        rule r4 when s like "*🚀" or s like "\n*" -> fail 403""",
        _strings("a\\", "a\\b", "ab", "x%_!y", "x%A!y", "xAB!y", "a%_", "🚀", "a🚀", "\n\n", "\n  ", "a\\%"),
    ),
    "strings that hold what a statement's text means otherwise": (
        r"""request { s : string? }
        rule r1 when s == "\u{0}" -> one
        rule r2 when s == "a\u{0}b" -> fail 401
        rule r3 when s == "${a}" -> fail 402
        rule r4 when s == "'" or s == "\"" -> fail 403 "it's \\ \" ${b}"
        rule r5 when s == "\\" -> fail 404
        rule r6 when s like "\u{0}*" -> fail 405
        rule r7 when s in ["é", "\n"] -> fail 406""",
        _strings("\0\0", "$", "{a}", "a", "b", "''", "\\\\", "e\u0301", "\\n"),
    ),
    "absent values under not, and and or": (
        """request { b : bool?; n : int(-3..=3)?; e : enum(x, y, ...)? }
        rule r1 when not (b and n > 0) and not (e == x or n in [1, 2]) -> one
        rule r2 when not b -> fail 401
        rule r3 when not (not has e) -> fail 402
        rule r4 when b != true or e not in [y] -> fail 403""",
        [
            {"b": b, "n": n, "e": e}
            for b in (None, True, False)
            for n in (None, -4, -3, 0, 1, 3, 4)
            for e in (None, "x", "y", "X", "")
        ],
    ),
    "defaults stand in for whatever is wrong": (
        """request { n : int(0..=3) default 2; e : enum(x, y) default y }
        request { s : set(enum(p, q)) default [p]; b : bool default true }
        rule r1 when n == 2 and e == y and s contains p and b -> one
        rule r2 when not (s contains p) and e != y -> fail 401
        rule r3 when not b -> fail 402""",
        [
            {"n": n, "e": e, "s": s, "b": b}
            for n in (None, 2, 4)
            for e in (None, "x", "y", "z")
            for s in (None, [], ["q"], ["p", "q"], ["p", None], ["z"])
            for b in (None, False)
        ],
    ),
    "sets: missing is empty, a NULL is no element": (
        """request { c : set(enum(p, q)); o : set(enum(p, q, ...)); s : set(string) }
        rule r1 when c contains all [p, q] or o contains any [p, q] -> one
        rule r2 when not (s contains "x y") and not (c contains p) -> fail 401""",
        [
            {"c": c, "o": o, "s": s}
            for c in (None, [], ["p"], ["q", "p", "p"], ["P"], [None, "P"])
            for o in (None, [], ["z"], ["q"], ["p", None])
            for s in (None, ["x y"], [""], [None])
        ],
    ),
    "members by key, and of nobody": (
        """request { s : string?; n : int(-5..=9007199254740991)?; b : bool? }
        pool by_s { serve u1 with m; serve u2 with m weight 3; serve u3 with m; sticky by s }
        pool by_n { serve u1 with m; serve u2 with m; sticky by n }
        pool by_b { serve u1 with m; serve u3 with m; sticky by b }
        pool by_none { serve u2 with m; serve u3 with m }
        rule r1 when n in [1, 2, 3, 9007199254740991] -> by_n
        rule r2 when not has n and b -> by_b
        rule r3 when b == false -> by_b
        rule r4 when n == 0 -> by_none
        rule r5 when n in [-5, 4, 5] -> by_s
        invalid -> by_s""",
        [
            {"s": s, "n": n, "b": b}
            for s in (None, *EDGES)
            for n in (None, -6, -5, 0, 1, 2, 3, 4, 2**53 - 1, 2**53)
            for b in (None, True, False)
        ],
    ),
    "attributes with the names of what the query itself names": (
        """request { r : string?; d : bool?; m : bool?; n : int(0..=3)?; k : string?; h : string?; x : set(string) }
        request { rule : bool?; pool : bool?; member : bool?; picked : bool? }
        request { order : bool?; x-y : bool?; account : bool? }
        pool by_k { serve u1 with m; serve u2 with m; sticky by k }
        pool by_r { serve u1 with m; serve u3 with m; sticky by r }
        rule r1 when sample(k) < 30% and not rule and x-y -> by_k
        rule r2 when sample(h) < 30% or sample(r) < 20% -> by_r
        rule r3 when x contains "x" or order -> fail 401
        rule r4 when d or m or pool or member or picked or account -> fail 402
        rule r5 when n > 1 -> fail 403""",
        [
            {
                "r": str(k % 11) if k % 3 else None,
                "k": str(k % 23),
                "h": str(k % 29),
                "x": ["x"] if k % 7 == 0 else None,
                "n": k % 4,
                "x-y": k % 2 == 0,
                "order": k % 13 == 0,
                "account": k % 5 == 0,
                **dict.fromkeys(("d", "m", "rule", "pool", "member", "picked")),
            }
            for k in range(150)
        ],
    ),
    "samples of strings of every length": (
        """request { s : string? }
        rule r1 when sample(s) < 10% and sample(s, "é") < 50% -> one
        rule r2 when sample(s, "") < 30% -> fail 401
        rule r3 when not (sample(s) < 50%) -> fail 402
        rule r4 when sample(s) < 100% -> fail 403""",
        _strings(*("aé🚀\0x"[k % 5] * (k % 13) + str(k) for k in range(150))),
    ),
}
"""Each names what it was written for: declarations before the places and the last rule, and rows."""
