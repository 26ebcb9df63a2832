"""Explaining from a record gives what explaining the request gave, as far as the record has the request's values."""

from __future__ import annotations

import copy
import json
import random
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from interlock.compiler.reference import is_like, murmur3
from interlock.compiler.reference_text import read_request
from interlock.dsl.policy import CLASSES
from interlock.runtime import Holding, Other, RecordError, Table, load
from tests.oracle.compiled import compiled, hypothesis_settings
from tests.oracle.policies import policies
from tests.oracle.requests import random_request

from .rich import REQUEST, RICH, rich_json
from .tables import JSON
from .test_vectors import FILES, cases, table


def as_recorded(explanation: JSON, attributes: list[JSON], record: JSON) -> JSON:
    """The explanation of a request with all that its record does not hold replaced, said from docs/record.md."""
    found = copy.deepcopy(explanation)
    by_name = {attribute["name"]: attribute for attribute in attributes}
    for condition in [c for earlier in found["earlier"] for c in earlier["unmet"]] + found["matched"]:
        condition["value"] = known(by_name[condition["attribute"]], condition["value"])
    pick = found["pick"]
    if pick and pick["sticky"] is not None and record["attributes"] is not None:
        value = record["attributes"][pick["sticky"]]
        is_open_enum = by_name[pick["sticky"]]["type"] == "enum"
        if (value is False and is_open_enum) or (isinstance(value, dict) and value["literal"] is None):
            pick["key"] = None
    return found


def known(attribute: JSON, value: Any) -> Any:
    name = attribute["name"]
    if attribute["type"] == "set":
        return {"holds": [one["value"] for one in attribute["elements"] if one["value"] in value]}
    if type(value) is not str or value in (attribute.get("literals") or attribute.get("values") or ()):
        return value
    holds = []
    for pattern in attribute.get("patterns", []):
        if is_like(value, pattern["pieces"]):
            holds.append(f"{name} like")
    for sample in attribute.get("samples", []):
        if murmur3(value.encode(), sample["seed"]) % 10_000 < sample["below"]:
            holds.append(f"sample({name}")
    return {"other": True, "holds": holds}


def shortened(explanation: JSON) -> JSON:
    """The texts of what holds of a value, to their beginning: tests of conditions compare the whole of them."""
    found = copy.deepcopy(explanation)
    for condition in [c for earlier in found["earlier"] for c in earlier["unmet"]] + found["matched"]:
        value = condition["value"]
        if isinstance(value, dict) and "other" in value:
            name = condition["attribute"]
            starts = (f"{name} like", f"sample({name}")
            value["holds"] = [next(start for start in starts if text.startswith(start)) for text in value["holds"]]
    return found


def agree(subject: Table, attributes: list[JSON], request: object, after: list[str]) -> None:
    record = subject.record(request, after)
    wanted = as_recorded(subject.explain(request).to_dict(), attributes, record.to_dict())
    for given_record in (record, json.loads(record.to_json())):
        explained = subject.explain_record(given_record)
        assert shortened(explained.to_dict()) == wanted
        decision = explained.decision
        for error_class in after:
            decision = subject.after(decision, error_class)
        assert decision == record.decision
        short = subject.explain_record(given_record, earlier=False)
        assert (short.matched, short.walk, short.earlier) == (explained.matched, explained.walk, ())


@hypothesis_settings(150)
@given(policies(size=6), st.integers(0, 2**32), st.lists(st.sampled_from(CLASSES), max_size=5))
def test_a_record_explains_what_its_request_did(text: str, seed: int, after: list[str]) -> None:
    made = compiled(text)
    draw = random.Random(seed)
    attributes = json.loads(made.artifact)["attributes"]
    for _ in range(10):
        request = random_request(made.policy, draw)
        if draw.random() < 0.1:
            request.pop(draw.choice(sorted(request) or [""]), None)
        agree(made.table, attributes, request, after)


