"""Cedar in Rust, through the PyPI package cedarpy, policies and entities parsed once; cedar_text.py has the encoding.

Asking sets of RULES_A_SET rules in order until one answers saves a third at 1,000 rules and was the quickest of
what was tried (sets of 30, 60, 100, 150, 250, 500 and all; `is_authorized_batch` gains 10 % at most and answers no
single request). No schema is given, so that nothing is validated; with one Cedar would be slower.
"""

from __future__ import annotations

from importlib.metadata import version
from typing import Any

import cedarpy

from benchmarks.peers import Case, Engine
from benchmarks.peers.cedar_text import sets
from benchmarks.policies import Request

RULES_A_SET = 150


def build(case: Case) -> Engine:
    parsed = [
        (number * RULES_A_SET, cedarpy.PolicySet.from_str(text))
        for number, text in enumerate(sets(case.policy, RULES_A_SET))
    ]
    entities = cedarpy.Entities.from_json_str("[]")

    def decide(request: dict[str, Any]) -> int:
        for start, policies in parsed:
            reasons = cedarpy.is_authorized(request, policies, entities).diagnostics.reasons
            if reasons:
                return start + min(int(reason[len("policy") :]) for reason in reasons)
        return -1

    return Engine("Cedar in Rust", f"cedarpy {version('cedarpy')}", decide, form=_form)


def _form(request: Request) -> dict[str, Any]:
    envelope = {"principal": 'Client::"c"', "action": 'Action::"route"', "resource": 'Api::"a"'}
    return {**envelope, "context": request}
