"""Reports in the JUnit format, which every CI system reads: a suite a file, a case a finding or a test.

Valid against Jenkins's ``junit-10.xsd``, the strictest of the schemas about. A case is known from one run to the next
by its class name (the file without its ending, as other linters have it) and its name, so no line number is in those.
"""

from __future__ import annotations

import io
import re
from collections import Counter
from dataclasses import dataclass, field
from typing import Literal
from xml.etree import ElementTree

from interlock.cli.console import Console
from interlock.cli.declarations import Declarations
from interlock.cli.paths import base_folder, path_of, relative
from interlock.cli.render.text import finding_lines
from interlock.cli.report import Report
from interlock.dsl.credentials import masked
from interlock.dsl.source import Source

# What XML 1.0 has no way to write: controls, halves of surrogate pairs, U+FFFE and U+FFFF.
_ILLEGAL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")


@dataclass
class Case:
    """One line of a report. ``state`` None is a success; the others come with a type, a message and a text."""

    name: str
    state: Literal["failure", "error", "skipped"] | None = None
    type: str = ""
    message: str = ""
    text: str = ""


@dataclass
class Suite:
    """The cases of one file."""

    file: str
    cases: list[Case] = field(default_factory=list)


def check_suites(report: Report) -> list[Suite]:
    """A suite for each file that was checked, and for each other that something was found in: a case a finding,
    failed if the finding fails the check and skipped if it does not; one that succeeds where nothing was found."""
    base = base_folder()
    suites: dict[str, Suite] = {}

    def suite(file: str) -> Suite:
        return suites.setdefault(file, Suite(file))

    for file in report.files:
        suite(file if file.startswith("<") else relative(file, base))
    known: dict[Source, Declarations] = {}
    paper = Console(io.StringIO(), "never")  # asked only for its width and its few, plain characters
    for file, finding in report.found:
        source = finding.span.source
        if source not in known:
            known[source] = Declarations(source)
        kind, where = finding.kind, masked(known[source].header(finding.span))
        name = f"{kind.code} {kind.slug}" + (f": {where}" if where else "")
        state: Literal["failure", "skipped"] = "failure" if report.fails(finding) else "skipped"
        text = "\n".join(finding_lines(finding, paper, file, report.root))
        suite(path_of(source, base)).cases.append(Case(name, state, finding.severity, finding.message, text))
    for found in suites.values():
        if not found.cases:
            found.cases.append(Case("no findings"))
    for file, why in report.unread:
        suite(relative(file, base)).cases.append(Case("can be read", "error", "unusable", why, why))
    return [suites[file] for file in sorted(suites)]


def junit(command: str, suites: list[Suite]) -> str:
    """The report of a command, as a whole XML document in ASCII, without the last line end."""
    root = ElementTree.Element("testsuites", {"name": f"interlock {command}"})
    for suite in suites:
        under = ElementTree.SubElement(root, "testsuite", {"name": _legal(suite.file)})
        _count(under, suite.cases)
        seen: Counter[str] = Counter()
        for case in suite.cases:
            seen[case.name] += 1
            name = case.name if seen[case.name] == 1 else f"{case.name} ({seen[case.name]})"
            attributes = {"name": _legal(name), "classname": _legal(suite.file.removesuffix(".route"))}
            element = ElementTree.SubElement(under, "testcase", attributes)
            if case.state is not None:
                why = {"type": case.type, "message": _legal(case.message)}
                ElementTree.SubElement(element, case.state, why).text = _legal(case.text)
    _count(root, [case for suite in suites for case in suite.cases])
    root.attrib.pop("skipped")  # the schema has it on suites only
    ElementTree.indent(root)
    body = ElementTree.tostring(root, encoding="us-ascii", xml_declaration=False).decode()
    return f'<?xml version="1.0" encoding="UTF-8"?>\n{body}'


def _count(element: ElementTree.Element, cases: list[Case]) -> None:
    states = Counter(case.state for case in cases)
    element.set("tests", str(len(cases)))
    element.set("failures", str(states["failure"]))
    element.set("errors", str(states["error"]))
    element.set("skipped", str(states["skipped"]))


def _legal(text: str) -> str:
    return _ILLEGAL.sub("\ufffd", text)
