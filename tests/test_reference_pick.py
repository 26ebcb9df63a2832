"""Samples and the picks of pools in the reference evaluator."""

from __future__ import annotations

from collections import Counter
from itertools import product

import pytest

from interlock.compiler.pipeline import front
from interlock.compiler.reference import decide, maglev, murmur3
from interlock.dsl import policy as p
from interlock.dsl.source import Source, Span

SPAN = Span(Source("test", ""), 0, 0)


def read(text: str) -> p.Policy:
    """The policy of a text that has no T findings."""
    result = front("test.route", text=text)
    assert result.policy is not None, result.findings
    return result.policy


@pytest.mark.parametrize(
    ("data", "seed", "expected"),
    [
        (b"", 0, 0),
        (b"", 1, 0x514E28B7),
        (b"", 0xFFFFFFFF, 0x81F16F39),
        (b"hello", 0, 0x248BFA47),
        (b"hello, world", 0, 0x149BBB7F),
        (b"\xff\xff\xff\xff", 0, 0x76293B50),
        (b"!Ce\x87", 0x5082EDEE, 0x2362F9DE),
        (b"!Ce", 0, 0x7E4A8634),
        (b"!C", 0, 0xA0F7B07A),
        (b"!", 0, 0x72661CF4),
        (b"The quick brown fox jumps over the lazy dog", 0x9747B28C, 0x2FA826CD),
    ],
)
def test_murmur3_gives_the_published_values(data: bytes, seed: int, expected: int) -> None:
    assert murmur3(data, seed) == expected


def test_a_sample_holds_for_its_share_and_is_nested() -> None:
    policy = read("""
        policy p
        request { s : string }
        rule a when sample(s) < 5% -> fail 401
        rule b when sample(s) < 50% -> fail 402
        rule c when sample(s, "salt") < 50% -> fail 403
        rule d -> fail 404
    """)
    counts = Counter(decide(policy, {"s": f"key {i}"})["rule"] for i in range(4_000))
    for rule, share in {"a": 0.05, "b": 0.45, "c": 0.25, "d": 0.25}.items():
        assert abs(counts[rule] / 4_000 - share) < 0.03
    # murmur3("hello") mod 10000 = 613153351 mod 10000 = 3351.
    for bound, expected in (("33.51%", 402), ("33.52%", 401), ("0%", 402), ("100%", 401)):
        rules = f"rule a when sample(s) < {bound} -> fail 401\nrule b -> fail 402\n"
        policy = read("policy p\nrequest { s : string }\n" + rules)
        assert decide(policy, {"s": "hello"})["fail"] == {"status": expected, "message": None}


def member(name: str, weight: int = 1) -> p.Member:
    return p.Member(name, "m", weight, SPAN)


def test_a_maglev_table_follows_the_weights() -> None:
    counts = Counter(maglev([member("a", 1), member("b", 2), member("c", 5)]))
    assert (
        counts == {0: 513, 1: 1024, 2: 2562}
        or [abs(counts[i] - 4099 * weight / 8) <= 5 for i, weight in enumerate((1, 2, 5))] == [True] * 3
    )


def test_an_unweighted_maglev_table_is_even_and_moves_little() -> None:
    names = [f"upstream-{i}" for i in range(7)]
    before = maglev([member(name) for name in names])
    assert {count - 4099 // 7 for count in Counter(before).values()} <= {0, 1}
    after = maglev([member(name) for name in names[:-1]])
    stayed = sum(a == b for a, b in zip(before, after, strict=True) if b != 6 and a != 6)
    # The paper's promise is only that few slots move that need not.
    assert stayed / (4099 * 6 / 7) > 0.85


def test_the_pick_of_a_pool() -> None:
    policy = read("""
        policy p
        request { n : int(-9..=9); b : bool? }
        model m {}
        upstream u { provider p }
        upstream v { provider q }
        pool a { serve v with m; serve u with m; sticky by n }
        pool c { serve v with m; serve u with m weight 3; sticky by b }
        pool d { serve v with m; serve u with m }
        fallback a -> c -> d -> fail 503
        rule r -> a
    """)
    even = maglev([member("u"), member("v")])
    skewed = maglev([member("u", 3), member("v")])
    for n, (b, key) in product(range(-9, 10), [(True, b"true"), (False, b"false"), (None, b"")]):
        request = {"n": n, "b": b}
        picks = [even[murmur3(str(n).encode(), 0) % 4099], skewed[murmur3(key, 0) % 4099], even[0]]
        for hops, expected in enumerate(picks):
            assert decide(policy, request, ("timeout",) * hops)["upstream"] == "uv"[expected]


def test_an_invalid_request_may_go_to_a_pool_and_walk_with_empty_keys() -> None:
    policy = read("""
        policy p
        request { s : string }
        model m {}
        upstream u { provider p }
        upstream v { provider q }
        pool a { serve u with m; serve v with m; sticky by s }
        pool b { serve v with m }
        fallback a -> b -> fail 503
        rule r -> b
        invalid -> a
    """)
    first = decide(policy, {"s": 1})
    members = sorted(policy.pools["a"].members, key=lambda m: m.name)
    assert (first["pool"], first["upstream"]) == (
        "a",
        members[maglev(members)[murmur3(b"", 0) % 4099]].upstream,
    )
    assert decide(policy, {"s": 1}, ("timeout",))["pool"] == "b"
    assert decide(policy, {"s": 1}, ("timeout", "timeout"))["invalid"] == first["invalid"] is not None
