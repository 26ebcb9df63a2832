"""The engines that are measured: one small file each, with ``build(case) -> Engine``."""

from __future__ import annotations

import importlib
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from benchmarks.policies import Policy, Request

MODULES = (
    "bare_loop",
    "interlock_table",
    "if_chain",
    "cel_cpp",
    "cel_rust",
    "cedar",
    "zen_rust",
    "json_logic_rust",
    "rule_engine_python",
)
"""In the order of the results; the first two are what the others are compared with."""

MOST_RULES = {"rule_engine_python": 100}
"""What a slow engine bears: it is left out of larger policies, where comparing its answers would take minutes."""


@dataclass(frozen=True, slots=True)
class Case:
    """One policy in both its forms: the neutral description, and the table compiled from its text."""

    policy: Policy
    artifact: bytes


@dataclass(frozen=True, slots=True)
class Engine:
    """``decide`` is what is timed: from a plain dict, as a gateway holds it, to the engine's own answer.
    Before the clock starts ``form`` may put the dict into the engine's shape (absent values as None, the
    outer envelope), and after it stopped ``rule`` reads the index of the deciding rule off the answer."""

    name: str
    version: str
    decide: Callable[[Any], Any]
    rule: Callable[[Any], int] = int
    form: Callable[[Request], Any] = dict


def load(case: Case) -> tuple[list[Engine], dict[str, str]]:
    """Every engine that this machine has and that bears the policy's size, and for those that the machine has
    not the module that is missing, by engine."""
    engines, missing = [], {}
    for name in MODULES:
        if len(case.policy.rules) > MOST_RULES.get(name, len(case.policy.rules)):
            continue
        try:
            module = importlib.import_module(f"benchmarks.peers.{name}")
        except ModuleNotFoundError as error:
            if (error.name or "").startswith(("interlock", "benchmarks")):
                raise  # only a peer may be missing
            missing[name] = str(error)
            continue
        engines.append(module.build(case))
    return engines, missing
