"""Hand-written tables: from a compact description to the JSON of docs/table-format.md.

A description is a list of attributes and a list of columns, each of which asks conditions of attributes.
What a condition means is said once more by ``holds``, plainly, so that tests need not trust the rows.
"""

from __future__ import annotations

import fnmatch
import json
import re
from collections.abc import Mapping, Sequence
from hashlib import sha256
from typing import Any

from interlock.runtime import ERROR_CLASSES, murmur3_x86_32

JSON = dict[str, Any]
Condition = tuple[Any, ...]
"""("in", values) where None is absent, ("between", lo, hi), ("like", pattern), ("sample", salt, below),
("contains", element); all of these but "between" also with "not " before the word."""
Columns = Sequence[tuple[str, Mapping[str, Sequence[Condition]], int]]
"""(rule, conditions by attribute, state); columns of one rule follow each other."""

# ── attributes ───────────────────────────────────────────────────────────────────────────────────────


def attribute(name: str, type: str, **more: Any) -> JSON:
    """An attribute without its rows. A set is one of strings unless ``values`` are given."""
    common: JSON = {
        "name": name,
        "type": type,
        "optional": False,
        "default": None,
        "stability": "per turn",
        "error": None,
        "source": None,
    }
    if type in ("enum", "set"):
        common |= {"enum": None, "open": type == "set" and "values" not in more, "values": []}
    return common | more


def holds(condition: Condition, value: Any) -> bool:
    """Whether a legal value meets a condition; None is absent, a set is a frozenset."""
    match condition:
        case ("in", values):
            return value in values
        case ("not in", values):
            return value not in values
        case ("between", lo, hi):
            return value is not None and lo <= value <= hi
        case ("like", pattern):
            return value is not None and _glob(pattern, value)
        case ("sample", salt, below):
            return value is not None and murmur3_x86_32(value.encode(), _seed(salt)) % 10_000 < below
        case ("contains", element):
            return element in value
        case (negated, *rest):
            return not holds((negated.removeprefix("not "), *rest), value)
    raise AssertionError(condition)


def _glob(pattern: str, value: str) -> bool:
    literal = ("[[]" if c == "[" else "[?]" if c == "?" else c for c in pattern)
    return re.fullmatch(fnmatch.translate("".join(literal)), value) is not None


def _seed(salt: str | None) -> int:
    return 0 if salt is None else murmur3_x86_32(salt.encode(), 0)


# ── pools and states ─────────────────────────────────────────────────────────────────────────────────


def pool(name: str, *members: str | tuple[str, int], sticky: str | None = None, retry: int = 0) -> JSON:
    """A pool whose members are ``upstream/model``, or such a name and a weight."""
    pairs = sorted((member, 1) if isinstance(member, str) else member for member in members)
    return {
        "name": name,
        "family": name.partition("[")[0],
        "members": [(name, weight) for name, weight in pairs],
        "maglev": None if len(pairs) == 1 else maglev(pairs),
        "sticky": sticky,
        "retry": retry,
    }


