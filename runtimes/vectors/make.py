"""Writes the vectors: what every runtime must answer, as the reference evaluator (compiler/reference.py) says it.

    python runtimes/vectors/make.py [--check]

It lies beside what it makes, as docs/make_findings.py does; the cases are in cases.py and refusals.py. With
``--check`` it writes nothing and gives exit code 1 where a file is not what it would write.
"""

from __future__ import annotations

import hashlib
import json
import sys
from collections.abc import Iterable
from pathlib import Path
from typing import Any

FOLDER = Path(__file__).parent
sys.path.insert(0, str(FOLDER))

import cases  # noqa: E402
import record_cases  # noqa: E402
import refusals  # noqa: E402
import serving_cases  # noqa: E402

from interlock.compiler.artifact import canonical, document  # noqa: E402
from interlock.compiler.pipeline import front  # noqa: E402
from interlock.compiler.reference import Invalid, decide, is_like, maglev, murmur3, validate  # noqa: E402
from interlock.compiler.reference_text import read_request  # noqa: E402
from interlock.dsl.policy import EnumType, Member, Policy, SetType, StringType  # noqa: E402
from interlock.runtime import load  # noqa: E402

MADE = ("tables", "decide", "requests", "walks", "explain", "record", "refuse", "serving")
"""The folders that hold nothing but what is made."""


def main() -> int:
    """Write the files, or compare them; the exit code."""
    wanted = files()
    there = [path for folder in MADE for path in (FOLDER / folder).glob("*")]
    if "--check" in sys.argv[1:]:
        wrong = [path for path in {*wanted, *there} if not path.exists() or path.read_bytes() != wanted.get(path)]
        if wrong:
            names = ", ".join(sorted(str(path.relative_to(FOLDER)) for path in wrong))
            print(f"the vectors are out of date ({names}): run python runtimes/vectors/make.py", file=sys.stderr)
        return 1 if wrong else 0
    for path in there:
        if path not in wanted:
            path.unlink()
    for path, data in wanted.items():
        path.parent.mkdir(exist_ok=True)
        path.write_bytes(data)
    print(f"wrote {len(wanted)} files to {FOLDER}", file=sys.stderr)
    return 0


def files() -> dict[Path, bytes]:
    """Every file that is made, and what is to be in it."""
    policies: dict[str, Policy] = {}
    tables: dict[str, dict[str, Any]] = {}
    found: dict[Path, bytes] = {}
    for path in sorted((FOLDER / "policies").glob("*.route")):
        made = front(path.name, text=path.read_text(encoding="utf-8"))
        if made.policy is None or made.table is None:
            raise SystemExit(f"{path.name}: {[(finding.code, finding.message) for finding in made.findings]}")
        policies[path.stem], tables[path.stem] = made.policy, document(made.table)
        found[FOLDER / "tables" / f"{path.stem}.json"] = canonical(tables[path.stem]) + b"\n"
    made_of: dict[str, object] = {"hash": _hashes(), "maglev": _maglevs(policies["walks"])}
    for folder, groups in (("decide", cases.DECIDE), ("requests", cases.REQUESTS)):
        for name, (table, texts) in groups.items():
            told = [
                {"name": text_name, "request": text, "decision": _decided(policies[table], tables[table], text)}
                for text_name, text in texts
            ]
            made_of[f"{folder}/{name}"] = {"table": table, "cases": told}
    for name, walks in cases.WALKS.items():
        policy, table = policies["walks"], tables["walks"]
        made_of[f"walks/{name}"] = {
            "table": "walks",
            "cases": [
                {
                    "name": walk_name,
                    "request": text,
                    "after": after,
                    "decisions": [_decided(policy, table, text, after[:n]) for n in range(len(after) + 1)],
                }
                for walk_name, text, after in walks
            ],
        }
    for name, (table, texts) in cases.EXPLAIN.items():
        made_of[f"explain/{name}"] = {"table": table, "cases": _explained(policies[table], tables[table], texts)}
    for name, (table, asked) in record_cases.RECORD.items():
        told = [
            {
                "name": record_name,
                "request": text,
                "after": after,
                "record": _recorded(policies[table], tables[table], text, after),
            }
            for record_name, text, after in asked
        ]
        made_of[f"record/{name}"] = {"table": table, "cases": told}
    for upstream in tables["serving"]["upstreams"]:
        made_of[f"serving/{upstream['name']}"] = {"table": "serving", "cases": serving_cases.sequences(upstream)}
    for name, refused in refusals.REFUSE.items():
        made_of[f"refuse/{name}"] = {"table": refusals.TABLE, "cases": refused}
    return found | {FOLDER / f"{name}.json": _readable(content) for name, content in made_of.items()}


