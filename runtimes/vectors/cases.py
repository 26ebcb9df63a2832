"""The requests that the vectors ask about. Every request is a JSON text, written as it is to be read."""

from __future__ import annotations

import json

Texts = list[tuple[str, str]]
CLASSES = ["overloaded", "rate_limited", "server_error", "timeout", "unreachable", "context_overflow", "refused"]


def with_member(base: str, name: str, values: list[str]) -> Texts:
    """One request for each value, as JSON text, of one more member."""
    return [(f"{name} {value[:60]}", f'{{{base}"{name}": {value}}}') for value in values]


# Just what column 31, or 63, asks besides a number that is large enough; and that in each attribute but one.
WORDS = ("word", 32), ("words", 64)
LAST = {"n": "99", "flag": "false", "name": '"z"', "tags": '["last"]', "tier": '"a"'}
OTHER = {"n": "30", "flag": "true", "name": '"y"', "tags": "[]", "tier": '"b"'}


def _object(members: dict[str, str]) -> str:
    return "{" + ", ".join(f'"{name}": {value}' for name, value in members.items()) + "}"


def _words(columns: int) -> Texts:
    near = [n for word in range(32, columns + 1, 32) for n in range(word - 4, word + 3)]
    texts = [_object(LAST | {"n": str(n)}) for n in (*range(columns + 2), 99)]
    texts += [_object(LAST | {"n": str(n), "flag": "true"}) for n in (0, *near, 99)]
    texts += [_object(LAST | {name: value}) for name, value in OTHER.items()]
    texts += [_object({**LAST, "n": str(n), "name": '"y"'}) for n in near]
    return [(text, text) for text in dict.fromkeys(texts)]


KIND = '"beta": false, "home": "us_east", "tokens": 6, '
ANYTHING = ["null", "true", "0", "1.5", '""', '"us_west"', "[]", '["us_west"]', '[["us_west"]]', "[null]", "{}"]
NUMBERS = [
    "0", "-0", "0.0", "-0.0", "-1", "-1.0", "1e0", "5.0", "5.5", "1e3", "1E3", "1e-1", "10e-1", "0e999", "1e-400",
    "2147483646", "2147483647", "2147483648", "-2147483648", "-2147483649", "4294967295", "4294967296", "2147483647.5",
    "9007199254740990", "9007199254740991", "9007199254740991.0", "9007199254740992", "9007199254740993",
    "9007199254740990.25", "9007199254740990.5", "-9007199254740991", "-9007199254740992", "9.007199254740991e15",
    "9223372036854775807", "9223372036854775808", "-9223372036854775808", "18446744073709551616",
    "123456789012345678901234567890", "9" * 400, "1.00000000000000001", "1.0000000000000002", "true", '"5"', "[5]",
]  # fmt: skip
STRINGS = [
    '""', r'"caf\u00e9"', '"café"', r'"cafe\u0301"', '"cafe\u0301"', r'"a\u0000b"', '"ab"', '"a"', r'"\ue000"',
    r'"\ud83d\ude80"', '"🚀"', r'"\ud83d\ude80\ud83d\ude80"', '"a🚀b🚀"', r'"\udbff\udfff"', r'"\uffff"', '"abba"',
    '"aba"', '"abxba"', '"ababa"', '"xyyyz"', '"xyyz"', '"xyyayz"', '"xyyaz"', '"*lit"', '"*lit and more"', '"lit"',
    '"ê"', '"é"', r'"e\u0301"', '"pqq"', '"pqqr"', '"pq"', '"kabc"', '"kabbc"',
    r'"\ud800"', r'"\udc00"', r'"\ude80\ud83d"',
    r'"a\ud83d"', r'"\ud83dx\ude80"', '"other"', r'"\/\b\f\n\r\t\"\\"',
]  # fmt: skip
IDS = [
    '""',
    '"a"',
    '"ab"',
    '"abc"',
    '"abcd"',
    '"abcde"',
    r'"\u0000"',
    '"é"',
    r'"e\u0301"',
    '"🚀"',
    '"s-1"',
    '"s-2"',
    "null",
]

