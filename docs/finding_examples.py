"""The examples in the documentation of findings, made whole and checked as a user would check them.

What stands there is a fragment. It is completed with what every reader takes for granted, in a module beside it: the
traffic and the models of Claude Code, two providers and a few pools; and with the rules and chains that it leaves out.
"""

from __future__ import annotations

import os
import re
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

from interlock.compiler.pipeline import check
from interlock.compiler.settings import DEFAULTS, Settings
from interlock.compiler.sources.check import check_imported, import_sources
from interlock.compiler.sources.formats import recognized
from interlock.dsl.finding import Finding, Kind
from interlock.dsl.source import Source

_FLEET = """\
import "std/claude_code"
import "std/models"

enum region = us_east, us_west

request {
    home : region per session
    tenant : string per session
    tier : enum(free, team, enterprise) per session
}

upstream anthropic { provider anthropic; region us_east; timeout connect 2s, first_token 20s }
upstream east { provider anthropic; region us_east; timeout connect 2s, first_token 20s }
upstream west { provider anthropic; region us_west; timeout connect 2s, first_token 20s }
upstream vertex { provider google; region us_central; timeout connect 2s, first_token 20s }

pool haiku { serve anthropic with claude-haiku-4-5 }
pool sonnet { serve anthropic with claude-sonnet-4-6 }
pool opus { serve anthropic with claude-opus-4-7 }
pool spare { serve anthropic with claude-sonnet-4-6 }
pool east { serve east with claude-sonnet-4-6 }
pool west { serve west with claude-sonnet-4-6 }
pool elsewhere { serve vertex with claude-sonnet-4-6 }

fallback haiku -> elsewhere -> fail 503
fallback sonnet -> elsewhere -> fail 503
fallback opus -> elsewhere -> fail 503
fallback spare -> elsewhere -> fail 503
fallback east -> elsewhere -> fail 503
fallback west -> elsewhere -> fail 503
fallback elsewhere -> fail 503
"""


class Example(NamedTuple):
    """A fragment made whole: the policy, and the module ``fleet.route`` that it imports; or the configuration of a
    gateway, without a module."""

    policy: str
    fleet: str


def examples(kind: Kind) -> list[str]:
    """The fragments that show a finding."""
    return _fragments(_parts(kind)[0])


def remedies(kind: Kind) -> list[str]:
    """The fragments to write instead."""
    return _fragments(_parts(kind)[1])


def completed(kind: Kind, fragment: str) -> Example:
    """The whole of a fragment: beside it what it takes for granted, below it what is missing besides what the finding
    is about. The configuration of a gateway is whole."""
    if kind.code.startswith("G"):
        return Example(fragment, "")
    pools = re.findall(r"(?m)^(?:fallback|pool) ([\w-]+)(?![\w\[-])", fragment)
    rest: list[str] = []
    while True:  # each round adds what one finding asks for
        body = fragment + ("\n" if rest else "") + "".join(rest)
        whole = Example('policy example\nimport "./fleet"\n\n' + body, _granted(fragment, body))
        found = {finding.kind.code: finding for finding in findings(kind, whole) if finding.kind is not kind}
        unused = _unused(found["R107"], pools) if "R107" in found and "rule " not in fragment else None
        if "R103" in found:
            more = f"rule otherwise -> {[*pools, 'haiku'][0]}\n"
        elif "F202" in found:
            more = f"fallback {found['F202'].message.split('`')[1]} -> elsewhere -> fail 503\n"
        elif unused:
            more = f'rule to_{unused} when tenant == "{unused}" -> {unused}\n'
        else:
            return whole
        if more in rest:
            return whole
        rest.insert(0 if unused else len(rest), more)


def _granted(fragment: str, body: str) -> str:
    """Of the fleet what a policy uses, directly or through what it uses, and does not declare itself."""
    own = {tuple(match) for match in re.findall(r"(?m)^(\w+) ([\w-]+)", fragment)}
    own |= {(name, ":") for name in re.findall(r"(\w+) :", fragment)}  # attributes
    own |= {("fallback", name) for kind, name in own if kind == "pool"}  # the fleet by itself is sound
    used = set(re.findall(r"[\w-]+", body))
    while True:
        lines = [line for line in _FLEET.splitlines() if _needed(line.split()[:2], own, used)]
        more = {word for line in lines if line for word in re.findall(r"[\w-]+", line)}
        if more <= used:
            break
        used |= more
    text = "\n".join(lines).replace("request {\n}\n", "")
    return re.sub(r"\n{3,}", "\n\n", text).strip() + "\n"


def _needed(start: list[str], own: set[tuple[str, ...]], used: set[str]) -> bool:
    if tuple(start) in own:
        return False
    if len(start) < 2 or start[0] == "import" or start == ["request", "{"]:
        return True
    return start[0 if start[1] == ":" else 1] in used


def findings(kind: Kind, example: Example) -> list[Finding]:
    """What ``check`` finds in an example, this kind looked for even where it is off."""
    settings = Settings(
        {} if kind.on else {kind.code: kind.severity},
        DEFAULTS.max_attempts,
        DEFAULTS.max_wait_ms,
        DEFAULTS.client_retries,
    )
    with written(example):
        if example.fleet:
            return list(check("example.route", settings=settings).findings)
        source = Source(name_of(example), example.policy)
        format_ = recognized(source)
        assert format_ is not None, "nobody can tell which gateway this configuration is for"
        return list(check_imported(import_sources(format_, [source]), settings))


def name_of(example: Example) -> str:
    """The name of the file that holds an example."""
    if example.fleet:
        return "example.route"
    return "config.json" if example.policy.lstrip().startswith("{") else "config.yaml"


@contextmanager
def written(example: Example) -> Iterator[Path]:
    """A current folder that holds an example and nothing else."""
    before = os.getcwd()
    with tempfile.TemporaryDirectory() as folder:
        Path(folder, name_of(example)).write_text(example.policy, encoding="utf-8")
        if example.fleet:
            Path(folder, "fleet.route").write_text(example.fleet, encoding="utf-8")
        os.chdir(folder)
        try:
            yield Path(folder)
        finally:
            os.chdir(before)


def _unused(finding: Finding, pools: list[str]) -> str | None:
    """The pool that nothing leads to, if it is one of the fragment's."""
    named = [word for word in finding.message.split("`")[1::2] if word in pools]
    return named[-1] if named else None


def _parts(kind: Kind) -> tuple[str, str]:
    _, _, rest = kind.doc.partition("## Example\n")
    example, _, instead = rest.partition("## What to write instead\n")
    return example, instead


def _fragments(part: str) -> list[str]:
    return re.findall(r"(?ms)^```(?:route|yaml|json)\n(.*?)^```$", part)
