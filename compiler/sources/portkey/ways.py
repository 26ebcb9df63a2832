"""What becomes of a request, for each way through conditions and load balancers: alternatives, of which the first that
holds is the one.

Nothing that a target answers changes a request, and what is drawn by chance does not depend on it. So all that
conditions and chance decide later may be decided at the start.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from fractions import Fraction
from itertools import product

from interlock.compiler.sources.document import Mapping, walk
from interlock.compiler.sources.portkey.codes import covered
from interlock.compiler.sources.portkey.conditions import Outcome, TooMuch, evaluate
from interlock.compiler.sources.portkey.config import Target
from interlock.compiler.sources.portkey.formulas import FALSE, TRUE, Formula, Share, all_of, tests_of
from interlock.compiler.sources.portkey.trees import Ask, Chain, Nothing, Stop, Tree, hops
from interlock.dsl.record import record
from interlock.dsl.source import Span

BOTH = "-and-"
"""Between the names of conditions that hold together."""
MAX_WAYS = 160
"""More than that nobody could read as rules."""


MAX_QUERY = 400
"""Keys in the query of one condition."""
MAX_HOPS = 100
"""Targets that a request may go through one after the other; nobody waits for the hundredth."""


class TooManyWays(Exception):
    """There is more than can be written down: rules, for conditions and load balancers within each other, or hops."""

    def __init__(self, target: Target, message: str, help_: str) -> None:
        super().__init__(message)
        self.target = target
        self.message = message
        self.help = help_


@record
class Way:
    """What requests meet if no way before it did, and what becomes of them. ``name`` and ``span`` are of what chooses
    it."""

    when: Formula
    tree: Tree
    name: str | None
    span: Span


def ways(target: Target) -> list[Way]:
    """The ways of a target; the last has no condition. Raises ``TooManyWays``."""
    if target.mode is None:
        return [_always(target, Ask(((target, Fraction(1)),), target) if _asked(target) else _CRASH)]
    if target.mode == "conditional":
        return _conditional(target)
    if target.targets is None:
        return [_always(target, _CRASH)]
    if target.mode == "single":
        return ways(target.targets[0]) if target.targets else [_always(target, _CRASH)]
    if target.mode == "loadbalance":
        return _balanced(target, target.targets)
    classes = covered(target.codes)

    def chain(parts: Sequence[Tree]) -> Tree:
        if sum(map(hops, parts)) > MAX_HOPS:
            message = f"a request may go through more than {MAX_HOPS} targets here: no policy can say that"
            raise TooManyWays(target, message, "leave out those that nobody would wait for")
        return _chain(parts, classes, target.codes is None)

    return _product(target, [ways(each) for each in target.targets], chain)


_CRASH = Stop(500, "something went wrong")


def _asked(target: Target) -> bool:
    """Whether a target says whom to ask; the whole configuration may leave that to the request."""
    return target.path == "config" or provider_said(target)


def provider_said(target: Target) -> bool:
    """Whether a target names a provider, in one of the ways there are."""
    model = target.settings.model
    by_model = model is not None and str(model.value).startswith("@")
    return target.node.text("provider", "virtual_key") is not None or by_model


def _always(target: Target, tree: Tree) -> Way:
    return Way(TRUE, tree, target.name, target.span)


def _chain(parts: Sequence[Tree], classes: frozenset[str], any_: bool) -> Tree:
    if not parts:
        return Nothing()
    return parts[0] if len(parts) == 1 and isinstance(parts[0], Ask | Stop) else Chain(tuple(parts), classes, any_)


def _conditional(target: Target) -> list[Way]:
    if target.conditions is None:
        return [_always(target, Stop(400, "no conditions passed"))]
    found: list[Way] = []
    for condition in target.conditions:
        outcome = _outcome(target, condition.query)
        if outcome.fails != FALSE:
            failed = Stop(400, "unsupported operator")
            found.append(Way(outcome.fails, failed, f"{condition.then}-fails", condition.span))
        if outcome.holds != FALSE:
            found += _within(target, outcome.holds, condition.then, condition.span)
    if target.default is not None:
        said = target.strategy.scalar("default")
        found += _within(target, TRUE, target.default, target.span if said is None else said.span)
    else:
        found.append(Way(TRUE, Stop(400, "no condition holds, and there is no default"), None, target.span))
    return _cut(target, found)


def _outcome(target: Target, query: Mapping) -> Outcome:
    try:
        if sum(len(node.items) for node in walk(query) if isinstance(node, Mapping)) <= MAX_QUERY:
            outcome = evaluate(query)
            if sum(1 for _ in tests_of(outcome.fails)) <= MAX_QUERY:
                return outcome
    except TooMuch:
        pass
    message = "a condition asks for more than can be written down"
    raise TooManyWays(target, message, "write `$in` with a list instead of many alternatives")


def _within(target: Target, when: Formula, name: str, span: Span) -> list[Way]:
    chosen = named(target, name)
    if chosen is None:
        return [Way(when, Stop(400, "no such target"), name, span)]
    return [
        Way(all_of([when, way.when]), way.tree, _joined(name, chosen, way), span if way.when == TRUE else way.span)
        for way in ways(chosen)
    ]


def _joined(name: str, chosen: Target, way: Way) -> str:
    inner = way.name if way.name not in (None, chosen.name, name) else None
    return name if inner is None else f"{name}-{inner}"


def named(target: Target, name: str) -> Target | None:
    """The target of a name; of several the first."""
    return next((each for each in target.targets or () if each.name == name), None)


def _balanced(target: Target, targets: tuple[Target, ...]) -> list[Way]:
    picked = [each for each in targets if each.weight > 0]
    if not picked:
        return [_always(target, Nothing())]
    inner = [ways(each) for each in picked]
    if len(picked) == 1:
        return inner[0]
    if all(isinstance(way.tree, Ask) for each in inner for way in each):
        weights = [each.weight for each in picked]
        return _product(target, inner, lambda parts: _pool(target, parts, weights))
    total, before = sum(each.weight for each in picked), Fraction(0)
    found: list[Way] = []
    for each, alternatives in zip(picked, inner, strict=True):
        before += each.weight
        drawn: Formula = TRUE if before == total else Share(_salt(target), percent(before / total))
        for way in alternatives:
            name = each.name or way.name or (target.name or "share")
            found.append(Way(all_of([drawn, way.when]), way.tree, name, way.span))
    return _cut(target, found)


def _pool(target: Target, parts: Sequence[Tree], weights: Sequence[Fraction]) -> Ask:
    found: list[tuple[Target, Fraction]] = []
    for part, weight in zip(parts, weights, strict=True):
        assert isinstance(part, Ask)
        total = sum(share for _, share in part.targets)
        found += [(each, weight * share / total) for each, share in part.targets]
    return Ask(tuple(found), target)


def _salt(target: Target) -> str:
    return "" if target.path == "config" else target.path.removeprefix("config.")


def percent(share: Fraction) -> str:
    """A share as the language writes it, as near as it can."""
    return f"{float(min(max(share * 100, Fraction(1, 100)), Fraction(9999, 100))):.2f}".rstrip("0").rstrip(".") + "%"


def _product(target: Target, each: list[list[Way]], make: Callable[[list[Tree]], Tree]) -> list[Way]:
    """All ways through targets of which all may be come to."""
    size = 1
    for alternatives in each:
        size *= len(alternatives)
        if size > MAX_WAYS:
            raise _too_many(target)
    several = sum(len(alternatives) > 1 for alternatives in each) > 1
    found = []
    for combination in product(*each):
        chosen = [way for way in combination if way.when != TRUE] or list(combination[:1])
        names = [way.name for way in combination if way.name is not None and (way.when != TRUE or several)]
        name = BOTH.join(dict.fromkeys(names)) or target.name
        when = all_of(way.when for way in combination)
        span = chosen[0].span if size > 1 and chosen else target.span
        tree = make([way.tree for way in combination])
        found.append(Way(when, tree, name, span))
    return _cut(target, found, of_product=True) if found else [_always(target, make([]))]


def _cut(target: Target, found: list[Way], *, of_product: bool = False) -> list[Way]:
    """The ways up to one without a condition. Of a product, those that only say again what one before them did are left
    out: nobody wrote them."""
    left: list[Way] = []
    for way in found:
        again = of_product and any(all_of([way.when, before.when]) == way.when for before in left)
        if way.when != FALSE and not again:
            left.append(way)
        if way.when == TRUE:
            break
    if len(left) > MAX_WAYS:
        raise _too_many(target)
    return left


def _too_many(target: Target) -> TooManyWays:
    message = "conditions and load balancers within each other stand for more ways than can be written down"
    return TooManyWays(target, message, "choose by conditions outside of fallbacks and load balancers")