def maglev(members: Sequence[tuple[str, int]]) -> list[int]:
    """The Maglev table of members with weights, in order (NSDI 2016, section 3.4)."""
    lists = []
    for name, _ in members:
        offset, skip = murmur3_x86_32(name.encode(), 0) % 4099, 1 + murmur3_x86_32(name.encode(), 1) % 4098
        lists.append(iter([(offset + j * skip) % 4099 for j in range(4099)]))
    taken: dict[int, int] = {}
    most = max(weight for _, weight in members)
    n = 0
    while True:
        for i, (_, weight) in enumerate(members):
            for _ in range((n + 1) * weight // most - n * weight // most):
                taken[next(slot for slot in lists[i] if slot not in taken)] = i
                if len(taken) == 4099:
                    return [taken[slot] for slot in range(4099)]
        n += 1


def hop(pool: int, **to: int) -> JSON:
    """A state at a pool; keywords are error classes, or ``unavailable`` for five of them."""
    default = to.get("unavailable")
    return {
        "pool": pool,
        "next": [to.get(name, default if i < 5 else None) for i, name in enumerate(ERROR_CLASSES)],
    }


def fail(status: int, message: str | None = None) -> JSON:
    return {"fail": {"status": status, "message": message}}


# ── the whole ────────────────────────────────────────────────────────────────────────────────────────


def build(
    attributes: Sequence[JSON],
    columns: Columns,
    states: Sequence[JSON],
    pools: Sequence[JSON],
    *,
    invalid: int | None = None,
    policy: str = "p",
) -> JSON:
    """The table. ``invalid`` defaults to a state of its own, fail 400."""
    rows = _Rows([conditions for _, conditions, _ in columns])
    filled = [rows.fill(item) for item in sorted(attributes, key=lambda item: str(item["name"]))]
    rules = list(dict.fromkeys(rule for rule, _, _ in columns))
    names = sorted({name for item in pools for name, _ in item["members"]})
    upstreams = list(dict.fromkeys(name.partition("/")[0] for name in names))
    models = list(dict.fromkeys(name.partition("/")[2] for name in names))
    place = {"doc": None, "file": 0, "start": [1, 1], "end": [1, 2]}
    return seal(
        {
            "format": "interlock-table",
            "format_version": 1,
            "policy": policy,
            "attributes": filled,
            "rows": [f"{row:x}" for row in rows.found],
            "columns": [[rules.index(rule), state] for rule, _, state in columns],
            "rules": rules,
            "states": [*states, *([fail(400)] if invalid is None else [])],
            "invalid": len(states) if invalid is None else invalid,
            "pools": [
                item
                | {
                    "members": [
                        {"upstream": upstreams.index(u), "model": models.index(m), "weight": weight}
                        for name, weight in item["members"]
                        for u, _, m in [name.partition("/")]
                    ]
                }
                for item in pools
            ],
            "upstreams": [upstream(name) for name in upstreams],
            "models": [{"name": name, "context": None, "prices": {}, "supports": []} for name in models],
            "source": {
                "files": ["main.route"],
                "policy": place,
                "rules": [
                    place | {"doc": f"About {rule}.", "start": [i + 2, 1], "end": [i + 2, 9]}
                    for i, rule in enumerate(rules)
                ],
                "attributes": [place] * len(filled),
                "pools": [place] * len(pools),
                "upstreams": [place] * len(upstreams),
                "models": [place] * len(models),
            },
        }
    )


def upstream(name: str) -> JSON:
    """``east`` is in a region, ``acme`` has an account; nothing else is said of either."""
    return {
        "name": name,
        "family": name,
        "provider": f"{name}_provider",
        "account": "prod" if name == "acme" else None,
        "region": "us_east" if name == "east" else None,
        "endpoint": None,
        "supports": [],
        "timeouts": {},
        "limit": None,
        "breaker": None,
    }


def seal(table: JSON) -> JSON:
    """The table with its version and digest computed anew."""
    content = {key: value for key, value in table.items() if key not in ("version", "digest")}
    unplaced = {key: value for key, value in content.items() if key != "source"}
    content["version"] = sha256(canonical(unplaced)).hexdigest()
    return content | {"digest": sha256(canonical(content)).hexdigest()}


def canonical(value: Any) -> bytes:
    return json.dumps(value, sort_keys=True, ensure_ascii=False, separators=(",", ":")).encode()


class _Rows:
    """Makes rows out of columns, each stored once."""

    def __init__(self, columns: Sequence[Mapping[str, Sequence[Condition]]]) -> None:
        self.columns = columns
        self.found: list[int] = []

    def of(self, name: str, admits: Any) -> int:
        """The index of the row of the columns all of whose conditions on ``name`` it ``admits``."""
        row = 0
        for i, column in enumerate(self.columns):
            row |= all(map(admits, column.get(name, ()))) << i
        if row not in self.found:
            self.found.append(row)
        return self.found.index(row)

    def value(self, name: str, value: Any) -> int:
        def admits(condition: Condition) -> bool:
            return condition[0] not in ("in", "not in", "between") or holds(condition, value)

        return self.of(name, admits)

    def pair(self, name: str, condition: Condition) -> JSON:
        return {
            "holds": self.of(name, lambda other: other != (f"not {condition[0]}", *condition[1:])),
            "fails": self.of(name, lambda other: other != condition),
        }

    def fill(self, item: JSON) -> JSON:
        name = item["name"]
        conditions = [condition for column in self.columns for condition in column.get(name, ())]
        positive = {(c[0].removeprefix("not "), *c[1:]) for c in conditions}
        absent = self.value(name, None) if item["optional"] and item["default"] is None else None
        listed = [value for c in conditions if c[0].endswith("in") for value in c[1] if value is not None]
        if item["type"] == "bool":
            return item | {"false": self.value(name, False), "true": self.value(name, True), "absent": absent}
        if item["type"] == "int":
            ends = {end for c in positive if c[0] == "between" for end in (c[1], c[2] + 1)}
            ends |= {end for value in listed for end in (value, value + 1)}
            cuts = sorted(end for end in ends if item["lo"] < end <= item["hi"])
            rows = [self.value(name, value) for value in [item["lo"], *cuts]]
            return item | {"cuts": cuts, "rows": rows, "absent": absent}
        if item["type"] == "enum":
            rows = [self.value(name, value) for value in item["values"]]
            other = self.value(name, "\0 some other") if item["open"] else None
            return item | {"rows": rows, "other": other, "absent": absent}
        if item["type"] == "set":
            elements = sorted(c[1] for c in positive)
            return item | {"elements": [{"value": e, **self.pair(name, ("contains", e))} for e in elements]}
        literals = sorted(set(listed))
        return item | {
            "literals": literals,
            "rows": [self.value(name, literal) for literal in literals],
            "other": self.value(name, "\0 some other"),
            "absent": absent,
            "patterns": [
                {"pieces": c[1].split("*"), **self.pair(name, c)} for c in sorted(c for c in positive if c[0] == "like")
            ],
            "samples": [
                {"salt": c[1], "seed": _seed(c[1]), "below": c[2], **self.pair(name, c)}
                for c in sorted((c for c in positive if c[0] == "sample"), key=str)
            ],
        }
