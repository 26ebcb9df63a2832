"""The picture of a difference shows what the two versions do, and as many regions as any over two attributes does."""

from __future__ import annotations

import random
import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from functools import cache
from itertools import combinations

import pytest

from interlock.compiler.diff.sides import side_of
from interlock.compiler.diff.slice import MOST_LINES, Axis, Line, Slice, slice_of
from interlock.compiler.diff.whole import Diff, diff
from interlock.compiler.pipeline import Front, front
from interlock.compiler.reference import Invalid, Value, holds, validate
from interlock.dsl import policy as p
from tests.oracle.compiled import SCALE, examples
from tests.oracle.policies import seeded
from tests.oracle.requests import classes
from tests.oracle.test_diff import alike, destination, malformed, meaning, retyped, start
from tests.oracle.test_equivalence import mutated

BATCH = 6
FIRST_SEED = 0 if SCALE == 1 else random.SystemRandom().randrange(10**9)
MOST_SPOTS = 600

Request = dict[str, object]


@cache
def seen() -> Counter[str]:
    """What kinds of pictures were met."""
    return Counter()


@pytest.mark.parametrize("batch", range(examples(5)))
def test_a_policy_and_one_slightly_other(batch: int) -> None:
    for seed in range(FIRST_SEED + batch * BATCH, FIRST_SEED + (batch + 1) * BATCH):
        rng = random.Random(seed)
        old = front("a.route", text=seeded(seed))
        text = mutated(old.program.main, rng)
        look_at(old, front("a.route", text=text))
        look_at(old, front("a.route", text=retyped(text, rng)))
        look_at(old, front("a.route", text=seeded(seed + 50_000)))


def test_the_batches_met_every_kind() -> None:
    if not seen():
        pytest.skip("the batches were not run before this")
    for kind in ("two", "one", "none", "set", "special", "changed", "invalid", "conditions", "best"):
        assert seen()[kind] >= 3, seen()


def look_at(old: Front, new: Front) -> None:
    """Draw a difference, and hold it against what a plain evaluation says of each combination."""
    if old.policy is None or new.policy is None or old.table is None or new.table is None:
        return
    # Findings are of no matter here, and take long.
    found = diff(side_of("old", old, check=lambda _: ()), side_of("new", new, check=lambda _: ()))
    assert not found.undecided
    picture = slice_of(found)
    if picture is None:
        seen()["none"] += 1
        return
    context = (old.program.main.source.text, new.program.main.source.text, picture)
    assert len(picture.across.lines) <= MOST_LINES, context
    same_space = {n: meaning(a) for n, a in old.policy.attributes.items()} == {
        n: meaning(a) for n, a in new.policy.attributes.items()
    }
    seen()["one" if picture.down is None else "two"] += 1
    base = found.regions[picture.through].change.request
    rows: Sequence[Line | None] = [None] if picture.down is None else picture.down.lines
    for row, spots in zip(rows, picture.spots, strict=True):
        for column, spot in zip(picture.across.lines, spots, strict=True):
            for each in asked(old.policy, new.policy, base, picture, row, column)[:MOST_SPOTS]:
                one, two = validate(old.policy, each), validate(new.policy, each)
                if malformed(old.policy, new.policy, each, one, two):
                    continue
                ends = destination(old.policy, one), destination(new.policy, two)
                taken = isinstance(one, Invalid), isinstance(two, Invalid)
                assert (spot.invalid, (spot.old, spot.new)) == (taken, ends), (context, each)
                differs = not all(taken) and not alike(
                    old.policy, new.policy, start(old.policy, one), start(new.policy, two)
                )
                assert spot.alike != differs, (context, each)
                fitting = [
                    n for n, r in enumerate(found.regions) if ends in r.change.pairs and r.change.invalid == taken
                ]
                assert spot.region == (fitting[0] if differs else None), (context, each)
                seen()["changed"] += differs
                seen()["invalid"] += any(taken)
    for axis in (picture.across, picture.down):
        if axis is not None and same_space:
            conditions_hold(old, new, base, axis, context)
        seen()["set"] += axis is not None and axis.element is not None
        seen()["special"] += axis is not None and any(line.special for line in axis.lines)
    if same_space and picture.down is not None and not picture.across.left_out and not picture.down.left_out:
        best(old.policy, new.policy, found, picture, context)


