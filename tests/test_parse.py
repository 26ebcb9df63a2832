"""From text to the tree, and from broken text to one finding for each mistake."""

from __future__ import annotations

import sys
import time
from pathlib import Path
from typing import Any, cast

import pytest
from lark import Lark, Token, Tree

from interlock.dsl import forms, taught
from interlock.dsl import syntax as s
from interlock.dsl.finding import Finding
from interlock.dsl.lalr import Machine
from interlock.dsl.lessons import LESSONS
from interlock.dsl.lex import lex
from interlock.dsl.parse import SHOWN, parse
from interlock.dsl.parser_cache import tables
from interlock.dsl.source import Source

HERE = Path(__file__).parent
GRAMMAR = (HERE.parent / "grammar" / "policy.lark").read_text(encoding="utf-8")
EXAMPLE = (HERE / "policies" / "example.route").read_text(encoding="utf-8")
EVERYTHING = (HERE / "policies" / "everything.route").read_text(encoding="utf-8")
SHIPPED = [path.read_text(encoding="utf-8") for path in sorted((HERE.parent / "stdlib_policies").rglob("*.route"))]


def read(text: str) -> s.Module:
    module, findings = parse(Source("test.route", text))
    assert findings == [], text
    return module


def one(text: str) -> Any:
    """The only declaration of a text."""
    (declaration,) = read(text).declarations
    return declaration


def mistakes(text: str) -> list[Finding]:
    return parse(Source("test.route", text))[1]


def words(text: str) -> list[str]:
    """The words that the findings point at, in order."""
    return [finding.span.text for finding in mistakes(text)]


# ── what is read ─────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("text", [EXAMPLE, EVERYTHING, *SHIPPED, ""])
def test_sound_policies_have_no_findings(text: str) -> None:
    read(text)
    read(text.replace("\n", "\r\n"))


def test_the_example() -> None:
    kinds = [type(declaration).__name__ for declaration in read(EXAMPLE).declarations]
    assert kinds == (
        ["Policy", "Import", "Import", "Enum", "Request", "Upstream", "Upstream"]
        + ["Pool"] * 4
        + ["Fallback"] * 6
        + ["Let"]
        + ["Rule"] * 3
        + ["Require"] * 2
        + ["Assert"] * 2
        + ["TestCase"]
    )


def test_attribute() -> None:
    request = one('request { a : int(0..=1M)? rising from gateway "x" default 5 error 0.25% }')
    (attribute,) = request.attributes
    assert attribute.name.text == "a"
    assert (attribute.type.range.lo, attribute.type.range.hi, attribute.type.range.closed) == (0, 1_000_000, True)
    assert attribute.optional
    assert attribute.stability == "rising"
    assert (attribute.source.kind, attribute.source.name.text) == ("gateway", "x")
    assert attribute.default.value == 5
    assert attribute.error.basis_points == 25


@pytest.mark.parametrize(
    "word", ["region", "model", "tier", "tools", "provider", "rule", "request", "pool", "test", "when"]
)
def test_words_of_the_language_are_names_where_they_can_be(word: str) -> None:
    request = one(f'request {{ x : bool from header "x" {word} : bool default true {word} : bool }}')
    assert [attribute.name.text for attribute in request.attributes] == ["x", word, word]
    rule = one(f"rule {word} when {word} == {word} and {word} -> {word}")
    assert isinstance(rule, s.Rule)
    assert (rule.name.text, rule.to.name.text if isinstance(rule.to, s.Ref) else "") == (word, word)


def test_predicates() -> None:
    let = one('let a = b == 40K or not (c in ..=5 and d not like "x*\\*y") or has e')
    first, second, third = let.expr.operands
    assert (first.op, first.value.value) == ("==", 40_000)
    assert isinstance(second, s.Not)
    inner, like = cast(Any, second).operand.operand.operands
    assert (inner.choices.lo, inner.choices.hi, inner.choices.closed) == (None, 5, True)
    assert (like.negated, like.pattern.pieces) == (True, ("x", "*y"))
    assert isinstance(third, s.Has)


