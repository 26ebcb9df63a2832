"""Writing a file of requests: JSON Lines, CSV or Parquet, one request a row."""

from __future__ import annotations

import csv
import io
import json
import os
import tempfile
from collections.abc import Mapping
from json.encoder import encode_basestring_ascii as quoted
from typing import BinaryIO, Literal, Protocol, get_args

from interlock.compiler.traffic.entry import FACTS
from interlock.compiler.traffic.parquet import connect, telling
from interlock.dsl.policy import Attribute, BoolType, IntType, SetType

Form = Literal["jsonl", "csv", "parquet"]
FORMS: tuple[Form, ...] = get_args(Form)

_OBJECT = 1 << 24
"""As long as DuckDB expects an object to be. It keeps twice as much for each processor, of memory that is limited."""

_SQL_FACTS = {"$at": "VARCHAR", "$cost": "DOUBLE"}


class Writer(Protocol):
    """Takes requests. After ``finish`` all of them are in the file; ``close``, always called, lets go of it."""

    def write(self, values: Mapping[str, object], facts: Mapping[str, object]) -> None: ...

    def finish(self) -> None: ...

    def close(self) -> None: ...


def form_of(name: str) -> Form | None:
    """The form that a file's name says by its ending."""
    ending = os.path.splitext(name)[1].lower()
    return next((form for form in FORMS if ending == f".{form}"), None)


def writer(form: Form, attributes: Mapping[str, Attribute], stream: BinaryIO) -> Writer:
    """What writes requests with these attributes to a stream. Raises ``MissingDuckDB`` for Parquet without it."""
    if form == "jsonl":
        return _Lines(stream)
    return _Csv(attributes, stream) if form == "csv" else _Parquet(attributes, stream)


class _Lines:
    def __init__(self, stream: BinaryIO) -> None:
        self._stream = stream

    def write(self, values: Mapping[str, object], facts: Mapping[str, object]) -> None:
        # Half the time that an encoder takes for whole objects.
        members = [f'"{key}":{_json(value)}' for part in (values, facts) for key, value in part.items()]
        self._stream.write(f"{{{','.join(members)}}}\n".encode("ascii"))

    def finish(self) -> None:
        self._stream.flush()

    def close(self) -> None:
        pass  # the stream is the caller's


def _json(value: object) -> str:
    if type(value) is str:
        return quoted(value)
    return str(value) if type(value) is int else json.dumps(value)


class _Csv:
    def __init__(self, attributes: Mapping[str, Attribute], stream: BinaryIO) -> None:
        # Not every text of JSON is one in UTF-8: a lone surrogate becomes a question mark.
        self._text = io.TextIOWrapper(stream, encoding="utf-8", errors="replace", newline="", write_through=False)
        self._keys = (*attributes, *FACTS)
        self._rows = csv.writer(self._text, lineterminator="\n")
        self._rows.writerow(self._keys)

    def write(self, values: Mapping[str, object], facts: Mapping[str, object]) -> None:
        both = {**values, **facts}
        self._rows.writerow([_cell(both.get(key)) for key in self._keys])

    def finish(self) -> None:
        self._text.flush()

    def close(self) -> None:
        self._text.detach()  # else it would close the caller's stream


def _cell(value: object) -> object:
    if value is None or type(value) in (str, int):
        return value
    return json.dumps(value)


class _Parquet:
    """Rows are kept in a file beside, for which types fit is known at the end only: a column with a value that is not
    as declared is one of texts."""

    def __init__(self, attributes: Mapping[str, Attribute], stream: BinaryIO) -> None:
        self._stream = stream
        self._folder = tempfile.TemporaryDirectory(prefix="interlock-")
        self._database = connect("writing Parquet", self._folder.name)
        self._path = os.path.join(self._folder.name, "rows.jsonl")
        self._rows = open(self._path, "wb", buffering=1 << 20)  # noqa: SIM115 - closed in `finish`
        self._lines = _Lines(self._rows)
        self._types = {name: _sql(attribute) for name, attribute in attributes.items()}
        self._odd: set[str] = set()
        self._longest = _OBJECT

    def write(self, values: Mapping[str, object], facts: Mapping[str, object]) -> None:
        fit = {}
        for name, value in values.items():
            if type(value) is float and value.is_integer():
                value = int(value)
            fits = _fits(value, self._types[name])
            if not fits:
                self._odd.add(name)
            fit[name] = value if fits else _text(value)
        begins = self._rows.tell()
        self._lines.write(fit, facts)
        self._longest = max(self._longest, self._rows.tell() - begins)

    def finish(self) -> None:
        self._rows.close()
        types = {name: "VARCHAR" if name in self._odd else type_ for name, type_ in self._types.items()}
        types |= {name: _SQL_FACTS.get(name, "BIGINT") for name in FACTS}
        columns = ", ".join(f"'{name}': '{type_}'" for name, type_ in types.items())
        made = os.path.join(self._folder.name, "made.parquet")
        with telling("the Parquet file could not be written"):
            self._database.execute(
                f"COPY (SELECT * FROM read_json(?, format = 'newline_delimited', columns = {{{columns}}},"
                f" maximum_object_size = {self._longest})) TO '{made}' (FORMAT parquet, COMPRESSION zstd)",
                [self._path],
            )
        with open(made, "rb") as file:
            while data := file.read(1 << 20):
                self._stream.write(data)

    def close(self) -> None:
        self._rows.close()
        self._database.close()
        self._folder.cleanup()


def _sql(attribute: Attribute) -> str:
    if isinstance(attribute.type, IntType):
        return "BIGINT"
    if isinstance(attribute.type, BoolType):
        return "BOOLEAN"
    return "VARCHAR[]" if isinstance(attribute.type, SetType) else "VARCHAR"


def _fits(value: object, type_: str) -> bool:
    if type_ == "BIGINT":
        return type(value) is int and -(2**63) <= value < 2**63
    if type_ == "BOOLEAN":
        return type(value) is bool
    if type_ == "VARCHAR[]":
        return type(value) is list and all(_is_text(item) for item in value)
    return _is_text(value)


def _is_text(value: object) -> bool:
    if type(value) is not str:
        return False
    try:
        value.encode()
    except UnicodeEncodeError:
        return False
    return True


def _text(value: object) -> str:
    """A value as the text of a cell; what is no text in UTF-8 is replaced by question marks."""
    text = value if isinstance(value, str) else json.dumps(value)
    return text.encode("utf-8", "replace").decode()
