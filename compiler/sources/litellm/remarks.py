"""What LiteLLM does that a policy does not say, or says otherwise."""

from __future__ import annotations

from collections.abc import Iterator

from interlock.compiler.sources.litellm.config import Config
from interlock.compiler.sources.litellm.names import NameTable
from interlock.compiler.sources.plan import Remark
from interlock.dsl.source import Span


def remarks_of(config: Config, names: NameTable, unknown: bool) -> Iterator[Remark]:
    """The remarks about a configuration as a whole, in the order of their weight. ``unknown``: a name that
    nothing covers is served by a default."""
    if config.fallbacks:
        kind = next(iter(config.fallbacks))
        span = _span(config, kind)
        yield Remark("LiteLLM falls back on 400, 401, 403, 404 and all other errors too; a policy does not", span)
        yield Remark("when no fallback is left, the client gets the error of the first group, here always 503", span)
    if names.wildcards:
        span = config.groups()[names.wildcards[0]][0].name_span
        if any("*" in d.model for d in config.deployments):
            yield Remark("a wildcard's `*` in a model stands for what the client asked for", span)
        if any("/" in pattern for pattern in names.wildcards):
            yield Remark("a bare name LiteLLM knows the provider of meets a wildcard of `provider/` too", span)
        if config.fallbacks and (unknown or any(not name.partition("/")[0].isidentifier() for name in names.wildcards)):
            yield Remark("a name with a provider before it has the fallbacks of the name behind, here only some", span)
    else:
        yield Remark("a request may also name a deployment's `model` or id; here it fails", start_of(config))
    several = next((group for group in config.groups().values() if len(group) > 1), None)
    if several is not None and not config.flag("disable_cooldowns"):
        yield Remark("a deployment that failed is left out for a while (cooldown)", several[0].name_span)
    policies = [config.value("retry_policy"), *_values(config.value("model_group_retry_policy"))]
    also = ("DefaultRetries", "BadRequestErrorRetries", "ContentPolicyViolationErrorRetries")
    # With two retries or more for the first error, those that follow are not looked at.
    if any(
        isinstance(policy, dict)
        and (any(policy.get(name) for name in also) or any(isinstance(n, int) and n > 1 for n in policy.values()))
        for policy in policies
    ):
        kind = "retry_policy" if config.value("retry_policy") else "model_group_retry_policy"
        yield Remark(
            "the retry policy tries again after errors about the request too; a policy does not", _span(config, kind)
        )
    strategy = config.setting("routing_strategy")
    if strategy is not None and config.value("routing_strategy") != "simple-shuffle":
        yield Remark("the routing strategy picks by load, price or time; here it is by chance", strategy[0].span)
    if config.flag("enable_pre_call_checks"):
        yield Remark(
            "prompts too long for a deployment are not sent to it (enable_pre_call_checks)",
            _span(config, "enable_pre_call_checks"),
        )
    if config.flag("enable_tag_filtering"):
        yield Remark(
            "deployments are chosen by tags as well (enable_tag_filtering)", _span(config, "enable_tag_filtering")
        )
    if config.flag("enable_weighted_failover"):
        span = _span(config, "enable_weighted_failover")
        yield Remark("the other deployments of a group are tried before its fallbacks (enable_weighted_failover)", span)
    checks = config.value("optional_pre_call_checks")
    if isinstance(checks, list) and "prompt_caching" in checks:
        span = _span(config, "optional_pre_call_checks")
        yield Remark("`prompt_caching` keeps a session only once its prompt is cached", span)
    plugins = config.setting("plugins")
    if plugins is not None:
        yield Remark("plugins may choose otherwise", plugins[0].span)


def _values(found: object) -> list[object]:
    return list(found.values()) if isinstance(found, dict) else []


def _span(config: Config, name: str) -> Span:
    found = config.setting(name) or config.setting("default_fallbacks")
    return start_of(config) if found is None else found[0].span


def start_of(config: Config) -> Span:
    """Where the deployments of a configuration are listed."""
    key = config.root.key("model_list")
    return config.root.span if key is None else key.span
