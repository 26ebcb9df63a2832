"""What becomes of the sessions of a group with several deployments."""

from __future__ import annotations

import re
from collections.abc import Iterator

from interlock.compiler.source_findings import mixed_models, scattered_session
from interlock.compiler.sources.litellm.config import Config, Deployment
from interlock.compiler.sources.litellm.groups import CALL, Group
from interlock.compiler.sources.litellm.walk import Place
from interlock.compiler.sources.models import base_name
from interlock.dsl.finding import Finding

_NOT_CHAT = re.compile(r"(?i)embed|whisper|tts|dall-e|rerank|moderation|imagen|transcri|speech|image|stable-diffusion")


def check_groups(config: Config, groups: dict[Place, Group]) -> Iterator[Finding]:
    """Findings about the places that some request is sent to, each with its group."""
    by_name = config.groups()
    for place, group in groups.items():
        deployments = [d for d in by_name.get(place.group, ()) if d.order == place.level]
        if len(group.members) < 2 or not all(_is_chat(d) for d in deployments):
            continue
        models = sorted({base_name(member.model) for member in group.members})
        span = deployments[0].name_span
        if len(models) > 1:
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


def _is_chat(deployment: Deployment) -> bool:
    mode = deployment.info.text("mode")
    return mode in ("chat", "responses", "completion") if mode else not _NOT_CHAT.search(deployment.model)
