"""Chains as priorities with retries: what is kept, and what is said to be lost."""

from __future__ import annotations

from interlock.compiler.pipeline import front
from interlock.compiler.targets.envoy_ai_gateway.walks import Way, retry_on, way_of
from interlock.dsl.policy import UNAVAILABLE, Fail

POOLS = """policy walks
request { tenant : string? from header "x-tenant" }
upstream u { provider anthropic }
model m { context 1K }
pool a { serve u with m A }
pool b { serve u with m B }
pool c { serve u with m }
CHAINS
rule all -> a
"""


DOWN = tuple((name, Fail(503, None)) for name in UNAVAILABLE)


def way(*chains: str, a: str = "", b: str = "") -> Way:
    text = POOLS.replace(" A }", f" {a} }}").replace(" B }", f" {b} }}")
    made = front("walks.route", text=text.replace("CHAINS", "\n".join(chains)))
    assert made.policy is not None, [finding.message for finding in made.findings]
    return way_of(made.policy, "a")


def test_a_chain_of_single_attempts() -> None:
    assert way("fallback a -> b -> c -> fail 503") == Way(("a", "b", "c"), 1, 3, UNAVAILABLE, (), DOWN, (), ())


def test_a_chain_that_is_handed_over_and_ends_in_a_returned_error() -> None:
    assert way("fallback a -> follow b", "fallback b -> follow c") == Way(
        ("a", "b", "c"), 1, 3, UNAVAILABLE, (), (), (), ()
    )


def test_retries_that_are_alike_are_attempts_of_a_priority() -> None:
    found = way("fallback a -> follow b", a="retry 1", b="retry 1")
    assert (found.levels, found.each, found.attempts, found.lost) == (("a", "b"), 2, 4, ())


def test_retries_at_the_last_pool_that_are_fewer_are_kept_too() -> None:
    found = way("fallback a -> follow b", a="retry 1")
    assert (found.levels, found.each, found.attempts, found.retries) == (("a", "b"), 2, 3, ())


def test_retries_that_differ_are_left_out() -> None:
    found = way("fallback a -> follow b", b="retry 1")
    assert (found.levels, found.each, found.attempts, found.retries) == (("a", "b"), 1, 2, ("b",))


def test_of_chains_by_class_the_one_of_most_classes_is_kept() -> None:
    found = way("fallback a -> follow b on overloaded, timeout", "fallback a -> follow c on context_overflow")
    assert (found.levels, found.classes) == (("a", "b"), ("overloaded", "timeout"))
    assert found.lost == ("`context_overflow` at `a` goes to the client, and not to `c`",)


def test_an_error_that_changes_the_chain_midway_is_lost() -> None:
    found = way("fallback a -> b -> fail 503", "fallback b -> follow c on refused")
    assert found.lost == ("`refused` at `b` goes to the client, and not to `c`",)


def test_a_pool_that_comes_again_ends_the_walk_where_priorities_cannot_follow() -> None:
    found = way("fallback a -> b -> a -> c -> fail 503")
    assert (found.levels, found.attempts) == (("a", "b"), 3)
    assert found.lost[0] == "`overloaded` at `a` goes to the client, and not to `c`"


def test_without_a_chain_there_is_one_attempt() -> None:
    assert way("fallback b -> follow c") == Way(("a",), 1, 1, (), (), (), (), ())


def test_what_leads_on() -> None:
    assert retry_on(UNAVAILABLE) == {"triggers": ["5xx", "retriable-status-codes"], "httpStatusCodes": [429]}
    assert retry_on(("overloaded",)) == {"triggers": ["retriable-status-codes"], "httpStatusCodes": [503, 529]}
    assert retry_on(("timeout", "unreachable")) == {
        "triggers": ["connect-failure", "reset", "retriable-status-codes"],
        "httpStatusCodes": [504],
    }
    codes = retry_on(("server_error",))["httpStatusCodes"]
    assert isinstance(codes, list)
    assert (len(codes), codes[0], codes[-1]) == (97, 500, 599)
    assert not {503, 504, 529} & set(codes)