DECIDE: dict[str, tuple[str, Texts]] = {
    "bools": ("kinds", [case for name in ("beta", "debug", "quiet") for case in with_member(
        KIND.replace('"beta": false, ', "") if name == "beta" else KIND, name, ANYTHING)]),
    "enums": ("kinds", [case for name in ("hint", "home", "tier") for case in with_member(
        KIND.replace('"home": "us_east", ', "") if name == "home" else KIND, name,
        [*ANYTHING, '"opus"', '"Opus"', '"team"', r'"\ud800"', '"us_east"', r'"us_east\u0000"'])]),
    "ints": ("kinds", [case for name in ("tokens", "window") for case in with_member(
        KIND.replace('"tokens": 6, ', "") if name == "tokens" else KIND, name,
        [*ANYTHING, "7", "7.0", "99", "100", "200", "201", "499", "500", "1000", "1001", "2000", "2001", "-1"])]),
    "sets": ("kinds", [case for name in ("features", "kinds", "regions") for case in with_member(
        KIND, name, [*ANYTHING, '[""]', '["us_east"]', '["us_east", "us_west", "us_east"]', '["nowhere", 5]',
                     '["nowhere"]', '["us_west", null]', r'["us_west", "\ud800"]', '"us_east"', '["beta", "beta"]'])]),
    "several": ("kinds", [
        ("nothing is given", "{}"),
        ("the first fault in name order is told", '{"tokens": "x", "home": 5, "beta": 1}'),
        ("a fault of a later attribute", '{"tokens": "x", "home": "us_east", "beta": true}'),
        ("a column of two attributes", '{"beta": true, "features": ["x", "beta"], "home": "us_west", "tokens": 1}'),
        ("no rule holds", '{"beta": false, "home": "us_west", "tokens": 6}'),
        ("absent and false differ", '{"beta": false, "debug": false, "home": "us_east", "tokens": 7}'),
    ]),
    "numbers": ("numbers", with_member("", "big", NUMBERS)),
    "words": ("numbers", with_member("", "word", NUMBERS)),
    "wide": ("wide", [
        *((text, text) for _, text in with_member('"other": true, ', "n", ["null", *map(str, range(141))])),
        *with_member("", "n", [str(n) for word in (0, 32, 53, 64, 128) for n in range(max(word - 3, 0), word + 4)]),
    ]),
    **{f"bits_of_{table}": (table, _words(columns)) for table, columns in WORDS},
    "serving": ("serving", [("of every request the same", "{}")]),
    "defaulted": ("numbers", with_member(
        "", "small", ["5", "5.0", "4", "6", "5.5", "null", '"x"', "9007199254740993"])),
    "strings": ("strings", [*with_member("", "text", STRINGS), *with_member("", "text", ["null", "5", "[]"])]),
    "inherited": ("strings", with_member('"text": "t", ', "constructor", ['""', "null", "{}"])),
    "samples": ("strings", with_member('"text": "t", ', "id", IDS)),
}  # fmt: skip

BIG = '"big": 0'


def _deep(pairs: int) -> str:
    """Lists and objects in one another, with what looks like an end in strings."""
    return '[{"]":' * pairs + "1.5" + "}]" * pairs


REQUESTS: dict[str, tuple[str, Texts]] = {
    "objects": ("numbers", [
        ("a key twice: the last counts", '{"big": 1, "big": 0}'),
        ("a key twice, the last is null", '{"big": 0, "big": null}'),
        ("a key twice, once with escapes", r'{"big": 1, "\u0062ig": 0}'),
        ("white space", ' \t\r\n{ "big" :\n0 }\n '),
        ("members that are not declared", '{"other": {"big": 1}, "": [1e400, -1e400], "big": 0}'),
        ("names that differ in case, NUL or white space", r'{"Big": 1, "big\u0000": 1, " big": 1, "big": 0}'),
        ("a key that is a lone surrogate", r'{"\ud800": 1, "big": 0}'),
        ("a lone surrogate in what is not declared", r'{"other": "\ud800", "big": 0}'),
        ("names that mean something to some languages",
         '{"__proto__": {"big": 1}, "constructor": 1, "toString": 1, "hasOwnProperty": 1, "__index": 1, "big": 0}'),
        ("nested deeply in what is not declared", '{"other": ' + "[" * 200 + "]" * 200 + ", " + BIG + "}"),
        ("nested 5,000 deep in what is not declared", '{"other": ' + _deep(2_500) + ", " + BIG + "}"),
        ("nested 5,000 deep in what is declared", '{"big": ' + _deep(2_500) + "}"),
        ("nested 5,000 deep in what counts no more", '{"big": ' + _deep(2_500) + ", " + BIG + "}"),
    ]),
    "numbers": ("numbers", [
        ("too large for a double", '{"big": 1e400}'),
        ("too small for a double", '{"big": -1e400}'),
        ("just under the largest double", '{"big": 1.7976931348623157e308}'),
        ("a very long fraction", '{"big": 0.' + "0" * 400 + "}"),
        ("an exponent of many digits", '{"big": 1e99999999999999999999}'),
        ("a vanishing exponent of many digits", '{"big": 1e-99999999999999999999}'),
        ("an integer of 5,000 digits", '{"big": ' + "1" + "0" * 4999 + "}"),
    ]),
    "not_objects": ("numbers", [(f"the text {text}", text) for text in
                                ("null", "true", "0", '"big"', "[]", '[{"big": 0}]')] + [("5,000 deep", _deep(2_500))]),
    "not_json": ("numbers", [
        ("empty", ""), ("white space only", " \n"), ("cut off", '{"big": 0'), ("more after the end", '{"big": 0} {}'),
        ("a comma too many", '{"big": 0,}'), ("a leading zero", '{"big": 00}'), ("a plus sign", '{"big": +0}'),
        ("no digit before the point", '{"big": .5}'), ("no digit after the point", '{"big": 0.}'),
        ("hexadecimal", '{"big": 0x0}'), ("NaN", '{"big": NaN}'), ("Infinity", '{"big": Infinity}'),
        ("-Infinity", '{"big": -Infinity}'), ("single quotes", "{'big': 0}"), ("a key without quotes", "{big: 0}"),
        ("a comment", '{"big": 0 /* none */}'), ("a NUL in a string", '{"a": "\0", "big": 0}'),
        ("a NUL after the end", '{"big": 0}\0'), ("a newline in a string", '{"a": "\n", "big": 0}'),
        ("an escape that there is none of", r'{"a": "\x41", "big": 0}'), ("half an escape", r'{"a": "\u00", "big": 0}'),
        ("5,000 deep without an end", '{"big": 0, "other": ' + "[" * 5_000),
        ("5,000 deep, and one end too few", '{"big": 0, "other": ' + "[" * 5_000 + "]" * 4_999 + "}"),
        ("5,000 deep, and one end too many", '{"big": 0, "other": ' + "[" * 5_000 + "]" * 5_001 + "}"),
        ("5,000 deep, and an end of the other kind", '{"big": 0, "other": ' + _deep(2_500)[:-9] + "}" * 9 + "}"),
        ("5,000 deep, and a comma too many there", '{"big": 0, "other": ' + "[" * 5_000 + "," + "]" * 5_000 + "}"),
        ("a byte order mark", '\ufeff{"big": 0}'), ("two byte order marks", '\ufeff\ufeff{"big": 0}'),
        ("a byte order mark after the end", '{"big": 0}\ufeff'),
        ("another case", '{"big": Null}'), ("a no-break space", '{"big":\u00a00}'),
    ]),
}  # fmt: skip

