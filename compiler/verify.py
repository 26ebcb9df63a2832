"""The new table against the language's own meaning, before it is written.

For each column a request inside it and one just outside each of its conditions, and for each state of the
automaton every error class, are decided both by the table as written (through the runtime) and by the reference
evaluator. Property tests check far more; this checks the very bytes that ship.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from interlock import runtime
from interlock.compiler import reference
from interlock.compiler.artifact import document
from interlock.compiler.automaton import Hop
from interlock.compiler.facts import Facts, class_names
from interlock.compiler.progress import Progress, silent
from interlock.compiler.search import Incomplete
from interlock.compiler.space import Assignment
from interlock.compiler.table import Table
from interlock.dsl.policy import CLASSES, Policy
from interlock.dsl.record import record


@record
class Mismatch:
    """A request on which the table and the reference evaluator disagree: a bug of the compiler."""

    request: Mapping[str, object]
    after: tuple[str, ...]
    table: Mapping[str, object]
    reference: Mapping[str, object]


def verify(policy: Policy, table: Table, progress: Progress = silent) -> Mismatch | None:
    """The first disagreement, or None. ``progress`` is told how far it has come."""
    facts = Facts(table, progress=progress)
    meaning = reference.Meaning(policy)
    reader = runtime.load(document(table))
    for request in _requests(facts):
        found = _compare(meaning, reader, request, ())
        if found is not None:
            return found
    for request, walk in _walks(facts):
        found = _compare(meaning, reader, request, walk)
        if found is not None:
            return found
    return None


def _compare(
    meaning: reference.Meaning, reader: runtime.Table, request: Mapping[str, object], after: Sequence[str]
) -> Mismatch | None:
    decision = reader.decide(request)
    for class_ in after:
        decision = reader.after(decision, class_)
    got = decision.to_dict()
    del got["version"]
    expected = meaning.decide(request, after)
    return None if got == expected else Mismatch(request, tuple(after), got, expected)


def _requests(facts: Facts) -> Iterator[dict[str, object]]:
    space = facts.space
    yield {}  # invalid wherever an attribute is required
    for number, admitted in enumerate(space.admitted):
        facts.progress("comparing the table with the policy", number, len(space.admitted))
        if not facts.possible >> number & 1:
            continue
        try:
            inside = facts.complete({}, admitted)
            yield space.request(inside)
        except Incomplete:
            continue  # strings are too entangled for an example: `check` has said so (S504)
        for v, classes in admitted.items():
            outside = space.full[v] & ~classes
            if not outside:
                continue
            try:
                yield space.request(_moved(facts, inside, v, outside))
            except Incomplete:
                continue


def _moved(facts: Facts, inside: Assignment, v: int, outside: int) -> Assignment:
    """An assignment with another class of one variable. Raises ``Incomplete``, also where there is none."""
    if v not in facts.space.parts:
        return {**inside, v: _nearest(outside, inside[v])}
    unit = facts.space.parts[v].variables
    return facts.complete({w: class_ for w, class_ in inside.items() if w not in unit}, {v: outside})


def _nearest(classes: int, to: int) -> int:
    """The class of a bit-set nearest to another: for an int, just past the condition."""
    above = classes >> to
    below = classes & ((1 << to) - 1)
    up = (above & -above).bit_length() - 1 if above else None
    down = to - (below.bit_length() - 1) if below else None
    if up is None or (down is not None and down <= up):
        assert down is not None
        return to - down
    return to + up


def _walks(facts: Facts) -> Iterator[tuple[dict[str, object], tuple[str, ...]]]:
    """From every state a request can be led to, every class."""
    space, table = facts.space, facts.table
    seen: set[int] = set()
    for number, column in enumerate(table.columns):
        if column.state in seen or not facts.possible >> number & 1:
            continue
        try:
            assignment = facts.complete({}, space.admitted[number])
            request = space.request(assignment)
        except Incomplete:
            continue
        decided = space.first_column(assignment)
        if decided is None or table.columns[decided].state in seen:
            continue
        queue: list[tuple[int, tuple[int, ...]]] = [(table.columns[decided].state, ())]
        seen.add(table.columns[decided].state)
        for state, walk in queue:  # grows while it is read
            here = table.automaton.states[state]
            if not isinstance(here, Hop):
                continue
            for class_ in range(len(CLASSES)):
                yield request, class_names((*walk, class_))
                after = here.next[class_]
                if after is not None and after not in seen:
                    seen.add(after)
                    queue.append((after, (*walk, class_)))
