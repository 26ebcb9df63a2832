"""Writes docs/findings.md from the documentation that each finding carries in its own file.

python docs/make_findings.py            write the page
python docs/make_findings.py --check    exit 1 if the page is not what this would write
"""

from __future__ import annotations

import sys
from pathlib import Path

from interlock.cli.render.doc import first_sentence
from interlock.compiler.catalogue import catalogue
from interlock.dsl.finding import Kind

PAGE = Path(__file__).with_name("findings.md")

HEAD = """\
# What Interlock finds

<!-- Written by docs/make_findings.py from the files in dsl/findings and compiler/analyses. Change those. -->

`interlock check` reports the findings below, `interlock rule CODE` shows one of them. This page lists what this
version finds, no more.

Each finding has a place in the text, a message in the policy's own words, and a line of help. Findings about behaviour
(R, F, C) are exact: one is reported if and only if what it says is true of the policy. They come with a *witness*: a
request, and for chains the errors that follow, which `interlock decide` takes as they are.

R, F and C findings need a policy without T findings. A module by itself gets T findings only.
"""

GROUPS = {
    "T": ("Text, names and types", "What makes a policy one that can be read. Everything else waits for these."),
    "R": ("Rules", "What the order of the rules makes of them. The first rule that holds decides."),
    "F": ("Fallback chains", "What happens when upstreams fail."),
    "C": (
        "Prompt caches",
        "Whether a session stays where its cache is: one provider, account and region a model.",
    ),
    "S": ("The analysis itself", "What could not be decided is said, never guessed."),
}


def page() -> str:
    """The whole page."""
    kinds = catalogue()
    parts = [HEAD, _table(kinds)]
    for letter, (heading, about) in GROUPS.items():
        parts.append(f"## {heading}\n\n{about}\n")
        parts += [_section(kind) for code, kind in kinds.items() if code.startswith(letter)]
    return "\n".join(parts)


def _table(kinds: dict[str, Kind]) -> str:
    lines = ["| code | slug | severity | |", "|---|---|---|---|"]
    for letter in GROUPS:
        lines += [
            f"| [{kind.code}](#{kind.code.lower()}-{kind.slug}) | {kind.slug} | {kind.severity} "
            f"| {first_sentence(kind.doc)} |"
            for code, kind in kinds.items()
            if code.startswith(letter)
        ]
    return "\n".join(lines) + "\n"


def _section(kind: Kind) -> str:
    lines = [f"### {kind.code} {kind.slug}", ""]
    inside = False
    for line in kind.doc.strip().split("\n"):
        if line.startswith("```"):
            inside = not inside
            if inside and line == "```route":
                if lines[-1]:
                    lines.append("")
                lines.append("<!-- fragment: only what matters here -->")
        elif not inside and line.startswith("## "):
            line = f"#### {line.removeprefix('## ')}"
        lines.append(line)
        if line.startswith("#### "):
            lines.append("")
    return "\n".join(lines) + "\n"


def main() -> int:
    if "--check" in sys.argv[1:]:
        if PAGE.read_text(encoding="utf-8") == page():
            return 0
        print("docs/findings.md is out of date: run python docs/make_findings.py", file=sys.stderr)
        return 1
    PAGE.write_text(page(), encoding="utf-8")
    print(f"wrote {PAGE}", file=sys.stderr)
    return 0


if __name__ == "__main__":
    sys.exit(main())