def test_literals() -> None:
    model = one("model m { context 1_000K; price input $3.75, output $0.000001 }")
    assert model.members[0].tokens.value == 1_000_000
    assert [amount.micro_dollars for _, amount in model.members[1].items] == [3_750_000, 1]
    upstream = one("upstream u { timeout a 250ms, b 20s, c 5m, d 1h; limit 300/min burst 2M else fail 429 }")
    assert [duration.ms for _, duration in upstream.members[0].items] == [250, 20_000, 300_000, 3_600_000]
    limit = upstream.members[1]
    assert (limit.rate.count, limit.rate.per, limit.burst.value, limit.otherwise.value) == (300, "min", 2_000_000, 429)
    text = one('let a = b == "\\u{1F680}\\n\\t\\"\\\\"').expr.value
    assert (text.text, text.quoted) == ('🚀\n\t"\\', True)


def test_numbers_of_any_length_are_read() -> None:
    assert abs(one("let a = b > -" + "9" * 5_000).expr.value.value) > 2**53
    assert one("let a = b > " + "0" * 5_000 + "7").expr.value.value == 7


def test_chain() -> None:
    chain = one('fallback a[r in e] -> b[r] -> c -> fail 503 "x" on timeout, refused')
    assert (chain.start.name.text, chain.start.index, chain.family.enum.text) == ("a", None, "e")
    assert [hop.name.text for hop in chain.hops] == ["b", "c"]
    assert (chain.end.status.value, chain.end.message.text) == (503, "x")
    assert [name.text for name in chain.classes] == ["timeout", "refused"]
    assert isinstance(one("fallback a[b] -> follow c").end, s.Follow)


def test_test() -> None:
    test = one('test "t" { request { a: [1, "x", null], b: -5 } expect p by r/2 after timeout expect fail 5 }')
    assert [type(value).__name__ for value in test.request[0].value] == ["Int", "Name", "Null"]
    assert test.request[1].value.value == -5
    assert test.expects[0].rule.text == "r/2"
    assert isinstance(test.expects[1].to, s.Fail)


def test_ladder() -> None:
    ladder = one('rule a match b { ..8K -> c; x, "y" -> fail 503; else -> d[e] }')
    assert [type(arm.pattern).__name__ for arm in ladder.arms] == ["Range", "tuple", "NoneType"]
    assert ladder.arms[1].to.span.text == "fail 503"


# ── spans, docs, comments ────────────────────────────────────────────────────────────────────────────


def test_spans() -> None:
    module = read("## doc\nrule a when b == c -> fail 503 # x\npool p { retry 1; } # y\n")
    rule, pool = module.declarations
    assert rule.span.text == "rule a when b == c -> fail 503"
    assert pool.span.text == "pool p { retry 1; }"
    assert isinstance(rule, s.Rule)
    assert rule.when is not None
    assert (rule.when.span.text, rule.to.span.text) == ("b == c", "fail 503")
    assert isinstance(pool, s.Pool)
    assert pool.members[0].span.text == "retry 1"


def test_doc_comments() -> None:
    text = """
## far

## one
##  two
rule a -> b ## not this
rule c -> d
## no
# between
rule e -> f
request {
    ## attribute
    g : bool ## nor this
    h : bool
}
within w when x {
    ## rule
    rule i match j {
        ## arm
        else -> k
    }
}
"""
    module = read(text)
    a, c, e, request, within = module.declarations
    assert [d.doc for d in (a, c, e)] == ["one\n two", None, None]
    assert isinstance(request, s.Request)
    assert [attribute.doc for attribute in request.attributes] == ["attribute", None]
    assert isinstance(within, s.Within)
    ladder = within.rules[0]
    assert isinstance(ladder, s.Ladder)
    assert (ladder.doc, ladder.arms[0].doc) == ("rule", "arm")
    assert len(module.comments) == 10
    assert [comment.text for comment in module.comments if not comment.own_line] == ["## not this", "## nor this"]


