"""What becomes of the sessions, and of the models, of a load balancer."""

from __future__ import annotations

from collections.abc import Iterator

from interlock.compiler.source_findings import mixed_models, scattered_session
from interlock.compiler.sources.models import base_name, is_chat_name
from interlock.compiler.sources.portkey.config import Target
from interlock.compiler.sources.portkey.pools import model_name
from interlock.compiler.sources.portkey.upstreams import Upstreams
from interlock.dsl.finding import Finding


def check_pools(root: Target) -> Iterator[Finding]:
    """Findings about the load balancers of a configuration."""
    upstreams = Upstreams(target for target in root.all() if target.mode is None)
    for target in root.all():
        if target.mode != "loadbalance":
            continue
        first = [leaf for each in target.targets or () if each.weight > 0 for leaf in _first(each)]
        mode = target.strategy.scalar("mode")
        span = target.span if mode is None else mode.span
        named = {leaf: leaf.settings.model for leaf in first}
        if not all(is_chat_name(f"{leaf.shown} {model_name(leaf)}") for leaf in first):
            continue
        models = sorted({base_name(str(model.value)) for model in named.values() if model is not None})
        if len(models) > 1 and None not in named.values():
            listed = ", ".join(f"`{model}`" for model in models[:3]) + (", …" if len(models) > 3 else "")
            message = f"requests are answered by different models, by chance: {listed}"
            help_ = "set the mode `fallback` if one is the spare of the other, or choose by conditions"
            yield Finding(mixed_models.KIND, message, span, help_)
        places = {upstreams.of(leaf) for leaf in first}
        if len(places) > 1:
            message = f"the turns of a session are spread over {len(places)} places at random"
            help_ = "choose by a condition on `metadata` that stays the same in a session, or set the mode `fallback`"
            note = "each turn may find a cold prompt cache: the whole prefix is then paid for again"
            yield Finding(scattered_session.KIND, message, span, help_, notes=(note,))


def _first(target: Target) -> list[Target]:
    """The targets that may be asked first."""
    if target.mode is None:
        return [target]
    targets = target.targets or ()
    if target.mode in ("fallback", "single"):
        targets = targets[:1]
    return [leaf for each in targets for leaf in _first(each)]
