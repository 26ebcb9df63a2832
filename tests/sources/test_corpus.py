"""Configurations in the shapes that public ones have: what is found in each, and that it is a policy."""

from __future__ import annotations

import re
from pathlib import Path
from typing import get_args

import pytest

from interlock.compiler.pipeline import front
from interlock.compiler.source_findings import refused_configuration
from interlock.compiler.sources.check import check_imported, import_sources, policy_text
from interlock.compiler.sources.formats import Format
from interlock.dsl.source import Source

FOLDER = Path(__file__).parent / "corpus"
FILES: list[tuple[Format, Path]] = [
    (format_, path)
    for format_ in get_args(Format)
    for path in sorted((FOLDER / format_).glob("*"))
    if path.suffix in (".yaml", ".yml", ".json")
]


def expected(path: Path) -> list[str]:
    """What a file says in its first line, or one beside it (`NAME.expect`), is found in it: codes and lines."""
    beside = path.with_suffix(".expect")
    text = beside.read_text("utf-8") if beside.exists() else path.read_text("utf-8")
    first = re.match(r"# expect:(.*)\n", text)
    assert first is not None, f"{path.name} does not say what is found in it"
    return sorted(first[1].split())


@pytest.mark.parametrize(("format_", "path"), FILES, ids=lambda value: getattr(value, "stem", value))
def test_what_is_found(format_: Format, path: Path) -> None:
    imported = import_sources(format_, [Source(str(path), path.read_text("utf-8"))])
    found = check_imported(imported)
    places = [f"{f.kind.code}@{f.span.source.text.count(chr(10), 0, f.span.start) + 1}" for f in found]
    assert sorted(set(places)) == expected(path), [finding.message for finding in found]
    text, refused = policy_text(imported)
    if text is None:
        assert any(finding.kind is refused_configuration.KIND for finding in refused)
    else:
        made = front("policy.route", text=text)
        assert not made.findings, [finding.message for finding in made.findings]
