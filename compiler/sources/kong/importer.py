"""A decK file, read: what is wrong with it, and what it means."""

from __future__ import annotations

from interlock.compiler.source_findings import refused_configuration
from interlock.compiler.sources.kong.balancer import balancer_of
from interlock.compiler.sources.kong.balancer_checks import check_balancers
from interlock.compiler.sources.kong.checks import check_text
from interlock.compiler.sources.kong.config import joined, read_config
from interlock.compiler.sources.kong.name_checks import check_names
from interlock.compiler.sources.kong.policy import plan_of
from interlock.compiler.sources.kong.route_checks import check_routes
from interlock.compiler.sources.kong.router import ways
from interlock.compiler.sources.plan import Given, Reading
from interlock.compiler.sources.secrets import report_secrets
from interlock.dsl.finding import Finding

SECRETS = 'write `{vault://env/NAME}` or `${{ env "DECK_NAME" }}`, and replace the credential if others have seen it'


def read_kong(given: Given) -> Reading:
    """The configuration in the documents of a decK file."""
    root = joined(given.documents)
    findings: list[Finding] = list(report_secrets(root, SECRETS))
    config = read_config(root)
    findings += check_text(config)
    if not any(plugin.enabled for plugin in config.plugins):
        key = root.key("plugins") or root.key("services")
        message = "this configuration has no plugin `ai-proxy` or `ai-proxy-advanced`: there is nothing to route"
        help_ = "add one to a route, a service or the whole file"
        findings.append(Finding(refused_configuration.KIND, message, root.span if key is None else key.span, help_))
        return Reading(None, tuple(findings))
    findings += check_routes(config)
    found = ways(config)
    findings += check_names(config, found)
    findings += check_balancers(balancer_of(plugin) for plugin in config.plugins if plugin.enabled)
    return Reading(plan_of(config, found, given), tuple(findings))
