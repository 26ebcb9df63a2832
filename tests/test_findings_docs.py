"""The documentation of each finding shows it: its example has the finding, what it says to write instead has not.

The examples there are fragments. They are completed with what every reader takes for granted: the models and the
traffic of Claude Code, a few pools and a rule or two.
"""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from interlock.compiler.catalogue import catalogue
from interlock.compiler.pipeline import check
from interlock.compiler.settings import Settings
from interlock.dsl.finding import Finding

_GRANTED = """\
request { home : region per session; tenant : string per session }
enum region = us_east, us_west
upstream anthropic { provider anthropic; region us_east }
upstream east { provider anthropic; region us_east }
upstream west { provider anthropic; region us_west }
pool haiku { serve anthropic with claude-haiku-4-5 }
pool sonnet { serve anthropic with claude-sonnet-4-6 }
pool opus { serve anthropic with claude-opus-4-7 }
pool spare { serve anthropic with claude-sonnet-4-6 }
pool east { serve east with claude-sonnet-4-6 }
pool west { serve west with claude-sonnet-4-6 }
fallback haiku -> fail 503
fallback sonnet -> fail 503
fallback opus -> fail 503
fallback spare -> fail 503
fallback east -> fail 503
fallback west -> fail 503
"""

_BESIDE = {"R103", "F202"}
"""What a fragment may leave out: the rest of the rules and of the chains."""

_HEAD = """\
policy completed
import "std/claude_code"
import "std/models"
import "./granted"
"""

_RULES = """\
rule large_by_default when input_tokens >= 100K -> opus
rule otherwise -> haiku
"""


def completed(fragment: str) -> str:
    """A whole policy; what a fragment declares itself is not granted.

    What is granted comes from a module in the current folder: it need not be used."""
    own = {tuple(match) for match in re.findall(r"(?m)^(\w+) ([\w-]+)", fragment)}
    granted = [line for line in _GRANTED.splitlines() if tuple(line.split()[:2]) not in own]
    rules = "" if re.search(r"(?m)^rule ", fragment) else _RULES
    Path("granted.route").write_text("\n".join(granted) + "\n")
    return _HEAD + fragment + rules


def fragments(part: str) -> list[str]:
    """The ``route`` blocks of a part of a documentation."""
    return re.findall(r"(?ms)^```route\n(.*?)^```$", part)


def looked_for(code: str, fragment: str) -> list[Finding]:
    """Findings of the kind in question, and errors of any."""
    kind = catalogue()[code]
    settings = Settings({code: kind.severity} if not kind.on else {}, 6, 120_000, 10)
    found = check("policy.route", text=completed(fragment), settings=settings).findings
    return [finding for finding in found if finding.kind.code == code or finding.severity == "error"]


@pytest.mark.parametrize("code", catalogue())
def test_the_documentation_shows_the_finding(code: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    _, _, rest = catalogue()[code].doc.partition("## Example\n")
    example, _, instead = rest.partition("## What to write instead\n")
    assert fragments(example), "no example"
    assert fragments(instead), "nothing to write instead"
    for fragment in fragments(example):
        found = looked_for(code, fragment)
        assert {finding.kind.code for finding in found} - (_BESIDE - {code}) == {code}, found
    for fragment in fragments(instead):
        found = looked_for(code, fragment)
        assert {finding.kind.code for finding in found} <= _BESIDE - {code}, found
