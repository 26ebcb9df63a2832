"""Every example of tests/findings/<slug>.md, as tests/findings/README.md describes them."""

from __future__ import annotations

import json
import os
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path

import pytest

from interlock.compiler.catalogue import finding_modules
from interlock.compiler.pipeline import check
from interlock.compiler.reference import decide
from interlock.compiler.settings import DEFAULTS, Settings
from interlock.compiler.sources.check import check_imported, import_sources, policy_of
from interlock.compiler.sources.formats import recognized
from interlock.dsl.finding import Finding, Kind, Witness
from interlock.dsl.policy import Policy
from interlock.dsl.source import Source
from tests.markdown import blocks

FOLDER = Path(__file__).parent / "findings"
FILES = {"route": "policy.route", "yaml": "config.yaml", "json": "config.json"}
PARTS = ("## Why it hurts", "## Example", "## What to write instead")


@dataclass
class Example:
    """One heading of one file."""

    path: Path
    heading: str
    line: int
    policy: str
    file: str = "policy.route"
    findings: list[str] = field(default_factory=list)
    modules: str = ""
    shared: str = ""
    requests: list[str] = field(default_factory=list)
    complete: bool = False

    def __str__(self) -> str:
        return f"{self.path.stem}: {self.heading}"


def examples() -> Iterator[Example]:
    """The examples of all files."""
    for path in sorted(FOLDER.glob("*.md")):
        if path.name == "README.md":
            continue
        current: Example | None = None
        shared = ""
        for block in blocks(path):
            if block.language in FILES:
                if current is not None:
                    yield current
                current = Example(path, block.heading, block.line, block.text, FILES[block.language], shared=shared)
            elif current is None and block.language == "modules":
                shared = block.text
            elif current is None:
                raise AssertionError(f"{path}:{block.line}: the first block of an example is its policy")
            elif block.language == "findings":
                current.findings = block.text.splitlines()
                current.complete = True
            elif block.language == "modules":
                current.modules = block.text
            elif block.language == "request":
                current.requests = block.text.splitlines()
        if current is not None:
            yield current


def files_of(example: Example) -> list[tuple[str, str]]:
    """The names and texts of an example's files."""
    return [*_modules(example.shared), *_modules(example.modules), (example.file, example.policy)]


def settings_of(example: Example) -> Settings:
    """The defaults, with the finding that the example is about looked for."""
    kind = _kinds()[example.path.stem]
    return Settings(
        {} if kind.on else {kind.code: kind.severity},
        DEFAULTS.max_attempts,
        DEFAULTS.max_wait_ms,
        DEFAULTS.client_retries,
    )


def shown(example: Example, findings: Iterable[Finding]) -> list[Finding]:
    """What an example lists: findings of its own kind, errors of any, and what was not decided."""
    return [f for f in findings if f.kind.slug == example.path.stem or f.severity == "error" or f.kind.code == "S504"]


def checked(example: Example, folder: str = ".") -> tuple[Policy | None, tuple[Finding, ...]]:
    """The policy of an example, which lies in a folder, or the one that a gateway's configuration means; and
    everything that is found."""
    file = os.path.normpath(os.path.join(folder, example.file))
    if example.file == "policy.route":
        found = check(file, settings=settings_of(example))
        return found.front.policy, found.findings
    source = Source(file, example.policy)
    format_ = recognized(source)
    assert format_ is not None, "nobody can tell which gateway this configuration is for"
    imported = import_sources(format_, [source])
    policy = None if imported.draft is None else policy_of(imported).policy
    return policy, check_imported(imported, settings_of(example))


@cache
def _kinds() -> dict[str, Kind]:
    return {module.KIND.slug: module.KIND for module in finding_modules().values()}


