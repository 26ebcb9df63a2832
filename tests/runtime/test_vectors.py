"""The vectors in runtimes/vectors: up to date, as their schema says, and the Python runtime answers every one."""

from __future__ import annotations

import json
import subprocess
import sys
from functools import cache
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from interlock.compiler.reference_text import read_request
from interlock.runtime import Table, TableError, load, murmur3_x86_32

from .small import redigested
from .tables import JSON, canonical, maglev, seal

FOLDER = Path(__file__).parents[2] / "runtimes" / "vectors"
SCHEMA = json.loads((FOLDER / "vectors.schema.json").read_text(encoding="utf-8"))
FILES = sorted(path for path in FOLDER.rglob("*.json") if path.parent.name != "tables" and "schema" not in path.name)
BYTES = 100_000
"""No file is larger, so that each can be read."""


def cases(path: Path) -> tuple[str, list[JSON]]:
    content = json.loads(path.read_text(encoding="ascii"))
    return content.get("table", ""), content["cases"]


def of(folder: str) -> list[Any]:
    """Every file of a folder."""
    found = [pytest.param(path, id=path.stem) for path in FILES if path.parent.name == folder]
    assert found
    return found


@cache
def table(name: str) -> Table:
    return load(FOLDER / "tables" / f"{name}.json")


def test_they_are_up_to_date() -> None:
    done = subprocess.run(
        [sys.executable, FOLDER / "make.py", "--check"], capture_output=True, encoding="utf-8", timeout=120, check=False
    )
    assert done.returncode == 0, done.stderr


def test_the_schema_is_one() -> None:
    Draft202012Validator.check_schema(SCHEMA)


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(FOLDER)))
def test_the_schema_takes_them(path: Path) -> None:
    validator = Draft202012Validator({**SCHEMA, "$ref": f"#/$defs/{kind(path)}"})
    content = json.loads(path.read_text(encoding="ascii"))
    validator.validate(content)
    names = [case["name"] for case in content["cases"] if "name" in case]
    assert len(set(names)) == len(names)
    assert path.stat().st_size < BYTES
    assert not validator.is_valid({**content, "cases": [*content["cases"], {"name": "more"}]})


def kind(path: Path) -> str:
    return path.stem if path.parent == FOLDER else path.parent.name


@pytest.mark.parametrize("path", [*of("decide"), *of("requests")])
def test_decisions(path: Path) -> None:
    name, told = cases(path)
    for case in told:
        assert table(name).decide(read_request(case["request"])).to_dict() == case["decision"], case["name"]
        assert table(name).decide_text(case["request"]).to_dict() == case["decision"], case["name"]
        assert table(name).decide_text(case["request"].encode()).to_dict() == case["decision"], case["name"]


@pytest.mark.parametrize("path", of("walks"))
def test_walks(path: Path) -> None:
    name, told = cases(path)
    for case in told:
        decision = table(name).decide(read_request(case["request"]))
        decisions = [decision.to_dict()]
        for error in case["after"]:
            decision = table(name).after(decision, error)
            decisions.append(decision.to_dict())
        assert decisions == case["decisions"], case["name"]


@pytest.mark.parametrize("path", of("explain"))
def test_explanations(path: Path) -> None:
    name, told = cases(path)
    for case in told:
        assert table(name).explain(read_request(case["request"])).to_dict() == case["explanation"], case["name"]


@pytest.mark.parametrize("path", of("record"))
def test_records(path: Path) -> None:
    name, told = cases(path)
    for case in told:
        record = table(name).record(read_request(case["request"]), case["after"])
        assert record.to_dict() == case["record"], case["name"]
        assert record.to_json().encode() == canonical(case["record"])


@pytest.mark.parametrize("path", of("refuse"))
def test_refusals(path: Path) -> None:
    name, told = cases(path)
    whole = (FOLDER / "tables" / f"{name}.json").read_bytes()
    for case in told:
        with pytest.raises(TableError) as refused:
            load(broken(whole, case))
        assert refused.value.reason == case["reason"], (case["name"], refused.value)


def broken(whole: bytes, case: JSON) -> bytes:
    """The bytes of the table of a case of `refuse`, as README.md says."""
    match case["op"]:
        case "text":
            return str(case["text"]).encode()
        case "hex":
            return bytes.fromhex(case["hex"])
        case "replace":
            old, new = case["old"].encode(), case["new"].encode()
            assert whole.count(old) == 1
            return whole.replace(old, new)
    changed = json.loads(whole)
    container = changed
    *way, last = case["at"].split("/")[1:]
    for step in way:
        container = container[int(step) if isinstance(container, list) else step]
    key = int(last) if isinstance(container, list) else last
    if case["op"] == "set":
        container[key] = case["value"]
    else:
        del container[key]
    assert canonical(changed) != whole.rstrip(), case["name"]
    if case["seal"] == "both":
        changed = seal(changed)
    elif case["seal"] == "digest":
        changed = redigested(changed)
    return canonical(changed)


def test_every_reason_but_limit_is_given() -> None:
    told = {case["reason"] for path in FILES if path.parent.name == "refuse" for case in cases(path)[1]}
    assert told == {"json", "format", "version", "digest", "structure", "bounds"}


def test_hashes() -> None:
    for case in cases(FOLDER / "hash.json")[1]:
        assert murmur3_x86_32(case["text"].encode(), case["seed"]) == case["hash"]


def test_maglev_tables() -> None:
    for case in cases(FOLDER / "maglev.json")[1]:
        members = [(member["name"], member["weight"]) for member in case["members"]]
        slots = maglev(members)
        assert slots[: len(case["first"])] == case["first"]
        assert [slots.count(i) for i in range(len(members))] == case["shares"]
        assert sha256(canonical(slots)).hexdigest() == case["sha256"]


def test_every_rule_decides_and_every_fault_is_met() -> None:
    rules: set[tuple[str, str]] = set()
    faults: set[tuple[str, str]] = set()
    for path in FILES:
        if path.parent.name in ("decide", "requests", "walks"):
            for case in cases(path)[1]:
                decision = case["decision"] if "decision" in case else case["decisions"][0]
                if decision["rule"] is not None:
                    rules.add((decision["policy"], decision["rule"]))
                if decision["invalid"] is not None:
                    kind_of = {a["name"]: a["type"] for a in raw(decision["policy"])["attributes"]}
                    invalid = decision["invalid"]
                    faults.add((kind_of.get(invalid["attribute"], ""), invalid["reason"]))
    for path in (FOLDER / "tables").iterdir():
        assert {(path.stem, rule) for rule in raw(path.stem)["rules"]} <= rules
    legal: dict[str, list[str]] = {
        "bool": [],
        "int": ["out_of_range"],
        "enum": ["unknown_value"],
        "string": [],
        "set": ["unknown_value"],
    }
    wanted = {(of_type, reason) for of_type, more in legal.items() for reason in ["wrong_type", *more]}
    wanted |= {(of_type, "missing") for of_type in ("bool", "int", "enum", "string")} | {("", "not_an_object")}
    assert faults == wanted


def raw(name: str) -> JSON:
    """The JSON of a table."""
    content: JSON = json.loads((FOLDER / "tables" / f"{name}.json").read_text(encoding="utf-8"))
    return content
