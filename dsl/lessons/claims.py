"""Lessons about obligations, assertions and tests."""

from __future__ import annotations

CLAIMS: tuple[tuple[str, str, str], ...] = (
    (
        "a context is required to be at least an attribute",
        "write `require context >= ATTRIBUTE`",
        "require context > | require context anything | require context <= | require context ==",
    ),
    (
        "a `require` names a capability, or `context`",
        "write `require tools`, or `require context >= ATTRIBUTE`",
        "require a <= | require a >= | require a < | require a > | require a ==",
    ),
    (
        "this assertion has no name",
        "write `assert NAME every hop.region == NAME`",
        "assert every hop | assert first hop | assert chain.",
    ),
    (
        "an assertion says of which hop",
        "write `every hop.region == NAME`, `first hop.…` or `chain.…`",
        "assert a hop | assert a anything | assert a when b hop",
    ),
    (
        "an assertion speaks of every hop",
        "write `every hop.FIELD != NAME` for what none may be",
        "assert a no | assert a never | assert a none",
    ),
    (
        "`hop.` is missing",
        "write `every hop.region == NAME`",
        "assert a every anything | assert a every region | assert a first anything | assert a first region",
    ),
    (
        "`chain` is followed by what is measured",
        "write `chain.providers >= 2`; or `hops`, `regions`, `attempts`, `seconds`",
        "assert a chain >= | assert a chain == | assert a chain > | assert a chain <= | assert a chain < | "
        "assert a chain anything",
    ),
    (
        "an assertion makes one claim",
        "write another `assert` for the second",
        "assert a every hop.b == c and | assert a every hop.b == c or | assert a chain.b == 5 and | "
        "assert a chain.b == 5 or | assert a every hop.b == c, | assert a every hop.b in [c] and",
    ),
    (
        "the condition of an assertion comes before its claim",
        "write `assert NAME when CONDITION every hop.region == NAME`",
        "assert a every hop.b == c when | assert a every hop.b == c if | assert a chain.b == 5 when | "
        "assert a every hop.b in [c] when",
    ),
    # ── tests ──
    ("the title of a test is quoted", 'write `test "TITLE" { … }`', "test anything | test {"),
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
    ("no attribute holds an object", "write a value, or `[a, b]` for a set", 'test "a" { request { b: {'),
    (
        "errors come after `after` here",
        "write `expect POOL after overloaded`",
        'test "a" { request {} expect b when | test "a" { request {} expect b on | '
        'test "a" { request {} expect b[c] when | test "a" { request {} expect b[c] on | '
        'test "a" { request {} expect fail 5 on | test "a" { request {} expect fail 5 when',
    ),
    ("the rule's name follows `by`", "remove {before}", 'test "a" { request {} expect b by rule anything'),
)
