"""One size of policy with its requests, in the files that runtimes and peers read."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from benchmarks import line
from benchmarks.languages import chains, encodings
from benchmarks.peers import cedar_text, cel_text, if_chain, json_logic_text
from benchmarks.policies import Policy, first_match, generate, requests
from benchmarks.text import to_text

REQUESTS = 1_000
"""So few that they stay in a core's cache: what a gateway decides, it has just read."""

CEDAR_RULES = 150


@dataclass(frozen=True, slots=True)
class Case:
    """``expected`` has the index of the rule that decides each request."""

    rules: int
    folder: Path
    expected: tuple[int, ...]

    @property
    def table(self) -> Path:
        return self.folder / "policy.table.json"

    @property
    def requests(self) -> Path:
        return self.folder / "requests.jsonl"

    @property
    def peers(self) -> Path:
        return self.folder / "case.json"

    @property
    def indexes(self) -> Path:
        return self.folder / "expected.txt"

    def chain(self, ending: str) -> Path:
        return self.folder / f"chain.{ending}"


def write(rules: int, folder: Path) -> Case:
    """The case of a policy of ``rules`` rules; its table is compiled from the policy's text."""
    policy = generate(rules)
    asked = requests(policy, REQUESTS)
    case = Case(rules, folder, tuple(first_match(policy.rules, request) for request in asked))
    source = folder / f"{policy.name}.route"
    source.write_text(to_text(policy), "utf-8")
    case.table.write_bytes(line.build(source))
    case.requests.write_text("".join(f"{json.dumps(request)}\n" for request in asked), "utf-8")
    case.indexes.write_text("".join(f"{index}\n" for index in case.expected), "utf-8")
    case.chain("go").write_text(chains.go(policy), "utf-8")
    case.chain("mjs").write_text(chains.js(policy), "utf-8")
    case.chain("lua").write_text(chains.lua(policy), "utf-8")
    case.chain("py").write_text(if_chain.source(policy), "utf-8")
    case.peers.write_text(
        json.dumps({"requests": asked, "expected": case.expected, **_encoded(policy)}),
        "utf-8",
    )
    return case


def _encoded(policy: Policy) -> dict[str, Any]:
    names, destinations = [rule.name for rule in policy.rules], [rule.to for rule in policy.rules]
    return {
        "cel": cel_text.programs(policy),
        "rego": encodings.rego(policy),
        "json_logic": json.dumps(json_logic_text.expression(policy, encodings.starts)),
        "cedar": cedar_text.sets(policy, CEDAR_RULES),
        "cedar_rules": CEDAR_RULES,
        "portkey": json.dumps(encodings.portkey(policy, destinations)),
        "portkey_rules": json.dumps(encodings.portkey(policy, names)),
        "destinations": destinations,
    }
