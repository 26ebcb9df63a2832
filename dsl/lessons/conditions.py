"""Lessons about conditions and lists."""

from __future__ import annotations

CONDITIONS: tuple[tuple[str, str, str], ...] = (
    ("`=` does not compare", "write `==` to compare", "let a = b = c"),
    (
        "{found} is no comparison",
        'write `like "acme/*"`, where `*` is any run of characters',
        "let a = b matches | let a = b startswith | let a = b starts_with | let a = b startsWith | "
        "let a = b endswith | let a = b ends_with | let a = b endsWith | let a = b regex",
    ),
    (
        "{found} is no comparison",
        "write a range, as in `{before} in 5..=10`",
        "let a = b between",
    ),
    (
        "{found} is no comparison",
        "write `==`, `!=`, `<`, `<=`, `>`, `>=`, `in`, `like` or `contains`",
        "let a = b is | let a = b equals | let a = b eq | let a = b isnt",
    ),
    (
        "a condition starts with an attribute, not with a value",
        "write the attribute first, as in `input_tokens >= 40K`",
        'let a = 5 | let a = "x" | let a = b and 5 | let a = b or "x" | let a = (5 | let a = not 5',
    ),
    (
        "each side of `and` and `or` is a whole condition",
        "repeat the attribute, as in `a == x or a == y`, or write `a in [x, y]`",
        "let a = b or == | let a = b and == | let a = b == c or == | let a = b == c and == | let a = b or < | "
        "let a = b or <= | let a = b or > | let a = b or >= | let a = b or != | let a = b and < | let a = b and > | "
        "let a = b and <= | let a = b and >= | let a = b and !=",
    ),
    (
        "comparisons cannot be strung together",
        "join two comparisons with `and`, or write a range as in `a in 8K..40K`",
        "let a = b < 5 < | let a = b <= 5 <= | let a = b < 5 <= | let a = b > 5 > | let a = b == c ==",
    ),
    (
        "`not` before a value compares nothing",
        "write `!= VALUE`, or `not in [VALUE, VALUE]`",
        'let a = b not anything | let a = b not 5 | let a = b not "x" | let a = b not ==',
    ),
    (
        "what `in` looks in stands in brackets or is a range",
        "write `[a, b]` or `8K..40K`",
        'let a = b in ( | let a = b in anything | let a = b in { | let a = b in "x"',
    ),
    (
        "a range is written with two dots",
        "write `8K..40K`",
        "let a = b in 5 -6 | let a = b in 5 ...",
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
        "let a = sample(b) == | let a = sample(b) <= | let a = sample(b) > | let a = sample(b) and | "
        "let a = sample(b, 5%",
    ),
    ("a share is a percentage", "write `sample(a) < 5%`", "let a = sample(b) < 5"),
    (
        "{before} is no function; the only one is `sample`",
        "write a comparison of an attribute",
        "let a = b( | let a = b and c(",
    ),
    ("`has` takes no parentheses", "write `has ATTRIBUTE`", "let a = has ("),
    (
        "an attribute is one name, without dots",
        'declare it in `request` with its place: `NAME : TYPE from body "/a/b"`',
        "let a = b. | let a = b and c.",
    ),
    (
        "nothing follows the last comma",
        "remove the comma, or name one more",
        "let a = b in [c,] | let a = b contains any [c,] | request { a : enum(b,) | enum a = b,",
    ),
)
