"""Writes docs/findings/ from the documentation that each finding carries in its own file: a page each, and an index.

python docs/make_findings.py            write the pages
python docs/make_findings.py --check    exit 1 if they are not what this would write
"""

from __future__ import annotations

import re
import sys
from pathlib import Path

from finding_examples import Example, completed, examples, findings, name_of, remedies, written
from typer.testing import CliRunner

from interlock.cli.render.doc import first_sentence
from interlock.compiler.catalogue import GROUPS, finding_modules
from interlock.dsl.finding import Kind

FOLDER = Path(__file__).with_name("findings")
ROOT = FOLDER.parent.parent

INDEX = """\
# What Interlock finds

<!-- Written by docs/make_findings.py from what stands in dsl/findings, compiler/analyses, compiler/source_findings. -->

`interlock check` reports the findings below, `interlock rule CODE` shows one of them. Each has a page: what it finds,
why that hurts, an example with what the checker says of it, and what to write instead.

A finding has a place in the text, a message in the policy's own words, and a line of help. Findings about behaviour
(R, F, C, A) are exact: one is reported if and only if what it says is true of the policy. Most come with a *witness*: a
request, and for chains the errors that follow, which `interlock decide` takes as they are.

They need a policy without T findings. A module by itself gets T and S findings only.
"""

MEANT = """\
## When it is meant

A comment on the line above a declaration allows a finding in it. It gives a reason; without one, or where there is
nothing to allow, it is itself found ([S503](unused-allow.md)).

<!-- fragment: the comment is what matters -->
```route
# interlock: allow unreachable-rule -- kept until the old clients are gone
rule legacy when model_hint == haiku -> haiku
```

[Settings](../configuration.md) change severities for a whole team, and baselines keep findings of old for later.
T findings can be neither allowed nor lowered: while there is one, there is no policy that anything could be said of.
"""

SETTINGS = {
    "F204": ("max-attempts = 6\nclient-retries = 10", "The limit, and how often the client tries again by itself:"),
    "F205": ('max-wait = "120s"', "The limit:"),
}
"""What a settings file says about one finding besides its severity."""

REPOSITORIES = {
    "LiteLLM": "BerriAI/litellm",
    "Envoy AI Gateway": "envoyproxy/ai-gateway",
    "kgateway": "kgateway-dev/kgateway",
    "vLLM Semantic Router": "vllm-project/semantic-router",
    "Claude Code": "anthropics/claude-code",
}
"""Where the issues are that documentation names as `LiteLLM issue 35303`."""


class Wrong(Exception):
    """A documentation does not show what it says."""


def pages() -> tuple[dict[Path, str], list[str]]:
    """All pages by their files, and what is wrong with documentation that makes none."""
    modules = finding_modules()
    kinds = {code: module.KIND for code, module in modules.items()}
    found = {FOLDER / "README.md": _index(kinds)}
    wrong = []
    for code, kind in kinds.items():
        source = Path(str(modules[code].__file__)).resolve().relative_to(ROOT)
        try:
            found[FOLDER / f"{kind.slug}.md"] = page(kind, source)
        except Wrong as error:
            wrong.append(f"{source}: {error}")
    return found, wrong


def _index(kinds: dict[str, Kind]) -> str:
    parts = [INDEX]
    for letter, (heading, about) in GROUPS.items():
        lines = [f"## {heading}", "", about, "", "| | finding | severity | |", "|---|---|---|---|"]
        for code, kind in kinds.items():
            if code.startswith(letter):
                severity = kind.severity + ("" if kind.on else ", off")
                link = f"[{kind.slug}]({kind.slug}.md)"
                lines.append(f"| {code} | {link} | {severity} | {_linked(first_sentence(kind.doc))} |")
        parts.append("\n".join(lines) + "\n")
    return "\n".join([*parts, MEANT])


def page(kind: Kind, source: Path) -> str:
    """The page of a finding whose documentation stands in ``source``. Raises ``Wrong``."""
    doc = _linked(kind.doc.strip())
    about, _, rest = doc.partition("## Why it hurts\n")
    why, _, rest = rest.partition("## Example\n")
    example, _, instead = rest.partition("## What to write instead\n")
    if not examples(kind) or not remedies(kind):
        raise Wrong("it shows no example, or nothing to write instead")
    parts = [
        f"# {kind.code} {kind.slug}",
        f"<!-- Written by docs/make_findings.py from {source}. Change that. -->",
        _facts(kind),
        about.strip(),
        "## Why it hurts",
        why.strip(),
        "## Example",
        *_example(kind, example.strip()),
        "## What to write instead",
        _as_fragments(instead.strip()),
        _meant(kind),
    ]
    return "\n\n".join(part for part in parts if part) + "\n"


def _facts(kind: Kind) -> str:
    group = GROUPS[kind.code[0]][0]
    anchor = re.sub(r"[^\w\- ]", "", group.lower()).replace(" ", "-")
    off = "" if kind.on else f"; off by default, `--select {kind.code}` or a severity looks for it"
    return f"Severity: {kind.severity}{off} · Group: [{group}](README.md#{anchor})"