@pytest.mark.parametrize("path", [path for path in FILES if path.parent.name == "record"], ids=lambda path: path.stem)
def test_the_records_of_the_vectors(path: Any) -> None:
    name, asked = cases(path)
    attributes = json.loads((path.parents[1] / "tables" / f"{name}.json").read_bytes())["attributes"]
    for case in asked:
        agree(table(name), attributes, read_request(case["request"]), case["after"])


def test_what_is_shown_of_values_that_the_record_does_not_hold() -> None:
    request = REQUEST | {"tenant": "acme/secret", "groups": ["early", "secret"], "model_hint": "secret", "tier": "free"}
    explained = RICH.explain_record(RICH.record(request))
    told = explained.to_dict()
    assert "secret" not in json.dumps(told)
    assert explained.decision.rule == "acme"
    assert [(c.needs, c.value) for c in explained.matched] == [
        ('tenant like "acme/*"', Other(('tenant like "acme*"', 'tenant like "acme/*"'))),
        ('tenant != "acme/test"', Other(('tenant like "acme*"', 'tenant like "acme/*"'))),
    ]
    large = next(earlier for earlier in explained.earlier if earlier.rule == "large")
    assert [(c.needs, c.value) for c in large.unmet][1] == ("model_hint == opus", Other(()))
    canary = RICH.explain_record(RICH.record(request | {"tenant": "x", "user": "u", "groups": ["secret"]}))
    assert Holding(()) in [c.value for earlier in canary.earlier for c in earlier.unmet if c.attribute == "groups"]
    assert condition_value(canary.to_dict(), "groups") == {"holds": []}
    assert condition_value(canary.to_dict(), "model_hint") == {"other": True, "holds": []}


def condition_value(told: JSON, attribute: str) -> Any:
    return next(c["value"] for e in told["earlier"] for c in e["unmet"] if c["attribute"] == attribute)


def test_a_key_that_is_not_known_picks_as_it_did() -> None:
    request = REQUEST | {"input_tokens": 50_000, "session_id": "s-77"}
    whole, explained = RICH.explain(request), RICH.explain_record(RICH.record(request))
    assert whole.pick is not None
    assert explained.pick is not None
    assert (whole.pick.key, explained.pick.key) == ("s-77", None)
    assert (explained.pick.slot, explained.pick.member) == (whole.pick.slot, whole.pick.member)
    assert explained.decision == whole.decision
    assert explained.walk == whole.walk


RECORD = RICH.record(REQUEST | {"input_tokens": 50_000}, ["timeout"]).to_dict()
INVALID = RICH.record({}).to_dict()


def put(record: JSON, value: object, *path: Any) -> JSON:
    changed: JSON = copy.deepcopy(record)
    at: Any = changed
    for key in path[:-1]:
        at = at[key]
    at[path[-1]] = value
    return changed