# ── the grammar and its twin ─────────────────────────────────────────────────────────────────────────


class Shape:
    """A builder of bare trees: for each rule its name and children, as lark has it."""

    def __init__(self, text: str, tokens: Any) -> None:
        self.text, self.tokens = text, tokens

    def __getattr__(self, name: str) -> Any:
        if name.isupper():
            return lambda at: self.tokens.text(at)
        return lambda at, *children: (name, *children)


def shape(tree: Any) -> Any:
    if isinstance(tree, Tree):
        return (str(tree.data), *map(shape, tree.children))
    return str(tree) if isinstance(tree, Token) else tree


def test_the_machine_reads_what_lark_reads() -> None:
    lark = Lark(GRAMMAR, parser="lalr", lexer="contextual", maybe_placeholders=True)
    for text in [EXAMPLE, *SHIPPED, *forms.DECLARATIONS.values()]:
        source = Source("test.route", text)
        tokens = lex(source, tables())
        machine = Machine(tables(), Shape(text, tokens), source, tokens)
        assert machine.run(0) == len(tokens.kinds)
        assert machine.values[-1] == shape(lark.parse(text))


def test_the_shapes_shown_in_help_are_right() -> None:
    def sound(text: str) -> None:
        text = text.replace("CONDITION", "a == b").replace("TYPE", "bool").replace("VALUE", "true")
        read(text)

    for form in forms.DECLARATIONS.values():
        sound(form)
    holders = {
        **dict.fromkeys(["CONTEXT", "PRICE"], "model m { "),
        **dict.fromkeys(["SERVE", "STICKY", "RETRY"], "pool p { "),
    }
    for word, form in forms.MEMBERS.items():
        holder = 'test "t" { request {} ' if word == "EXPECT" else holders.get(word, "upstream u { ")
        sound(holder + form + " }")
    around = {
        **dict.fromkeys(["PER", "FROM", "DEFAULT", "ERROR"], "request {{ a : bool {} }}"),
        **dict.fromkeys(["EVERY", "FIRST", "CHAIN"], "assert a {}"),
        "MATCH": "rule a {}",
        "SAMPLE": "let a = {}",
        "FAIL": "rule a -> {}",
        "FOLLOW": "fallback a -> {}",
        "ELSE": "rule a match b {{ {} }}",
    }
    for word, form in forms.PARTS.items():
        sound(around[word].format(form.replace("RANGE", "8K..40K")))
    sound(f"request {{ {forms.ATTRIBUTE} }}")
    sound(f'test "t" {{ request {{ {forms.GIVEN} }} expect a }}')
    sound(f"rule a match b {{ {forms.ARM} }}")


# ── mistakes ─────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("lesson", LESSONS, ids=lambda lesson: lesson[0])
def test_each_lesson_is_given(lesson: tuple[str, str, str]) -> None:
    message, help, samples = lesson
    for sample in samples.split(" | "):
        machine, at = taught.failure(sample)
        said = [(finding.message, finding.help) for finding in mistakes(sample)]
        # Where going on after it is possible, the end of the sample is a mistake too.
        expected = taught.filled(message, machine.tokens, at), taught.filled(help, machine.tokens, at)
        assert expected in said, sample


