"""What becomes of the sessions of a group with several deployments."""

from __future__ import annotations

import re
from collections.abc import Iterator

from interlock.compiler.source_findings import mixed_models, scattered_session
from interlock.compiler.sources.litellm.config import Config, Deployment
from interlock.compiler.sources.litellm.groups import CALL, Group
from interlock.compiler.sources.litellm.walk import Place
from interlock.dsl.finding import Finding

_NOT_CHAT = re.compile(r"(?i)embed|whisper|tts|dall-e|rerank|moderation|imagen|transcri|speech|image|stable-diffusion")


def check_groups(config: Config, groups: dict[Place, Group]) -> Iterator[Finding]:
    """Findings about the places that some request is sent to, each with its group."""
    by_name = config.groups()
    for place, group in groups.items():
        deployments = [d for d in by_name.get(place.group, ()) if d.order == place.level]
        if len(group.members) < 2 or not all(_is_chat(d) for d in deployments):
            continue
        models = sorted({_base(member.model) for member in group.members})
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


def _base(model: str) -> str:
    """A model without what its platforms add to its name."""
    name = model.rsplit("/", 1)[-1]
    name = re.sub(r"^(us|eu|apac|jp|au|global|us-gov)\.", "", name)
    name = re.sub(r"^(anthropic|meta|amazon|mistral|cohere|deepseek|openai|google)\.", "", name)
    name = re.sub(r"(-v\d+)?(:\d+)?$", "", name)
    return re.sub(r"[@-]\d{8}$|[@-]\d{4}-\d{2}-\d{2}$|-latest$|@default$", "", name)
