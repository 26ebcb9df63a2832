"""The modules of the hook, as they stand beside each other and the runtime in the folder that is emitted."""

from __future__ import annotations

import importlib
import sys
from pathlib import Path
from types import ModuleType

ROOT = Path(__file__).parents[3]


def module(name: str) -> ModuleType:
    """A module of the hook, or the runtime, by its name in the folder."""
    for folder in (ROOT / "compiler/targets/litellm/hook", ROOT / "runtimes/python"):
        if str(folder) not in sys.path:
            sys.path.append(str(folder))
    return importlib.import_module(name)
