"""What is known of the models that a configuration names."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import replace

from interlock.compiler.sources.plan import Model, Obligation
from interlock.dsl.model_facts import declaration, lookup
from interlock.dsl.record import record


@record
class Named:
    """A model as a configuration names it: ``known_as`` is another name to look it up by, ``context`` what the
    configuration itself says of its context."""

    name: str
    provider: str | None
    known_as: str | None
    context: int | None


def model_of(named: Named, file: str | None) -> Model:
    """The declaration of a model, with what is known of it. ``file`` is the file of model facts (None: the one that
    ships)."""
    found = lookup(named.known_as or named.name, named.provider, file=file)
    if found is None:
        context = "" if named.context is None else f" context {named.context} "
        from interlock.dsl.model_data import word

        return Model(named.name, f"model {word(named.name)} {{{context}}}\n", named.context)
    if named.context is not None:
        found = replace(found, context=named.context)
    return Model(named.name, declaration(named.name, replace(found, doc="")), found.context)


def context_obligations(
    served: Mapping[str, Iterable[str]], reached: Mapping[str, Iterable[str]], models: Iterable[Model]
) -> list[Obligation]:
    """That no request can come to a model too small for it, if the models it is sent to first would have taken it.

    ``served`` has the models of the first hop by the name that requests ask for, ``reached`` those of all hops. Names
    of which the context of some model is not known are left out."""
    contexts = {model.name: model.context for model in models}
    by_context: dict[int, list[str]] = {}
    for name, first in served.items():
        known = [contexts[model] for model in first]
        rest = [contexts[model] for model in reached[name]]
        least = min((c for c in known if c is not None), default=None)
        # A context of a million is written as 1,000,000, as 1,047,576 and as 1,048,576: nobody falls between these.
        rest_least = min((c for c in rest if c is not None), default=0)
        alike = least is not None and least * 0.9 <= rest_least
        if least is not None and None not in known and None not in rest and not alike:
            by_context.setdefault(least, []).append(name)
    from interlock.compiler.sources.draft import quoted
    from interlock.dsl.model_data import tokens

    found = []
    for context, names in sorted(by_context.items()):
        test = f"== {quoted(names[0])}" if len(names) == 1 else f"in [{', '.join(quoted(name) for name in names)}]"
        text = f"context >= input_tokens when model {test} and input_tokens <= {tokens(context)}"
        found.append(Obligation(text, None))
    return found


_NOT_CHAT = re.compile(r"(?i)embed|whisper|tts|dall-e|rerank|moderation|imagen|transcri|speech|image|stable-diffusion")


def is_chat_name(name: str) -> bool:
    """Whether a model answers in turns, as far as its name tells."""
    return _NOT_CHAT.search(name) is None


def base_name(model: str) -> str:
    """A model without what its platforms add to its name."""
    name = model.rsplit("/", 1)[-1]
    name = re.sub(r"^(us|eu|apac|jp|au|global|us-gov)\.", "", name)
    name = re.sub(r"^(anthropic|meta|amazon|mistral|cohere|deepseek|openai|google)\.", "", name)
    name = re.sub(r"(-v\d+)?(:\d+)?$", "", name)
    return re.sub(r"[@-]\d{8}$|[@-]\d{4}-\d{2}-\d{2}$|-latest$|@default$", "", name)
