"""The catalogue of findings: every module of ``dsl/findings``, ``compiler/analyses`` and
``compiler/source_findings`` that has a KIND."""

from __future__ import annotations

import importlib
import pkgutil
from types import ModuleType

from interlock.dsl.finding import Kind

__all__ = ["GROUPS", "catalogue", "finding_modules"]

GROUPS = {
    "T": ("Text, names and types", "What makes a policy one that can be read. Everything else waits for these."),
    "R": ("Rules", "What the order of the rules makes of them. The first rule that holds decides."),
    "F": ("Fallback chains", "What happens when upstreams fail."),
    "C": (
        "Prompt caches",
        "Whether a session stays where its cache is: one provider, account and region a model.",
    ),
    "A": ("Assertions", "What the policy itself claims, proved for every request."),
    "G": ("Configurations of gateways", "What is wrong with a gateway's own file, before anybody asks what it means."),
    "S": ("Hygiene and limits", "What does not belong in a policy, and what could not be decided."),
}
"""The letters that codes start with, in the order in which a reader wants them: a heading and a line on each."""


def finding_modules() -> dict[str, ModuleType]:
    """The module of each finding by its code, sorted by code."""
    import interlock.compiler.analyses as analyses
    import interlock.compiler.source_findings as source_findings
    import interlock.dsl.findings as findings

    modules: dict[str, ModuleType] = {}
    for package in (findings, analyses, source_findings):
        for info in pkgutil.iter_modules(package.__path__, package.__name__ + "."):
            module = importlib.import_module(info.name)
            kind = getattr(module, "KIND", None)
            if isinstance(kind, Kind):
                modules[kind.code] = module
    return dict(sorted(modules.items()))


def catalogue() -> dict[str, Kind]:
    """Every kind of finding by its code, sorted by code."""
    return {code: module.KIND for code, module in finding_modules().items()}