def asked(old: p.Policy, new: p.Policy, base: Request, picture: Slice, row: Line | None, column: Line) -> list[Request]:
    """Every request that a spot stands for, by the examples of its line and column."""
    found = []
    for across in column.values:
        for down in row.values if row is not None else (None,):
            each = changed(old, new, base, picture.across, across)
            found.append(each if picture.down is None else changed(old, new, each, picture.down, down))
    return found


def changed(old: p.Policy, new: p.Policy, request: Request, axis: Axis, value: object) -> Request:
    """A request with another value of an attribute."""
    each = {name: held for name, held in request.items() if name != axis.attribute}
    if axis.element is None:
        return each if value is None else {**each, axis.attribute: value}
    attribute = new.attributes.get(axis.attribute) or old.attributes[axis.attribute]
    held = request.get(axis.attribute, attribute.default or ())
    assert isinstance(held, list | tuple)
    elements = {*held} - {axis.element} | ({axis.element} if value else set())
    return {**each, axis.attribute: sorted(elements)}


def conditions_hold(old: Front, new: Front, base: Request, axis: Axis, context: object) -> None:
    """Each line's condition is that of its own values, and of those of no other line."""
    assert old.policy is not None
    assert new.policy is not None
    for line, when in zip(axis.lines, predicates(new, [line.condition for line in axis.lines]), strict=True):
        for other in axis.lines:
            for value in other.values:
                values = validate(new.policy, changed(old.policy, new.policy, base, axis, value))
                if not isinstance(values, Invalid):
                    assert holds(when, values) == (line is other), (context, line, other)
                    seen()["conditions"] += 1


def predicates(new: Front, conditions: Iterable[str]) -> list[p.Expr]:
    """Conditions as the language reads them."""
    claims = "".join(
        f"\nassert zz{n} when {'true' if condition == 'any' else condition} chain.hops <= 99"
        for n, condition in enumerate(conditions)
    )
    read = front("a.route", text=new.program.main.source.text + claims)
    assert read.policy is not None, (claims, [f.message for f in read.findings])
    return [item.when for item in read.policy.asserts if re.fullmatch(r"zz\d+", item.name)]


def best(old: p.Policy, new: p.Policy, found: Diff, picture: Slice, context: object) -> None:
    """No two attributes, through no region's request, show more regions: tried one by one."""
    # Of sets each element is an axis, and of strings there may be many classes: these the picture may have, and show
    # even more.
    plain = {n for n, a in new.attributes.items() if not isinstance(a.type, p.SetType | p.StringType)}
    values = {n: v for n, v in classes(old, [rule.when for rule in new.rules]).values.items() if n in plain}
    requests = [region.change.request for region in found.regions]
    ends = [name for name in values if any(leaves(found, n, name, values) for n in range(len(requests)))]

    def shows(through: int, one: str, two: str) -> tuple[int, int]:
        met = {region_of(found, {**requests[through], one: a, two: b}) for a in values[one] for b in values[two]} - {
            None
        }
        return sum(found.regions[n].change.moved for n in met if n is not None), len(met)

    met = {spot.region for row in picture.spots for spot in row} - {None}
    mine = sum(found.regions[n].change.moved for n in met if n is not None), len(met)
    for n in range(len(requests)):
        for pair in combinations(ends, 2):
            assert mine >= shows(n, *pair), (context, n, pair)
            seen()["best"] += 1


def leaves(found: Diff, number: int, name: str, values: Mapping[str, Sequence[Value]]) -> bool:
    request = found.regions[number].change.request
    return any(region_of(found, {**request, name: value}) != number for value in values[name])


def region_of(found: Diff, request: Mapping[str, object]) -> int | None:
    """The region of a request, by the decisions of both versions."""
    old, new = (side.reader.decide(dict(request)) for side in (found.old, found.new))
    for number, region in enumerate(found.regions):
        for one, two in region.change.pairs:
            if (goes(one), goes(two)) == (
                (old.pool, old.fail and (old.fail.status, old.fail.message)),
                (new.pool, new.fail and (new.fail.status, new.fail.message)),
            ) and region.change.invalid == (old.invalid is not None, new.invalid is not None):
                return number
    return None


def goes(place: p.To | p.Fail) -> object:
    return (place.pool, None) if isinstance(place, p.To) else (None, (place.status, place.message))
