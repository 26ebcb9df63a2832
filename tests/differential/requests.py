"""Requests as texts, hard to read and near every border of a table; and the errors that follow them."""

from __future__ import annotations

import json
import random
from typing import Any

from interlock.runtime import ERROR_CLASSES

Attribute = dict[str, Any]

# Texts that are hard on readers of JSON and of UTF-8; some are no JSON, some no object.
ODD_TEXTS = (
    b"", b" ", b"null", b"[]", b"{", b"{}", b"{}{}", b'"x"', b"\xff", b'{"a":"\xed\xa0\x80"}', b'{"a":01}', b'{"a":1.}',
    b'{"a":+1}', b'{"a":NaN}', b'{"a":-Infinity}', b"{'a':1}", b'{"a":1,}', b'{"a":"\x01"}', b'{"a":"\\x41"}',
    b"\xef\xbb\xbf{}",
    b'{"a":tru}', b"[" * 200 + b"]" * 200, b'{"a":' * 60 + b"1" + b"}" * 60, b'{"a":"\\ud83d\\ude80"}',
    b"{}\x00", b"\x0b{}",
)  # fmt: skip
ODD_VALUES = (
    "null", "true", "false", "0", "-0", "-0.0", "0.5", "1e0", "5.0", "5.0000000000000001", "1E400", "-1e400", "1e-400",
    "2147483647", "2147483648", "-2147483649", "4294967296", "9007199254740991", "9007199254740992", "9007199254740993",
    "-9007199254740991", "9223372036854775807", "9223372036854775808", "18446744073709551616", "1" + "0" * 400, "1e15",
    '""', '"\\u0000"', '"\\ud800"', '"\\udc00x"', '"\\ud800\\ud800\\udc00"', '"\\ud83d\\ude80"', '"e\\u0301"',
    '"\\u00e9"',
    '"*"', '"true"', "[]", "[null]", '["a",1]', '["\\ud800"]', '[["a"]]', "{}", '{"length":0}', '"' + "x" * 300 + '"',
)  # fmt: skip
ODD_NAMES = ("constructor", "__proto__", "toString", "length", "", "hasOwnProperty", "\x00", "1")
CONTAINERS = (("[", "]"), ("[", "]"), ('{"":', "}"), ('{"]\\"":[],"a":', ',"a":0}'), ("[{}, ", "]"))
CHARACTERS = 'ab/*.-é\u0301\U0001f680\x00\ud7ff\ue000 "\\\n'


class Requests:
    """Draws the texts of requests for one table's ``attributes``."""

    def __init__(self, attributes: list[Attribute], draw: random.Random) -> None:
        self._attributes = attributes
        self._draw = draw

    def text(self) -> bytes:
        """One request, on one line: mostly valid, with one or two odd things in every other."""
        draw = self._draw
        if draw.random() < 0.02:
            return draw.choice(ODD_TEXTS)
        if draw.random() < 0.005:
            return self._deep()
        oddity = draw.choice((0, 0, 0, 0.05, 0.3))
        members = []
        for attribute in self._attributes:
            if (attribute["optional"] or attribute["default"] is not None) and draw.random() < 0.3:
                continue
            if draw.random() < oddity / 4:
                continue
            value = draw.choice(ODD_VALUES) if draw.random() < oddity else self._legal(attribute)
            members.append((attribute["name"], value))
        if oddity and draw.random() < 0.3:
            members.append((draw.choice(ODD_NAMES), draw.choice(ODD_VALUES)))
        if oddity and members and draw.random() < 0.2:
            members.append((draw.choice(members)[0], draw.choice(ODD_VALUES)))  # the last one counts
        draw.shuffle(members)
        space = draw.choice(("", "", " ", "\t \r"))
        body = f"{space},{space}".join(f"{self._quoted(name)}{space}:{space}{value}" for name, value in members)
        text = f"{space}{{{body}{space}}}{space}".encode()
        if draw.random() < 0.01:
            at = draw.randrange(len(text))
            text = text[:at] + draw.choice((b"", b"\xc3", b"}", b'"', b"\\", b"0")) + text[at + 1 :]
        return text.replace(b"\n", b"\\n")

    def _deep(self) -> bytes:
        """Lists and objects in one another, up to some 5,000: in a member, declared or not, or as the whole text.
        In every fourth something is amiss."""
        draw = self._draw
        depth = draw.choice((16, 49, 50, 51, 100, 500, 900, 1_000, 1_100, 3_000, 5_000))
        text = draw.choice(("", "1", '"]}"', "1e400", '["a"]'))
        outside: tuple[list[str], list[str]] = [], []
        for _ in range(depth):
            start, end = draw.choice(CONTAINERS)
            if not text:
                start, end = draw.choice((("[", "]"), ("{", "}")))
                text = " "
            outside[0].append(start)
            outside[1].append(end)
        text = "".join((*reversed(outside[0]), text, *outside[1]))
        if draw.random() < 0.25:
            at = draw.randrange(len(text))
            text = (
                text[:at]
                + draw.choice(("", "]", "}", '"', ",", "\\", "0", "[", "\x00"))
                + text[at + draw.choice((0, 1)) :]
            )
        if draw.random() < 0.1:
            return text.encode()
        members = [f"{self._quoted(a['name'])}:{self._legal(a)}" for a in self._attributes]
        name = draw.choice([a["name"] for a in self._attributes] + ["", "undeclared"] * 3)
        members.insert(draw.randrange(len(members) + 1), f"{self._quoted(name)}:{text}")
        return f"{{{','.join(members)}}}".encode().replace(b"\n", b"\\n")

    def after(self) -> list[str]:
        """The errors of a walk; none for every other."""
        draw = self._draw
        return draw.choices(ERROR_CLASSES, k=draw.choice((0, 0, 1, 2, 3, 5)))

    def _legal(self, attribute: Attribute) -> str:
        draw = self._draw
        match attribute["type"]:
            case "bool":
                return draw.choice(("true", "false"))
            case "int":
                near = draw.choice([attribute["lo"], attribute["hi"], *attribute["cuts"]])
                number = near + draw.choice((-1, 0, 0, 1))
                return draw.choice((str(number), str(number), f"{number}.0", f"{number}e0", f"{number}0e-1"))
            case "enum":
                return self._quoted(self._one_of(attribute["values"]))
            case "string":
                return self._quoted(self._string(attribute))
        listed = [element["value"] for element in attribute["elements"]] + (attribute["values"] or [])
        return "[" + ",".join(self._quoted(self._one_of(listed)) for _ in range(draw.choice((0, 1, 1, 2, 4)))) + "]"

    def _string(self, attribute: Attribute) -> str:
        draw = self._draw
        patterns = attribute["patterns"]
        if patterns and draw.random() < 0.4:
            return "".join(piece + self._word() * draw.choice((0, 0, 1)) for piece in draw.choice(patterns)["pieces"])
        return self._one_of(attribute["literals"])

    def _one_of(self, listed: list[str]) -> str:
        return self._draw.choice(listed) if listed and self._draw.random() < 0.7 else self._word()

    def _word(self) -> str:
        return "".join(self._draw.choices(CHARACTERS, k=self._draw.choice((0, 1, 1, 2, 5, 40))))

    def _quoted(self, text: str) -> str:
        """A JSON string, now and then with escapes that are not needed."""
        if self._draw.random() < 0.8:
            return json.dumps(text, ensure_ascii=self._draw.random() < 0.5)
        units = text.encode("utf-16-be", "surrogatepass").hex()
        return '"' + "".join(f"\\u{units[i : i + 4]}" for i in range(0, len(units), 4)) + '"'
