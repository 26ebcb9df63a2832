"""A Portkey configuration, read: what is wrong with it, and what it means."""

from __future__ import annotations

from interlock.compiler.source_findings import refused_configuration
from interlock.compiler.sources.plan import Given, Reading
from interlock.compiler.sources.portkey.checks import check_text
from interlock.compiler.sources.portkey.config import read_target
from interlock.compiler.sources.portkey.policy import plan_of
from interlock.compiler.sources.portkey.pool_checks import check_pools
from interlock.compiler.sources.portkey.shape import configuration_in, too_deep, with_known_keys
from interlock.compiler.sources.portkey.target_checks import check_targets
from interlock.compiler.sources.portkey.ways import TooManyWays
from interlock.compiler.sources.secrets import report_secrets
from interlock.dsl.finding import Finding
from interlock.dsl.source import Span

SECRETS = "name a virtual key or a provider of the model catalog, and replace the credential if others have seen it"


def read_portkey(given: Given) -> Reading:
    """The configuration in a document."""
    document = with_known_keys(given.documents[0])
    findings: list[Finding] = list(report_secrets(document, SECRETS))
    root = configuration_in(document)
    deep = too_deep(root)
    if deep is not None:
        message = "targets stand within each other deeper than can be read"
        findings.append(_refused(message, deep.span, "write the inner ones as one list where they are alike"))
        return Reading(None, tuple(findings))
    findings += check_text(root)
    target = read_target(root)
    findings += check_targets(target)
    findings += check_pools(target)
    refused = any(finding.kind is refused_configuration.KIND and finding.level is None for finding in findings)
    if refused or any(each.weight < 0 for each in target.all()):
        return Reading(None, tuple(findings))
    try:
        plan = plan_of(target, given)
    except TooManyWays as error:
        findings.append(_refused(error.message, error.target.span, error.help))
        return Reading(None, tuple(findings))
    return Reading(plan, tuple(findings))


def _refused(message: str, span: Span, help_: str) -> Finding:
    return Finding(refused_configuration.KIND, message, span, help_)
