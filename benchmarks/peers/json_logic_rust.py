"""JsonLogic in Rust: the datalogic-rs crate, through the PyPI package datalogic-py, compiled once.

It is here because it is kept up: of the better-known packages in Python `json-logic` rests since 2017,
`json-logic-qubit` since 2018 and `panzi-json-logic` since 2021. A session, a data handle and JSON text were tried
too; none was quicker than `Rule.evaluate` on the dict. `starts_with` is this crate's own operator.
"""

from __future__ import annotations

from importlib.metadata import version

import datalogic_py

from benchmarks.peers import Case, Engine
from benchmarks.peers.json_logic_text import expression


def build(case: Case) -> Engine:
    logic = expression(case.policy, lambda value, prefix: {"starts_with": [value, prefix]})
    compiled = datalogic_py.Engine().compile(logic)
    return Engine("JsonLogic in Rust", f"datalogic-py {version('datalogic-py')}", compiled.evaluate)
