"""`interlock emit envoy`: the files, the report, and what cannot be emitted. tests/gateways asks a running Envoy."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
import yaml
from typer.testing import CliRunner

from interlock.cli.app import app
from interlock.compiler.artifact import encode
from interlock.compiler.pipeline import front
from interlock.compiler.targets.envoy import attempts, emit
from interlock.compiler.targets.fidelity import Emitted, Unemittable
from interlock.runtime import load

ROOT = Path(__file__).parents[3]
DEFAULT = ROOT / "stdlib_policies" / "default.route"
GOLDEN = Path(__file__).parent / "golden"

SMALL = """
policy small
request { tenant : string?   hour : int(0..=23)? from gateway "hour" }
upstream a { provider anthropic  account "my team"  endpoint ENDPOINT  timeout total 1500ms, first_token 90s }
upstream unused { provider elsewhere }
pool p { serve a with m-1  retry 2 }
fallback p -> fail 503
model m-1 { context 1K }
rule all -> p
"""


WALK = """
policy walk
upstream a { provider anthropic }
model m { context 1K }
model n { context 1K }
model o { context 1K }
pool p { serve a with m  retry RETRY }
pool q { serve a with n  retry RETRY }
pool r { serve a with o }
fallback p -> follow q on timeout
fallback p -> r -> fail 503 on overloaded
fallback q -> r -> fail 503
fallback r -> fail 503
rule all -> p
"""


def run(*arguments: str | Path) -> tuple[int, str]:
    result = CliRunner().invoke(app, ["emit", "envoy", *map(str, arguments)])
    return result.exit_code, result.output


def small(endpoint: str) -> Emitted:
    table = front("small.route", text=SMALL.replace("ENDPOINT", endpoint)).table
    assert table is not None
    return emit(table)


def without_scripts(value: Any) -> Any:
    """The configuration, with the first line of each script."""
    if isinstance(value, dict):
        return {key: _short(key, each) for key, each in value.items()}
    return [without_scripts(each) for each in value] if isinstance(value, list) else value


def _short(key: str, value: Any) -> Any:
    if key in ("inline_string", "inline_bytes") and len(value) > 200:
        return value.split("\n")[0][:80] + " …"
    return without_scripts(value)


def test_the_default_policy_gives_the_golden_configuration_and_report(tmp_path: Path) -> None:
    code, _ = run(DEFAULT, "-o", tmp_path / "out")
    assert code == 0
    report = json.loads((tmp_path / "out/interlock.json").read_text("utf-8"))
    version = report.pop("version")
    del report["files"]
    got = {"fidelity.json": json.dumps(report, indent=2) + "\n"}
    for name in ("envoy.yaml", "listeners.yaml", "clusters.yaml"):
        data = without_scripts(yaml.safe_load((tmp_path / "out" / name).read_text("utf-8")))
        assert data.pop("version_info", version) == version
        got[name] = yaml.safe_dump(data, sort_keys=False, allow_unicode=True, width=120)
    assert got == {name: (GOLDEN / name).read_text("utf-8") for name in got}


def test_the_same_policy_gives_the_same_bytes_and_one_file_holds_all_of_it(tmp_path: Path) -> None:
    assert run(DEFAULT, "-o", tmp_path / "one")[0] == run(DEFAULT, "-o", tmp_path / "two")[0] == 0
    files = {file.name: file.read_bytes() for file in (tmp_path / "one").iterdir()}
    assert files == {file.name: file.read_bytes() for file in (tmp_path / "two").iterdir()}
    assert load(files["table.json"]).policy == "default"
    parts = {name: yaml.safe_load(files[f"{name}.yaml"]) for name in ("envoy", "listeners", "clusters", "static")}
    for kind in ("listeners", "clusters"):
        rest = [{key: each[key] for key in each if key != "@type"} for each in parts[kind]["resources"]]
        own = parts["envoy"]["static_resources"][kind]
        assert parts["static"]["static_resources"][kind] == own + rest


def test_what_starts_envoy_knows_nothing_of_the_policy() -> None:
    assert small("env A_URL").files["envoy.yaml"] == small('"https://a.example"').files["envoy.yaml"]


def test_the_walk_has_the_table_byte_by_byte() -> None:
    files = small('"https://a.example/]=]/"').files
    walk = yaml.safe_load(files["listeners.yaml"])["resources"][0]["filter_chains"][0]["filters"][0]
    script = walk["typed_config"]["http_filters"][0]["typed_config"]["default_source_code"]["inline_string"]
    assert f"local TABLE = [==[\n{files['table.json'].decode()}]==]\n" in script


def test_only_names_of_variables_are_written_and_what_is_lost_is_told() -> None:
    fidelity = small("env A_URL").fidelity
    assert fidelity.environment.keys() == {"ANTHROPIC_MY_TEAM_API_KEY", "A_URL"}
    assert {(fact.kind, fact.what) for fact in fidelity.losses} == {("attribute", "hour"), ("attribute", "tenant")}
    how = {(fact.kind, fact.what): fact.how for fact in fidelity.facts}
    assert how["timeout", "a total"] == "native"
    assert how["timeout", "a first_token"] == "extension"
    assert how["retry", "p"] == "extension"


@pytest.mark.parametrize(
    ("endpoint", "host", "port", "tls"),
    [
        ('"https://a.example/base/"', "a.example", 443, True),
        ('"http://127.0.0.1:8080"', "127.0.0.1", 8080, False),
        ('"http://[::1]:8080/x"', "::1", 8080, False),
    ],
)
def test_an_address_is_a_cluster(endpoint: str, host: str, port: int, tls: bool) -> None:
    cluster = yaml.safe_load(small(endpoint).files["clusters.yaml"])["resources"][-1]
    where = cluster["load_assignment"]["endpoints"][0]["lb_endpoints"][0]["endpoint"]["address"]["socket_address"]
    assert (where, "transport_socket" in cluster) == ({"address": host, "port_value": port}, tls)


@pytest.mark.parametrize(
    "url", ["https://u:p@a.example", "https://a.example?x=1", "https://a.example/#x", "https://a.example:99999"]
)
def test_what_is_no_address_is_refused(url: str) -> None:
    with pytest.raises(Unemittable, match=r"upstream `a`: `.*` is no address like https://host/path"):
        small(json.dumps(url))


def test_a_provider_without_an_endpoint_is_refused() -> None:
    text = SMALL.replace("provider anthropic", "provider bedrock").replace("endpoint ENDPOINT", "")
    table = front("small.route", text=text).table
    assert table is not None
    with pytest.raises(Unemittable, match="upstream `a`: nothing is translated for provider `bedrock`"):
        emit(table)


@pytest.mark.parametrize(("retry", "most"), [(0, 4), (2, 8), (60, 124)])
def test_the_attempts_of_the_longest_walk(retry: int, most: int) -> None:
    made = front("walk.route", text=WALK.replace("RETRY", str(retry))).table
    assert made is not None
    assert attempts(json.loads(encode(made))) == most


def test_a_walk_of_more_attempts_than_envoy_is_asked_for_is_refused() -> None:
    made = front("walk.route", text=WALK.replace("RETRY", "100")).table
    assert made is not None
    with pytest.raises(Unemittable, match="a walk may come to 204 attempts, and Envoy makes at most 200"):
        emit(made)


def test_require_exact_writes_nothing_and_exits_1_where_something_is_lost(tmp_path: Path) -> None:
    code, said = run(DEFAULT, "-o", tmp_path / "out", "--require-exact")
    assert (code, (tmp_path / "out").exists()) == (1, False)
    assert "nothing was written" in said
