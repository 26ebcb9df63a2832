"""The documentation of each finding shows it: its example has the finding, what it says to write instead has not.

The examples there are fragments; docs/finding_examples.py makes them whole, for these tests and for the pages.
"""

from __future__ import annotations

import importlib
from dataclasses import replace
from types import ModuleType

import pytest

from interlock.compiler.catalogue import catalogue
from interlock.dsl.finding import Kind
from tests.test_docs import ROOT


@pytest.fixture
def scripts(monkeypatch: pytest.MonkeyPatch) -> tuple[ModuleType, ModuleType]:
    """``finding_examples`` and ``make_findings``, which are scripts beside the pages that they write."""
    monkeypatch.syspath_prepend(ROOT / "docs")
    return importlib.import_module("finding_examples"), importlib.import_module("make_findings")


@pytest.mark.parametrize("code", catalogue())
def test_the_example_has_the_finding(code: str, scripts: tuple[ModuleType, ModuleType]) -> None:
    whole, _ = scripts
    kind = catalogue()[code]
    assert whole.examples(kind), "no example"
    for fragment in whole.examples(kind):
        found = whole.findings(kind, whole.completed(kind, fragment))
        assert code in {finding.kind.code for finding in found}, found
        assert not [f for f in found if f.severity == "error" and f.kind.code != code], found


@pytest.mark.parametrize("code", catalogue())
def test_what_to_write_instead_has_not(code: str, scripts: tuple[ModuleType, ModuleType]) -> None:
    whole, _ = scripts
    kind = catalogue()[code]
    assert whole.remedies(kind), "nothing to write instead"
    for fragment in whole.remedies(kind):
        found = whole.findings(kind, whole.completed(kind, fragment))
        assert not [f for f in found if f.severity == "error" or f.kind.code == code], found


WRONG = {
    "no example": ("## Example\n```route\n", "## Example\n```text\n"),
    "nothing to write instead": ("## What to write instead", "## What else"),
    "an example that does not show it": ("input_tokens >= 20K", "input_tokens >= 200K"),
    "an example with another error": ("-> sonnet\n```\n`small`", "-> sonett\n```\n`small`"),
    "a remedy that has it still": ("rule hinted when model_hint == sonnet -> sonnet\nrule small", "rule small"),
}


@pytest.mark.parametrize("what", WRONG)
def test_a_page_is_not_written_of_documentation_that_is_wrong(
    what: str, scripts: tuple[ModuleType, ModuleType], monkeypatch: pytest.MonkeyPatch
) -> None:
    _, pages = scripts
    old, new = WRONG[what]
    module = importlib.import_module("interlock.compiler.analyses.unreachable_rule")
    kind: Kind = module.KIND
    assert kind.doc.count(old) == 1
    doc = kind.doc.replace(old, new)
    if what.startswith("a remedy"):
        doc = doc.replace("rule large -> opus", "rule large -> opus\nrule hinted when model_hint == sonnet -> sonnet")
    source = ROOT / "compiler" / "analyses" / "unreachable_rule.py"
    assert pages.page(kind, source.relative_to(ROOT)).startswith("# R101 unreachable-rule\n")
    with pytest.raises(pages.Wrong):
        pages.page(replace(kind, doc=doc), source.relative_to(ROOT))
