"""What becomes of the sessions of a group with several deployments."""

from __future__ import annotations

from collections.abc import Iterator

from interlock.compiler.source_findings import mixed_models, scattered_session
from interlock.compiler.sources.litellm.config import Config
from interlock.compiler.sources.litellm.groups import CALL, Group
from interlock.compiler.sources.litellm.providers import is_chat
from interlock.compiler.sources.litellm.walk import Place
from interlock.compiler.sources.models import base_name
from interlock.dsl.finding import Finding


def check_groups(config: Config, groups: dict[Place, Group]) -> Iterator[Finding]:
    """Findings about the places that some request is sent to, each with its group."""
    by_name = config.groups()
    for place, group in groups.items():
        deployments = [d for d in by_name.get(place.group, ()) if d.order == place.level]
        if len(group.members) < 2 or not all(is_chat(d) for d in deployments):
            continue
        # A deployment at Azure has a name of its own choice.
        known = [d.info.text("base_model") or ("" if d.model.startswith("azure/") else d.model) for d in deployments]
        models = sorted({base_name(model) for model in known if model})
        span = deployments[0].name_span
        by_tag = config.flag("enable_tag_filtering") and any(d.params.get("tags") is not None for d in deployments)
        if len(models) > 1 and not by_tag:
            named = ", ".join(f"`{model}`" for model in models[:3]) + (", …" if len(models) > 3 else "")
            message = f"requests for `{place.group}` are answered by different models, by chance: {named}"
            help_ = "give them `order: 1`, `order: 2`, …, or names of their own and `fallbacks`"
            yield Finding(mixed_models.KIND, message, span, help_)
        if group.sticky is CALL:
            count = len(group.members)
            message = f"the turns of a session are spread over the {count} deployments of `{place.group}` at random"
            help_ = "add `optional_pre_call_checks: [session_affinity]` to `router_settings`"
            note = "each turn may find a cold prompt cache: the whole prefix is then paid for again"
            yield Finding(scattered_session.KIND, message, span, help_, notes=(note,))
