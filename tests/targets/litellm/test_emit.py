"""`interlock emit litellm`: the files, the report, and whom it overwrites. tests/gateways asks the running proxy."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import yaml
from typer.testing import CliRunner

from interlock.cli.app import app
from interlock.compiler.pipeline import front
from interlock.compiler.targets.fidelity import Unemittable
from interlock.compiler.targets.litellm import emit
from interlock.runtime import load
from tests.targets.litellm.beside import module

ROOT = Path(__file__).parents[3]
DEFAULT = ROOT / "stdlib_policies" / "default.route"
GOLDEN = Path(__file__).parent / "golden"

SMALL = """
policy small
request { tenant : string?   hour : int(0..=23)? from gateway "hour" }
upstream a { provider PROVIDER  account "my team"  endpoint env A_URL  timeout total 1500ms, connect 1s }
pool p { serve a with m-1  retry 2 }
fallback p -> fail 503
model m-1 { context 1K }
rule all -> p
"""


def run(*arguments: str | Path) -> tuple[int, str]:
    result = CliRunner().invoke(app, ["emit", "litellm", *map(str, arguments)])
    return result.exit_code, result.output


def written(folder: Path) -> dict[str, bytes]:
    return {str(file.relative_to(folder)): file.read_bytes() for file in sorted(folder.rglob("*")) if file.is_file()}


def test_the_default_policy_gives_the_golden_configuration_and_report(tmp_path: Path) -> None:
    code, _ = run(DEFAULT, "-o", tmp_path / "out")
    assert code == 0
    report = json.loads((tmp_path / "out/interlock.json").read_text("utf-8"))
    del report["files"], report["version"]
    got = {
        "config.yaml": (tmp_path / "out/config.yaml").read_text("utf-8"),
        "fidelity.json": json.dumps(report, indent=2) + "\n",
    }
    assert got == {name: (GOLDEN / name).read_text("utf-8") for name in got}


def test_the_folder_is_the_same_bytes_each_time_and_has_a_table_that_loads(tmp_path: Path) -> None:
    assert run(DEFAULT, "-o", tmp_path / "one")[0] == run(DEFAULT, "-o", tmp_path / "two")[0] == 0
    files = written(tmp_path / "one")
    assert files == written(tmp_path / "two")
    assert load(files["table.json"]).policy == "default"
    assert {"interlock_hook.py", "interlock_runtime/__init__.py", "interlock.json"} <= files.keys()


def test_every_hop_of_the_table_has_a_deployment() -> None:
    table = front(str(DEFAULT)).table
    assert table is not None
    emitted = emit(table)
    names = {entry["model_name"] for entry in yaml.safe_load(emitted.files["config.yaml"])["model_list"]}
    pools = json.loads(emitted.files["table.json"])
    upstreams, models = pools["upstreams"], pools["models"]
    wanted = {
        f"interlock/{upstreams[m['upstream']]['name']}/{models[m['model']]['name']}"
        for pool in pools["pools"]
        for m in pool["members"]
    }
    assert names == wanted


def test_every_rule_chain_timeout_limit_and_breaker_is_in_the_report() -> None:
    made = front(str(DEFAULT))
    assert made.policy is not None
    assert made.table is not None
    facts = emit(made.table).fidelity.facts
    policy = made.policy
    count = {
        kind: len([f for f in facts if f.kind == kind]) for kind in ("rule", "chain", "timeout", "limit", "breaker")
    }
    assert count == {
        "rule": len(policy.rules),
        "chain": len(policy.chains),
        "timeout": sum(len(u.timeouts) for u in policy.upstreams.values()),
        "limit": sum(u.limit is not None for u in policy.upstreams.values()),
        "breaker": sum(u.breaker is not None for u in policy.upstreams.values()),
    }


def test_only_names_of_variables_are_written() -> None:
    table = front("small.route", text=SMALL.replace("PROVIDER", "anthropic")).table
    assert table is not None
    emitted = emit(table)
    params = yaml.safe_load(emitted.files["config.yaml"])["model_list"][0]["litellm_params"]
    assert params == {
        "model": "anthropic/m-1",
        "api_base": "os.environ/A_URL",
        "api_key": "os.environ/ANTHROPIC_MY_TEAM_API_KEY",
        "timeout": 1.5,
    }
    assert {"A_URL", "ANTHROPIC_MY_TEAM_API_KEY", "LITELLM_MASTER_KEY"} == emitted.fidelity.environment.keys()
    lost = {(fact.kind, fact.what) for fact in emitted.fidelity.losses}
    assert {("attribute", "hour"), ("attribute", "tenant"), ("timeout", "a connect")} <= lost


def test_a_provider_that_litellm_does_not_know_is_refused() -> None:
    table = front("small.route", text=SMALL.replace("PROVIDER", "house")).table
    assert table is not None
    with pytest.raises(Unemittable, match="upstream `a`: LiteLLM knows no provider `house`"):
        emit(table)


def test_require_exact_writes_nothing_and_exits_1_where_something_is_lost(tmp_path: Path) -> None:
    code, said = run(DEFAULT, "-o", tmp_path / "out", "--require-exact")
    assert code == 1
    assert "nothing was written" in said
    assert not (tmp_path / "out").exists()


def test_a_changed_or_foreign_file_is_overwritten_only_with_force(tmp_path: Path) -> None:
    folder = tmp_path / "out"
    folder.mkdir()
    (folder / "config.yaml").write_text("mine")
    (folder / ".env").write_text("A=b")
    code, said = run(DEFAULT, "-o", folder)
    assert code == 2
    assert "was not written by this command" in said
    assert sorted(written(folder)) == [".env", "config.yaml"]
    assert run(DEFAULT, "-o", folder, "--force")[0] == 0
    assert run(DEFAULT, "-o", folder)[0] == 0
    (folder / "config.yaml").write_text("mine")
    code, said = run(DEFAULT, "-o", folder)
    assert code == 2
    assert "was changed since it was written" in said
    assert (folder / "config.yaml").read_text() == "mine"
    assert (folder / ".env").read_text() == "A=b"


def test_the_report_as_json(tmp_path: Path) -> None:
    code, said = run(DEFAULT, "-o", tmp_path / "out", "--format", "json")
    report = json.loads(said)
    assert code == 0
    assert report["target"] == "litellm"
    assert report["exact"] is False
    assert {fact["how"] for fact in report["fidelity"]} == {"extension", "impossible"}


def test_importing_what_was_emitted_says_where_the_policy_is(tmp_path: Path) -> None:
    assert run(DEFAULT, "-o", tmp_path / "out")[0] == 0
    config = tmp_path / "out/config.yaml"
    for callbacks in ("interlock_hook.hook", "[prometheus, interlock_hook.hook]"):
        config.write_text(config.read_text("utf-8").replace("interlock_hook.hook", callbacks))
        result = CliRunner().invoke(app, ["import", "litellm", str(config), "-o", str(tmp_path / "p.route")])
        assert result.exit_code == 1
        assert "a policy decides here" in result.output
        assert "table.json" in result.output
        assert not (tmp_path / "p.route").exists()
    assert CliRunner().invoke(app, ["check", str(config)]).exit_code == 0


def test_a_configuration_in_shadow_mode_is_imported_as_it_stands(tmp_path: Path) -> None:
    config = tmp_path / "config.yaml"
    entry = "{model_name: sonnet, litellm_params: {model: anthropic/claude-sonnet-4-6}}"
    config.write_text(f"model_list: [{entry}]\nlitellm_settings: {{callbacks: interlock.interlock_hook.shadow}}\n")
    result = CliRunner().invoke(app, ["import", "litellm", str(config), "-o", str(tmp_path / "p.route")])
    assert result.exit_code == 0
    assert "sonnet" in (tmp_path / "p.route").read_text("utf-8")


def test_the_table_that_was_emitted_decides_as_the_policy_does(tmp_path: Path) -> None:
    assert run(DEFAULT, "-o", tmp_path / "out")[0] == 0
    result = CliRunner().invoke(app, ["diff", str(DEFAULT), str(tmp_path / "out/table.json")])
    assert result.exit_code == 0, result.output


def test_the_hook_knows_the_same_names_of_providers_as_the_configuration() -> None:
    from interlock.compiler.targets.litellm.config import OTHER_NAMES

    assert module("interlock_table").OTHER_NAMES == OTHER_NAMES
