"""Models that policies name and nobody declares: from the file of model facts."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import date
from pathlib import Path

import pytest

from interlock.compiler.artifact import encode
from interlock.compiler.pipeline import check, front
from interlock.dsl import model_data
from interlock.dsl.format import format_module
from interlock.dsl.load import Unreadable, load
from interlock.dsl.model_data import BadModels, declaration, read_models
from interlock.dsl.parse import parse
from interlock.dsl.policy import Model
from interlock.dsl.source import Source

STD = Path(__file__).parent.parent / "stdlib_policies" / "std"

POLICY = """\
policy mixed
import "std/models"
request {
    input_tokens : int(0..=200K)  rising
    session_id   : string         per session
}
upstream openai { provider openai; region us }
upstream google { provider google; region eu }
pool gpt    { serve openai with gpt-5; sticky by session_id }
pool gemini { serve google with "gemini/gemini-2.5-pro"; sticky by session_id }
fallback gpt    -> follow gemini
fallback gemini -> fail 503
rule otherwise -> gpt
require context >= input_tokens
require vision
"""
"""A policy in which nothing is wrong, with models that only the file of facts knows."""


def models_of(text: str, file: Path | None = None) -> Mapping[str, Model]:
    """The models of a policy without mistakes."""
    found = front("mixed.route", text=text, models=None if file is None else str(file))
    assert found.policy is not None, [f.message for f in found.findings]
    return found.policy.models


def written(tmp_path: Path, **changes: object) -> Path:
    """A team's own file of facts, with one model in it."""
    facts = {"provider": "openai", "context": 9_000, "price": {"input": "7.5"}, "supports": ["tools"]}
    data = {
        "format": "interlock-models",
        "format_version": 1,
        "source": "ours",
        "date": "2026-11-02",
        "models": {"gpt-5": facts, "house": {"provider": "house"}},
    }
    path = tmp_path / "own.json"
    path.write_text(json.dumps(data | changes), encoding="utf-8")
    return path


# ── the file that ships ──────────────────────────────────────────────────────────────────────────────


def test_the_file_says_what_it_is_and_has_a_model_a_line() -> None:
    text = (STD / "models.json").read_text(encoding="utf-8")
    data = json.loads(text)
    assert list(data) == ["format", "format_version", "source", "license", "date", "models"]
    assert date.fromisoformat(data["date"]) >= date(2026, 10, 21)
    assert "github.com/BerriAI/litellm" in data["source"]
    assert "Copyright (c) 2023 Berri AI" in data["license"]
    assert "Permission is hereby granted" in (STD / "NOTICE").read_text(encoding="utf-8")
    assert list(data["models"]) == sorted(data["models"])
    lines = text.splitlines()
    assert len(lines) == len(data["models"]) + 9
    for line in lines[7:-2]:
        ((name, entry),) = json.loads("{" + line.removesuffix(",") + "}").items()
        assert data["models"][name] == entry


def test_every_model_of_the_file_is_a_declaration_in_the_canonical_layout() -> None:
    known = read_models()
    assert len(known.names) > 2_000
    declarations = [declaration(name, known.facts(name)) for name in known.names]
    text = "\n".join(declarations)
    module, findings = parse(Source("all.route", text))
    assert findings == []
    assert format_module(module) == text


def test_known_figures() -> None:
    facts = read_models().facts("gpt-4o")
    assert (facts.provider, facts.context, facts.supports) == ("openai", 128_000, ("tools", "vision"))
    assert facts.prices == {"input": 2_500_000, "output": 10_000_000, "cache_read": 1_250_000}
    assert read_models().facts("gemini/gemini-2.5-pro").prices_up_to == 200_000
    assert not read_models().facts("ollama/llama2").prices, "free and unknown look alike"


def test_the_file_says_of_our_own_models_what_we_say() -> None:
    known = read_models()
    for name, model in models_of('policy a\nimport "std/models"\nrule a -> fail 503\n').items():
        facts = known.facts(name if name in known else f"vertex_ai/{name}")
        assert (facts.context, dict(facts.prices), set(facts.supports)) == (
            model.context,
            dict(model.prices),
            set(model.supports),
        )


def test_a_name_is_written_as_policies_write_it() -> None:
    for name in ("gpt-5", "gpt-4.1", "a/b:c", 'qu"ote\\', "bell\a", "ü"):
        facts = model_data.Facts(name, None, None, {}, (), None, None, "here", "")
        module, findings = parse(Source("a.route", declaration(name, facts)))
        assert findings == []
        (model,) = module.declarations
        assert getattr(model, "name").text == name  # noqa: B009 - whatever was declared


# ── policies ─────────────────────────────────────────────────────────────────────────────────────────


def test_a_policy_names_models_that_only_the_file_knows() -> None:
    checked = check("mixed.route", text=POLICY)
    assert [f.message for f in checked.findings if f.severity != "info"] == []
    assert checked.front.table is not None
    table = json.loads(encode(checked.front.table))
    assert [model["name"] for model in table["models"]] == ["gemini/gemini-2.5-pro", "gpt-5"]
    assert table["models"][1]["context"] == 272_000
    assert table["source"]["files"] == ["mixed.route", "std/models"]


def test_what_the_file_says_is_checked_like_any_declaration() -> None:
    larger = POLICY.replace("0..=200K", "0..=300K")
    assert [f.kind.slug for f in check("mixed.route", text=larger).findings if f.severity == "error"] == [
        "context-too-small"
    ]


def test_only_the_named_models_are_added() -> None:
    alone = set(models_of('policy a\nimport "std/models"\nrule a -> fail 503\n'))
    assert set(models_of(POLICY)) - alone == {"gpt-5", "gemini/gemini-2.5-pro"}