def _example(kind: Kind, text: str) -> list[str]:
    """The first fragment made whole, and what the checker says of it; all else as it is."""
    fragment = examples(kind)[0]
    whole = completed(kind, fragment)
    found = findings(kind, whole)
    codes = [finding.kind.code for finding in found]
    others = [finding for finding in found if finding.kind.code != kind.code]
    if kind.code not in codes or any(finding.severity == "error" for finding in others):
        raise Wrong(f"its example gives {codes}")
    for remedy in remedies(kind):
        left = [f.kind.code for f in findings(kind, completed(kind, remedy)) if f.kind is kind or f.severity == "error"]
        if left:
            raise Wrong(f"what to write instead gives {left}")
    file = name_of(whole)
    language = "route" if whole.fleet else file.rpartition(".")[2]
    before, _, after = f"{text}\n".partition(f"```{language}\n{fragment}```\n")
    command = f"interlock check {file}" if kind.on and not others else f"interlock check --select {kind.code} {file}"
    expected = ", ".join(sorted(code for code in codes if kind.on or code != kind.code))
    note = f"<!-- expect: {expected} -->\n" if expected else ""
    if not whole.fleet:
        return [
            _as_fragments(before.strip()),
            f"<!-- file: {file} -->\n```{language}\n{whole.policy}```",
            _as_fragments(after.strip()),
            f"```text\n$ {command}\n{_output(whole, command)}\n```",
        ]
    return [
        _as_fragments(before.strip()),
        "<details><summary><code>fleet.route</code>, which the example imports</summary>",
        f"<!-- file: fleet.route -->\n```route\n{whole.fleet}```",
        "</details>",
        f"<!-- file: example.route -->\n{note}```route\n{whole.policy}```",
        _as_fragments(after.strip()),
        f"```text\n$ {command}\n{_output(whole, command)}\n```",
    ]


def _output(example: Example, command: str) -> str:
    """What a command prints, as on a terminal of 80 columns without colour."""
    from interlock.cli.app import app

    with written(example):
        result = CliRunner().invoke(app, command.split()[1:], prog_name="interlock")
    if result.exit_code > 1:
        raise Wrong(f"`{command}` fails: {result.output}")
    return result.stdout.strip()


def _as_fragments(text: str) -> str:
    """Markdown with its policies marked as parts of one."""
    text = re.sub(r"(?m)(?<=[^\n]\n)^(?=```route$)", "\n", text)
    return re.sub(r"(?m)^```route$", "<!-- fragment: only what matters here -->\n```route", text)


_LOWER = {"error": "warning", "warning": "info", "info": "off"}


def _meant(kind: Kind) -> str:
    if kind.code.startswith("T") or kind.code == "S503":  # what cannot be allowed
        return ""
    lines = [
        "## When it is meant",
        "",
        "Say so above the declaration" + (", or above `policy`:" if kind.code == "R103" else ":"),
        "",
        "<!-- fragment: the comment is what matters -->",
        "```route",
        f"# interlock: allow {kind.slug} -- WHY IT IS MEANT",
        "```",
        "",
        "Or set its severity for all policies, in the [settings](../configuration.md):",
        "",
        "```toml",
        "[severity]",
        f'{kind.slug} = "{_LOWER[kind.severity] if kind.on else kind.severity}"',
        "```",
    ]
    if kind.code in SETTINGS:
        text, about = SETTINGS[kind.code]
        lines += ["", about, "", "```toml", text, "```"]
    return "\n".join(lines)


def _linked(text: str) -> str:
    """Markdown with the issues it names as links: ``LiteLLM issues 6498 and 7091``, ``LiteLLM pull request 36146``."""

    def link(match: re.Match[str]) -> str:
        base = f"https://github.com/{REPOSITORIES[match[1]]}/{'pull' if 'pull' in match[2] else 'issues'}"
        return match[1] + re.sub(r"\d+", lambda number: f"[{number[0]}]({base}/{number[0]})", match[2])

    names = "|".join(REPOSITORIES)
    return re.sub(rf"({names})(\s+(?:issues?|pull\s+requests?)\s+\d+(?:(?:,|\s+and)\s+\d+)*)", link, text)


def main() -> int:
    wanted, problems = pages()
    for problem in problems:
        print(problem, file=sys.stderr)
    there = {path: path.read_text(encoding="utf-8") for path in FOLDER.glob("*.md")}
    if "--check" in sys.argv[1:]:
        wrong = sorted(path.name for path in {*wanted, *there} if wanted.get(path) != there.get(path))
        if wrong:
            print(
                f"docs/findings is out of date ({', '.join(wrong)}): run python docs/make_findings.py", file=sys.stderr
            )
        return 1 if wrong or problems else 0
    FOLDER.mkdir(exist_ok=True)
    for path in there.keys() - wanted.keys():
        path.unlink()
    for path, text in wanted.items():
        path.write_text(text, encoding="utf-8")
    print(f"wrote {len(wanted)} pages to {FOLDER}", file=sys.stderr)
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