@pytest.mark.parametrize("example", list(examples()), ids=str)
def test_example(example: Example, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    place = f"{example.path.name}:{example.line}"
    assert example.complete, f"{place}: the example has no ```findings block"
    monkeypatch.chdir(tmp_path)
    for name, text in files_of(example):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(text, encoding="utf-8")

    policy, everything = checked(example)
    findings = shown(example, everything)

    expected = list(_expectations(example.findings, place))
    found = [_found(finding) for finding in findings]
    told = "\n".join(f"{code} {where} {message}\n  {help_}" for code, where, message, help_ in found) or "nothing"
    assert [part[:2] for part in expected] == [part[:2] for part in found], f"{place}: found\n{told}"
    for (code, where, words, help_words), (_, _, message, help_) in zip(expected, found, strict=True):
        assert words in message, f"{place}: {code} {where} says: {message}"
        assert help_words in help_, f"{place}: {code} {where} helps: {help_}"
    if example.requests:
        requests = [r for f in findings if f.witness for r in f.witness.requests]
        assert requests == [json.loads(line) for line in example.requests], f"{place}: {requests}"
    _assert_witnesses(policy, everything)


@pytest.mark.parametrize("code", finding_modules())
def test_every_finding_is_documented_and_exampled(code: str) -> None:
    module = finding_modules()[code]
    kind = module.KIND
    assert isinstance(kind, Kind)
    assert kind.doc == module.DOC
    assert module.__name__.rsplit(".", 1)[-1] == kind.slug.replace("-", "_")
    assert re.fullmatch(r"[TRFCAGS]\d{3}", kind.code)
    assert re.fullmatch(r"[a-z]+(-[a-z]+)*", kind.slug)
    at = [kind.doc.find(part) for part in PARTS]
    assert -1 not in at, f"{code}: the documentation lacks {PARTS[at.index(-1)]!r}"
    assert at == sorted(at), f"{code}: the parts of the documentation are in another order"
    assert kind.doc[: at[0]].strip(), f"{code}: the documentation does not start with what is found"
    assert "```" in kind.doc[at[1] : at[2]], f"{code}: the documentation has no example"
    path = FOLDER / f"{kind.slug}.md"
    assert path.exists(), f"tests/findings/{kind.slug}.md is missing"
    mine = [example for example in examples() if example.path == path]
    assert any(line.startswith(code) for example in mine for line in example.findings), f"{path.name} never shows it"


def test_every_example_file_belongs_to_a_finding() -> None:
    slugs = {module.KIND.slug for module in finding_modules().values()}
    assert {path.stem for path in FOLDER.glob("*.md")} - {"README"} <= slugs


def test_codes_and_slugs_are_each_used_once() -> None:
    kinds = [module.KIND for module in finding_modules().values()]
    assert len({kind.slug for kind in kinds}) == len(kinds)


def _modules(text: str) -> Iterator[tuple[str, str]]:
    parts = re.split(r"(?m)^--- (\S+)$\n", text)
    yield from zip(parts[1::2], parts[2::2], strict=True)


def _expectations(lines: list[str], place: str) -> Iterator[tuple[str, str, str, str]]:
    """Code, place, words of the message and words of the help."""
    for line, below in zip(lines, [*lines, ""][1:], strict=True):
        if line.strip() and not line.startswith(" "):
            match = re.fullmatch(r"([A-Z]\d{3}) ((?:\S+:)?\d+:\d+)\s*(.*)", line.strip())
            assert match, f"{place}: {line!r} is not `CODE LINE:COLUMN words`"
            yield match[1], match[2], match[3], below.strip() if below.startswith(" ") else ""


def _found(finding: Finding) -> tuple[str, str, str, str]:
    line, column = finding.span.first
    file = "" if finding.span.file in FILES.values() else f"{finding.span.file}:"
    return finding.kind.code, f"{file}{line}:{column}", finding.message, finding.help


def _assert_witnesses(policy: Policy | None, findings: Iterable[Finding]) -> None:
    for finding in findings:
        if policy is not None and finding.witness is not None:
            _assert_witness(policy, finding.witness, finding.kind.code)


def _assert_witness(policy: Policy, witness: Witness, code: str) -> None:
    for request in witness.requests:
        assert decide(policy, request)["invalid"] is None, f"{code}: the witness {request} is invalid"
    if witness.requests and witness.hops:
        walk = [decide(policy, witness.requests[0], witness.after[:n]) for n in range(len(witness.after) + 1)]
        pools = [at["pool"] for at in walk if at["pool"] is not None]
        assert tuple(pools) == witness.hops, f"{code}: the witness says {witness.hops}, the walk is {pools}"
