"""Loading: what is refused, and that it is refused with a TableError that says which check failed."""

from __future__ import annotations

import copy
import json
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from interlock.runtime import Decision, Table, TableError, load

from .rich import REQUEST, RICH, rich_json
from .tables import JSON, Columns, attribute, build, canonical, fail, hop, pool, seal

GOOD = rich_json()
TEXT = canonical(GOOD)


def small(*members: str) -> JSON:
    """A table with something of everything, and one pool with the members given."""
    attributes = [
        attribute("a", "int", lo=0, hi=9_999, default=5, error=10, source={"kind": "body", "name": "/n"}),
        attribute("b", "bool", optional=True),
        attribute("c", "enum", values=["x", "y"], open=True, optional=True),
        attribute("d", "enum", values=["x", "y"], default="x"),
        attribute("e", "string", optional=True),
        attribute("f", "set", values=["k", "l"], default=["k"]),
    ]
    columns: Columns = [
        ("one", {"a": [("between", 5, 6)], "e": [("like", "p*"), ("sample", "s", 50)], "f": [("contains", "k")]}, 0),
        ("two", {"e": [("in", ("lit", "more"))], "b": [("in", (True,))], "c": [("in", ("x",))]}, 1),
    ]
    table = build(
        attributes,
        columns,
        [hop(0, unavailable=1), hop(1, timeout=2), fail(503, "down")],
        [pool("p", *members, sticky="e"), pool("q", "acme/m")],
    )
    table["upstreams"][0] |= {
        "endpoint": {"url": "https://example.com"},
        "supports": ["a", "b"],
        "timeouts": {"connect": 5},
        "limit": {"count": 5, "per": "s", "burst": 9, "status": None},
        "breaker": {"share": 5_000, "requests": 20, "window_ms": 1, "probe_ms": 2},
    }
    table["models"][0] |= {"context": 9, "prices": {"input": 3}, "supports": ["tools"]}
    return seal(table)


# ── good tables ──────────────────────────────────────────────────────────────────────────────────────


def test_every_kind_of_source(tmp_path: Path) -> None:
    path = tmp_path / "rich.table.json"
    path.write_bytes(TEXT + b"\n")
    for source in (path, str(path), TEXT, TEXT + b"\n", json.dumps(GOOD, indent=1).encode(), GOOD):
        table = load(source)
        assert (table.policy, table.version) == ("rich", GOOD["version"])
        assert table.decide(REQUEST) == RICH.decide(REQUEST)
    load(SMALL)


def test_nothing_of_a_dict_is_kept_or_changed() -> None:
    source = copy.deepcopy(GOOD)
    table = load(source)
    assert source == GOOD
    before = table.explain(REQUEST)
    for value in source.values():
        if isinstance(value, list | dict):
            value.clear()
    assert table.explain(REQUEST) == before
    assert table.decide(REQUEST) == RICH.decide(REQUEST)


def test_a_file_that_cannot_be_read(tmp_path: Path) -> None:
    with pytest.raises(OSError, match="none"):
        load(tmp_path / "none.json")
    with pytest.raises(OSError, match="directory"):
        load(tmp_path)
    with pytest.raises(TableError, match="path"):
        load("nul\0.json")


def test_another_type_of_source_is_the_callers_mistake() -> None:
    with pytest.raises(TypeError, match="not int"):
        load(5)  # type: ignore[arg-type]


# ── bad bytes ────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (b"", "is not JSON"),
        (b"{", "is not JSON"),
        (b"\xff\xfe{}", "is not UTF-8 at byte 0"),
        (b'{"a": "\xff"}', "is not UTF-8 at byte 7"),
        (b"\xef\xbb\xbf{}", "is not JSON"),
        (b"[]", "must be a JSON object"),
        (b"null", "must be a JSON object"),
        (b"{}", "this is no decision table"),
        (b'{"format": "other"}', "this is no decision table"),
        (b'{"format": "interlock-table"}', "format_version: only 1"),
        (b'{"format": "interlock-table", "format_version": 2}', "format_version: only 1"),
        (b'{"format": "interlock-table", "format_version": true}', "format_version: only 1"),
        (b'{"format": "interlock-table", "format_version": 1.0}', "holds 1.0; the only numbers are integers"),
        (b'{"a": NaN}', "holds NaN"),
        (b'{"a": -Infinity}', "holds -Infinity"),
        (b'{"a": 1e999}', "holds 1e999"),
        (b'{"a": 1, "a": 1}', "has the key 'a' twice"),
        (b'{"x": {"b": 1, "c": 2, "b": 3}}', "has the key 'b' twice"),
        (b'{"a": ' + b"9" * 5_000 + b"}", "is not JSON"),
        (b"[" * 100_000, "is nested too deeply"),
        (b'{"a":' * 100_000, "is nested too deeply"),
        (b" " * (64 * 1024 * 1024 + 1), "is larger than"),
    ],
    ids=range(22),
)
def test_bytes_that_are_no_table(data: bytes, message: str) -> None:
    with pytest.raises(TableError, match=message):
        load(data)


