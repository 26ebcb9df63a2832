"""The catalogue of findings: every module of ``dsl/findings`` and ``compiler/analyses`` that has a KIND."""

from __future__ import annotations

import importlib
import pkgutil
from types import ModuleType

from interlock.dsl.finding import Kind

__all__ = ["catalogue", "finding_modules"]


def finding_modules() -> dict[str, ModuleType]:
    """The module of each finding by its code, sorted by code."""
    import interlock.compiler.analyses as analyses
    import interlock.dsl.findings as findings

    modules: dict[str, ModuleType] = {}
    for package in (findings, analyses):
        for info in pkgutil.iter_modules(package.__path__, package.__name__ + "."):
            module = importlib.import_module(info.name)
            kind = getattr(module, "KIND", None)
            if isinstance(kind, Kind):
                modules[kind.code] = module
    return dict(sorted(modules.items()))


def catalogue() -> dict[str, Kind]:
    """Every kind of finding by its code, sorted by code."""
    return {code: module.KIND for code, module in finding_modules().items()}