def test_an_import_in_a_module_will_do(tmp_path: Path) -> None:
    (tmp_path / "fleet.route").write_text('import "std/models"\n', encoding="utf-8")
    main = tmp_path / "main.route"
    main.write_text(POLICY.replace("std/models", "./fleet"), encoding="utf-8")
    assert front(str(main)).findings == ()


def test_a_declaration_of_the_policy_wins() -> None:
    model = models_of(POLICY + "model gpt-5 { context 500K }\n")["gpt-5"]
    assert (model.context, model.prices, model.own) == (500_000, {}, True)


def test_a_broken_declaration_of_the_policy_wins_too() -> None:
    found = front("mixed.route", text=POLICY + "model gpt-5 { context }\n")
    assert [f.kind.code for f in found.findings] == ["T001"]


def test_a_place_in_the_added_module_can_be_shown() -> None:
    span = models_of(POLICY)["gpt-5"].span
    assert (span.file, span.text) == ("std/models", "gpt-5")
    assert span.source.line(span.first[0]) == "model gpt-5 {"


def test_a_misspelt_model_is_near_to_one_of_the_file() -> None:
    (finding,) = front("mixed.route", text=POLICY.replace("with gpt-5;", "with gpt5;")).findings
    assert (finding.message, finding.help) == ("unknown model `gpt5`", "did you mean `gpt-5`?")


def test_who_does_not_import_the_models_is_told_to() -> None:
    found = front("mixed.route", text=POLICY.replace('import "std/models"\n', "")).findings
    assert {f.help for f in found} == {'write `import "std/models"`, which knows it'}
    assert all(f.fix is None for f in found)


def test_the_file_is_not_read_where_all_models_are_declared(monkeypatch: pytest.MonkeyPatch) -> None:
    def read(path: str | None = None) -> model_data.ModelFile:
        raise AssertionError("the file of model facts was read")

    monkeypatch.setattr(model_data, "read_models", read)
    with pytest.raises(AssertionError, match="was read"):
        front("mixed.route", text=POLICY)
    for policy in STD.parent.glob("*.route"):
        assert front(str(policy)).findings == ()


# ── a file of the team's own ─────────────────────────────────────────────────────────────────────────


def test_a_file_of_ones_own_takes_the_place_of_the_one_that_ships(tmp_path: Path) -> None:
    text = POLICY.replace("gemini/gemini-2.5-pro", "house").replace("200K", "2K")
    models = models_of(text, written(tmp_path))
    assert (models["gpt-5"].context, models["gpt-5"].prices) == (9_000, {"input": 7_500_000})
    assert models["house"].context is None
    assert models["claude-opus-4-7"].context == 1_000_000, "std/models.route stays"


def test_a_file_that_has_changed_is_read_anew(tmp_path: Path) -> None:
    path = written(tmp_path)
    assert read_models(str(path)).date == "2026-11-02"
    path.write_text(path.read_text(encoding="utf-8").replace("2026-11-02", "2026-11-03") + "\n", encoding="utf-8")
    assert read_models(str(path)).date == "2026-11-03"


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"format": "map"}, "this is no file of model facts; `interlock models --refresh MAP -o FILE` makes one"),
        ({"format_version": 2}, "this version of Interlock reads `format_version` 1 only"),
        ({"source": 5}, "`source` is a string"),
        ({"date": "yesterday"}, '`date` is a day: `"2026-11-24"`'),
        ({"models": []}, "`models` is an object with an entry a model"),
        ({"models": {"gpt-5": 3}}, "`gpt-5`: the facts of a model are an object"),
        ({"models": {"gpt-5": {"context": "9K"}}}, "`gpt-5`: `context` is a whole number of tokens, 1 or more"),
        ({"models": {"gpt-5": {"context": 0}}}, "`gpt-5`: `context` is a whole number of tokens, 1 or more"),
        ({"models": {"gpt-5": {"price": {"input": 0.1}}}}, "`gpt-5`: `input` is a string of dollars"),
        ({"models": {"gpt-5": {"price": {"input": "0.1234567"}}}}, "`gpt-5`: `input` is a string of dollars"),
        ({"models": {"gpt-5": {"price": {"inputs": "1"}}}}, "`gpt-5`: `price` is an object with some of input, output"),
        ({"models": {"gpt-5": {"supports": ["no tools"]}}}, "`gpt-5`: `supports` is a list of names"),
        ({"models": {"gpt-5": {"retires": 2026}}}, "`gpt-5`: `retires` is a day"),
    ],
)
def test_a_file_that_says_something_else_is_refused(tmp_path: Path, changes: dict[str, object], message: str) -> None:
    path = written(tmp_path, **changes)
    with pytest.raises(Unreadable) as refused:
        load("mixed.route", text=POLICY, models=str(path))
    assert str(refused.value).startswith(f"{path}: {message}")


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (b'{"format": "interlock-models",\n  oops}', ":2:3: this is no JSON: expecting property name"),
        (b"\xff", ": byte 0 is not UTF-8"),
        (b"[" * 100_000, ": this is no JSON: it nests too deep"),
        (b"[" + b"1" * 5_000 + b"]", ": a number in it is too large"),
        (b"[]", ": this is no file of model facts"),
    ],
)
def test_a_file_that_is_no_json_is_refused(tmp_path: Path, data: bytes, message: str) -> None:
    path = tmp_path / "own.json"
    path.write_bytes(data)
    with pytest.raises(BadModels) as refused:
        read_models(str(path))
    assert str(refused.value).startswith(f"{path}{message}")


def test_a_file_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(BadModels, match=r"cannot read the model facts in `.*gone\.json`: no such file"):
        read_models(str(tmp_path / "gone.json"))