MENDED = {
    "rule a when b >= 40k -> c": ("40k", "write `40K`"),
    "rule a when b >= 1.5M -> c": ("1.5M", "write `1500K`"),
    "let a = sample(b) < 80%%": ("80%%", "write `80%`"),
    "let a = sample(b) < 0.125%": ("0.125%", "write percents with at most two decimals, such as `0.25%`"),
    "let a = b && c": ("&&", "write `and`"),
    "let a = b || c": ("||", "write `or`"),
    "let a = !b": ("!", "write `not`"),
    "let a = b === c": ("===", "write `==`"),
    "let a = b ≥ 5": ("≥", "write `>=`"),
    "let a = b == “c”": ("“c”", 'write strings in straight double quotes, "…"'),
    "let a = b == 'c'": ("'c'", 'write strings in straight double quotes, "…"'),
    'let a = b == "c': ('"c', 'end it with `"`; `\\n` stands for a new line'),
    "rule a => b": ("=>", "write `->` before a destination, or `>=` to compare"),
    "rule a - > b": ("- >", "write `->` before a destination, or `>=` to compare"),
    "let a\u00a0= b": ("\u00a0", "replace it with an ordinary space"),
    "let é = b": ("é", "use the letters a to z, digits, `_` and `-` in names, or quotes for the value of an enum"),
    "let a = b // c": ("// c", "write `#` instead of `//`"),
    "upstream a { limit 500/sec burst 5 }": ("500/sec", "write a rate per second or per minute: `500/s`, `500/min`"),
    "upstream a { timeout b 30sec }": ("30sec", "write `30s`"),
    "model a { price b $1.2.3 }": ("$1.2.3", "write money as in `$3.75`"),
    "let a = b @ == c": ("@", "remove it, or put it in a string"),
}


@pytest.mark.parametrize("text", MENDED)
def test_slips_of_the_pen_are_mended(text: str) -> None:
    """One finding, and the declaration is there all the same."""
    module, findings = parse(Source("test.route", text))
    assert [(finding.span.text, finding.help) for finding in findings] == [MENDED[text]]
    assert len(module.declarations) == 1
    assert module.broken == frozenset()


ESCAPES = {
    r"\q": "`\\q` is no escape",
    r"\u{D800}": "`\\u{D800}` is half of a surrogate pair, not a character",
    r"\u{110000}": "`\\u{110000}` is beyond the last code point",
    r"\u12": "`\\u` wants a code point in braces",
    r"\u{}": "`\\u{}` is no code point",
    r"\*": "`\\*` is an escape only in the pattern of a `like`",
}


@pytest.mark.parametrize("escape", ESCAPES)
def test_escapes(escape: str) -> None:
    (finding,) = mistakes(f'let a = b == "x{escape}y"')
    assert finding.message == ESCAPES[escape]
    assert finding.span.text == (r"\u" if escape == r"\u12" else escape)


SINGLE = {
    # text: (words pointed at, message, help)
    "request { a : bool not : bool }": (
        "not",
        "no attribute may be called `not`, which is a word of the language",
        "choose another name, such as `not_`",
    ),
    "request { a : bool error : bool }": (
        "error",
        "no attribute may be called `error`, which is a word of the language",
        "choose another name, such as `error_`",
    ),
    "let true = a": (
        "true",
        "no let may be called `true`, which is a word of the language",
        "choose another name, such as `true_`",
    ),
    "upstrem a { provider b }": ("upstrem", "`upstrem` means nothing here", "did you mean `upstream`?"),
    "rule a whn b -> c": ("whn", "`whn` means nothing here", "did you mean `when`?"),
    "let a = (b or c": ("c", "expected `)` after `c`", "write `)` where the list or the parenthesis ends"),
    "}": ("}", "this `}` closes nothing", "remove it, or look for a missing `{`"),
    "let a = b;": (";", "`;` stands only inside braces", "remove it; a declaration needs no end mark"),
    "pool a {\n serve b with c\n\nrule d -> a": (
        "{",
        "the `{` of `pool a` is never closed",
        "write `}` where `pool a` ends",
    ),
    "rule a when b c": ("c", "`->` is missing before `c`", "write `-> c`"),
    "let a = not\nlet b = c": ("not", "expected a condition after `not`", "write it as in `let NAME = CONDITION`"),
    "upstream a {\n timeout b 5s, c\n region d\n}": (
        "c",
        "expected a duration such as `30s` after `c`",
        "write it as in `timeout connect 2s, first_token 30s`",
    ),
    "import std/models": ("std", "the path of an import is quoted", 'write `import "std/models"`'),
    "zork": (
        "zork",
        "no declaration starts with `zork`",
        "a declaration starts with `policy`, `import`, `enum`, `request`, `let`, `model`, `upstream`, `pool`, "
        "`fallback`, `rule`, `within`, `require`, `assert`, `test` or `invalid`",
    ),
}


