"""CEL in Rust: the `cel` crate, through the PyPI package common-expression-language; compiled once."""

from __future__ import annotations

from importlib.metadata import version
from typing import Any

import cel

from benchmarks.peers import Case, Engine
from benchmarks.peers.cel_text import NO_RULE, form, programs


def build(case: Case) -> Engine:
    compiled = [cel.compile(expression) for expression in programs(case.policy)]
    name, release = "CEL in Rust", f"common-expression-language {version('common-expression-language')}"
    if len(compiled) == 1:
        return Engine(name, release, compiled[0].execute, form=form)

    def decide(request: dict[str, Any]) -> Any:
        context = cel.Context(request)
        for program in compiled:
            rule = program.execute(context)
            if rule != NO_RULE:
                return rule
        return NO_RULE

    return Engine(name, release, decide, form=form)
