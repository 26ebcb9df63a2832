"""The runtime in one file, which the Worker imports, is made of the sources that are here."""

from __future__ import annotations

import hashlib
import re
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[3]
TYPESCRIPT = ROOT / "runtimes" / "typescript"
BUNDLE = ROOT / "compiler/targets/cloudflare/worker/interlock_runtime.js"
AGAIN = (
    "make it anew: node runtimes/typescript/shell/bundle.mjs compiler/targets/cloudflare/worker/interlock_runtime.js"
)


def test_the_bundle_is_of_the_runtimes_sources() -> None:
    head = re.search(r"^// SHA-256 of (.*): ([0-9a-f]{64})$", BUNDLE.read_text("utf-8"), re.M)
    assert head is not None
    names, hash_ = head.groups()
    assert "src/index.ts" in names
    sources = b"".join((TYPESCRIPT / name).read_bytes() for name in names.split())
    assert hashlib.sha256(sources).hexdigest() == hash_, AGAIN


def test_the_bundle_is_what_its_maker_makes(tmp_path: Path) -> None:
    if not (TYPESCRIPT / "node_modules" / "esbuild").exists():
        pytest.skip("npm ci was not run in runtimes/typescript")
    made = tmp_path / "made.js"
    subprocess.run(["node", str(TYPESCRIPT / "shell/bundle.mjs"), str(made)], check=True)
    assert made.read_text("utf-8") == BUNDLE.read_text("utf-8"), AGAIN
