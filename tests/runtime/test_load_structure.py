"""Tables that are sealed but wrong: each is refused, or means something; nothing else is ever raised."""

from __future__ import annotations

from typing import Any

import pytest

from interlock.runtime import Decision, Table, TableError, load

from .rich import REQUEST
from .small import FIELDS, PLACES, SMALL, SPARSE, Path_, put, redigested
from .tables import JSON, seal


def usable(table: Table) -> None:
    for request in ({}, {"e": "lit", "b": True, "c": "x"}, {"e": "p", "a": 5}, REQUEST):
        decision = table.decide(request)
        assert type(decision) is Decision
        assert table.after(decision, "timeout").version == table.version
        assert table.explain(request).decision == decision


@pytest.mark.parametrize("at", FIELDS, ids=lambda at: ".".join(map(str, at)))
def test_every_field_is_needed_and_no_other_is_known(at: Path_) -> None:
    def drop(container: Any, key: Any) -> None:
        del container[key]

    def rename(container: Any, key: Any) -> None:
        container[f"{key}_"] = container.pop(key)

    if len(at) < 2 or at[-2] not in SPARSE:
        with pytest.raises(TableError, match=r"is missing|no decision table|format_version|must have"):
            load(put(SMALL, at, drop))
    with pytest.raises(TableError, match=r"missing|unknown|no decision table|format_version|either"):
        load(put(SMALL, at, rename))


@pytest.mark.parametrize("at", PLACES, ids=lambda at: ".".join(map(str, at)))
def test_a_value_of_another_type_is_refused_or_means_something(at: Path_) -> None:
    wrongs: list[Any] = [None, True, -1, 7, 2**53, "zz", [], [0], {}]
    for wrong in wrongs:

        def retype(container: Any, key: Any, wrong: object = wrong) -> None:
            container[key] = wrong

        table = put(SMALL, at, retype)
        try:
            loaded = load(table)
        except TableError:
            continue
        usable(loaded)
        old: Any = SMALL
        for key in at:
            old = old[key]
        # Only a null may turn into something and the other way round; and text, number and lists keep theirs.
        assert old is None or wrong is None or type(old) is type(wrong), at


@pytest.mark.parametrize("at", [at for at in PLACES if isinstance(at[-1], int)], ids=lambda at: ".".join(map(str, at)))
def test_a_list_one_shorter_or_longer_is_refused_or_means_something(at: Path_) -> None:
    def drop(container: Any, key: Any) -> None:
        del container[key]

    def repeat(container: Any, key: Any) -> None:
        container.insert(key, container[key])

    for change in (drop, repeat):
        table = put(SMALL, at, change)
        try:
            usable(load(table))
        except TableError:
            continue
        # Lists whose length nothing else fixes.
        free = ("patterns", "samples", "elements", "supports", "rules", "default", "values", "pieces", "files")
        assert set(at) & {*free, "columns", "states", "cuts", "attributes", "rows"}, (change.__name__, at)


def broken(at: Path_, value: Any) -> JSON:
    return put(SMALL, at, lambda container, key: container.__setitem__(key, value))


