"""Finding the facts of a model as LiteLLM finds them."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from interlock.dsl.model_facts import curated, declaration, lookup


# What `litellm.get_model_info` of 1.106.2 answers with, of the map that ships with it (LITELLM_LOCAL_MODEL_COST_MAP).
@pytest.mark.parametrize(
    ("model", "provider", "key"),
    [
        ("gpt-5", None, "gpt-5"),
        ("gpt-5", "openai", "gpt-5"),
        ("openai/gpt-5", None, "gpt-5"),
        ("openai/gpt-5", "openai", "gpt-5"),
        ("GPT-5", None, "gpt-5"),
        ("gpt-5-2031-01-01", None, "gpt-5"),
        ("gpt-5", "azure", "azure/gpt-5"),
        ("azure/gpt-5", None, "azure/gpt-5"),
        ("gpt-5", "anthropic", None),
        ("gpt-55", None, None),
        ("gpt-35-turbo", "azure", "azure/gpt-35-turbo"),
        ("ft:gpt-4o-2024-08-06:my-org::id", None, "ft:gpt-4o-2024-08-06"),
        ("anthropic/claude-fable-5", None, "claude-fable-5"),
        ("gemini/gemini-2.5-pro", None, "gemini/gemini-2.5-pro"),
        ("gemini-2.5-pro", "gemini", "gemini/gemini-2.5-pro"),
        ("gemini-2.5-pro", "vertex_ai", "gemini-2.5-pro"),
        ("gemini-2.5-pro", "vertex_ai_beta", "gemini-2.5-pro"),
        ("vertex_ai/gemini-2.5-pro", None, "gemini-2.5-pro"),
        ("gemini-2.5-pro-001", "vertex_ai", "gemini-2.5-pro"),
        ("bedrock/apac.anthropic.claude-sonnet-4-6", None, "apac.anthropic.claude-sonnet-4-6"),
        ("bedrock/converse/jp.anthropic.claude-sonnet-4-6", None, "jp.anthropic.claude-sonnet-4-6"),
        ("bedrock/jp.meta.llama3-1-8b-instruct-v1:0", None, "meta.llama3-1-8b-instruct-v1:0"),
        ("bedrock/eu-north-1/meta.llama3-1-8b-instruct-v1:0", None, "meta.llama3-1-8b-instruct-v1:0"),
        ("groq/openai/gpt-oss-120b", None, "groq/openai/gpt-oss-120b"),
        ("openai/gpt-oss-120b", "groq", "groq/openai/gpt-oss-120b"),
        ("github/gpt-4o", None, "gpt-4o"),
        ("hosted_vllm/gpt-4o", None, None),
        ("text-embedding-3-large", None, None),  # it has it, but it is none that we keep
    ],
)
def test_a_model_is_found_as_litellm_finds_it(model: str, provider: str | None, key: str | None) -> None:
    found = lookup(model, provider)
    assert (found.name if found else None) == key
    assert found is None or found.origin.startswith("LiteLLM 20")


@pytest.mark.parametrize(
    ("model", "provider", "name"),
    [
        ("claude-sonnet-4-6", None, "claude-sonnet-4-6"),
        ("anthropic/claude-sonnet-4-6", None, "claude-sonnet-4-6"),
        ("claude-sonnet-4-6", "vertex_ai", "claude-sonnet-4-6"),
        ("claude-haiku-4-5@20251001", "vertex_ai", "claude-haiku-4-5@20251001"),
        ("vertex_ai/claude-haiku-4-5@20251001", None, "claude-haiku-4-5@20251001"),
        ("claude-haiku-4-5@20251001", None, "claude-haiku-4-5@20251001"),
        ("bedrock/converse/us.anthropic.claude-opus-4-7", None, "us.anthropic.claude-opus-4-7"),
        ("bedrock/us-east-1/anthropic.claude-opus-4-7", None, "anthropic.claude-opus-4-7"),
    ],
)
def test_our_own_facts_come_first(model: str, provider: str | None, name: str) -> None:
    found = lookup(model, provider)
    assert found == curated()[name]
    assert found.origin == "std/models.route"


def test_our_own_facts_are_not_those_of_everybodys_model_of_that_name() -> None:
    found = lookup("claude-sonnet-4-6", "azure_ai")
    assert found is not None
    assert found.name == "azure_ai/claude-sonnet-4-6"
    assert lookup("claude-haiku-4-5@20251001", "openai") is None


def test_a_file_of_ones_own_is_looked_in(tmp_path: Path) -> None:
    models = {"house/big": {"provider": "house", "context": 32_000}}
    data = {"format": "interlock-models", "format_version": 1, "source": "ours", "date": "2026-11-02", "models": models}
    path = tmp_path / "own.json"
    path.write_text(json.dumps(data), encoding="utf-8")
    found = lookup("big", "house", file=str(path))
    assert found is not None
    assert (found.name, found.context, found.origin) == ("house/big", 32_000, "LiteLLM 2026-11-02")
    assert lookup("gpt-5", file=str(path)) is None


def test_a_declaration_has_the_name_that_is_wanted() -> None:
    found = lookup("gemini/gemini-2.5-pro")
    assert found is not None
    text = declaration("fast", found)
    assert text.splitlines()[1:] == [
        "model fast {",
        "    context  1_048_576",
        "    price    input $1.25, output $10, cache_read $0.125",
        "    supports tools, vision",
        "}",
    ]
    assert text.startswith("## LiteLLM's cost map, 2026-")
    assert declaration("s", curated()["claude-sonnet-4-6"]).splitlines()[0] == "## The middle one. November 2026."
