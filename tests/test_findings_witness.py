"""Every witness in tests/findings/*.md shows what its finding claims, to the reference evaluator and to the runtime.

``tests/oracle/test_findings.py`` asks the same of random policies; here it is asked of those written to be odd.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

from interlock import runtime
from interlock.compiler.artifact import encode
from interlock.compiler.homes import home_of, unsticky
from interlock.compiler.pipeline import check
from interlock.compiler.reference import decide, holds, step, validate, walk
from interlock.compiler.reference_request import Invalid, Values
from interlock.dsl.finding import Finding, Witness
from interlock.dsl.policy import Fail, Policy, Rule, To, ToIndexed
from tests.test_findings_examples import Example, examples, files_of, settings_of

WITNESSED = ("R101", "R103", "R106", "F201", "F202", "C301")


@dataclass(frozen=True)
class Subject:
    """A finding with a witness, and the example it was found in."""

    example: Example
    policy: Policy
    table: runtime.Table
    finding: Finding
    witness: Witness

    def values(self, request: object) -> Values:
        """The values of a request of the witness, which has to be valid."""
        values = validate(self.policy, request)
        assert not isinstance(values, Invalid), f"{self.example}: the request {request} is invalid"
        return values

    def decide(self, request: object, after: Sequence[str] = ()) -> Mapping[str, object]:
        """What both evaluators decide."""
        expected = decide(self.policy, request, after)
        decision = self.table.decide(request)
        for error in after:
            decision = self.table.after(decision, error)
        assert {**decision.to_dict(), "version": None} == {**expected, "version": None}, f"{self.example}: {request}"
        return expected

    def pools(self, request: object, after: Sequence[str]) -> tuple[object, ...]:
        """The pools along a walk, the first one included."""
        return tuple(self.decide(request, after[:n])["pool"] for n in range(len(after) + 1))

    def quotes(self, words: str) -> bool:
        """Whether the message names something in the user's words."""
        return f"`{words}`" in self.finding.message


@cache
def subjects(code: str) -> list[Subject]:
    """The findings of all examples with this code and a witness."""
    return [subject for subject in _all() if subject.finding.kind.code == code]


@cache
def _all() -> list[Subject]:
    shown = [example for example in examples() if any(line.startswith(WITNESSED) for line in example.findings)]
    return [subject for example in shown for subject in _subjects(example)]


def _subjects(example: Example) -> Iterator[Subject]:
    with TemporaryDirectory() as folder:
        for name, text in files_of(example):
            path = Path(folder, name)
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8")
        checked = check(f"{folder}/policy.route", settings=settings_of(example))
    policy, table = checked.front.policy, checked.front.table
    assert policy is not None
    assert table is not None
    loaded = runtime.load(encode(table))
    for finding in checked.findings:
        if finding.witness is not None:
            yield Subject(example, policy, loaded, finding, finding.witness)


@pytest.mark.parametrize("code", WITNESSED)
def test_there_are_witnesses_and_their_requests_are_valid(code: str) -> None:
    assert len(subjects(code)) >= 5
    for subject in subjects(code):
        for request in subject.witness.requests:
            subject.values(request)
            assert None not in request.values(), f"{subject.example}: absent attributes are left out"
        if subject.witness.hops and subject.witness.requests:
            subject.pools(subject.witness.requests[0], subject.witness.after)


@pytest.mark.parametrize("code", ["R101", "R106"])
def test_a_request_of_a_dead_rule_goes_to_a_rule_that_the_finding_names(code: str) -> None:
    for subject in subjects(code):
        (request,) = subject.witness.requests
        rules = {rule.name_span: rule for rule in subject.policy.rules}
        dead = rules[subject.finding.span]
        assert holds(dead.when, subject.values(request)), f"{subject.example}: `{dead.name}` does not hold"
        taker = subject.decide(request)["rule"]
        named = [rules[related.span].name for related in subject.finding.related]
        assert taker in named, f"{subject.example}: {request} goes to {taker}, and the finding names {named}"
        assert subject.quotes(str(taker)), subject.finding.message


