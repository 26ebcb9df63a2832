"""Lessons about rules, ladders and fallback chains."""

from __future__ import annotations

ROUTING: tuple[tuple[str, str, str], ...] = (
    # ── rules and destinations ──
    (
        "a condition starts with `when`",
        "write `when` instead of {found}",
        "rule a if | rule a where | rule a on | within a if | within a where | require a if | "
        "assert a if | rule a unless",
    ),
    ("this rule has no name", "write `rule NAME -> POOL`", "rule -> | rule when anything"),
    ("`->` is missing before the destination", "write `-> fail 503`", "rule a fail | rule a return | rule a 5"),
    (
        "`->` is missing before the destination",
        "write `invalid -> fail 400`",
        "invalid fail | invalid anything | invalid 5",
    ),
    (
        "a number is no destination",
        "write `fail {found}`, or the name of a pool",
        "rule a -> 5 | invalid -> 5 | fallback a -> 5 | fallback a -> b -> 5",
    ),
    (
        "only `fail` takes a status",
        "write `fail {found}`",
        "rule a -> anything 5 | fallback a -> anything 5 | fallback a -> b -> anything 5 | invalid -> anything 5 | "
        "fallback a -> b -> c -> anything 5",
    ),
    (
        "a `fail` names the status of the response",
        "write `fail 503`",
        'rule a -> fail "x" | rule a -> fail | fallback a -> fail | fallback a -> fail "x" | fallback a -> fail on | '
        'invalid -> fail "x" | invalid -> fail',
    ),
    (
        "the message of a `fail` is quoted",
        'write `fail 503 "every region is down"`',
        "invalid -> fail 5 anything | fallback a -> fail 5 anything",
    ),
    (
        "a rule has one destination",
        "pools to try next go in a `fallback`",
        "rule a -> b -> | rule a -> b[c] -> | rule a -> b, | rule a -> b[c], | rule a -> b or | rule a -> b then | "
        "rule a -> [",
    ),
    ("a rule has no braces", "write `rule NAME when CONDITION -> POOL`", "rule a {"),
    # ── ladders ──
    (
        "an arm of a ladder has no condition",
        "write `else -> POOL`, and conditions in rules of their own",
        "rule a match b { else if | rule a match b { else when",
    ),
    (
        "an arm of a ladder is a range or a list of values",
        "write `..8K` for less than 8K, `8K..` for 8K and more",
        "rule a match b { < | rule a match b { <= | rule a match b { > | rule a match b { >= | rule a match b { ==",
    ),
    (
        "a number is no destination",
        "write a range as in `8K..40K -> POOL`, or `fail 503`",
        "rule a match b { 5 -> 5 | rule a match b { 5.. -> 5 | rule a match b { 5..6 -> 5",
    ),
    (
        "an arm of a ladder has one destination",
        "pools to try next go in a `fallback`",
        "rule a match b { 5.. -> c -> | rule a match b { 5.. -> c[d] ->",
    ),
    ("a ladder says of which attribute", "write `match ATTRIBUTE { … }`", "rule a match {"),
    ("a `within` says when", "write `within NAME when CONDITION { … }`", "within a {"),
    # ── chains ──
    (
        "a chain ends in `fail` or `follow`, and `on` comes after that",
        "write `-> fail 503 on CLASS` at the end of the chain",
        "fallback a on | fallback a -> b on | fallback a -> b -> c on | fallback a -> b[c] on | "
        "fallback a -> b -> c[d] on | fallback a[b in c] -> d on | fallback a[b in c] -> d -> e on",
    ),
    (
        "nothing comes after `fail` or `follow` but `on`",
        "put the pools to try before it, as in `-> POOL -> POOL -> fail 503`",
        "fallback a -> fail 5 -> | fallback a -> follow b -> | fallback a -> follow b[c] -> | "
        'fallback a -> fail 5 "x" ->',
    ),
    (
        "a chain has no condition",
        "say with `on` which errors it covers; conditions stand in rules",
        "fallback a when | fallback a if | fallback a -> fail 5 when | fallback a -> fail 5 if | "
        "fallback a -> b -> fail 5 when | fallback a -> follow b when | fallback a -> follow b if",
    ),
    (
        "`on` names error classes, not statuses",
        "write `overloaded` (529, 503), `rate_limited` (429), `timeout` or `server_error`",
        "fallback a -> fail 5 on 5 | fallback a -> fail 5 on b, 5",
    ),
    (
        "the steps of a chain are joined by `->`",
        "write `POOL -> POOL -> fail 503`",
        "fallback a -> [",
    ),
)
