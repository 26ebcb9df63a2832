"""What a rule without backends answers: 500, or what a `responseOverride` puts in its place."""

from __future__ import annotations

import json

from interlock.compiler.sources.document import Mapping, Scalar
from interlock.compiler.sources.draft import quoted
from interlock.compiler.sources.envoy.objects import Object
from interlock.compiler.sources.envoy.routes import Rule

NO_BACKEND = 500
_MODEL = "x-ai-eg-model"


def answer_of(rule: Rule, policy: Object | None) -> str:
    """The `fail` that says it."""
    asks_model = any(header.name == _MODEL for match in rule.matches for header in match.headers)
    # Envoy takes up an override with the route that it finds before the model is in its header.
    for each in policy.spec.list("responseOverride") if policy is not None and not asks_model else ():
        if isinstance(each, Mapping) and each.text("source") != "Backend" and _matches(each):
            response = each.mapping("response")
            status = _number(response, "statusCode")
            message = _message(response.mapping("body").text("inline"))
            if status is None or not 400 <= status <= 599:
                break
            return f"fail {status}" + ("" if message is None else f" {quoted(message)}")
    return f'fail {NO_BACKEND} "no backend"'


def overridden(policies: list[Object], rule: Rule) -> bool:
    """Whether a policy for this very rule overrides answers."""
    return any(
        isinstance(ref, Mapping) and (ref.text("name"), ref.text("sectionName")) == (rule.route.name, rule.name)
        for policy in policies
        if policy.namespace == rule.route.namespace and policy.spec.list("responseOverride")
        for ref in policy.spec.list("targetRefs")
    )


def _matches(override: Mapping) -> bool:
    for code in override.mapping("match").list("statusCodes"):
        if not isinstance(code, Mapping):
            continue
        first, last = (_number(code.mapping("range"), name) for name in ("start", "end"))
        if code.text("type") == "Range":
            if first is not None and last is not None and first <= NO_BACKEND <= last:
                return True
        elif _number(code, "value") == NO_BACKEND:
            return True
    return False


def _number(node: Mapping, name: str) -> int | None:
    found = node.get(name)
    value = found.value if isinstance(found, Scalar) else None
    return value if isinstance(value, int) and not isinstance(value, bool) else None


def _message(body: str | None) -> str | None:
    """The message of an error in the form of Anthropic's API."""
    try:
        said = json.loads((body or "").replace("%%", "%"))["error"]["message"]
    except (ValueError, KeyError, TypeError, RecursionError):
        return None
    # A policy is UTF-8, which has no halves of a pair.
    return said if isinstance(said, str) and not any("\ud800" <= c <= "\udfff" for c in said) else None
