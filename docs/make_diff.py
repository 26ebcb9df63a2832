"""Takes docs/diff.png, the picture in docs/diff.md: the page for its own example, in headless Chromium.

    python docs/make_diff.py

What it looks like to the pixel depends on the fonts of the machine, so no test compares it; that the page is whole
and fits is tested (tests/cli/test_diff_html_look.py). The picture that is there was reduced to 96 colours after that.
"""

from __future__ import annotations

import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).parent.parent
sys.path.insert(0, str(ROOT))

from tests.browser import page  # noqa: E402
from tests.markdown import blocks  # noqa: E402

PICTURE = ROOT / "docs" / "diff.png"
WIDTH = 1080
LAST = "flow"
"""The picture ends after the section with this heading."""


def main() -> None:
    """Write the picture."""
    with tempfile.TemporaryDirectory() as folder:
        files = []
        for block in blocks(ROOT / "docs" / "diff.md"):
            if block.language == "route":
                files.append(block.notes["file"])
                Path(folder, files[-1]).write_text(block.text, encoding="utf-8")
        command = [sys.executable, "-m", "interlock", "diff", *files, "--format", "html"]
        done = subprocess.run(command, cwd=folder, capture_output=True, encoding="utf-8", check=False)
        if done.returncode != 1:
            raise SystemExit(done.stderr)
        file = Path(folder, "page.html")
        file.write_text(done.stdout, encoding="ascii")
        with page(file, WIDTH) as seen:
            end = seen.value(f"document.querySelector('#{LAST}').closest('section').getBoundingClientRect().bottom")
            PICTURE.write_bytes(seen.picture(end + 20))


if __name__ == "__main__":
    main()
