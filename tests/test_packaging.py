"""The rooms are linked, mapped and layered as the packaging says."""

from __future__ import annotations

import ast
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
CONFIG = tomllib.loads((ROOT / "pyproject.toml").read_text())
WHEEL = CONFIG["tool"]["hatch"]["build"]["targets"]["wheel"]
ROOMS = {
    "grammar": "grammar",
    "dsl": "dsl",
    "compiler": "compiler",
    "stdlib_policies": "stdlib_policies",
    "cli": "cli",
    "runtime": "runtimes/python/interlock_runtime",
    "runtime_lua": "runtimes/lua/interlock",
}


@pytest.mark.parametrize(("name", "room"), ROOMS.items())
def test_each_room_is_linked_for_editable_installs_and_type_checkers(name: str, room: str) -> None:
    link = ROOT / "src" / "interlock" / name
    assert link.is_symlink()
    assert link.resolve() == (ROOT / room).resolve()


def test_the_wheel_maps_the_same_rooms_and_nothing_at_the_top_level() -> None:
    assert {target: source for source, target in WHEEL["sources"].items() if source != "src/interlock"} == {
        f"interlock/{name}": room for name, room in ROOMS.items()
    }
    assert {path for path in WHEEL["only-include"] if not path.startswith("src/")} == set(ROOMS.values())


def test_what_commands_read_lies_in_rooms_that_the_wheel_has_whole() -> None:
    from interlock.cli.commands.init import FILES
    from interlock.cli.render.diff_html import TEMPLATES

    folder = ROOT / ROOMS["cli"] / "templates"
    assert {path.name for path in folder.iterdir() if path.is_file()} == {template for _, template, _ in FILES}
    assert {path.name for path in (folder / "diff").iterdir()} == set(TEMPLATES)
    narrowing = {"exclude", "include", "packages"}  # with none of them hatchling takes every file of a room
    assert not narrowing & {*CONFIG["tool"]["hatch"]["build"], *WHEEL}


def test_src_holds_nothing_but_the_links_and_the_package_itself() -> None:
    there = {path.name for path in (ROOT / "src" / "interlock").iterdir() if path.name != "__pycache__"}
    assert there == {"__init__.py", "__main__.py", "py.typed", *ROOMS}


def test_the_runtime_needs_nothing_but_the_standard_library() -> None:
    optional = {"otel.py": {"opentelemetry"}}  # an extra's, and imported by nothing else
    for file in (ROOT / ROOMS["runtime"]).rglob("*.py"):
        for node in ast.walk(ast.parse(file.read_text())):
            if isinstance(node, ast.Import):
                modules = [alias.name for alias in node.names]
            elif isinstance(node, ast.ImportFrom) and node.level == 0:
                modules = [node.module or ""]
            else:
                continue
            for module in modules:
                known = sys.stdlib_module_names | optional.get(file.name, set())
                assert module.split(".")[0] in known, f"{file.name} imports {module}"


def test_the_runtime_works_alone_under_its_own_name() -> None:
    code = (
        f"import sys; sys.path.insert(0, {str(ROOT / 'runtimes' / 'python')!r}); import interlock_runtime as r;"
        "print(r.murmur3_x86_32(b'hello', 0), 'interlock' in sys.modules)"
    )
    run = subprocess.run([sys.executable, "-I", "-S", "-c", code], capture_output=True, text=True, check=True)
    assert run.stdout.split() == [str(0x248BFA47), "False"]


def test_the_runtimes_own_distribution_has_the_version_and_the_python_of_the_compiler() -> None:
    own = tomllib.loads((ROOT / "runtimes" / "python" / "pyproject.toml").read_text())["project"]
    assert (own["name"], own["dependencies"]) == ("interlock-runtime", [])
    for field in ("version", "requires-python", "license"):
        assert own[field] == CONFIG["project"][field]


def test_checking_a_policy_does_not_import_what_only_other_commands_need() -> None:
    policy = ROOT / "stdlib_policies" / "default.route"
    code = (
        "import sys; from interlock.cli.app import main\n"
        f"sys.argv = ['interlock', 'check', {str(policy)!r}]\n"
        "try: main()\nexcept SystemExit: pass\n"
        "print(*sys.modules, file=sys.stderr)"
    )
    warm = [sys.executable, "-c", code]
    subprocess.run(warm, capture_output=True, check=True)  # the first run may have to build the parser
    loaded = set(subprocess.run(warm, capture_output=True, text=True, check=True).stderr.split())
    assert "interlock.compiler.search" in loaded
    assert not loaded & {"lark", "rich", "jinja2", "pydantic", "sqlglot", "duckdb", "interlock.compiler.reference"}