@pytest.mark.parametrize(
    ("record", "message"),
    [
        ([], "must be a JSON object"),
        ({}, "record: is missing"),
        (put(RECORD, 2, "record"), "record: is 2; the only form known is 1"),
        (put(RECORD, True, "record"), "record: is true"),
        (put(RECORD, 5, "policy"), "policy: must be a string, not 5"),
        (put(RECORD, "timeout", "after"), 'after: must be a list, not "timeout"'),
        (put(RECORD, ["timeout", "unavailable"], "after"), r'after\[1\]: "unavailable" is no error class'),
        (put(RECORD, [["x"]], "after"), r"after\[0\]"),
        (put(RECORD, {}, "attributes"), "attributes.balance: is missing"),
        (put(RECORD, [], "attributes"), "attributes: must be an object"),
        (put(RECORD, 1, "attributes", "more"), "attributes.more: the table has none"),
        (put(RECORD, 24, "attributes", "hour"), "attributes.hour: must be an integer in 0..=23, not 24"),
        (put(RECORD, 1.0, "attributes", "hour"), "attributes.hour: must be an integer in 0..=23, not 1.0"),
        (put(RECORD, True, "attributes", "hour"), "attributes.hour"),
        (put(RECORD, None, "attributes", "hour"), "attributes.hour: must not be null"),
        (put(RECORD, 0, "attributes", "beta"), "attributes.beta: must be true or false"),
        (
            put(RECORD, "mars", "attributes", "home"),
            "attributes.home: must be one of us_east, us_west, eu_central",
        ),
        (put(RECORD, False, "attributes", "home"), "attributes.home: must be one of"),
        (put(RECORD, "mars", "attributes", "model_hint"), "or false, not"),
        (put(RECORD, "acme", "attributes", "tenant"), "attributes.tenant: must be an object"),
        (put(RECORD, [0], "attributes", "user", "like"), r"attributes.user.like\[0\]: must be an index in 0..0, not 0"),
        (put(RECORD, [1, 0], "attributes", "user", "sample"), r"attributes.user.sample\[1\]: indices must rise"),
        (put(RECORD, [0, 0], "attributes", "groups"), r"attributes.groups\[\d\]: "),
        (put(RECORD, {}, "slots"), "slots.hour: is missing"),
        (put(RECORD, 4099, "slots", "session_id"), "slots.session_id: must be an index in 0..4099"),
        (put(RECORD, 1, "slots", "hour"), r"slots.hour: is 1, but 12 falls on slot \d+"),
        (put(RECORD, None, "attributes"), "slots: must be null"),
        (put(put(RECORD, None, "attributes"), None, "slots"), "attributes: are null"),
        (put(RECORD, "quiet", "rule"), 'rule: is "quiet", but by its attributes and errors the table gives "large"'),
        (put(RECORD, 0, "hop"), "hop: is 0"),
        (put(RECORD, 1.0, "hop"), "hop: is 1.0"),
        (put(RECORD, [], "after"), "is .* but by its attributes and errors the table gives"),
        ({name: value for name, value in RECORD.items() if name != "fail"}, "fail: is missing"),
        (put(INVALID, "no", "invalid", "reason"), "invalid.reason: must be one of"),
        (put(INVALID, "no", "invalid", "attribute"), 'invalid.attribute: "no" is no attribute'),
        (put(INVALID, 5, "invalid", "message"), "invalid.message: must be a string"),
        (put(INVALID, {}, "invalid"), "invalid.attribute: is missing"),
    ],
)
def test_what_is_no_record_of_the_table(record: Any, message: str) -> None:
    with pytest.raises(RecordError, match=message) as told:
        RICH.explain_record(record)
    assert told.value.reason == "record"


def test_a_record_of_another_version() -> None:
    with pytest.raises(RecordError, match="version: the record is of") as told:
        RICH.explain_record(RECORD | {"version": "0" * 64})
    assert told.value.reason == "version"
    renamed = load(rich_json())
    assert renamed.explain_record(RECORD).decision.rule == "large"


def test_members_that_a_log_has_added_are_ignored() -> None:
    assert RICH.explain_record(RECORD | {"ts": 5, "": []}) == RICH.explain_record(RECORD)


def test_what_is_nested_deeply_is_refused_like_anything_else() -> None:
    deep: Any = []
    for _ in range(100_000):
        deep = [deep]
    for name in RECORD:
        with pytest.raises(RecordError):
            RICH.explain_record(RECORD | {name: deep})


@pytest.mark.parametrize("seed", range(20))
def test_a_record_with_something_else_in_any_place_raises_nothing_else(seed: int) -> None:
    draw = random.Random(seed)
    for _ in range(100):
        record: Any = copy.deepcopy(draw.choice((RECORD, INVALID)))
        at = record
        while True:
            key = draw.choice(list(at) if isinstance(at, dict) else range(len(at)))
            if not isinstance(at[key], dict | list) or not at[key] or draw.random() < 0.3:
                break
            at = at[key]
        at[key] = draw.choice((None, True, 0, -1, 1.5, 10**30, "", "x", [], [[]], {}, {"a": 1}, "\ud800", [0, 1]))
        try:
            explained = RICH.explain_record(record)
        except RecordError:
            continue
        decision = explained.decision
        for error_class in record["after"]:
            decision = RICH.after(decision, error_class)
        assert {k: record[k] for k in decision.to_dict()} == decision.to_dict()