def test_lone_surrogates_are_refused() -> None:
    with pytest.raises(TableError, match="lone surrogate"):
        load(TEXT.replace(b'"policy":"rich"', b'"policy":"\\ud800"'))


@pytest.mark.parametrize("name", ["digest", "version"])
def test_a_hash_that_does_not_match_is_refused(name: str) -> None:
    table: JSON = GOOD | {name: "0" * 64}
    if name == "version":
        table = reseal(table, "digest")
    with pytest.raises(TableError, match=f"{name}: does not match"):
        load(table)


def reseal(table: JSON, *names: str) -> JSON:
    """The table with some of its hashes computed anew."""
    sealed = seal(table)
    if names == ("digest",):
        from hashlib import sha256

        rest = {key: value for key, value in table.items() if key != "digest"}
        return rest | {"digest": sha256(canonical(rest)).hexdigest()}
    return sealed


def test_a_changed_comment_changes_the_digest_alone() -> None:
    table = rich_json()
    table["source"]["rules"][0]["doc"] = "other"
    with pytest.raises(TableError, match="digest: does not match"):
        load(table)
    assert seal(table)["version"] == GOOD["version"]
    assert load(seal(table)).explain(REQUEST | {"hour": 3, "beta": True}).places != RICH.explain(REQUEST).places


@settings(max_examples=100, deadline=None)
@given(st.binary(max_size=60), st.integers(0, len(TEXT) - 1), st.integers(0, 60))
def test_damaged_bytes_are_refused(junk: bytes, at: int, cut: int) -> None:
    damaged = TEXT[:at] + junk + TEXT[at + cut :]
    if damaged.strip() != TEXT:
        with pytest.raises(TableError):
            load(damaged)


def cyclic() -> JSON:
    table: JSON = dict(GOOD)
    table["rows"] = [table]
    return table


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (cyclic, "nested too deeply"),
        (lambda: GOOD | {"rows": [1.5]}, "holds 1.5"),
        (lambda: GOOD | {"rows": [float("nan")]}, "holds nan"),
        (lambda: GOOD | {"rows": ("0",)}, "a type that JSON has not"),
        (lambda: GOOD | {"rows": [b"0"]}, "a type that JSON has not"),
        (lambda: GOOD | {1: "0"}, "a key that is no string"),
        (lambda: GOOD | {"source": {None: 1}}, "a key that is no string"),
        (lambda: GOOD | {"invalid": 10**5_000}, "too large a number|integer"),
        (lambda: GOOD | {"policy": "\ud800"}, "lone surrogate"),
    ],
)
def test_dicts_that_are_no_json(make: Callable[[], Any], message: str) -> None:
    with pytest.raises(TableError, match=message):
        load(make())


def test_a_small_dict_that_written_out_would_be_huge(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys.modules[load.__module__], "_MAX_VALUES", 10_000)
    value: list[Any] = []
    for _ in range(12):
        value = [value] * 10
    with pytest.raises(TableError, match="more than 10000 values"):
        load(GOOD | {"rows": value})


# ── tables that are whole but wrong ──────────────────────────────────────────────────────────────────

Path_ = tuple[str | int, ...]


def paths(value: Any, at: Path_ = ()) -> Iterator[Path_]:
    """Every place in a table; of long lists, of numbers or of like objects, the first two."""
    yield at
    if isinstance(value, dict):
        for key, part in value.items():
            yield from paths(part, (*at, key))
    elif isinstance(value, list):
        for i, part in enumerate(value[:2]):
            yield from paths(part, (*at, i))


def put(table: JSON, at: Path_, change: Callable[[Any, Any], None]) -> JSON:
    """A sealed copy of the table in which ``change(container, key)`` was made at a place."""
    changed = copy.deepcopy(table)
    container: Any = changed
    for key in at[:-1]:
        container = container[key]
    change(container, at[-1])
    return seal(changed)


def usable(table: Table) -> None:
    for request in ({}, {"e": "lit", "b": True, "c": "x"}, {"e": "p", "a": 5}, REQUEST):
        decision = table.decide(request)
        assert type(decision) is Decision
        assert table.after(decision, "timeout").version == table.version
        assert table.explain(request).decision == decision


SMALL = small("east/m", "west/n")
PLACES = [at for at in paths(SMALL) if at and at[0] not in ("digest", "version")]
FIELDS = [at for at in PLACES if isinstance(at[-1], str)]
# What may be left out: these objects hold what was declared.
SPARSE = ("timeouts", "prices")


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
        load(broken(at, value) if at != ("version",) else reseal(SMALL | {"version": value}, "digest"))


@pytest.mark.parametrize(("name", "most"), [("attributes", 10_000), ("columns", 100_000), ("rows", 1_000_000)])
def test_limits(name: str, most: int) -> None:
    with pytest.raises(TableError, match=f"{name}: has {most + 1} items, the limit is {most}"):
        load(seal(SMALL | {name: ["0"] * (most + 1)}))
