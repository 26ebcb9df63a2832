"""CEL in C++: Google's cel-cpp, through the PyPI package cel-expr-python; type-checked and compiled once."""

from __future__ import annotations

from importlib.metadata import version
from typing import Any

from cel_expr_python import cel

from benchmarks.peers import Case, Engine
from benchmarks.peers.cel_text import NO_RULE, form, programs


def build(case: Case) -> Engine:
    string, integer = cel.Type.STRING, cel.Type.INT
    environment = cel.NewEnv(
        variables={
            "input_tokens": integer,
            "model_hint": cel.Type.DYN,  # a string or null
            "home": string,
            "tier": string,
            "account": string,
            "has_tools": cel.Type.BOOL,
            "hour": integer,
        }
    )
    compiled = [environment.compile(expression) for expression in programs(case.policy)]
    name, release = "CEL in C++", f"cel-expr-python {version('cel-expr-python')}"
    if len(compiled) == 1:
        only = compiled[0]
        return Engine(name, release, lambda request: only.eval(data=request).value(), form=form)

    def decide(request: dict[str, Any]) -> Any:
        activation = environment.Activation(request)
        for program in compiled:
            rule = program.eval(activation).value()
            if rule != NO_RULE:
                return rule
        return NO_RULE

    return Engine(name, release, decide, form=form)