EVERY = [[error] for error in CLASSES]
LONG = [["overloaded"] * 6, ["timeout", "server_error", "refused", "timeout"], ["unreachable"] * 4 + ["refused"]]


def _walks(members: str) -> list[tuple[str, str, list[str]]]:
    text = "{" + members + "}"
    return [(f"{text} after {', '.join(after)}", text, after) for after in [*EVERY, *LONG]]


def _keys(route: int, name: str, values: list[str]) -> list[tuple[str, str, list[str]]]:
    texts = with_member(f'"route": {route}, ', name, values)
    return [(f"{told}, then two errors", text, ["rate_limited", "rate_limited"]) for told, text in texts]


WALKS: dict[str, list[tuple[str, str, list[str]]]] = {
    "chains": [walk for route in range(6) for walk in _walks(f'"route": {route}')],
    "ends": [
        ("a fail is final", '{"route": 6}', ["overloaded", "refused"]),
        ("no rule", '{"route": 7}', ["overloaded"]),
        ("an invalid request goes on walking, its keys empty", '{"route": 10, "session": "s-1"}', ["timeout"] * 5),
        ("no object at all", "[]", ["timeout"] * 5),
    ],
    "string_keys": _keys(0, "session", IDS),
    "int_keys": _keys(1, "number", ["0", "-0.0", "-1", "1", "5.0", "1e3", "2147483648", "9007199254740991", "null"]),
    "other_keys": [
        *_keys(2, "flag", ["true", "false", "null"]),
        *_keys(3, "kind", ['"a"', '"b"', '"z"', '"é"', "5", "null"]),
    ],
}

EXPLAIN: dict[str, tuple[str, Texts]] = {
    "kinds": ("kinds", [DECIDE["several"][1][i] for i in (0, 3, 4, 5)]),
    "strings": (
        "strings",
        [case for case in DECIDE["strings"][1] if json.loads(case[1])["text"] in ("abba", "pqq", "🚀")],
    ),
    **{
        f"bits_of_{table}": (
            table,
            [
                (_object(members), _object(members))
                for members in (LAST, LAST | {"flag": "true"}, LAST | {"tags": "[]"})
            ],
        )
        for table, _ in WORDS
    },
    "walks": ("walks", [(f"route {route}", f'{{"route": {route}, "session": "s-1"}}') for route in (0, 4, 5, 6)]),
}

HASHED = "", "a", "ab", "abc", "abcd", "abcde", "hello", "\0", "\0\0\0\0", "é", "e\u0301", "🚀", "\uffff", "x" * 257
HASHES = [(text, seed) for text in HASHED for seed in (0, 1, 2**31, 2**32 - 1)]
MAGLEVS = [
    [("a/m", 1), ("b/m", 1)],
    [("a/m", 1), ("b/m", 100)],
    [("a/m", 3), ("b/m", 1), ("c/n", 7)],
    [("A/m", 1), ("a/M", 1), ("a/m", 1)],
    [(f"u[{i:02}]/model", 1 + i % 3) for i in range(40)],
]
