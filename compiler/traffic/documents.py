"""JSON documents that are not one a line: indented ones, and arrays, whose elements come one at a time."""

from __future__ import annotations

import codecs
import io
from collections.abc import Iterator

from interlock.compiler.json_text import NotJson, parse_part
from interlock.compiler.traffic.record import MAX_RECORD, Broken

_CHUNK = 1 << 20
_NOT_UTF8 = "what follows is not UTF-8; the rest of the file cannot be read"
_SPACE = " \t\r\n"


class _Text:
    """The part of a file that is not yet understood, and the line in which it begins."""

    def __init__(self, stream: io.BufferedReader) -> None:
        self._stream = stream
        self._decoder = codecs.getincrementaldecoder("utf-8-sig")()
        self.text = ""
        self.at = 0
        self.line = 1
        self.ended = False
        self.broken = False

    def more(self) -> None:
        """Read on, as much again as there is, so that a long value is not looked at too often."""
        data = self._stream.read(max(_CHUNK, len(self.text) - self.at))
        self.ended = not data
        try:
            read = self._decoder.decode(data, final=self.ended)
        except UnicodeDecodeError as error:
            read = error.object[: error.start].decode()
            self.ended = self.broken = True
        self.text = self.text[self.at :] + read
        self.at = 0

    def forward(self, to: int) -> None:
        self.line += self.text.count("\n", self.at, to)
        self.at = to

    def mark(self) -> str:
        """The next character that is no space, "" at the end."""
        while True:
            while self.at < len(self.text) and self.text[self.at] in _SPACE:
                self.forward(self.at + 1)
            if self.at < len(self.text) or self.ended:
                return self.text[self.at : self.at + 1]
            self.more()


def documents(stream: io.BufferedReader) -> Iterator[tuple[int, object] | Broken]:
    """The values in a file, those in an array each by itself. After a mistake nothing can be made of the rest."""
    text = _Text(stream)
    inside = False
    try:
        while mark := text.mark():
            if mark == "[" and not inside:
                inside = True
                text.forward(text.at + 1)
            elif mark == "]" and inside:
                inside = False
                text.forward(text.at + 1)
            elif mark == "," and inside:
                text.forward(text.at + 1)
            else:
                yield text.line, _value(text)
        if text.broken:
            yield Broken(text.line, _NOT_UTF8)
        elif inside:
            yield Broken(text.line, "the array is not closed: the file ends in the middle")
    except NotJson as error:
        if text.broken:
            yield Broken(text.line, _NOT_UTF8)
            return
        line = text.line + text.text.count("\n", text.at, error.at or text.at)
        what = str(error).partition(" at line ")[0]
        yield Broken(line, f"the value is no JSON: {what}; the rest of the file cannot be read")


def _value(text: _Text) -> object:
    """The value that begins here, once enough of the file is read."""
    while True:
        try:
            value, end = parse_part(text.text, text.at)
            if end < len(text.text) or text.ended:  # a number might go on
                text.forward(end)
                return value
        except NotJson:
            if text.ended:
                raise
            if len(text.text) - text.at > MAX_RECORD:
                raise NotJson(f"it is longer than {MAX_RECORD >> 20} MiB, or has a mistake in it") from None
        text.more()
