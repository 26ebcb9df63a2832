"""Draws docs/check.svg, the picture in README.md: a real run of ``interlock check`` in its real colours.

    python docs/make_picture.py             draw the picture
    python docs/make_picture.py --check     exit 1 if the picture is not what this would draw

The policy is the one that ``make demo`` checks, with the demo's mistakes in it.
"""

from __future__ import annotations

import subprocess
import sys
import tempfile
from pathlib import Path

from demo import COMMAND, POLICIES, with_mistakes  # the file beside this one
from rich.console import Console
from rich.segment import Segment
from rich.terminal_theme import TerminalTheme
from rich.text import Text

PICTURE = Path(__file__).with_name("check.svg")
FILE = "fleet.route"
# The two mistakes. That a loop also takes for ever, others say: that is left out here.
ARGUMENTS = ["check", FILE, "--select", "F201,C301"]
COLUMNS = 96

CHAR_WIDTH, LINE_HEIGHT, FONT_SIZE = 8.4, 17.0, 14
PADDING = 18.0

# Readable on a light and on a dark page alike: the terminal brings its own background.
THEME = TerminalTheme(
    (24, 26, 32),
    (214, 218, 226),
    [
        (24, 26, 32),
        (240, 113, 120),
        (142, 200, 120),
        (230, 190, 110),
        (110, 160, 240),
        (200, 140, 230),
        (100, 200, 210),
        (214, 218, 226),
    ],
    [
        (110, 118, 132),
        (255, 120, 125),
        (160, 220, 140),
        (245, 205, 125),
        (125, 170, 250),
        (215, 160, 240),
        (120, 215, 225),
        (255, 255, 255),
    ],
)


def output() -> str:
    """What ``interlock check`` prints about the policy, colours included."""
    default = (POLICIES / "default.route").read_text(encoding="utf-8")
    with tempfile.TemporaryDirectory() as folder:
        (Path(folder) / FILE).write_text(with_mistakes(default), encoding="utf-8")
        done = subprocess.run(
            [COMMAND, *ARGUMENTS, "--color", "always"],
            cwd=folder,
            capture_output=True,
            encoding="utf-8",
            check=False,
        )
    if done.returncode != 1:
        raise SystemExit(f"interlock check exits {done.returncode}, not 1:\n{done.stdout}{done.stderr}")
    return done.stdout


def picture(printed: str) -> str:
    """The output as an SVG that needs nothing from elsewhere, no font either."""
    prompt = Text.assemble(("$ ", "bright_black"), (f"interlock {' '.join(ARGUMENTS)}", "bold"))
    text = Text("\n").join([prompt, Text.from_ansi(printed.rstrip("\n"))])
    console = Console(width=COLUMNS, color_system="standard", force_terminal=True, legacy_windows=False)
    # Commands are not wrapped by the tool, so that they can be copied; here they are, between words.
    lines = console.render_lines(text, pad=False)
    width = PADDING * 2 + COLUMNS * CHAR_WIDTH
    height = PADDING * 2 + len(lines) * LINE_HEIGHT
    body = "\n".join(_line(line, PADDING + (n + 0.75) * LINE_HEIGHT) for n, line in enumerate(lines))
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width:g} {height:g}" width="{width:g}"'
        f' height="{height:g}" role="img" aria-label="interlock check finds two mistakes in a policy">\n'
        f'<rect width="100%" height="100%" rx="8" fill="{THEME.background_color.hex}"/>\n'
        f'<g font-family="ui-monospace, SFMono-Regular, Menlo, Consolas, DejaVu Sans Mono, monospace"'
        f' font-size="{FONT_SIZE}" fill="{THEME.foreground_color.hex}">\n'
        f"{body}\n</g>\n</svg>\n"
    )


def _line(segments: list[Segment], y: float) -> str:
    spans, column = [], 0
    for segment in segments:
        shown = segment.text.rstrip("\n")
        if shown.strip():
            # Each run of one style is put at its column and given its width, so that any font lines up.
            start = column + len(shown) - len(shown.lstrip())
            words = shown.strip()
            spans.append(
                f'<text x="{PADDING + start * CHAR_WIDTH:.1f}" y="{y:.1f}"'
                f' textLength="{len(words) * CHAR_WIDTH:.1f}"{_style(segment)}>{_escaped(words)}</text>'
            )
        column += len(shown)
    return "".join(spans)


def _style(segment: Segment) -> str:
    style = segment.style
    if style is None:
        return ""
    parts = []
    if style.color is not None and not style.color.is_default:
        red, green, blue = style.color.get_truecolor(THEME)
        parts.append(f'fill="#{red:02x}{green:02x}{blue:02x}"')
    if style.bold:
        parts.append('font-weight="bold"')
    if style.dim:
        parts.append('opacity="0.65"')
    return "".join(f" {part}" for part in parts)


def _escaped(text: str) -> str:
    """Text as XML; with spaces that no browser joins."""
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;").replace(" ", "\u00a0")


def main() -> int:
    drawn = picture(output())
    if "--check" in sys.argv[1:]:
        if PICTURE.read_text(encoding="utf-8") == drawn:
            return 0
        print("docs/check.svg is out of date: run python docs/make_picture.py", file=sys.stderr)
        return 1
    PICTURE.write_text(drawn, encoding="utf-8")
    print(f"wrote {PICTURE}", file=sys.stderr)
    return 0


if __name__ == "__main__":
    sys.exit(main())
