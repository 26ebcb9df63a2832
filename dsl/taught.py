"""Mistakes that have an answer of their own, each taught by broken samples.

A sample is parsed until its mistake; the state the parser is in and the token it met there are remembered, and
the same two in somebody's policy get the same answer (Jeffery, *Generating LR syntax error messages from
examples*, TOPLAS 2003; lark's ``examples/advanced/error_reporting_lalr.py``). So a lesson is written without
knowing anything of the table, and holds wherever the same thing is being read. In a sample, ``anything``
stands for any name; every other word means itself.
"""

from __future__ import annotations

from functools import cache

from interlock.dsl.build import Builder
from interlock.dsl.lalr import Machine
from interlock.dsl.lex import Tokens, lex
from interlock.dsl.parser_cache import tables
from interlock.dsl.source import Source

LESSONS: tuple[tuple[str, str, str], ...] = (
    # ── conditions ──
    ("`=` does not compare", "write `==` to compare", "let a = b = c"),
    (
        "{found} is no comparison",
        "write `==`, `!=`, `<`, `<=`, `>`, `>=`, `in`, `like` or `contains`",
        "let a = b is | let a = b equals | let a = b eq | let a = b matches | let a = b startswith",
    ),
    (
        "a condition starts with an attribute, not with a value",
        "write the attribute first, as in `input_tokens >= 40K`",
        'let a = 5 | let a = "x" | let a = b and 5 | let a = b or "x" | let a = (5 | let a = not 5',
    ),
    (
        "comparisons cannot be strung together",
        "join two comparisons with `and`, or write a range as in `a in 8K..40K`",
        "let a = b < 5 < | let a = b <= 5 <= | let a = b < 5 <= | let a = b > 5 > | let a = b == c ==",
    ),
    (
        "what `in` looks in stands in brackets or is a range",
        "write `[a, b]` or `8K..40K`",
        'let a = b in ( | let a = b in anything | let a = b in { | let a = b in "x"',
    ),
    ("this list is empty", "name at least one value", "let a = b in [] | let a = b contains any []"),
    (
        "several values want `any` or `all`",
        "write `contains any [a, b]` or `contains all [a, b]`",
        "let a = b contains [",
    ),
    (
        "`any` and `all` are followed by a list",
        "write `contains any [a, b]`",
        'let a = b contains any anything | let a = b contains all "x" | let a = b contains any (',
    ),
    (
        "what `like` compares with is quoted",
        'write `like "acme/*"`',
        "let a = b like anything | let a = b not like anything",
    ),
    (
        "a share is taken with `<`",
        "write `sample(a) < 5%`",
        "let a = sample(b) == | let a = sample(b) <= | let a = sample(b) > | let a = sample(b) and",
    ),
    ("a share is a percentage", "write `sample(a) < 5%`", "let a = sample(b) < 5"),
    # ── lists ──
    (
        "nothing follows the last comma",
        "remove the comma, or name one more",
        "let a = b in [c,] | let a = b contains any [c,] | request { a : enum(b,) | enum a = b,",
    ),
    (
        "a comma is missing before {found}",
        "write commas between values, as in `a, b`",
        'enum a = b anything | request { a : enum(b anything | let a = b in [c anything | enum a = b "x"',
    ),
    ("the values of an enum come after `=`", "write `enum NAME = a, b, c`", "enum a { | enum a : | enum a ("),
    # ── attributes ──
    (
        "a colon is missing before the type",
        "write `NAME : TYPE`",
        "request { a anything | request { a bool | request { a = | request { a enum",
    ),
    (
        "`int` wants the range of its values",
        "write `int(0..=1M)`",
        "request { a : int } | request { a : int anything | request { a : int per | request { a : int?",
    ),
    (
        "`per` is followed by `session` or `turn`",
        "write `per session` or `per turn`",
        "request { a : bool per anything | request { a : bool per request",
    ),
    (
        "the options of an attribute come in another order",
        "write stability, then `from`, then `default`, then `error`",
        'request { a : bool from header "x" per session | request { a : bool from header "x" rising | '
        "request { a : bool default true per | request { a : bool default true from | "
        "request { a : bool default true rising | request { a : int(0..5) error 5% default | "
        "request { a : int(0..5) error 5% from | request { a : int(0..5) error 5% per | "
        "request { a : bool per session ?",
    ),
    (
        "`from` is followed by `header`, `body`, `metadata` or `gateway`",
        'write `from header "x-region"`',
        'request { a : bool from "x" | request { a : bool from anything',
    ),
    ("the name of the source is quoted", 'write `from header "x-region"`', "request { a : bool from header anything"),
    # ── rules and destinations ──
    (
        "a condition starts with `when`",
        "write `when` instead of {found}",
        "rule a if | rule a where | rule a on | within a if | within a where | require a if | "
        "assert a if | rule a unless",
    ),
    (
        "`->` is missing before the destination",
        "write `-> POOL`",
        "rule a anything | rule a fail | rule a = | rule a : | invalid fail | invalid anything",
    ),
    (
        "a `fail` names the status of the response",
        "write `fail 503`",
        'rule a -> fail "x" | rule a -> fail let | rule a -> fail | rule a when b -> fail rule',
    ),
    ("the message of a `fail` is quoted", 'write `fail 503 "every region is down"`', "invalid -> fail 5 anything"),
    ("a rule has one destination", "pools to try next go in a `fallback`", "rule a -> b ->"),
    (
        "an arm of a ladder has no condition",
        "write `else -> POOL`, and conditions in rules of their own",
        "rule a match b { else if | rule a match b { else when",
    ),
    ("a `within` says when", "write `within NAME when CONDITION { … }`", "within a {"),
    # ── blocks ──
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
        "model a { supports = | model a { supports : | pool a { serve = | pool a { serve :",
    ),
    ("`by` is missing", "write `sticky by ATTRIBUTE`", "pool a { sticky anything | pool a { sticky }"),
    (
        "a pool serves an upstream with a model",
        "write `serve UPSTREAM with MODEL`",
        "pool a { serve b anything | pool a { serve b } | pool a { serve b; | pool a { serve b[c] } | "
        'pool a { serve b "x"',
    ),
    (
        "a weight is a whole number",
        "write `weight 5`",
        "pool a { serve b with c weight 5% | pool a { serve b with c weight anything",
    ),
    ("a price is an amount of money", "write `$5`", "model a { price input 5"),
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
    # ── chains ──
    (
        "a chain ends in `fail` or `follow`",
        "write `-> fail 503` or `-> follow POOL` at its end",
        "fallback a -> b let | fallback a -> b | fallback a -> b[c] let | fallback a -> b[c] | "
        "fallback a -> b on | fallback a[b in c] -> d let | fallback a[b in c] -> d | "
        "fallback a[b in c] -> d on | fallback a[b in c] -> d[b] let",
    ),
    (
        "`->` is missing between the steps of a chain",
        "write `POOL -> POOL -> fail 503`",
        "fallback a, | fallback a anything | fallback a -> b anything",
    ),
    # ── names and strings ──
    ("the path of an import is quoted", 'write `import "std/models"`', "import anything"),
    ("the title of a test is quoted", 'write `test "TITLE" { … }`', "test anything | test {"),
    (
        "this name is not quoted",
        "remove the quotes",
        'policy "x" | pool "x" | rule "x" | upstream "x" | enum "x" | let "x" | within "x" | assert "x" | '
        'rule a -> "x" | request { "x" | test "a" { request { "x" | pool a { serve "x"',
    ),
    # ── assertions and tests ──
    (
        "an assertion says of which hop",
        "write `every hop.region == NAME`, `first hop.…` or `chain.…`",
        "assert a hop | assert a anything | assert a when b hop | assert a :",
    ),
    (
        "`hop.` is missing",
        "write `every hop.region == NAME`",
        "assert a every anything | assert a every region | assert a first anything | assert a first region",
    ),
    (
        "a test starts with its request",
        'write `test "TITLE" { request { … } expect … }`',
        'test "a" { expect | test "a" { anything',
    ),
    ("a test expects something", "write `expect POOL` after its request", 'test "a" { request {} }'),
    (
        "`:` stands between an attribute and its value here",
        "write `NAME: VALUE`",
        'test "a" { request { b = | test "a" { request { b == | test "a" { request { b anything | '
        'test "a" { request { b 5',
    ),
)
"""(message, help, samples apart by `|`); `{found}` in the first two is the token in question."""


