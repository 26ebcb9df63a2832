"""A LiteLLM configuration, read: what is wrong with it, and what it means."""

from __future__ import annotations

from interlock.compiler.source_findings import inexact_import, refused_configuration
from interlock.compiler.sources.document import Malformed, Mapping, Node, Scalar, Sequence, read
from interlock.compiler.sources.litellm.checks import check_text
from interlock.compiler.sources.litellm.config import merged, read_config
from interlock.compiler.sources.litellm.name_checks import check_depth, check_names
from interlock.compiler.sources.litellm.names import NameTable
from interlock.compiler.sources.litellm.policy import plan_of
from interlock.compiler.sources.litellm.pool_checks import check_groups
from interlock.compiler.sources.litellm.walk import TooManyStates, Walks
from interlock.compiler.sources.plan import Given, Reading
from interlock.compiler.sources.secrets import report_secrets
from interlock.dsl.finding import Finding
from interlock.dsl.source import Span

HOOK = "interlock_hook.hook"
SECRETS = "write `os.environ/NAME`, and replace the credential if others have seen it"


def read_litellm(given: Given) -> Reading:
    """The configuration in a document. Raises ``Malformed`` for one that it includes."""
    root = given.documents[0]
    findings: list[Finding] = list(report_secrets(root, SECRETS))
    seen: set[str] = set()

    def include(path: Scalar) -> Mapping | None:
        name = str(path.value)
        if name in seen:
            return None
        seen.add(name)
        source = given.load(name)
        if source is None:
            message = f"LiteLLM does not start: there is no file `{name}` to include"
            findings.append(Finding(refused_configuration.KIND, message, path.span, "a path is relative to this file"))
            return None
        found: list[Node] = read(source)
        if not found or not isinstance(found[0], Mapping):
            raise Malformed("this file is included, and is no mapping of sections", Span(source, 0, 0))
        findings.extend(report_secrets(found[0], SECRETS))
        findings.extend(check_text(found[0]))
        return found[0]

    findings += check_text(root)
    config = read_config(merged(root, include))
    if not config.deployments:
        key = root.key("model_list")
        message = "this configuration has no deployments in `model_list`: there is nothing to route"
        help_ = "where models are kept in the database, there is nothing in the file to check"
        findings.append(Finding(refused_configuration.KIND, message, root.span if key is None else key.span, help_))
        return Reading(None, tuple(findings))
    ours = _served_by_a_policy(config.root)
    if ours is not None:
        message = "a policy decides here: `interlock emit` wrote this, and the deployments say nothing of who gets them"
        help_ = "its table is `table.json` beside this file: `interlock explain` and `diff` read that"
        findings.append(Finding(inexact_import.KIND, message, ours.span, help_))
        return Reading(None, tuple(findings))
    names = NameTable(config)
    findings += check_names(config, names)
    walks = Walks(config, names)
    try:
        plan, groups = plan_of(config, names, walks, given)
    except TooManyStates:
        found = config.setting("fallbacks") or config.setting("default_fallbacks")
        message = "the fallbacks lead to more walks than can be written down"
        span = root.span if found is None else found[0].span
        help_ = "write shorter lists of fallbacks: nobody waits for the two hundredth"
        findings.append(Finding(refused_configuration.KIND, message, span, help_))
        return Reading(None, tuple(findings))
    findings += check_depth(config, walks)
    findings += check_groups(config, groups)
    if any(finding.kind is refused_configuration.KIND for finding in findings):
        return Reading(None, tuple(findings))  # what does not start means nothing
    return Reading(plan, tuple(findings))


def _served_by_a_policy(root: Mapping) -> Scalar | None:
    """Where the configuration names the hook that `interlock emit litellm` writes."""
    found = root.mapping("litellm_settings").get("callbacks")
    each = found.items if isinstance(found, Sequence) else (found,)
    return next((node for node in each if isinstance(node, Scalar) and node.value == HOOK), None)
