"""A policy for Envoy AI Gateway v1.1: its resources, and a Lua filter where matches cannot say the rules."""

from __future__ import annotations

import json
from importlib.resources import files
from typing import Any

import yaml

from interlock.compiler.artifact import encode
from interlock.compiler.table import Table
from interlock.compiler.targets.envoy_ai_gateway.backends import Resource, backends, slugs
from interlock.compiler.targets.envoy_ai_gateway.ends import Answers, answered, message_of, read_of
from interlock.compiler.targets.envoy_ai_gateway.plan import Plan, plan_of
from interlock.compiler.targets.envoy_ai_gateway.report import fidelity
from interlock.compiler.targets.envoy_ai_gateway.routes import MAX_SCRIPT, filter_before, gateway, routes
from interlock.compiler.targets.envoy_ai_gateway.walks import Way
from interlock.compiler.targets.fidelity import Emitted, Unemittable
from interlock.compiler.targets.lua.bundle import common, long, module, runtime


def emit(table: Table) -> Emitted:
    """The folder for ``kubectl apply``: ``resources/policy.yaml``, and ``gateway/gateway.yaml``, a Gateway that knows
    nothing of the policy.

    Raises ``Unemittable`` where an upstream has no host name or no form that the gateway knows, no request is sent to
    a pool, or the table is larger than a resource.
    """
    policy, data = table.policy, encode(table)
    plan = plan_of(policy)
    if not plan.rules:
        raise Unemittable("the policy sends no request to a pool, and a route needs a rule")
    names = slugs(sorted(policy.upstreams))
    name = slugs([f"interlock {policy.name}"]).popitem()[1]
    resources = [*backends(policy, names), *routes(policy, plan, name, names)]
    if plan.reason is not None:
        text = before(table, plan, data)
        if len(text.encode()) > MAX_SCRIPT:
            raise Unemittable(f"the filter has {len(text.encode()):,} bytes, and a resource holds some {MAX_SCRIPT:,}")
        resources.append(filter_before(plan, name, text))
    for each in resources:
        each["metadata"]["labels"] = {"app.kubernetes.io/managed-by": "interlock", "interlock-policy": name}
    about = f"# Written by `interlock emit envoy-ai-gateway` from the policy {json.dumps(policy.name)}."
    own = "# A Gateway for Envoy AI Gateway v1.1. Knows nothing of the policy: it is yours to change."
    content = {
        "resources/policy.yaml": _text(f"{about} Change the policy, not this file.", resources),
        "gateway/gateway.yaml": _text(own, gateway()),
        "table.json": data,
    }
    return Emitted(content, fidelity(policy, plan, json.loads(data)["version"]))


def before(table: Table, plan: Plan, data: bytes) -> str:
    """The script of the filter that decides."""
    settings = {
        "routes": {"\n".join(key): rule for key, rule in plan.picked.items()},
        "ends": {rule.name: _ends(rule.way, plan.answers) for rule in plan.rules if rule.way is not None},
    }
    own = files("interlock.compiler.targets.envoy_ai_gateway") / "before.lua"
    parts = [
        f"-- Written by `interlock emit envoy-ai-gateway` from the policy {json.dumps(table.policy.name)}.\n",
        f"local TABLE = {long(data.decode())}\n",
        f"local SETTINGS = {long(json.dumps(settings, ensure_ascii=False, sort_keys=True))}\n",
        module("interlock", runtime()),
        "local policy, fault = interlock.load(TABLE)\n",
        'if not policy then error("interlock: the table is refused: " .. fault.message, 0) end\n',
        common(("body", "attributes", "errors", "answers")),
        own.read_text("utf-8"),
    ]
    return "".join(parts)


def _ends(way: Way, answers: Answers) -> dict[str, dict[str, list[Any]]]:
    """The policy's answers by the class of an error: of its status, and of the text of a 400."""
    found = {name: [fail.status, message_of(fail)] for name, fail in answered(way, answers).items()}
    return {"status": found, "text": {name: found[name] for name in read_of(way, answers)}}


class _Dumper(yaml.SafeDumper):
    """Texts of several lines are written as such, and nothing is written as a reference to something above."""

    def ignore_aliases(self, data: Any) -> bool:
        return True


def _string(dumper: yaml.SafeDumper, value: str) -> yaml.ScalarNode:
    return dumper.represent_scalar("tag:yaml.org,2002:str", value, style="|" if "\n" in value else None)


_Dumper.add_representer(str, _string)


def _text(comment: str, resources: list[Resource]) -> bytes:
    text: str = yaml.dump_all(resources, Dumper=_Dumper, sort_keys=False, width=10_000, allow_unicode=True)
    return f"{comment}\n{text}".encode()
