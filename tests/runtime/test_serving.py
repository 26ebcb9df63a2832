"""Limits and breakers: the vectors, random sequences against the plain model beside them, and admitting."""

from __future__ import annotations

import importlib.util
import json
import sys
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from interlock.runtime import ERROR_CLASSES, Fail, load
from interlock.runtime.serving import Permit, State

from .tables import JSON, seal

FOLDER = Path(__file__).parents[2] / "runtimes" / "vectors"
TABLE: JSON = json.loads((FOLDER / "tables" / "serving.json").read_text(encoding="utf-8"))
LIMITS = st.fixed_dictionaries(
    {
        "count": st.integers(0, 9),
        "per": st.sampled_from(["s", "min"]),
        "burst": st.integers(0, 5),
        "status": st.sampled_from([None, 429]),
    }
)
BREAKERS = st.fixed_dictionaries(
    {
        "share": st.integers(0, 10_000),
        "requests": st.integers(0, 5),
        "window_ms": st.integers(0, 300),
        "probe_ms": st.integers(0, 100),
    }
)


def model_class() -> Any:
    spec = importlib.util.spec_from_file_location("serving_model", FOLDER / "serving_model.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module.Model


Model = model_class()


class Clock:
    at = 0

    def __call__(self) -> int:
        return self.at


def told(answer: Permit | Fail) -> object:
    if isinstance(answer, Permit):
        return "send"
    return "overloaded" if answer.status is None else {"status": answer.status}


@pytest.mark.parametrize("path", sorted((FOLDER / "serving").glob("*.json")), ids=lambda path: path.stem)
def test_vectors(path: Path) -> None:
    content = json.loads(path.read_text(encoding="ascii"))
    assert content["cases"]
    table = load(FOLDER / "tables" / f"{content['table']}.json")
    for case in content["cases"]:
        clock = Clock()
        clock.at = case["steps"][0]["at_ms"]
        state = State(clock)
        permits: dict[int, Permit] = {}
        for i, step in enumerate(case["steps"]):
            clock.at = step["at_ms"]
            if "done" in step:
                permits.pop(step["done"]).done(step["error"])
                continue
            answer = state.ask(table, step["admit"])
            assert told(answer) == step["answer"], (case["name"], i)
            if isinstance(answer, Permit):
                permits[i] = answer


def table_with(limit: object, breaker: object) -> Any:
    upstreams = [{**upstream, "limit": limit, "breaker": breaker} for upstream in TABLE["upstreams"]]
    return load(seal({**TABLE, "upstreams": upstreams}))


@settings(max_examples=300, deadline=None)
@given(st.none() | LIMITS, st.none() | BREAKERS, st.data())
def test_it_answers_as_the_plain_model(limit: JSON | None, breaker: JSON | None, data: st.DataObject) -> None:
    clock = Clock()
    table = table_with(limit, breaker)
    state = State(clock)
    model = Model({"limit": limit, "breaker": breaker}, 0)
    permits: list[Permit] = []
    open_: list[int] = []
    late = 0
    for later, ends, error, which in data.draw(
        st.lists(
            st.tuples(
                st.integers(-50, 150), st.booleans(), st.sampled_from([None, *ERROR_CLASSES]), st.integers(0, 99)
            ),
            max_size=40,
        )
    ):
        clock.at += later  # it may go back, and counts as the last time then
        late = max(late, clock.at)
        if ends and open_:
            number = open_.pop(which % len(open_))
            permits[number].done(error)
            model.done(number, error, late)
            continue
        answer = state.ask(table, "plain")
        assert told(answer) == model.admit(late)
        if isinstance(answer, Permit):
            open_.append(len(permits))
            permits.append(answer)


def test_admitting_goes_on_from_what_is_overloaded_and_ends_at_a_limits_fail() -> None:
    dry = {"count": 0, "per": "s", "burst": 1, "status": None}
    table = table_with(dry, None)
    state = State(Clock())
    first = state.admit(table, table.decide({}))
    assert first.permit is not None
    assert first.errors == ()
    assert first.decision == table.decide({})
    second = state.admit(table, table.decide({}))
    assert second.permit is None
    assert second.decision == table.after(table.decide({}), "overloaded")
    assert second.decision.fail == Fail(503, None)
    assert second.errors == ("overloaded",)
    table = table_with({**dry, "status": 429, "burst": 0}, None)
    refused = State(Clock()).admit(table, table.decide({})).decision
    assert refused.fail == Fail(429, None)
    assert (refused.rule, refused.pool, refused.model, refused.hop) == ("all", None, None, 0)
    assert table.after(refused, "timeout") == refused


def test_a_new_table_goes_on_with_the_upstreams_that_it_has_as_the_old_one() -> None:
    dry = {"count": 0, "per": "s", "burst": 1, "status": None}
    state = State(Clock())

    def asked(policy: str, limit: JSON) -> object:
        upstreams = [{**upstream, "limit": limit, "breaker": None} for upstream in TABLE["upstreams"]]
        return told(state.ask(load(seal({**TABLE, "policy": policy, "upstreams": upstreams})), "plain"))

    assert [asked("old", dry), asked("old", dry), asked("new", dry)] == ["send", "overloaded", "overloaded"]
    assert asked("new", {**dry, "burst": 2}) == "send"
    assert [asked(f"version {i}", dry) for i in range(20)] == ["overloaded"] * 20


def test_a_loop_of_overloaded_upstreams_ends() -> None:
    hop = next(state for state in TABLE["states"] if "pool" in state)
    at = TABLE["states"].index(hop)
    states = [{**state, "next": [at] * 7} if state is hop else state for state in TABLE["states"]]
    upstreams = [{**u, "limit": {"count": 0, "per": "s", "burst": 0, "status": None}} for u in TABLE["upstreams"]]
    table = load(seal({**TABLE, "states": states, "upstreams": upstreams}))
    assert State(Clock()).admit(table, table.decide({})).decision.fail == Fail(None, "overloaded")


def test_mistakes_of_the_caller_are_told() -> None:
    table = load(TABLE)
    state = State()
    with pytest.raises(ValueError, match="no upstream 'nowhere'"):
        state.ask(table, "nowhere")
    permit = state.ask(table, "plain")
    assert isinstance(permit, Permit)
    with pytest.raises(ValueError, match="no error class"):
        permit.done("unavailable")
    permit.done(None)
    with pytest.raises(ValueError, match="before"):
        permit.done(None)
    with pytest.raises(ValueError, match="another table's"):
        state.admit(table, load(FOLDER / "tables" / "walks.json").decide({"route": 5}))
