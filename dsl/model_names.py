"""How LiteLLM finds a model in its cost map: the keys that it tries for a string and a provider, in its order.

After ``get_model_info`` of litellm 1.106.2 (utils.py, ``get_potential_model_names`` and ``_check_provider_match``; read
November 2026). Not followed are its rules for Claude models that the map does not have: they guess.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

_BEDROCK = ("bedrock", "bedrock_converse")
_BEDROCK_ROUTES = ("bedrock/", "chat_completions/", "converse/", "invoke/", "openai/", "mantle/", "nova-2/", "nova/")
_BEDROCK_PROFILES = ("global", "us", "eu", "apac", "jp", "au", "us-gov")
_AWS_REGION = re.compile(r"[a-z]{2}(?:-[a-z]+)+-\d/")
_ANYONES = ("litellm_proxy", "github", "nadir")
"""Providers that serve other providers' models under their names."""

_AZURE = {
    "gpt-35-turbo": "azure/gpt-35-turbo",
    "gpt-35-turbo-16k": "azure/gpt-35-turbo-16k",
    "gpt-35-turbo-instruct": "azure/gpt-35-turbo-instruct",
    "azure/gpt-41": "gpt-4.1",
    "azure/gpt-41-mini": "gpt-4.1-mini",
    "azure/gpt-41-nano": "gpt-4.1-nano",
}
"""Azure's spellings."""


def split_provider(model: str, is_provider: Callable[[str], bool]) -> str | None:
    """The provider before the first slash of a model string, if it is one."""
    head, slash, _ = model.partition("/")
    known = head in _BEDROCK or head in _ANYONES or head.startswith("vertex_ai") or is_provider(head)
    return head if slash and known else None


def candidates(model: str, provider: str | None) -> Iterator[str]:
    """The keys under which a map may have a model of a provider, the most specific first."""
    model = _AZURE.get(model, model)
    if provider is None:
        yield model
        yield _base(model, None)
        return
    prefix = provider + "/"
    split = model.removeprefix(prefix)
    yield prefix + split
    yield model
    if provider in _BEDROCK:
        yield _strip_routes(split)
    mantle = _AWS_REGION.sub("", split, count=1) if provider == "bedrock_mantle" and _AWS_REGION.match(split) else split
    yield prefix + mantle
    yield mantle
    if provider == "vertex_ai":
        yield from (f"{prefix}meta/{split}", f"{prefix}{split}@latest")
    base = _base(mantle, provider)
    yield prefix + base
    yield base
    if provider == "fireworks_ai":
        yield prefix + _fireworks(split)
    elif model.startswith(prefix):  # whose own names begin with their provider's
        yield prefix + model


def is_of(owner: str | None, provider: str | None) -> bool:
    """Whether an entry of a map that belongs to ``owner`` tells of a model that ``provider`` serves."""
    if not provider or owner is None or owner == provider or provider in _ANYONES:
        return True
    if provider in ("vertex_ai", "fireworks_ai"):
        return owner.startswith(provider)
    if provider.startswith("bedrock"):
        return owner.startswith("bedrock")
    return provider == "azure_ai" and owner in ("azure", "openai")


def _base(model: str, provider: str | None) -> str:
    """Without what makes a name more special than its price: a region, a version, the name of a fine-tune, a date."""
    if provider in _BEDROCK:
        return _bedrock_base(model)
    if provider in ("vertex_ai", "gemini", "databricks"):
        return re.sub(r"-\d+$", "", model)
    if "ft:" in model:
        return re.sub(r"(:[^:]*){3}$", "", model)
    return re.sub(r"-\d{4}-\d{2}-\d{2}$", "", model)


def _bedrock_base(model: str) -> str:
    model = _strip_routes(model)
    if "arn" in model.lower():
        model = model.rsplit("/", 1)[-1]
    model = re.sub(r"(:\d+):\d+k$", r"\1", model)
    profile, dot, rest = model.partition(".")
    if dot and profile in _BEDROCK_PROFILES:
        return rest
    return _AWS_REGION.sub("", model, count=1) if _AWS_REGION.match(model) else model


def _strip_routes(model: str) -> str:
    for route in _BEDROCK_ROUTES:
        model = model.removeprefix(route)
    return model


def _fireworks(model: str) -> str:
    if model.startswith("accounts/") or "#" in model:
        return model
    if model.startswith(("routers/", "models/")):
        return f"accounts/fireworks/{model}"
    return f"accounts/fireworks/{'routers' if model.endswith('-fast') else 'models'}/{model}"
