"""The shape of everything the language can say, by the word it starts with: what a syntax error shows as the
way out. ``tests/test_parse.py`` parses every one of them."""

from __future__ import annotations

DECLARATIONS = {
    "POLICY": "policy NAME",
    "IMPORT": 'import "std/models"',
    "ENUM": "enum NAME = a, b, c",
    "REQUEST": "request { NAME : TYPE }",
    "LET": "let NAME = CONDITION",
    "MODEL": "model NAME { context 1M; price input $5, output $25; supports tools }",
    "UPSTREAM": "upstream NAME { provider NAME; region NAME }",
    "POOL": "pool NAME { serve UPSTREAM with MODEL }",
    "FALLBACK": "fallback POOL -> POOL -> fail 503",
    "RULE": "rule NAME when CONDITION -> POOL",
    "WITHIN": "within NAME when CONDITION { rule NAME -> POOL }",
    "REQUIRE": "require CAPABILITY when CONDITION",
    "ASSERT": "assert NAME when CONDITION every hop.region == NAME",
    "TEST": 'test "TITLE" { request { NAME: VALUE } expect POOL }',
    "INVALID": "invalid -> fail 400",
}

MEMBERS = {
    "CONTEXT": "context 1M",
    "PRICE": "price input $5, output $25",
    "SUPPORTS": "supports tools, vision",
    "PROVIDER": "provider NAME",
    "ACCOUNT": "account NAME",
    "REGION": "region NAME",
    "ENDPOINT": 'endpoint "https://…"',
    "TIMEOUT": "timeout connect 2s, first_token 30s",
    "LIMIT": "limit 500/s burst 1000 else spill",
    "BREAKER": "breaker 50% of 20 in 10s, probe after 30s",
    "SERVE": "serve UPSTREAM with MODEL",
    "STICKY": "sticky by ATTRIBUTE",
    "RETRY": "retry 1",
    "EXPECT": "expect POOL by RULE after CLASS",
}

PARTS = {
    "PER": "per session",
    "FROM": 'from header "NAME"',
    "DEFAULT": "default VALUE",
    "ERROR": "error 35%",
    "MATCH": "match ATTRIBUTE { RANGE -> POOL }",
    "SAMPLE": 'sample(ATTRIBUTE, "salt") < 5%',
    "EVERY": "every hop.region == NAME",
    "FIRST": "first hop.region == NAME",
    "CHAIN": "chain.providers >= 2",
    "FAIL": "fail 503",
    "FOLLOW": "follow POOL",
    "ELSE": "else -> POOL",
}

ATTRIBUTE = 'NAME : TYPE per session from header "NAME" default VALUE'
GIVEN = "NAME: VALUE"
ARM = "8K..40K -> POOL"
"""Members that start with no word of their own: of a request, of a test's request, of a ladder."""

LITERALS = {
    "NAME": "a name",
    "STRING": "a string in quotes",
    "INT": "a whole number",
    "DURATION": "a duration such as `30s`",
    "RATE": "a rate such as `500/s`",
    "PERCENT": "a percentage such as `5%`",
    "MONEY": "an amount such as `$3.75`",
}

GROUPS: tuple[tuple[frozenset[str], str], ...] = (
    (frozenset(DECLARATIONS), "a declaration"),
    (frozenset(["NAME", "NOT", "HAS", "SAMPLE", "TRUE", "FALSE", "LPAR"]), "a condition"),
    (
        frozenset(["EQUALS", "UNEQUAL", "LESS", "ATMOST", "MORE", "ATLEAST", "IN", "NOT", "LIKE", "CONTAINS"]),
        "a comparison",
    ),
    (frozenset(["EQUALS", "UNEQUAL", "LESS", "ATMOST", "MORE", "ATLEAST"]), "a comparison"),
    (frozenset(["BOOL", "INT_TYPE", "ENUM", "STRING_TYPE", "SET", "NAME"]), "a type"),
    (frozenset(["NAME", "STRING", "INT", "TRUE", "FALSE"]), "a value"),
    (frozenset(["NAME", "STRING"]), "a name"),
    (frozenset(["BELOW", "UPTO"]), "a range"),
)
"""What one would call several kinds of token together, the largest first."""