def _decided(policy: Policy, table: dict[str, object], text: str, after: Iterable[str] = ()) -> dict[str, object]:
    return decide(policy, read_request(text), tuple(after)) | {"version": table["version"]}


def _recorded(policy: Policy, table: dict[str, Any], text: str, after: list[str]) -> dict[str, object]:
    """docs/record.md word by word, from the reference evaluator's values and the table's lists of classes."""
    values = validate(policy, read_request(text))
    found = _decided(policy, table, text, after) | {"record": 1, "after": after, "attributes": None, "slots": None}
    if isinstance(values, Invalid):
        return found
    attributes: dict[str, object] = {}
    for listed in table["attributes"]:
        name = listed["name"]
        value, kind = values[name], policy.attributes[name].type
        if isinstance(kind, SetType):
            assert isinstance(value, frozenset)
            attributes[name] = [i for i, element in enumerate(listed["elements"]) if element["value"] in value]
        elif isinstance(kind, EnumType) and value is not None:
            attributes[name] = value if value in kind.values else False
        elif isinstance(kind, StringType) and isinstance(value, str):
            samples = enumerate(listed["samples"])
            attributes[name] = {
                "literal": listed["literals"].index(value) if value in listed["literals"] else None,
                "like": [i for i, like in enumerate(listed["patterns"]) if is_like(value, like["pieces"])],
                "sample": [
                    i for i, sample in samples if murmur3(value.encode(), sample["seed"]) % 10_000 < sample["below"]
                ],
            }
        else:
            attributes[name] = value
    slots = {}
    for pool in policy.pools.values():
        if pool.sticky is not None and len(pool.members) > 1:
            value = values[pool.sticky]
            key = "" if value is None else str(value).lower() if isinstance(value, bool) else str(value)
            slots[pool.sticky] = murmur3(key.encode(), 0) % 4099
    return found | {"attributes": attributes, "slots": slots}


def _explained(policy: Policy, table: dict[str, object], texts: Iterable[tuple[str, str]]) -> list[object]:
    """The reference evaluator does not explain: these are the Python runtime's, and only their decisions compared."""
    told: list[object] = []
    for name, text in texts:
        explanation = load(dict(table)).explain(read_request(text)).to_dict()
        if explanation["decision"] != _decided(policy, table, text):
            raise SystemExit(f"explain, {name}: the runtime and the reference evaluator disagree")
        told.append({"name": name, "request": text, "explanation": explanation})
    return told


def _hashes() -> object:
    return {"cases": [{"text": t, "seed": s, "hash": murmur3(t.encode(), s)} for t, s in cases.HASHES]}


def _maglevs(policy: Policy) -> object:
    told = []
    span = policy.span  # a member is written somewhere
    for members in cases.MAGLEVS:
        slots = maglev([Member(*name.split("/"), weight, span) for name, weight in members])
        told.append(
            {
                "members": [{"name": name, "weight": weight} for name, weight in members],
                "shares": [slots.count(i) for i in range(len(members))],
                "first": slots[:32],
                "sha256": hashlib.sha256(canonical(slots)).hexdigest(),
            }
        )
    return {"cases": told}


def _readable(content: object) -> bytes:
    """A case a line, in ASCII so that no editor normalizes a string, keys sorted."""
    assert isinstance(content, dict)
    head = [f"{json.dumps(key)}: {json.dumps(value)}" for key, value in content.items() if key != "cases"]
    lines = ",\n".join(json.dumps(case, sort_keys=True) for case in content["cases"])
    return ("{" + "".join(f"{part},\n" for part in head) + f'"cases": [\n{lines}\n]}}\n').encode("ascii")


if __name__ == "__main__":
    sys.exit(main())
