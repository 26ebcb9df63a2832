"""`interlock emit cloudflare`: the files and the report. tests/gateways asks the running Worker."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
from typer.testing import CliRunner

from interlock.cli.app import app
from interlock.compiler.pipeline import front
from interlock.compiler.targets.cloudflare import emit
from interlock.compiler.targets.fidelity import Emitted, Unemittable
from interlock.runtime import load

ROOT = Path(__file__).parents[3]
DEFAULT = ROOT / "stdlib_policies" / "default.route"
GOLDEN = Path(__file__).parent / "golden"

SMALL = """
policy small_One
request { tenant : string?   hour : int(0..=23)? from gateway "hour" }
upstream a { PROVIDER  account "my team" }
pool p { serve a with m-1  retry 2 }
fallback p -> fail 503
model m-1 { context 1K }
rule all -> p
"""


def run(*arguments: str | Path) -> tuple[int, str]:
    result = CliRunner().invoke(app, ["emit", "cloudflare", *map(str, arguments)])
    return result.exit_code, result.output


def written(folder: Path) -> dict[str, bytes]:
    return {str(file.relative_to(folder)): file.read_bytes() for file in sorted(folder.rglob("*")) if file.is_file()}


def emitted(upstream: str, text: str = SMALL) -> Emitted:
    table = front("small.route", text=text.replace("PROVIDER", upstream)).table
    assert table is not None
    return emit(table)


def test_the_default_policy_gives_the_golden_configuration_and_report(tmp_path: Path) -> None:
    code, _ = run(DEFAULT, "-o", tmp_path / "out")
    assert code == 0
    report = json.loads((tmp_path / "out/interlock.json").read_text("utf-8"))
    del report["files"], report["version"]
    got = {
        "wrangler.jsonc": (tmp_path / "out/wrangler.jsonc").read_text("utf-8"),
        "upstreams.json": (tmp_path / "out/upstreams.json").read_text("utf-8"),
        "fidelity.json": json.dumps(report, indent=2) + "\n",
    }
    assert got == {name: (GOLDEN / name).read_text("utf-8") for name in got}


def test_the_folder_is_the_same_bytes_each_time_and_has_a_table_that_loads(tmp_path: Path) -> None:
    assert run(DEFAULT, "-o", tmp_path / "one")[0] == run(DEFAULT, "-o", tmp_path / "two")[0] == 0
    files = written(tmp_path / "one")
    assert files == written(tmp_path / "two")
    assert load(files["table.json"]).policy == "default"


def test_every_module_that_the_worker_imports_is_in_the_folder() -> None:
    files = emitted("provider anthropic").files
    for name, data in files.items():
        for path in re.findall(r'^import .* from "(.*)"$', data.decode(), re.M) if name.endswith(".js") else ():
            assert str((Path("/") / Path(name).parent / path).resolve())[1:] in files, f"{name} imports {path}"


def test_every_upstream_that_a_pool_serves_at_is_in_upstreams_json(tmp_path: Path) -> None:
    made = front(str(DEFAULT))
    assert made.table is not None
    files = emit(made.table).files
    names = {upstream["name"] for upstream in json.loads(files["table.json"])["upstreams"]}
    assert {upstream["name"] for upstream in json.loads(files["upstreams.json"])} == names


def test_every_rule_chain_timeout_limit_and_breaker_is_in_the_report() -> None:
    made = front(str(DEFAULT))
    assert made.policy is not None
    assert made.table is not None
    facts = emit(made.table).fidelity.facts
    policy = made.policy
    kinds = ("rule", "chain", "timeout", "limit", "breaker", "attribute")
    assert {kind: len([fact for fact in facts if fact.kind == kind]) for kind in kinds} == {
        "rule": len(policy.rules),
        "chain": len(policy.chains),
        "timeout": sum(len(u.timeouts) for u in policy.upstreams.values()),
        "limit": sum(u.limit is not None for u in policy.upstreams.values()),
        "breaker": sum(u.breaker is not None for u in policy.upstreams.values()),
        "attribute": len(policy.attributes),
    }


def test_only_names_of_secrets_are_written() -> None:
    made = emitted("provider anthropic  endpoint env A_URL  timeout total 1500ms, connect 1s")
    assert json.loads(made.files["upstreams.json"]) == [
        {
            "name": "a",
            "provider": "anthropic",
            "api": "messages",
            "url": None,
            "url_env": "A_URL",
            "key": "ANTHROPIC_MY_TEAM_API_KEY",
            "connect": 1000,
            "first_token": None,
            "total": 1500,
        }
    ]
    names = ["ANTHROPIC_MY_TEAM_API_KEY", "A_URL", "INTERLOCK_KEY"]
    assert list(made.fidelity.environment) == names
    settings = json.loads(made.files["wrangler.jsonc"].decode().partition("\n")[2])
    assert (settings["name"], settings["secrets"]) == ("interlock-small-one", {"required": names})
    lost = {(fact.kind, fact.what) for fact in made.fidelity.losses}
    assert lost == {("attribute", "hour"), ("attribute", "tenant"), ("timeout", "a connect")}


@pytest.mark.parametrize(
    ("upstream", "api", "url"),
    [
        ("provider anthropic", "messages", "https://api.anthropic.com"),
        ("provider openai", "chat_completions", "https://api.openai.com/v1"),
        ('provider bedrock  endpoint "https://b.example/anthropic"', "messages", "https://b.example/anthropic"),
        ('provider house  endpoint "https://h.example"  supports messages', "messages", "https://h.example"),
        ('provider house  endpoint "https://h.example"  supports chat_completions', "chat_completions", "https://h.example"),
    ],
)  # fmt: skip
def test_the_api_is_the_providers_or_what_the_upstream_supports(upstream: str, api: str, url: str) -> None:
    made = emitted(upstream)
    (found,) = json.loads(made.files["upstreams.json"])
    assert (found["api"], found["url"]) == (api, url)
    assert not [fact for fact in made.fidelity.losses if fact.kind == "upstream"]


@pytest.mark.parametrize(
    ("upstream", "why"),
    [
        ('provider vertex  endpoint "https://v.example"', "a Worker cannot speak provider vertex's own API"),
        ("provider bedrock", "it has no `endpoint`"),
        ("provider house  supports messages", "it has no `endpoint`"),
    ],
)
def test_a_policy_of_which_no_upstream_can_be_asked_is_refused(upstream: str, why: str) -> None:
    with pytest.raises(Unemittable, match=f"upstream `a`: {why}"):
        emitted(upstream)


def test_an_upstream_that_cannot_be_asked_beside_one_that_can_is_a_loss() -> None:
    two = SMALL.replace("pool p", 'upstream b { provider vertex  endpoint "https://v.example" }\npool p')
    two = two.replace("fallback p ->", "pool q { serve b with m-1 }\nfallback p -> q ->")
    made = emitted("provider anthropic", two)
    (lost,) = [fact for fact in made.fidelity.losses if fact.kind == "upstream"]
    assert lost.what == "b"
    assert "never asked, and counts as unreachable" in lost.note
    assert [each["api"] for each in json.loads(made.files["upstreams.json"])] == ["messages", None]
    assert not [name for name in made.fidelity.environment if "VERTEX" in name]


def test_upstreams_of_two_apis_are_a_loss() -> None:
    two = SMALL.replace("pool p", "upstream b { provider openai }\npool p")
    two = two.replace("fallback p ->", "pool q { serve b with m-1 }\nfallback p -> q ->")
    lost = [fact.note for fact in emitted("provider anthropic", two).fidelity.losses if fact.kind == "upstream"]
    assert [note.partition(":")[0] for note in lost] == [
        "asked at /v1/messages only",
        "asked at /v1/chat/completions only",
    ]


def test_require_exact_writes_nothing_and_exits_1_where_something_is_lost(tmp_path: Path) -> None:
    code, said = run(DEFAULT, "-o", tmp_path / "out", "--require-exact")
    assert code == 1
    assert "nothing was written" in said
    assert not (tmp_path / "out").exists()


def test_require_exact_writes_a_policy_of_which_nothing_is_lost(tmp_path: Path) -> None:
    exact = "".join(line for line in SMALL.splitlines(True) if not line.startswith("request"))
    (tmp_path / "exact.route").write_text(exact.replace("PROVIDER", "provider anthropic  timeout first_token 1s"))
    code, said = run(tmp_path / "exact.route", "-o", tmp_path / "out", "--require-exact")
    assert (code, (tmp_path / "out/wrangler.jsonc").exists()) == (0, True), said
