"""Places in SARIF: which files a run was about, how a URI names them, and regions in them.

A file in the base folder has a URI relative to it, any other an absolute one. A module of the standard library is
relative to where that lies on the machine of the run.
"""

from __future__ import annotations

import os
from collections.abc import Iterable
from urllib.parse import quote

from interlock.cli.paths import is_file, is_outside, path_of, relative
from interlock.dsl.source import Span

_BASE = "%SRCROOT%"  # the name that code scanning and editors know
_LIBRARY = "INTERLOCK"
_STDIN: dict[str, object] = {"uri": "stdin", "description": {"text": "Standard input."}}


class Places:
    """The artifacts of a run, each with a number, and how to point into them."""

    def __init__(self, base: str, files: Iterable[str]) -> None:
        """``base`` is the absolute path of the base folder, ``files`` the names of what was checked."""
        self._base = base
        self._artifacts: list[dict[str, object]] = []
        self._index: dict[str, int] = {}
        self._library = False
        for name in files:
            self._number(_STDIN if name.startswith("<") else self._file(name), {"roles": ["analysisTarget"]})

    def artifact(self, span: Span) -> dict[str, object]:
        """The ``artifactLocation`` of the file that a span is in."""
        location = self._location(span)
        return location | {"index": self._number(location, {})}

    def physical(self, span: Span) -> dict[str, object]:
        """The ``physicalLocation`` of a span."""
        return {"artifactLocation": self.artifact(span), "region": region(span)}

    def name(self, span: Span) -> str:
        """What people call the file that a span is in."""
        path = path_of(span.source, self._base)
        return span.file if is_outside(path) else path

    def artifacts(self) -> list[dict[str, object]]:
        """All files so far."""
        return self._artifacts

    def bases(self) -> dict[str, object]:
        """What relative URIs are relative to."""
        bases: dict[str, object] = {_BASE: {"uri": _folder_uri(self._base)}}
        if self._library:
            import interlock.stdlib_policies as library

            folder = os.path.realpath(library.__path__[0])
            about = "The standard library of Interlock, as installed where this was written."
            bases[_LIBRARY] = {"uri": _folder_uri(folder), "description": {"text": about}}
        return bases

    def _location(self, span: Span) -> dict[str, object]:
        if is_file(span.source):
            return self._file(span.file)
        if span.file.startswith("<"):
            return _STDIN
        self._library = True
        return {"uri": quote(span.file), "uriBaseId": _LIBRARY}

    def _file(self, name: str) -> dict[str, object]:
        path = relative(name, self._base)
        if is_outside(path):
            return {"uri": _file_uri(os.path.abspath(name))}
        return {"uri": quote(os.fsencode(path)), "uriBaseId": _BASE}

    def _number(self, location: dict[str, object], more: dict[str, object]) -> int:
        known = repr(location)
        if known not in self._index:
            self._index[known] = len(self._artifacts)
            self._artifacts.append({"location": location} | more)
        return self._index[known]


def region(span: Span) -> dict[str, int]:
    """The ``region`` of a span; columns count code points, the last one is just past the end."""
    (line, column), (end_line, end_column) = span.first, span.last
    return {"startLine": line, "startColumn": column, "endLine": end_line, "endColumn": end_column}


def _file_uri(path: str) -> str:
    return "file://" + quote(os.fsencode(path))


def _folder_uri(path: str) -> str:
    return _file_uri(path).rstrip("/") + "/"
