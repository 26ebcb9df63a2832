"""The findings about behaviour, one file each: what it finds, why that hurts, an example, what to write, the check.

A module here has ``DOC``, ``KIND`` and ``check(facts)``, which yields findings. Nothing else needs to know of it.
"""

from __future__ import annotations

import pkgutil
from importlib import import_module

from interlock.compiler.facts import Facts
from interlock.compiler.settings import Settings
from interlock.compiler.strings import TooComplex
from interlock.compiler.table import Table
from interlock.dsl.finding import Finding
from interlock.dsl.load import Program


def analyse(table: Table, program: Program, settings: Settings) -> list[Finding]:
    """Every finding about the behaviour of a policy that ``settings`` look for, in no particular order."""
    facts = Facts(table, program, settings)
    modules = [import_module(f"{__name__}.{module.name}") for module in pkgutil.iter_modules(__path__)]
    findings: list[Finding] = []
    modules = [module for module in modules if settings.severity(module.KIND) != "off"]
    # In the order of codes, so that S504, which tells what the others could not decide, comes last.
    for module in sorted(modules, key=lambda m: str(m.KIND.code)):
        try:
            findings.extend(module.check(facts))
        except TooComplex as error:
            attribute, limit = error.args
            span = facts.place(table.policy.attributes[attribute].span)
            help_ = 'name prefixes (`"a/*"`) rather than parts (`"*a*"`), fewer samples, or an enum'
            facts.undecided.append((span, f"what depends on the strings of `{attribute}`", limit, help_))
    return findings