def lesson(machine: Machine, at: int, *, any_name: bool) -> tuple[str, str] | None:
    """The message and the help taught for token ``at`` in the state the machine is in, if any; without
    ``any_name`` only what is taught of this very word."""
    tokens = machine.tokens
    state, kind = machine.states[-1], tokens.kinds[at]
    found = _learnt().get((state, tokens.text(at)))
    if found is None and (any_name or kind != "NAME"):
        found = _learnt().get((state, f"a {kind}"))
    if found is None:
        return None
    shown = f"`{tokens.span(at).text[:40]}`"
    return found[0].replace("{found}", shown), found[1].replace("{found}", shown)


@cache
def _learnt() -> dict[tuple[int, str], tuple[str, str]]:
    learnt: dict[tuple[int, str], tuple[str, str]] = {}
    for message, help, samples in LESSONS:
        for sample in samples.split(" | "):
            state, tokens, at = failure(sample)
            kind = tokens.kinds[at]
            # A kind of token is taught by `anything`, by a literal, and by the end of the file.
            by_kind = kind != "NAME" or tokens.text(at) == "anything"
            learnt.setdefault((state, f"a {kind}" if by_kind else tokens.text(at)), (message, help))
    return learnt


def failure(sample: str) -> tuple[int, Tokens, int]:
    """Parses up to the mistake: the state, the tokens, and which of them does not fit."""
    source = Source("sample", sample)
    tokens = lex(source, tables())
    machine = Machine(tables(), Builder(tokens, {}), source, tokens)
    at = machine.run(0)
    return machine.states[-1], tokens, at
