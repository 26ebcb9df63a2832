"""Resources of Envoy AI Gateway, read: what is wrong with them, and what they mean."""

from __future__ import annotations

from interlock.compiler.source_findings import refused_configuration
from interlock.compiler.sources.envoy.objects import AI, ROUTE, read_objects
from interlock.compiler.sources.envoy.policy import Reader, plan_of
from interlock.compiler.sources.envoy.routes import rules_of
from interlock.compiler.sources.envoy.traffic import POLICY, targets_of
from interlock.compiler.sources.plan import Given, Reading
from interlock.compiler.sources.secrets import report_secrets
from interlock.dsl.finding import Finding

SECRETS = (
    "keep it out of the file: an external secret, or `kubectl create secret`, and replace it if others have seen it"
)


def read_envoy(given: Given) -> Reading:
    """The resources in documents."""
    findings: list[Finding] = []
    for document in given.documents:
        findings += report_secrets(document, SECRETS)
    objects = read_objects(given.documents)
    rules = rules_of(objects)
    if not rules:
        routes = objects.of(ROUTE)
        span = routes[0].span if routes else given.documents[0].span
        message = f"there is no rule of an `{ROUTE}` here: there is nothing to route"
        help_ = f"give the files with the `{ROUTE}` ({AI}/v1beta1) and its backends"
        findings.append(Finding(refused_configuration.KIND, message, span, help_))
        return Reading(None, tuple(findings))
    targets = [target for policy in objects.of(POLICY) for target in targets_of(policy, objects)]
    reader = Reader(objects, rules, targets)
    plan = plan_of(reader, objects, given)
    return Reading(plan, tuple(findings))
