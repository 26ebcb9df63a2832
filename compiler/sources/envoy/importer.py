"""Resources of Envoy AI Gateway, read: what is wrong with them, and what they mean."""

from __future__ import annotations

from interlock.compiler.source_findings import refused_configuration
from interlock.compiler.sources.envoy.fallback_checks import check_fallbacks
from interlock.compiler.sources.envoy.name_checks import check_names
from interlock.compiler.sources.envoy.objects import AI, ROUTE, read_objects
from interlock.compiler.sources.envoy.policy import Reader, plan_of
from interlock.compiler.sources.envoy.pool_checks import check_pools
from interlock.compiler.sources.envoy.ports import ports_of
from interlock.compiler.sources.envoy.routes import rules_of
from interlock.compiler.sources.envoy.rule_checks import check_rules, is_expression
from interlock.compiler.sources.envoy.schema import check_schema
from interlock.compiler.sources.envoy.secret_checks import check_secrets, without_credentials
from interlock.compiler.sources.envoy.size_checks import check_sizes
from interlock.compiler.sources.envoy.traffic import POLICY, targets_of
from interlock.compiler.sources.plan import Given, Reading
from interlock.dsl.finding import Finding


def read_envoy(given: Given) -> Reading:
    """The resources in documents."""
    secrets = check_secrets(read_objects(given.documents))
    known: dict[str, str] = {}
    objects = read_objects(without_credentials(document, known) for document in given.documents)
    rules = rules_of(objects)
    targets = [target for policy in objects.of(POLICY) for target in targets_of(policy, objects)]
    ports = ports_of(
        objects, [(f"{t.namespace}/{t.name}", t.section) for t in targets if t.kind == "listener" and t.section]
    )
    findings: list[Finding] = [*secrets, *check_schema(objects), *check_rules(objects, rules)]
    if rules:
        findings += check_names(objects, rules, targets, ports)
        findings += check_sizes(objects)
    # A rule with an expression that is none is left out by Envoy Gateway.
    usable = [r for r in rules if all(is_expression(header) for match in r.matches for header in match.headers)]
    reader = Reader(objects, usable, targets, ports)
    if not any(entry.rule is not None for domain in reader.domains for entry in domain.entries):
        routes = objects.of(ROUTE)
        message = f"there is no rule of an `{ROUTE}` with a Gateway here: there is nothing to route"
        help_ = f"give the files with the `{ROUTE}` ({AI}/v1beta1) and its backends, all in one call"
        span = routes[0].span if routes else given.documents[0].span
        findings.append(Finding(refused_configuration.KIND, message, span, help_))
        return Reading(None, tuple(findings))
    plan = plan_of(reader, objects, given)
    servings = list(reader.servings.values())
    findings += check_fallbacks(servings, reader.places)
    findings += check_pools(servings)
    return Reading(plan, tuple(findings))