@pytest.mark.parametrize("text", SINGLE)
def test_one_mistake_is_one_finding(text: str) -> None:
    assert [(f.span.text, f.message, f.help) for f in mistakes(text)] == [SINGLE[text]]


def test_messages_name_nothing_of_the_inside() -> None:
    """Every token after every beginning of a policy: no terminal of the grammar shows in what is said."""
    tokens = lex(Source("test.route", EVERYTHING), tables())
    inside = [kind for kind, _ in tables()["tokens"] if kind != "NAME"] + ["$END", "ANON", "_TYPE", "SLIP"]
    assert "LBRACE" in inside
    for end in range(0, len(tokens.kinds) - 1, 7):
        for wrong in ["zork", "5", '"x"', "->", "}", "{", ")", ",", "rule"]:
            for finding in mistakes(EVERYTHING[: tokens.ends[end]] + f" {wrong} {wrong}")[:2]:
                said = finding.message + finding.help
                assert not [kind for kind in inside if kind in said.replace("TITLE", "")]
                assert finding.message[0].islower() or finding.message[0] == "`"
                assert not finding.message.endswith(".")


def test_five_mistakes_are_five_findings() -> None:
    text = """policy demo
enum region = us_east us_west
rule one -> -> a
upstream u { provdier x }
let big = size >= 8k
test "t" { request { a: 1 } expct p }
rule last -> a
"""
    assert words(text) == ["us_west", "->", "provdier", "8k", "expct"]
    module, _ = parse(Source("test.route", text))
    # What was surely meant is read so, and checked too; what can be put right in several ways is left out.
    assert [type(d).__name__ for d in module.declarations] == ["Policy", "Upstream", "Let", "TestCase", "Rule"]
    assert module.broken == {"region", "one"}


def test_one_mistake_does_not_make_names_unknown() -> None:
    """What a missing word or brace would have declared is not found missing where it is used."""
    for text in (
        'include "std/models"\nrule a -> b',
        '"std/models"\nrule a -> b',
        "request {\n    a : bool\nupstream u { provider a }\npool p { serve u with m }\n",
        "p { serve u with m }\nrule a -> b",
        "policy q\nb = c, d\nrule a -> b",
    ):
        assert len(mistakes(text)) == 1, text
    module, _ = parse(Source("test.route", 'include "std/models"\n'))
    assert [d.path.text for d in module.declarations if isinstance(d, s.Import)] == ["std/models"]
    module, _ = parse(Source("test.route", "request {\n    a : bool\nupstream u { provider a }\n"))
    assert [type(d).__name__ for d in module.declarations] == ["Request", "Upstream"]
    assert {"p"} <= parse(Source("test.route", "p { serve u with m }\n"))[0].broken


def test_a_word_is_taken_back_only_once() -> None:
    assert mistakes(
        "request {let  dataof  may ]  default be processed, and5..5 request which regionfalse  (there\nimport"
    )


