"""``interlock models``."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import pytest

from interlock.dsl.model_data import read_models
from interlock.dsl.parse import parse
from interlock.dsl.source import Source
from tests.cli.conftest import Cli

CHAT = {"litellm_provider": "openai", "mode": "chat", "max_input_tokens": 128_000}
MAP = """\
{
  "sample_spec": {"mode": "one of: chat, embedding", "max_input_tokens": "as the provider says"},
  "b-chat": {
    "litellm_provider": "house", "mode": "chat", "max_input_tokens": 200000.0, "max_output_tokens": 4096,
    "input_cost_per_token": 9.499999999999999e-07, "output_cost_per_token": 1e-05,
    "cache_read_input_token_cost": 1e-07, "cache_creation_input_token_cost": 0.0,
    "input_cost_per_token_above_200k_tokens": 2e-06, "input_cost_per_token_above_128k_tokens": 1e-06,
    "output_cost_per_token_above_32k_tokens": 1e-05, "input_cost_per_token_above_16k_tokens_priority": 9e-06,
    "supports_function_calling": true, "supports_vision": false, "deprecation_date": "2027-01-31"
  },
  "a-tiers": {
    "litellm_provider": "house", "mode": "responses", "max_tokens": 4096,
    "tiered_pricing": [
      {"range": [32000, 128000.0], "input_cost_per_token": 2e-06, "output_cost_per_token": 4e-06},
      {"range": [0, 32000.0], "input_cost_per_token": 1e-06, "output_cost_per_token": 2e-06}
    ]
  },
  "free": {"litellm_provider": "ollama", "mode": "completion", "max_input_tokens": 4096, "input_cost_per_token": 0.0},
  "mislabeled": {"litellm_provider": "house", "mode": "chat", "max_input_tokens": 0},
  "embeds": {"litellm_provider": "house", "mode": "embedding", "max_input_tokens": 8191}
}
"""
MADE = """\
"models": {
"a-tiers": {"provider": "house", "price": {"input": "1", "output": "2"}, "prices_up_to": 32000},
"b-chat": {"provider": "house", "context": 200000, "price": {"input": "0.95", "output": "10", "cache_read": "0.1"}, \
"prices_up_to": 128000, "supports": ["tools"], "retires": "2027-01-31"},
"free": {"provider": "ollama", "context": 4096}
}
}
"""


class Server(BaseHTTPRequestHandler):
    """Answers by path."""

    def do_GET(self) -> None:
        data = MAP.encode()
        if self.path.startswith("/map.json"):
            self.send_response(200)
        elif self.path == "/moved":
            self.send_response(302)
            self.send_header("Location", "/map.json")
        elif self.path == "/astray":
            self.send_response(302)
            self.send_header("Location", "http://example.com/map.json")
        elif self.path == "/cut":
            self.send_response(200)
            self.send_header("Content-Length", str(len(data) + 1))
        else:
            self.send_response(404)
        self.end_headers()
        self.wfile.write(data)

    def log_message(self, format: str, *args: object) -> None:
        pass


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """The address of a server with a cost map."""
    for name in ("http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY"):
        monkeypatch.delenv(name, raising=False)
    with HTTPServer(("127.0.0.1", 0), Server) as running:
        threading.Thread(target=running.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{running.server_port}"
        running.shutdown()


# ── what is known ────────────────────────────────────────────────────────────────────────────────────


def test_facts_as_text(cli: Cli) -> None:
    ran = cli("models", "claude-haiku-4-5", "gpt-4o", "gemini/gemini-2.5-pro")
    assert (ran.code, ran.err) == (0, "")
    head, haiku, gpt, gemini, empty, unit, source = ran.out.splitlines()
    assert head.split()[:3] == ["model", "provider", "context"]
    assert " ".join(haiku.split()) == "claude-haiku-4-5 anthropic 200K $1 $5 $0.10 $1.25 tools, vision std/models.route"
    known = read_models()
    assert " ".join(gpt.split()) == f"gpt-4o openai 128K $2.50 $10 $1.25 - tools, vision LiteLLM {known.date}"
    assert "prices up to 200K tokens" in gemini
    assert (empty, unit) == ("", "prices are in US dollars per million tokens")
    assert source == f"LiteLLM {known.date}: {known.source}"


def test_facts_as_json(cli: Cli) -> None:
    said = json.loads(cli("models", "--format", "json", "gpt-4o").out)
    assert (said["file"], said["date"]) == ("std/models.json", read_models().date)
    (model,) = said["models"]
    assert (model["name"], model["provider"], model["context"]) == ("gpt-4o", "openai", 128_000)
    assert model["price"] == {"input": "2.5", "output": "10", "cache_read": "1.25"}
    assert model["supports"] == ["tools", "vision"]


def test_facts_as_declarations_to_paste(cli: Cli, folder: Path) -> None:
    ran = cli("models", "--format", "route", "gpt-4o", "gemini/gemini-2.5-pro")
    (folder / "pasted.route").write_text(ran.out)
    assert cli("fmt", "--check", "pasted.route").code == 0
    assert cli("check", "pasted.route").code == 0
    module, _ = parse(Source("pasted.route", ran.out))
    assert len(module.declarations) == 2


def test_without_a_name_all_are_listed(cli: Cli) -> None:
    listed = cli("models").out.splitlines()[1:-3]
    names = [line.split()[0] for line in listed]
    assert names == sorted({*read_models().names, "claude-haiku-4-5@20251001"})


def test_a_star_stands_for_anything(cli: Cli) -> None:
    names = [line.split()[0] for line in cli("models", "*anthropic.claude-opus-4-7").out.splitlines()[1:-3]]
    assert {"anthropic.claude-opus-4-7", "us.anthropic.claude-opus-4-7"} <= set(names)
    assert all(name.endswith("anthropic.claude-opus-4-7") for name in names)


def test_a_model_as_a_gateway_calls_it(cli: Cli) -> None:
    listed = cli("models", "openai/gpt-4o", "bedrock/converse/us.anthropic.claude-opus-4-7").out.splitlines()
    assert [line.split()[0] for line in listed[1:3]] == ["gpt-4o", "us.anthropic.claude-opus-4-7"]


def test_an_unknown_model_is_named_with_the_nearest(cli: Cli) -> None:
    ran = cli("models", "gpt-4o", "gpt4o", "nobody-knows-this-one-at-all", "zzz*")
    assert ran.code == 2
    assert ran.out.splitlines()[1].startswith("gpt-4o ")
    assert ran.err.splitlines() == [
        "error: nothing is known of `gpt4o`; did you mean `gpt-4o`?",
        "error: nothing is known of `nobody-knows-this-one-at-all`; `interlock models` lists all",
        "error: no model is like `zzz*`; `interlock models` lists all",
    ]


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["--format", "xml"], "'xml' is not one of text, json, route"),
        (["-o", "a.json"], "it is for --refresh"),
        (["--refresh"], "say where to: -o models.json"),
        (["--refresh", "a", "b", "-o", "c"], "one map makes one file"),
        (["--refresh", "a", "-o", "c", "--format", "json"], "--refresh writes a file of model facts"),
    ],
)
def test_options_that_do_not_fit(cli: Cli, words: list[str], message: str) -> None:
    ran = cli("models", *words)
    assert ran.code == 2
    assert message in ran.err


# ── a newer map ──────────────────────────────────────────────────────────────────────────────────────


def test_a_map_becomes_a_file_of_facts(cli: Cli, folder: Path) -> None:
    (folder / "map.json").write_text(MAP)
    before = datetime.now(UTC).date()
    ran = cli("models", "--refresh", "map.json", "-o", "facts.json")
    assert (ran.code, ran.out) == (0, "")
    assert ran.err == "wrote facts.json: 3 models (3 other entries left out)\n"
    head, _, models = (folder / "facts.json").read_text().partition('"models"')
    assert '"models"' + models == MADE
    said = json.loads(head.rstrip().removesuffix(",") + "}")
    assert said["source"] == "map.json"
    assert said["date"] in (before.isoformat(), datetime.now(UTC).date().isoformat())


def test_a_refreshed_file_is_used_once_the_settings_name_it(cli: Cli, folder: Path) -> None:
    (folder / "map.json").write_text(MAP)
    cli("models", "--refresh", "map.json", "-o", "facts.json")
    assert cli("models", "b-chat").code == 2
    (folder / "interlock.toml").write_text('models = "facts.json"\n')
    listed = cli("models", "b-chat", "claude-haiku-4-5").out.splitlines()
    assert listed[1].split()[:6] == ["b-chat", "house", "200K", "$0.95", "$10", "$0.10"]
    assert listed[1].endswith("prices up to 128K tokens, retires 2027-01-31")
    assert listed[2].split()[0] == "claude-haiku-4-5"
    assert listed[-1].endswith(": map.json")
    assert cli("models", "gpt-4o").code == 2


def test_a_map_through_pipes(cli: Cli, folder: Path) -> None:
    ran = cli("models", "--refresh", "-", "-o", "-", stdin=MAP)
    assert ran.code == 0
    assert ran.out.endswith(MADE)
    assert '"source": "<stdin>"' in ran.out


def test_a_map_from_an_address(cli: Cli, folder: Path, server: str) -> None:
    ran = cli("models", "--refresh", f"{server}/map.json?token=secret", "-o", "facts.json")
    assert (ran.code, ran.err) == (0, "wrote facts.json: 3 models (3 other entries left out)\n")
    text = (folder / "facts.json").read_text()
    assert text.endswith(MADE)
    assert f'"source": "{server}/map.json"' in text
    assert "secret" not in text
    assert cli("models", "--refresh", f"{server}/moved", "-o", "-").out.endswith(MADE)


def test_the_published_map_is_the_default(cli: Cli, folder: Path, server: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("interlock.compiler.cost_map.PUBLISHED", f"{server}/map.json")
    assert cli("models", "--refresh", "-o", "facts.json").code == 0
    monkeypatch.setattr("interlock.compiler.cost_map.PUBLISHED", f"{server}/nowhere")
    ran = cli("models", "--refresh", "-o", "facts.json")
    assert (ran.code, ran.err) == (
        2,
        f"error: cannot read `{server}/nowhere`: the answer is 404 Not Found\n"
        "help: a map from elsewhere will do: `interlock models --refresh FILE -o OUT`\n",
    )


def test_addresses_that_are_not_read(cli: Cli, folder: Path, server: str) -> None:
    refused = {
        f"{server}/cut": f"cannot read `{server}/cut`: the connection ended before the answer did",
        f"{server}/astray": "`http://example.com/map.json` is not read: only `https://` shows who has",
        "http://example.com/m?token=secret": "`http://example.com/m` is not read: only `https://`",
        "ftp://example.com/m": "`ftp://example.com/m` is not read: only `https://`",
        "file:///etc/passwd": "`file:///etc/passwd` is not read: only `https://`",
        "https://me:secret@example.com/m": "`https://example.com/m` is not read with a name or password in the address",
        "https:///m": "`https:///m` is no address",
        "https://[::/m": "`https://[::/m` is no address",
        "http://127.0.0.1:1/m": "cannot read `http://127.0.0.1:1/m`: connection refused",
        "http://127.0.0.1:99999999/m": "cannot read `http://127.0.0.1:99999999/m`: ",
    }
    for address, message in refused.items():
        ran = cli("models", "--refresh", address, "-o", "facts.json")
        assert (ran.code, ran.out) == (2, "")
        assert ran.err.startswith(f"error: {message}"), ran.err
        assert "secret" not in ran.err
    assert not (folder / "facts.json").exists()


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("{\n  oops}", "map.json:2:3: this is no JSON: expecting property name enclosed in double quotes"),
        ("[" * 100_000, "map.json: this is no JSON: it nests too deep"),
        ("[]", "map.json: a cost map is an object with an entry a model"),
        ("{}", "map.json: no entry has a `mode` of chat, responses, completion: this is no cost map of LiteLLM's"),
        ('{"format": "interlock-models"}', "map.json: this is a file of model facts already"),
        ('{"a": 3}', "map.json: `a`: the entry of a model is an object"),
        ('{"a": {"mode": "chat"}}', "map.json: `a`: `litellm_provider` is a string"),
        ('{"\\ud800": {"mode": "chat", "litellm_provider": "a"}}', "map.json: `\ufffd`: a name and its provider are"),
        ({"litellm_provider": "\x1b[31m"}, "a name and its provider are characters that can be shown"),
        ('{"a": {"input_cost_per_token": NaN}}', "map.json: this is no JSON: `NaN` is no number"),
        ({"max_input_tokens": "128K"}, "`max_input_tokens` is a whole number of tokens"),
        ({"max_input_tokens": 1.5}, "`max_input_tokens` is a whole number of tokens"),
        ({"max_input_tokens": True}, "`max_input_tokens` is a whole number of tokens"),
        ({"max_input_tokens": -1}, "`max_input_tokens` is a whole number of tokens"),
        ({"input_cost_per_token": "1e-6"}, "`input_cost_per_token` is a number of dollars a token, 0 or more"),
        ({"output_cost_per_token": -1e-6}, "`output_cost_per_token` is a number of dollars a token, 0 or more"),
        ({"input_cost_per_token": 1e300}, "`input_cost_per_token` is more than any model costs"),
        ({"supports_vision": "yes"}, "`supports_vision` is true or false"),
        ({"deprecation_date": "soon"}, "`deprecation_date` is a day"),
        ({"tiered_pricing": {}}, "`tiered_pricing` is a list of prices, each with its `range` of tokens"),
        ({"tiered_pricing": [{"range": [0]}]}, "`tiered_pricing` is a list of prices, each with its `range` of tokens"),
    ],
)
def test_what_is_no_map_is_refused_and_nothing_is_written(
    cli: Cli, folder: Path, text: str | dict[str, object], message: str
) -> None:
    if isinstance(text, dict):
        text, message = json.dumps({"good": CHAT, "bad": CHAT | text}), f"map.json: `bad`: {message}"
    (folder / "map.json").write_text(text)
    (folder / "facts.json").write_text("as it was")
    ran = cli("models", "--refresh", "map.json", "-o", "facts.json")
    assert (ran.code, ran.out) == (2, "")
    assert ran.err.startswith(f"error: {message}"), ran.err
    assert (folder / "facts.json").read_text() == "as it was"
    assert {path.name for path in folder.iterdir()} == {"map.json", "facts.json"}


def test_a_price_too_small_to_write_is_no_trouble(cli: Cli, folder: Path) -> None:
    entry = CHAT | {"input_cost_per_token": 1e-300, "output_cost_per_token": 2.5e-06}
    text = json.dumps({"a": entry}).replace("1e-300", "1e-999999999")
    ran = cli("models", "--refresh", "-", "-o", "-", stdin=text)
    assert json.loads(ran.out)["models"]["a"]["price"] == {"input": "0", "output": "2.5"}
