"""A compiled table as a version to compare: what it holds, put in terms of a policy."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from interlock.compiler.automaton import Automaton, Hop, State
from interlock.compiler.bits import bits
from interlock.compiler.diff.attributes import NOWHERE
from interlock.compiler.diff.side import Side
from interlock.dsl import policy as p
from interlock.runtime import TableError, load

Json = Mapping[str, Any]


def side_of_table(title: str, data: bytes) -> Side:
    """A version that is a compiled table. Raises ``TableError`` where it is none, or none that a compiler makes."""
    reader = load(data)  # what follows relies on all that this checks
    table = json.loads(data)
    automaton = _automaton(table)
    pools = {pool["name"]: pool for pool in table["pools"]}
    rules = rules_of(table)
    maglev = {name: tuple(pool["maglev"]) for name, pool in pools.items() if pool["maglev"] is not None}
    return Side(title, _policy(table, rules), rules, automaton, maglev, reader)


def rules_of(table: Json) -> tuple[p.Rule, ...]:
    """The rules: for each its columns that lead to one place, or one for each place where there are several. The same
    columns give the same predicates, whatever classes a table has."""
    conditions: list[list[p.Expr]] = [[] for _ in table["columns"]]
    rows = [int(row, 16) for row in table["rows"]]
    for attribute in table["attributes"]:
        for classes, write in _classes(attribute, rows):
            constrained = ~_all(classes) & (1 << len(conditions)) - 1
            admitted: dict[int, int] = dict.fromkeys(bits(constrained), 0)
            for class_, row in enumerate(classes):
                for column in bits(row & constrained):
                    admitted[column] |= 1 << class_
            written: dict[int, p.Expr] = {}
            for column, mine in admitted.items():
                if mine not in written:
                    written[mine] = write(mine)
                conditions[column].append(written[mine])
    runs: list[tuple[int, int, list[p.Expr]]] = []
    for (rule, state), parts in zip(table["columns"], conditions, strict=True):
        if not runs or runs[-1][:2] != (rule, state):
            runs.append((rule, state, []))
        runs[-1][2].append(parts[0] if len(parts) == 1 else p.And(tuple(parts), NOWHERE))
    return tuple(
        p.Rule(table["rules"][rule], _any(alternatives), _place(table, state), None, NOWHERE, NOWHERE, None)
        for rule, state, alternatives in runs
    )


def _all(rows: Sequence[int]) -> int:
    every = rows[0]
    for row in rows:
        every &= row
    return every


def _any(alternatives: Sequence[p.Expr]) -> p.Expr:
    return alternatives[0] if len(alternatives) == 1 else p.Or(tuple(alternatives), NOWHERE)


def _classes(attribute: Json, rows: Sequence[int]) -> list[tuple[list[int], Callable[[int], p.Expr]]]:
    """For each dimension of an attribute the rows of its classes, and what writes a set of classes as a predicate."""
    name, kind = attribute["name"], attribute["type"]
    found: list[tuple[list[int], Callable[[int], p.Expr]]] = []

    def pair(entry: Json, atom: p.Expr) -> None:
        holds = [rows[entry["holds"]], rows[entry["fails"]]]
        found.append((holds, lambda mine: {0b01: atom, 0b10: p.Not(atom, NOWHERE)}.get(mine, p.Const(False, NOWHERE))))

    for entry in attribute.get("elements", ()):
        pair(entry, p.Contains(name, entry["value"], NOWHERE))
    if kind == "set":
        return found
    if kind == "bool":
        values: Sequence[p.Scalar] = (False, True)
        listed = [attribute["false"], attribute["true"]]
    else:
        values, listed = attribute.get("literals", attribute.get("values", ())), attribute["rows"]
    other, absent = attribute.get("other"), attribute["absent"]
    classes = [rows[n] for n in (*listed, *(n for n in (other, absent) if n is not None))]
    if kind == "int":
        starts = [attribute["lo"], *attribute["cuts"]]
        ends = [*(cut - 1 for cut in attribute["cuts"]), attribute["hi"]]
        found.append((classes, lambda mine: _numbers(name, list(zip(starts, ends, strict=True)), mine)))
    else:
        found.append((classes, lambda mine: _words(name, values, other is not None, absent is not None, mine)))
    for entry in attribute.get("patterns", ()):
        pair(entry, p.Like(name, tuple(entry["pieces"]), NOWHERE))
    for entry in attribute.get("samples", ()):
        pair(entry, p.Sample(name, entry["salt"], entry["below"], NOWHERE))
    return found


def _numbers(name: str, intervals: Sequence[tuple[int, int]], classes: int) -> p.Expr:
    runs: list[tuple[int, int]] = []
    for class_ in bits(classes & (1 << len(intervals)) - 1):
        lo, hi = intervals[class_]
        if runs and runs[-1][1] == lo - 1:
            lo = runs.pop()[0]
        runs.append((lo, hi))
    parts: list[p.Expr] = [p.Between(name, lo, hi, NOWHERE) for lo, hi in runs]
    if classes >> len(intervals):
        parts.append(p.Not(p.Has(name, NOWHERE), NOWHERE))
    return _any(parts) if parts else p.Const(False, NOWHERE)


def _words(name: str, values: Sequence[p.Scalar], other: bool, absent: bool, classes: int) -> p.Expr:
    inside = tuple(value for n, value in enumerate(values) if classes >> n & 1)
    here = p.Has(name, NOWHERE)
    may_lack = absent and bool(classes >> (len(values) + other) & 1)
    if other and classes >> len(values) & 1:
        outside = tuple(value for n, value in enumerate(values) if not classes >> n & 1)
        parts: list[p.Expr] = [p.Not(p.OneOf(name, outside, NOWHERE), NOWHERE)] if outside else []
        parts += [here] if absent and not may_lack else []  # what is absent is none of these either
        return parts[0] if len(parts) == 1 else p.And(tuple(parts), NOWHERE)
    parts = [p.OneOf(name, inside, NOWHERE)] if inside else []
    parts += [p.Not(here, NOWHERE)] if may_lack else []
    return _any(parts) if parts else p.Const(False, NOWHERE)


# ── what serves ──────────────────────────────────────────────────────────────────────────────────────────


def _place(table: Json, state: int) -> p.To | p.Fail:
    there = table["states"][state]
    if "fail" in there:
        return p.Fail(there["fail"]["status"], there["fail"]["message"])
    return p.To(table["pools"][there["pool"]]["name"])


def _automaton(table: Json) -> Automaton:
    """The chain automaton. ``start`` has the pools only that rules or invalid requests lead to."""
    states: list[State] = []
    fails: dict[p.Fail, int] = {}
    for number, state in enumerate(table["states"]):
        place = _place(table, number)
        if isinstance(place, p.Fail):
            states.append(place)
            fails.setdefault(place, number)
        else:
            states.append(Hop(place.pool, None, 0, tuple(state["next"])))
    start: dict[str, int] = {}
    for number in dict.fromkeys([*(state for _, state in table["columns"]), table["invalid"]]):
        place = _place(table, number)
        if isinstance(place, p.To) and start.setdefault(place.pool, number) != number:
            raise TableError(f"columns: lead to {place.pool!r} in two states, as no compiled table does")
    return Automaton(tuple(states), start, fails)


def _policy(table: Json, rules: tuple[p.Rule, ...]) -> p.Policy:
    upstreams = [_upstream(entry) for entry in table["upstreams"]]
    models = [
        p.Model(m["name"], m["context"], m["prices"], frozenset(m["supports"]), NOWHERE, None, False)
        for m in table["models"]
    ]
    pools = [
        p.Pool(
            pool["name"],
            pool["family"],
            tuple(
                p.Member(upstreams[m["upstream"]].name, models[m["model"]].name, m["weight"], NOWHERE)
                for m in pool["members"]
            ),
            pool["sticky"],
            pool["retry"],
            NOWHERE,
            None,
            False,
        )
        for pool in table["pools"]
    ]
    return p.Policy(
        table["policy"],
        NOWHERE,
        None,
        {entry["name"]: _attribute(entry) for entry in table["attributes"]},
        {model.name: model for model in models},
        {upstream.name: upstream for upstream in upstreams},
        {pool.name: pool for pool in pools},
        (),
        rules,
        (),
        (),
        (),
        _place(table, table["invalid"]),
    )


def _upstream(entry: Json) -> p.Upstream:
    limit, breaker = entry["limit"], entry["breaker"]
    endpoint = None if entry["endpoint"] is None else next(iter(entry["endpoint"].items()))
    return p.Upstream(
        entry["name"],
        entry["family"],
        entry["provider"],
        entry["account"],
        entry["region"],
        endpoint,
        frozenset(entry["supports"]),
        entry["timeouts"],
        limit and p.Limit(limit["count"], limit["per"], limit["burst"], limit["status"]),
        breaker and p.Breaker(breaker["share"], breaker["requests"], breaker["window_ms"], breaker["probe_ms"]),
        NOWHERE,
        None,
        False,
    )


def _attribute(entry: Json) -> p.Attribute:
    match entry["type"]:
        case "bool":
            type_: p.Type = p.BoolType()
        case "int":
            type_ = p.IntType(entry["lo"], entry["hi"])
        case "enum":
            type_ = p.EnumType(entry["enum"], tuple(entry["values"]), entry["open"])
        case "string":
            type_ = p.StringType()
        case _:
            of_strings = entry["enum"] is None and entry["open"] and not entry["values"]
            element = p.EnumType(entry["enum"], tuple(entry["values"]), entry["open"])
            type_ = p.SetType(p.StringType() if of_strings else element)
    default, source = entry["default"], entry["source"]
    return p.Attribute(
        entry["name"],
        type_,
        entry["optional"],
        entry["stability"],
        source and (source["kind"], source["name"]),
        tuple(default) if isinstance(default, list) else default,
        entry["error"],
        NOWHERE,
        None,
        False,
    )
