"""A Portkey configuration, read: what is wrong with it, and what it means."""

from __future__ import annotations

from interlock.compiler.source_findings import refused_configuration
from interlock.compiler.sources.plan import Given, Reading
from interlock.compiler.sources.portkey.checks import check_text
from interlock.compiler.sources.portkey.config import read_target
from interlock.compiler.sources.portkey.policy import plan_of
from interlock.compiler.sources.portkey.shape import configuration_in, too_deep
from interlock.compiler.sources.portkey.ways import TooManyWays
from interlock.compiler.sources.secrets import report_secrets
from interlock.dsl.finding import Finding
from interlock.dsl.source import Span

SECRETS = "name a virtual key or a provider of the model catalog, and replace the credential if others have seen it"


def read_portkey(given: Given) -> Reading:
    """The configuration in a document."""
    findings: list[Finding] = list(report_secrets(given.documents[0], SECRETS))
    root = configuration_in(given.documents[0])
    deep = too_deep(root)
    if deep is not None:
        message = "targets stand within each other deeper than can be read"
        findings.append(_refused(message, deep.span, "write the inner ones as one list where they are alike"))
        return Reading(None, tuple(findings))
    findings += check_text(root)
    if not root.mapping("strategy").items and root.get("targets") is not None:
        key = root.key("targets")
        message = "there are targets, and no `strategy` that says how to choose: Portkey answers 400 to every request"
        span = root.span if key is None else key.span
        findings.append(_refused(message, span, 'add `"strategy": {"mode": "fallback"}`'))
    if any(finding.kind is refused_configuration.KIND for finding in findings):
        return Reading(None, tuple(findings))
    target = read_target(root)
    if any(each.weight < 0 for each in target.all()):
        return Reading(None, tuple(findings))
    try:
        plan = plan_of(target, given)
    except TooManyWays as error:
        message = (
            "conditions and load balancers stand within each other so that there are more ways than can be written"
        )
        span = error.target.span
        findings.append(_refused(message, span, "choose by conditions outside of fallbacks and load balancers"))
        return Reading(None, tuple(findings))
    return Reading(plan, tuple(findings))


def _refused(message: str, span: Span, help_: str) -> Finding:
    return Finding(refused_configuration.KIND, message, span, help_)
