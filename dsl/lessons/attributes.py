"""Lessons about the declarations at the top of a policy: imports, enums, attributes, and names in general."""

from __future__ import annotations

ATTRIBUTES: tuple[tuple[str, str, str], ...] = (
    # ── what stands alone ──
    (
        "no declaration starts with {found}",
        'write `import "std/models"`',
        "include | use | load | from",
    ),
    (
        "no declaration starts with {found}",
        "a rule for everything that is left is written `rule {found} -> POOL`",
        "default | otherwise | fallthrough",
    ),
    (
        "`else` stands only in a ladder",
        "write another rule below: the first rule that holds decides",
        "else | elif | elsif",
    ),
    (
        "no declaration starts with {found}",
        "write `rule NAME when CONDITION -> POOL`",
        "when | if | match | route | rules",
    ),
    (
        "no declaration starts with {found}",
        "write `request { NAME : TYPE }`",
        "attribute | attributes | attr | input",
    ),
    (
        "the condition of a rule comes before its `->`",
        "write `rule NAME when CONDITION -> POOL`",
        "rule a -> b when | rule a -> b[c] when | rule a -> b if | rule a -> b unless | rule a -> fail 5 when | "
        'rule a -> fail 5 "x" when',
    ),
    ("the path of an import is quoted", 'write `import "std/models"`', "import anything"),
    ("a policy has no braces", "remove them; its declarations stand below it", "policy a {"),
    # ── enums ──
    ("the values of an enum come after `=`", "write `enum NAME = a, b, c`", "enum a { | enum a : | enum a ("),
    ("the values of a named enum stand by themselves", "write `enum NAME = a, b, c`", "enum a = enum ( | enum a = ["),
    # ── attributes ──
    (
        "the attribute {before} has no type",
        "write `{before} : TYPE`; an attribute that may be absent has a `?` after its type",
        "request { a }",
    ),
    (
        "`session` alone is no option",
        "write `per session`",
        "request { a : bool session } | request { a : bool session anything",
    ),
    (
        "`int` wants the range of its values",
        "write `int(0..=1M)`",
        "request { a : int } | request { a : int anything | request { a : int per | request { a : int? | "
        "request { a : int 5 | request { a : int(5, | request { a : int(5)",
    ),
    (
        "a range is written with two dots",
        "write `int(0..=100)`",
        "request { a : int(5 -6 | request { a : int(5 ...",
    ),
    ("a set says of what", "write `set(string)` or `set(ENUM)`", "request { a : set } | request { a : set per"),
    (
        "lists are written `set`",
        "write `set(string)`",
        "request { a : string[ | request { a : anything( | request { a : b[",
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
    (
        "the name of the source is quoted",
        'write `from body "/json/pointer"`',
        "request { a : bool from body anything | request { a : bool from body.",
    ),
    (
        "the name of the source is quoted",
        'write `from metadata "KEY"`',
        "request { a : bool from metadata anything | request { a : bool from metadata.",
    ),
    # ── names ──
    (
        "this name is not quoted",
        "remove the quotes",
        'policy "x" | pool "x" | rule "x" | upstream "x" | enum "x" | let "x" | within "x" | assert "x" | '
        'rule a -> "x" | request { "x" | test "a" { request { "x" | pool a { serve "x"',
    ),
)
