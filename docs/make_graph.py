"""Draws docs/graph.svg: what ``interlock graph`` makes of the ready-made default policy.

python docs/make_graph.py             draw the picture
python docs/make_graph.py --check     exit 1 if the picture is not what this would draw
"""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from demo import COMMAND, POLICIES  # the file beside this one

PICTURE = Path(__file__).with_name("graph.svg")


def drawn() -> str:
    """What the command draws."""
    command = [COMMAND, "graph", "default.route", "--format", "svg"]
    return subprocess.run(command, cwd=POLICIES, capture_output=True, encoding="utf-8", check=True).stdout


def main() -> int:
    if "--check" not in sys.argv[1:]:
        PICTURE.write_text(drawn(), encoding="utf-8")
        print(f"wrote {PICTURE}", file=sys.stderr)
    elif PICTURE.read_text(encoding="utf-8") != drawn():
        print("docs/graph.svg is out of date: run python docs/make_graph.py", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