@pytest.mark.parametrize("code", ["R101", "R106"])
def test_what_is_said_of_where_the_request_goes_is_so(code: str) -> None:
    for subject in subjects(code):
        (request,) = subject.witness.requests
        dead = next(rule for rule in subject.policy.rules if rule.name_span == subject.finding.span)
        taker = next(rule for rule in subject.policy.rules if rule.name == subject.decide(request)["rule"])
        values = subject.values(request)
        same = _destination(dead, values) == _destination(taker, values)
        assert same == ("to the same place" in subject.finding.message), subject.finding.message


def test_a_request_that_meets_no_rule_gets_none() -> None:
    for subject in subjects("R103"):
        (request,) = subject.witness.requests
        decision = subject.decide(request)
        assert decision["rule"] is None
        assert decision["fail"] == {"status": 500, "message": None}


def test_a_walk_of_a_fallback_loop_comes_back_to_where_it_was() -> None:
    for subject in subjects("F201"):
        after, hops = subject.witness.after, subject.witness.hops
        state = walk(subject.policy, To(hops[0]))
        states = [state]
        for error in after:
            state = step(subject.policy, state, error)
            states.append(state)
        assert tuple(state.pool for state in states) == hops, subject.example
        last = states[-1]
        assert any(
            (last.pool, last.walked, last.position) == (state.pool, state.walked, state.position)
            for state in states[:-1]
        ), f"{subject.example}: the walk does not come back to where it was"
        for request in subject.witness.requests:
            assert subject.pools(request, after) == hops
        assert all(subject.quotes(pool) for pool in hops[hops.index(hops[-1]) :])


def test_a_loop_that_some_request_reaches_is_shown_with_one() -> None:
    without = {subject.example.heading for subject in subjects("F201") if not subject.witness.requests}
    assert "a loop of pools that no rule leads to" in without
    assert "two pools that follow each other" not in without


def test_the_last_error_of_an_open_chain_is_returned_to_the_client() -> None:
    for subject in subjects("F202"):
        (request,) = subject.witness.requests
        *before, last = subject.witness.after
        assert subject.pools(request, before) == subject.witness.hops
        assert subject.decide(request, subject.witness.after)["fail"] == {"status": None, "message": last}
        assert subject.quotes(subject.witness.hops[-1])
        assert subject.quotes(last) or "any error of the provider" in subject.finding.message


def test_two_turns_of_one_session_give_one_model_the_two_homes_that_are_named() -> None:
    for subject in subjects("C301"):
        turns = [subject.values(request) for request in subject.witness.requests]
        assert len(turns) == 2
        for name, attribute in subject.policy.attributes.items():
            if turns[0][name] != turns[1][name]:
                assert attribute.stability == "per turn", f"{subject.example}: `{name}` is {attribute.stability}"
                assert subject.quotes(name), subject.finding.message
        served = [_model_and_home(subject, request) for request in subject.witness.requests]
        assert served[0][0] == served[1][0]
        assert served[0][1] != served[1][1]
        assert subject.quotes(served[0][0])
        for _, home in served:
            assert subject.quotes("/".join(part for part in home if part is not None)), subject.finding.message


def _model_and_home(subject: Subject, request: object) -> tuple[str, tuple[str, str | None, str | None]]:
    """Where a turn is served first; a pool that C303 finds counts as picking its first member."""
    decision = subject.decide(request)
    pool = subject.policy.pools[str(decision["pool"])]
    if unsticky(subject.policy, pool):
        assert any(pool.name in note and "C303" in note for note in subject.finding.notes)
        return pool.members[0].model, home_of(subject.policy, pool.members[0])
    member = next(
        member
        for member in pool.members
        if (member.upstream, member.model) == (decision["upstream"], decision["model"])
    )
    return member.model, home_of(subject.policy, member)


def _destination(rule: Rule, values: Values) -> To | Fail:
    """Where a rule sends a request."""
    if isinstance(rule.to, ToIndexed):
        return To(dict(rule.to.pools)[str(values[rule.to.attribute])])
    return rule.to
