"""Lessons about models, upstreams and pools."""

from __future__ import annotations

SERVING: tuple[tuple[str, str, str], ...] = (
    (
        "`{` is missing",
        "put the members in braces",
        'pool a serve | upstream a provider | model a context | request anything | test "a" request | '
        'test "a" expect | rule a match b else | model a price | model a supports | pool a sticky | '
        "pool a retry",
    ),
    (
        "no mark stands between a word and its value here",
        "remove {found}",
        "upstream a { provider = | upstream a { provider : | upstream a { region = | "
        "upstream a { region : | upstream a { account = | upstream a { account : | "
        "upstream a { endpoint = | upstream a { endpoint : | upstream a { timeout connect = | "
        "upstream a { timeout connect : | upstream a { timeout = | upstream a { timeout : | "
        "model a { context = | model a { context : | model a { price input = | model a { price input : | "
        "pool a { retry = | pool a { retry : | upstream a { limit = | upstream a { limit : | "
        "model a { supports = | model a { supports : | pool a { serve = | pool a { serve : | "
        "pool a { serve b with c weight = | pool a { serve b with c weight :",
    ),
    # ── pools ──
    ("`by` is missing", "write `sticky by {found}`", "pool a { sticky anything"),
    (
        "`by` is missing",
        "write `sticky by ATTRIBUTE`",
        "pool a { sticky } | pool a { sticky : | pool a { sticky = | pool a { sticky on",
    ),
    (
        "a pool is sticky by one attribute",
        "keep the one that is `per session`",
        "pool a { sticky by b, | pool a { sticky by b and",
    ),
    (
        "a pool serves an upstream with a model",
        "write `serve UPSTREAM with MODEL`",
        "pool a { serve b anything | pool a { serve b } | pool a { serve b; | pool a { serve b[c] } | "
        'pool a { serve b "x" | pool a { use | pool a { b | pool a { route | pool a { upstream | pool a { model',
    ),
    (
        "a `serve` names one upstream and one model",
        "write a `serve UPSTREAM with MODEL` for each",
        "pool a { serve [ | pool a { serve b, | pool a { serve b with [",
    ),
    ("the model's name follows `with`", "remove {before}", "pool a { serve b with model anything"),
    (
        "a weight is a whole number",
        "write `weight 5`",
        "pool a { serve b with c weight 5% | pool a { serve b with c weight anything",
    ),
    # ── models ──
    ("a price is an amount of money", "write `$5`", "model a { price input 5"),
    ("a price says of what", "write `price input $3, output $15`", "model a { price $5 | model a { price 5"),
    # ── upstreams ──
    ("a limit is a rate", "write `limit 500/s burst 1000`", "upstream a { limit 5 | upstream a { limit anything"),
    (
        "`burst` is missing",
        "write `limit 500/s burst 1000`",
        "upstream a { limit 5/s } | upstream a { limit 5/s else | upstream a { limit 5/s;",
    ),
    (
        "a timeout says of what",
        "write `timeout connect 2s, first_token 30s`",
        "upstream a { timeout 5s | upstream a { timeout 5",
    ),
    (
        "a duration has a unit",
        "write `30s`; the units are `ms`, `s`, `m` and `h`",
        "upstream a { timeout b 5 | upstream a { breaker 5% of 5 in 5",
    ),
    (
        "a breaker says when to probe",
        "write `breaker 50% of 20 in 10s, probe after 30s`",
        "upstream a { breaker 5% of 5 in 5s } | upstream a { breaker 5% of 5 in 5s;",
    ),
    (
        "an endpoint is a quoted URL or an environment variable",
        'write `endpoint "https://…"` or `endpoint env NAME`',
        "upstream a { endpoint anything",
    ),
    (
        "the name of an environment variable stands alone",
        "write `endpoint env NAME`",
        'upstream a { endpoint env ( | upstream a { endpoint env "x"',
    ),
    (
        "an upstream's address is its `endpoint`",
        'write `endpoint "https://…"`',
        "upstream a { url | upstream a { base_url | upstream a { api_base | upstream a { host | upstream a { address",
    ),
    (
        "a family ranges over an enum",
        "write `[r in ENUM]`",
        "upstream a[b] | pool a[b] | pool a[b: | upstream a[b: | fallback a[b:",
    ),
)