@pytest.mark.parametrize(
    ("at", "value", "message"),
    [
        (("columns", 0), [0, 99], r"columns\[0\]\[1\]: index out of bounds, states has 4 entries"),
        (("columns", 0), [99, 0], r"columns\[0\]\[0\]: index out of bounds, rules has 2 entries"),
        (("columns",), [[1, 0], [0, 1]], r"columns\[1\]: must be in rule order"),
        (("columns", 0), [0, 0, 0], r"columns\[0\]: must be a list of 2 items"),
        (("invalid",), 4, "invalid: index out of bounds"),
        (("invalid",), -1, "invalid: index out of bounds"),
        (("invalid",), True, "invalid: must be an index"),
        (("rows", 0), "4", r"rows\[0\]: has a bit at or above the number of columns, 2"),
        (("rows", 0), "03", r"rows\[0\]: must be a string of lower-case hex without leading zeros"),
        (("rows", 0), "F", "lower-case hex"),
        (("rows", 0), "0x3", "lower-case hex"),
        (("rows", 0), "1_0", "lower-case hex"),
        (("rows", 0), " 1", "lower-case hex"),
        (("rows", 0), "1\n", "lower-case hex"),
        (("rows", 0), "", "lower-case hex"),
        (("rows",), ["0", "1", "0"], "rows: must be distinct"),
        (("states", 0, "pool"), 2, r"states\[0\].pool: index out of bounds, pools has 2 entries"),
        (("states", 0, "next"), [0] * 6, r"states\[0\].next: must have 7 items, has 6"),
        (("states", 0, "next", 6), 4, r"states\[0\].next\[6\]: index out of bounds, states"),
        (("states", 2, "fail", "status"), 200, r"fail.status: must lie in 400..=599"),
        (("pools", 0, "maglev"), None, r"pools\[0\].maglev: must be a list"),
        (("pools", 0, "maglev"), [0] * 4_098, r"maglev: must have 4099 items, has 4098"),
        (("pools", 0, "maglev", 7), 2, r"maglev\[7\]: index out of bounds, members has 2 entries"),
        (("pools", 1, "maglev"), [0] * 4_099, "must be null for a pool of one member"),
        (("pools", 0, "members"), [], "members: must have at least 1 item"),
        (("pools", 0, "members", 0, "weight"), 0, "weight: must lie in 1..=100"),
        (("pools", 0, "sticky"), "zz", "sticky: must be the name of an attribute that is no set"),
        (("pools", 0, "sticky"), "f", "sticky: must be the name of an attribute that is no set"),
        (("pools", 0, "name"), "q", "pools: names must be distinct"),
        (("attributes", 0, "name"), "b", r"attributes\[1\]: names must be in strictly rising order"),
        (("attributes", 0, "type"), "float", r"attributes\[0\].type: must be one of bool, int"),
        (("attributes", 0, "cuts"), [0, 5], r"cuts\[0\]: must lie in 1..=9999"),
        (("attributes", 0, "cuts"), [7, 5], r"cuts\[1\]: cuts must be in strictly rising order"),
        (("attributes", 0, "cuts"), [5], "rows: must have 2 items, has 3"),
        (("attributes", 0, "default"), 10_000, "default: must lie in 0..=9999"),
        (("attributes", 0, "absent"), 0, "absent: must be null"),
        (("attributes", 1, "absent"), None, "absent: must be a row"),
        (("attributes", 2, "other"), None, "other: must be a row"),
        (("attributes", 3, "other"), 0, "other: must be null"),
        (("attributes", 3, "default"), "z", "default: must be one of the values"),
        (("attributes", 3, "values"), ["x", "x"], "values must be distinct"),
        (("attributes", 4, "literals"), ["more", "lit"], "literals must be in strictly rising order"),
        (("attributes", 4, "patterns", 0, "pieces"), ["p"], "pieces: must have at least 2 items"),
        (("attributes", 4, "samples", 0, "seed"), 1, "seed: is not the salt's"),
        (("attributes", 4, "samples", 0, "below"), 10_001, "below: must lie in 0..=10000"),
        (("attributes", 5, "optional"), True, "optional: must be false for a set"),
        (("attributes", 5, "default"), ["z"], "default: may hold only the values"),
        (("source", "rules"), [], "source.rules: must have 2 items, has 0"),
        (("source", "policy", "file"), 1, "source.policy.file: index out of bounds"),
        (("source", "policy", "start"), [0, 1], r"start\[0\]: must lie in 1"),
        (("upstreams", 0, "endpoint"), {"url": "x", "env": "y"}, "must have either"),
        (("upstreams", 0, "supports"), ["b", "a"], "capabilities must be in strictly rising order"),
        (("rules", 1), "one", "rules: names must be distinct"),
        (("version",), 5, "digest|version"),
    ],
)
def test_messages(at: Path_, value: Any, message: str) -> None:
    with pytest.raises(TableError, match=message):
        load(broken(at, value) if at != ("version",) else redigested(SMALL | {"version": value}))


@pytest.mark.parametrize(("name", "most"), [("attributes", 10_000), ("columns", 100_000), ("rows", 1_000_000)])
def test_limits(name: str, most: int) -> None:
    with pytest.raises(TableError, match=f"{name}: has {most + 1} items, the limit is {most}"):
        load(seal(SMALL | {name: ["0"] * (most + 1)}))
