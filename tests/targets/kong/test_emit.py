"""`interlock emit kong`: the files, the report, and what cannot be emitted. tests/gateways runs the plugin in nginx."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml
from typer.testing import CliRunner

from interlock.cli.app import app
from interlock.compiler.pipeline import front
from interlock.compiler.targets.fidelity import Emitted, Unemittable
from interlock.compiler.targets.kong import emit
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
fallback p -> fail 503 MESSAGE
model m-1 { context 1K }
rule all -> p
"""


def run(*arguments: str | Path) -> tuple[int, str]:
    result = CliRunner().invoke(app, ["emit", "kong", *map(str, arguments)])
    return result.exit_code, result.output


def small(endpoint: str, message: str = "") -> Emitted:
    table = front("small.route", text=SMALL.replace("ENDPOINT", endpoint).replace("MESSAGE", message)).table
    assert table is not None
    return emit(table)


def config(emitted: Emitted) -> dict[str, Any]:
    (plugin,) = yaml.safe_load(emitted.files["kong.yaml"])["routes"][0]["plugins"]
    found: dict[str, Any] = plugin["config"]
    return found


def test_the_default_policy_gives_the_golden_configuration_and_report(tmp_path: Path) -> None:
    code, _ = run(DEFAULT, "-o", tmp_path / "out")
    assert code == 0
    report = json.loads((tmp_path / "out/interlock.json").read_text("utf-8"))
    del report["version"], report["files"]
    text = (tmp_path / "out/kong.yaml").read_text("utf-8")
    without = re.sub(r"(?m)^( +table: ').*'$", r"\1…'", text)
    got = {"fidelity.json": json.dumps(report, indent=2) + "\n", "kong.yaml": without}
    assert got == {name: (GOLDEN / name).read_text("utf-8") for name in got}


def test_the_same_policy_gives_the_same_bytes_and_the_plugin_knows_nothing_of_it(tmp_path: Path) -> None:
    assert run(DEFAULT, "-o", tmp_path / "one")[0] == run(DEFAULT, "-o", tmp_path / "two")[0] == 0
    files = {str(file.relative_to(tmp_path / "one")): file for file in (tmp_path / "one").rglob("*") if file.is_file()}
    plugin = {f"kong/plugins/interlock/{name}.lua" for name in ("handler", "schema")}
    assert files.keys() == {"kong.yaml", "table.json", "interlock.json", *plugin}
    assert all(file.read_bytes() == (tmp_path / "two" / name).read_bytes() for name, file in files.items())
    other = small('"https://a.example"').files
    assert all(other[name] == files[name].read_bytes() for name in plugin)


@pytest.mark.parametrize(
    "message", ['"no"', '"it\'s"', '"${{ env \\"DECK_X\\" }}"', '"é\u0085\u2028😀"', '"{vault://env/x}"']
)
def test_the_table_is_in_the_file_byte_by_byte(message: str) -> None:
    emitted = small('"https://a.example"', message)
    table = config(emitted)["table"]
    assert table.encode() == emitted.files["table.json"].rstrip(b"\n")
    assert load(table.encode()).policy == "small"
    # What decK would take for a variable of its own.
    assert b"${{" not in emitted.files["kong.yaml"]


def test_a_sync_looks_at_nothing_else() -> None:
    deck = yaml.safe_load(small('"https://a.example"').files["kong.yaml"])
    (route,) = deck["routes"]
    (plugin,) = route["plugins"]
    assert deck["_info"]["select_tags"] == route["tags"] == plugin["tags"] == ["interlock-small"]
    assert "services" not in deck


def test_secrets_are_references_to_the_vault_of_the_environment() -> None:
    emitted = small("env A_URL")
    assert config(emitted)["endpoints"] == {"a": "{vault://env/a-url}"}
    assert config(emitted)["keys"] == {"a": "{vault://env/anthropic-my-team-api-key}"}
    assert emitted.fidelity.environment.keys() == {"ANTHROPIC_MY_TEAM_API_KEY", "A_URL"}


def test_what_is_lost_is_told() -> None:
    losses = small("env A_URL").fidelity.losses
    assert {(fact.kind, fact.what) for fact in losses} == {("attribute", "hour"), ("attribute", "tenant")}


@pytest.mark.parametrize(
    ("endpoint", "written"),
    [
        ('"https://a.example/base/"', "https://a.example/base"),
        ('"http://127.0.0.1:8080"', "http://127.0.0.1:8080"),
        ('"http://[::1]:8080/x"', "http://[::1]:8080/x"),
    ],
)
def test_an_address_is_written_as_it_is(endpoint: str, written: str) -> None:
    assert config(small(endpoint))["endpoints"] == {"a": written}


@pytest.mark.parametrize("url", ["https://u:p@a.example", "https://a.example?x=1", "https://a.example:99999"])
def test_what_is_no_address_is_refused(url: str) -> None:
    with pytest.raises(Unemittable, match=r"upstream `a`: `.*` is no address like https://host/path"):
        small(json.dumps(url))


def test_a_variable_that_kong_s_vault_cannot_read_is_refused() -> None:
    with pytest.raises(Unemittable, match=r"upstream `a`: Kong finds no variable `a_url` \(name it in capitals"):
        small("env a_url")


def test_a_provider_without_an_endpoint_is_refused() -> None:
    text = (
        SMALL.replace("provider anthropic", "provider bedrock").replace("endpoint ENDPOINT", "").replace("MESSAGE", "")
    )
    table = front("small.route", text=text).table
    assert table is not None
    with pytest.raises(Unemittable, match="upstream `a`: nothing is translated for provider `bedrock`"):
        emit(table)


def test_require_exact_writes_nothing_and_exits_1_where_something_is_lost(tmp_path: Path) -> None:
    code, said = run(DEFAULT, "-o", tmp_path / "out", "--require-exact")
    assert (code, (tmp_path / "out").exists()) == (1, False)
    assert "nothing was written" in said


@pytest.mark.skipif(shutil.which("luajit") is None, reason="no LuaJIT is installed")
def test_the_plugin_has_the_shape_that_kong_asks_for(tmp_path: Path) -> None:
    for name, data in small('"https://a.example"').files.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_bytes(data)
    code = f"""
      package.path = "{tmp_path}/?.lua"
      kong, ngx = {{}}, {{}}
      package.loaded["kong.db.schema.typedefs"] = {{ protocols_http = "protocols" }}
      local schema, handler = require("kong.plugins.interlock.schema"), require("kong.plugins.interlock.handler")
      print(schema.name, schema.fields[1].protocols, handler.PRIORITY, handler.VERSION)
      print(type(handler.access), type(handler.configure))
      for _, field in ipairs(schema.fields[2].config.fields) do
        local name, spec = next(field)
        print(name, spec.type, spec.required, spec.values and spec.values.referenceable)
      end
    """
    done = subprocess.run(["luajit", "-e", code], capture_output=True, text=True, check=True)
    assert [line.split("\t") for line in done.stdout.splitlines()] == [
        ["interlock", "protocols", "770", "0.1.0"],
        ["function", "function"],
        ["table", "string", "true", "nil"],
        ["endpoints", "map", "true", "true"],
        ["keys", "map", "true", "true"],
        ["shadow", "boolean", "true", "nil"],
    ]
