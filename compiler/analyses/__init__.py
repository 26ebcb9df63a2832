"""The findings of the analyzer, one file each: what it finds, why that hurts, an example, what to write, the check.

A module here has ``DOC``, ``KIND`` and ``check(facts)``, which yields findings about the behaviour of a policy; or
``check_text(program)``, for findings about what is written, in policies and modules alike. Nothing else needs to know
of it.
"""

from __future__ import annotations

import pkgutil
from importlib import import_module

from interlock.compiler.facts import MAX_STEPS, Facts
from interlock.compiler.progress import Progress, silent
from interlock.compiler.search import Incomplete
from interlock.compiler.settings import Settings
from interlock.compiler.table import Table
from interlock.dsl.finding import Finding
from interlock.dsl.load import Program


def analyse(table: Table | None, program: Program, settings: Settings, progress: Progress = silent) -> list[Finding]:
    """Every finding that ``settings`` look for about a program free of T findings, in no particular order. Without
    a table, that of a policy, only those about what is written."""
    modules = [import_module(f"{__name__}.{module.name}") for module in pkgutil.iter_modules(__path__)]
    modules = [module for module in modules if settings.severity(module.KIND) != "off"]
    findings = [found for module in modules if hasattr(module, "check_text") for found in module.check_text(program)]
    if table is None:
        return findings
    facts = Facts(table, program, settings, progress)
    # In the order of codes, so that S504, which tells what the others could not decide, comes last.
    behavioural = sorted((m for m in modules if hasattr(m, "check")), key=lambda m: str(m.KIND.code))
    for number, module in enumerate(behavioural):
        progress(f"{module.KIND.code} {module.KIND.slug}", number, len(behavioural))
        at_stake = settings.severity(module.KIND)
        facts.at_stake = "error" if at_stake == "off" else at_stake
        try:
            findings.extend(module.check(facts))
        except Incomplete:  # where not even a part of it is decided
            kind = module.KIND
            help_ = "name fewer sets and patterns together, or split the rules that do"
            what = f"what {kind.code} ({kind.slug}) looks for"
            facts.give_up(facts.policy.span, what, f"{MAX_STEPS:,} steps", help_)
    return findings
