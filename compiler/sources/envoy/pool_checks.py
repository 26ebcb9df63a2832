"""What becomes of the sessions, and of the models, of a priority with several backends."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from interlock.compiler.source_findings import dead_entry, mixed_models, scattered_session
from interlock.compiler.sources.envoy.pools import EACH_TIME
from interlock.compiler.sources.envoy.routes import BackendRef
from interlock.compiler.sources.envoy.servings import Serving
from interlock.compiler.sources.models import base_name, is_chat_name
from interlock.dsl.finding import Finding, Related


def check_pools(servings: Iterable[Serving]) -> Iterator[Finding]:
    """Findings about the priorities that some request comes to."""
    for serving in servings:
        if serving.flat is not None and len(serving.rule.levels) > 1:
            continue  # that all have become one priority is what is to be told (G110)
        for index in sorted(serving.reached):
            level = serving.levels[index] if index < len(serving.levels) else ()
            if len({(ref.namespace, ref.name, ref.model) for ref in level}) > 1 and _is_chat(serving, level):
                yield from _level(serving, level)
        yield from _weights(serving)


def _level(serving: Serving, level: tuple[BackendRef, ...]) -> Iterator[Finding]:
    said = {ref.model for ref in level}
    models = sorted({base_name(model) for model in said if model is not None})
    if len(models) > 1 and None not in said:
        named = ", ".join(f"`{model}`" for model in models[:3]) + (", …" if len(models) > 3 else "")
        message = f"requests of one rule are answered by different models, by chance: {named}"
        help_ = "give them `priority: 0`, `priority: 1`, …, or rules of their own"
        yield Finding(mixed_models.KIND, message, level[0].span, help_)
    hashing = serving.hashing
    if hashing is None or set(hashing.names) & EACH_TIME:
        message = f"the turns of a session are spread over {len(level)} backends at random"
        help_ = "add `loadBalancer: {type: ConsistentHash, …}` by a header of the session to its BackendTrafficPolicy"
        if len(serving.rule.levels) > 1:
            # Hashing would take the fallbacks away (G110).
            help_ = "make one of them the only one of its priority, or give each a rule for its own share of sessions"
        note = "each turn may find a cold prompt cache: the whole prefix is then paid for again"
        related = () if hashing is None else (Related("this differs in each request", hashing.node.span),)
        yield Finding(scattered_session.KIND, message, level[0].span, help_, related, notes=(note,))


def _weights(serving: Serving) -> Iterator[Finding]:
    if serving.hashing is None:
        return
    for level in serving.levels:
        for ref in level:
            key = ref.node.key("weight")
            if key is not None and len({other.weight for other in level}) > 1:
                message = "the weights of these backends have no effect: `ConsistentHash` gives each an equal share"
                related = (Related("because of this", serving.hashing.node.span),)
                help_ = "leave `weight` out, or balance without `ConsistentHash`"
                yield Finding(dead_entry.KIND, message, key.span, help_, related)
                break


def _is_chat(serving: Serving, level: tuple[BackendRef, ...]) -> bool:
    named = [ref.model or ref.name for ref in level]
    named += [header.value for match in serving.rule.matches for header in match.headers]
    return all(is_chat_name(name) for name in named)