def test_mistakes_in_one_block() -> None:
    text = """request {
    a : bol per session
    b bool
    c : int(0..=5
    d : bool per sesion
    e : bool
}
upstream u {
    provider = x
    acount y
    region r
    tmeout connect 2s
}
pool p { serv a with b; sticky c; retry x; }
rule ladder match b {
    5.. > a
    else a
    6 -> c
}
within w when c {
    rule x - > y
    rul z -> y
    rule ok -> y
}
test "t" {
    request { a: , b: 1, c = 2 }
    expect p bye x
    expect q
}
"""
    assert words(text) == (
        ["bool", "5", "sesion", "=", "acount", "tmeout", "serv", "c", "x", ">", "a", "- >", "rul", ",", "=", "bye"]
    )
    module, _ = parse(Source("test.route", text))
    request, upstream, within = module.declarations
    assert isinstance(request, s.Request)
    assert [attribute.name.text for attribute in request.attributes] == ["a", "d", "e"]
    assert isinstance(upstream, s.Upstream)
    assert len(upstream.members) == 4
    assert isinstance(within, s.Within)
    assert [rule.name.text for rule in within.rules] == ["x", "z", "ok"]
    assert {"b", "c", "p", "ladder"} <= module.broken


def test_a_missing_brace_spoils_one_declaration() -> None:
    text = 'pool a {\n    retry 1\npool b { retry 1 }\ntest "t" {\n    request { a: 1\n    expect b\n}\nrule c -> b\n'
    module, findings = parse(Source("test.route", text))
    assert [finding.span.first for finding in findings] == [(1, 8), (5, 13)]
    assert [type(d).__name__ for d in module.declarations] == ["Pool", "Rule"]


def test_an_unquoted_import_is_still_imported() -> None:
    module, findings = parse(Source("test.route", "policy a\nimport std/models # x\nrule b -> c\n"))
    assert len(findings) == 1
    assert [d.path.text for d in module.declarations if isinstance(d, s.Import)] == ["std/models"]


# ── limits ───────────────────────────────────────────────────────────────────────────────────────────


def test_nesting() -> None:
    read(f"let a = {'(' * 64}b{')' * 64}")
    read(f"let a = {'not ' * 64}b")
    for text in [
        f"let a = {'(' * 65}b{')' * 65}",
        f"let a = {'not ' * 65}b",
        f"let a = {'not (' * 33}b{')' * 33}",
        "within w when a {" * 65 + "}" * 65,
        "within w when a {" * 33 + f"rule r when {'(' * 32}b{')' * 32} -> c" + "}" * 33,
    ]:
        assert [finding.kind.code for finding in mistakes(text)] == ["T010"]


HOSTILE = {
    "parentheses": "let a = " + "(" * 100_000,
    "closed parentheses": "let a = " + "(" * 100_000 + "b" + ")" * 100_000,
    "nots": "let a = " + "not " * 100_000 + "b",
    "braces": "{" * 100_000,
    "withins": "within a when b {\n" * 20_000,
    "unclosed comments": "/* " * 100_000,
    "quotes": '"\n' * 100_000,
    "escapes": 'let a = b == "' + "\\q" * 50_000 + '"',
    "digits": "let a = b > " + "1_" * 200_000,
    "bad members": "pool x { " + "a; " * 100_000,
    "bad lines": "zork zork\n" * 50_000,
    "doc comments": "## x\n" * 50_000,
    "names read as names": "let a = " + "not\nlet\n" * 20_000,
}


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_text_is_read_quickly(name: str) -> None:
    start = time.process_time()
    findings = mistakes(HOSTILE[name])
    assert time.process_time() - start < 8  # takes below a second on an idle machine
    assert len(findings) <= SHOWN


def test_many_mistakes_are_counted() -> None:
    findings = mistakes("rule a\n" * 300)
    assert len(findings) == SHOWN
    assert findings[-1].notes == ("250 more syntax errors are not shown",)


def test_speed() -> None:
    """1,000 rules; the bound leaves room for slow machines."""
    text = "".join(
        f"## Rule {n}.\nrule r{n} when size >= {n}K and tier in [a, b] and (home == c or not has_tools) -> p[home]\n"
        for n in range(1_000)
    )
    read("let a = b")
    start = time.process_time()
    read(text)
    assert time.process_time() - start < (0.8 if sys.gettrace() is None else 8)
