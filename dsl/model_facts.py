"""What is known of a model, however a gateway's configuration spells it: our own facts first, then LiteLLM's map."""

from __future__ import annotations

import functools
import os
from collections.abc import Mapping
from dataclasses import replace

from interlock.dsl import syntax
from interlock.dsl.model_data import Facts, ModelFile, read_models
from interlock.dsl.model_data import declaration as declaration
from interlock.dsl.model_names import candidates, is_of, split_provider
from interlock.dsl.parse import parse
from interlock.dsl.resolve_upstreams import resolve_model
from interlock.dsl.scope import Scope
from interlock.dsl.source import Source

ORIGIN = "std/models.route"


@functools.cache
def curated() -> Mapping[str, Facts]:
    """The models that ``std/models.route`` declares, by name."""
    import interlock.stdlib_policies as library

    with open(os.path.join(library.__path__[0], "std", "models.route"), encoding="utf-8") as file:
        module, _ = parse(Source(ORIGIN, file.read()))
    scope = Scope()
    for declared in module.declarations:
        if isinstance(declared, syntax.Model):
            resolve_model(scope, declared, False)
    return {
        model.name: Facts(
            model.name,
            None,
            model.context,
            model.prices,
            tuple(sorted(model.supports)),
            None,
            None,
            ORIGIN,
            model.doc or "",
        )
        for model in scope.models.values()
    }


def all_facts(file: str | None = None) -> Mapping[str, Facts]:
    """Every model that a policy may name with ``std/models`` imported, by name. ``file`` is as for ``lookup``. Raises
    ``BadModels``."""
    known = read_models(file)
    found = {name: known.facts(name) for name in known.names}
    for name, facts in curated().items():
        found[name] = replace(facts, provider=known.provider(name) if name in known else None)
    return dict(sorted(found.items()))


def lookup(model: str, provider: str | None = None, *, file: str | None = None) -> Facts | None:
    """The facts of a model as LiteLLM would find them, or None.

    ``model`` is what a configuration says, with or without its provider before a slash (``anthropic/claude-opus-4-7``,
    ``bedrock/converse/us.anthropic.claude-opus-4-7``, ``gpt-5-2025-08-07``); ``provider`` is LiteLLM's word for who
    serves it, where the configuration says that apart. ``file`` is the file of model facts (default: the one that
    ships). Where ``std/models.route`` has the model, its facts are given. Raises ``BadModels``.
    """
    known = read_models(file)
    own = curated()
    key = _key(model, provider, known)
    if key is not None:
        # Vertex AI has Claude models under names that are ours without the prefix.
        return own.get(key) or own.get(key.removeprefix("vertex_ai/")) or known.facts(key)
    names = (model, model.removeprefix("vertex_ai/")) if provider in (None, "vertex_ai") else ()
    return next((own[name] for name in names if name in own), None)


def _key(model: str, provider: str | None, known: ModelFile) -> str | None:
    """The key of the file that LiteLLM would find."""
    if provider == "vertex_ai_beta":
        provider = "vertex_ai"
    named = provider or split_provider(model, known.is_provider)
    # A model of Bedrock needs no prefix: LiteLLM knows it by its name.
    for whose in (named,) if named else (None, "bedrock"):
        for name in candidates(model, whose):
            key = known.spelled(name)
            if key is not None and is_of(known.provider(key), whose):
                return key
    return None
