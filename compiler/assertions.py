"""Whether assertions hold, and how one is broken: the request, the walk, and what is wrong there."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from interlock.compiler.dnf import TooMany
from interlock.compiler.facts import MAX_STEPS, Facts, class_names
from interlock.compiler.hop_claims import HopClaims, Shortfall, place, witness
from interlock.compiler.search import Incomplete
from interlock.compiler.walk_claims import BadWalk, bad_walks, passes
from interlock.dsl import policy as p
from interlock.dsl.finding import Related, Witness
from interlock.dsl.limits import MAX_RULE_COLUMNS
from interlock.dsl.record import record


@record
class Broken:
    """How an assertion fails to hold, and what to write instead. ``what`` goes on after "…does not hold:"."""

    what: str
    help: str
    related: tuple[Related, ...]
    witness: Witness


class Assertions:
    """The assertions of a policy, or questions of the same form."""

    def __init__(self, facts: Facts, items: Sequence[p.Assert]) -> None:
        """``items``: all that will be asked about."""
        self._facts = facts
        predicates = [item.when for item in items]
        self._finer = facts.including(predicates)
        self._hops = HopClaims(facts, predicates)
        self.unsure = False
        """Whether the last question met a limit, so that finding nothing proves nothing."""
        self.limit = ""

    def broken(self, item: p.Assert) -> Iterator[Broken]:
        """Every different pool and walk with which an assertion is broken, the nearest first. Sets ``unsure``."""
        self.unsure, self._hops.unsure = False, False
        self.limit = f"{MAX_STEPS:,} steps"
        try:
            if item.quantifier == "chain":
                yield from (self._walk(item, walk) for walk in bad_walks(self._facts, self._finer, item))
            else:
                yield from (self._hop(item, hop) for hop in self._bad_hops(item))
        except TooMany:
            self.unsure = True
            self.limit = f"{MAX_RULE_COLUMNS:,} alternatives"
        except Incomplete:
            self.unsure = True
        self.unsure |= self._hops.unsure

    def _bad_hops(self, item: p.Assert) -> Iterator[Shortfall]:
        always = p.Const(True, item.span)

        def trouble(pool: str, member: p.Member) -> p.Expr | None:
            return None if passes(item, self._field(item.field, pool, member)) else always

        return self._hops.find(item.when, trouble, first_only=item.quantifier == "first", every_walk=True)

    def _field(self, field: p.Field | p.Measure, pool: str, member: p.Member) -> str | int | None:
        upstream = self._facts.policy.upstreams[member.upstream]
        match field:
            case "pool":
                return pool
            case "upstream":
                return upstream.name
            case "provider":
                return upstream.provider
            case "account":
                return upstream.account
            case "region":
                return upstream.region
            case "model":
                return member.model
            case _:
                return self._facts.policy.models[member.model].context

    def _hop(self, item: p.Assert, found: Shortfall) -> Broken:
        facts, pool, member = self._facts, found.visit.hop.pool, found.pick.member
        rule = facts.policy.rules[facts.table.columns[found.column].rule]
        value = self._field(item.field, pool, member)
        what = f"{'can come' if found.visit.walk else 'comes'} to `{pool}`"
        if item.field != "pool":
            owner = member.model if item.field == "context" else member.upstream
            what += (
                f", where the {item.field} is {_shown(value)}" if value else f", where `{owner}` has no {item.field}"
            )
        on_its_way = " on its way" if found.visit.walk else ""
        related = [Related(f"`{rule.name}` sends the request{on_its_way}", rule.name_span)]
        here = place(facts, found)
        if here != rule.name_span:
            related.append(Related("this hop breaks it", here))
        help_ = (
            "let that chain go where it holds or end with `fail 503`, or narrow the assertion with `when`"
            if found.visit.walk
            else "send such requests where it holds, or narrow the assertion with `when`"
        )
        return Broken(
            f"a request of `{rule.name}` {what}",
            help_,
            tuple(related),
            witness(facts, found),
        )

    def _walk(self, item: p.Assert, found: BadWalk) -> Broken:
        facts = self._facts
        column = facts.table.columns[found.column]
        rule = facts.policy.rules[column.rule]
        pools = facts.pools_along(column.state, found.walk)
        first = facts.policy.pools[pools[0]]
        return Broken(
            f"a walk of `{rule.name}` {_told(item, found.measure)}",
            _help(item, found.measure),
            (
                Related(f"`{rule.name}` sends the request on its way", rule.name_span),
                Related("the walk starts here", first.span),
            ),
            Witness((found.request,), class_names(found.walk), pools),
        )


def _shown(value: str | int | None) -> str:
    return f"{value:,}" if isinstance(value, int) else f"`{value}`"


def _told(item: p.Assert, measure: int | None) -> str:
    if measure is None:
        lacking = "a region" if item.field == "regions" else "its timeouts"
        return f"has a hop that does not declare {lacking}, so its `{item.field}` are unknown"
    match item.field:
        case "seconds":
            return f"may take {measure / 1000:g} seconds"
        case "attempts":
            return f"makes {measure} attempt{'s' if measure != 1 else ''}"
        case _:
            return f"has {measure} {item.field if measure != 1 else item.field.removesuffix('s')}"


def _help(item: p.Assert, measure: int | None) -> str:
    narrow = "or narrow the assertion with `when`"
    if measure is None:
        what = "`region NAME`" if item.field == "regions" else "`timeout total 60s`"
        return f"declare {what} at every upstream of the walk, {narrow}"
    literals = [v for v in item.values if isinstance(v, int)]
    if all(measure < v for v in literals) and item.op in (">", ">=", "==", "in"):
        more = {"providers": "at another provider", "regions": "in another region"}.get(item.field, "more")
        return f"give the chain a hop {more}, {narrow}"
    if all(measure > v for v in literals) or item.op in ("<", "<="):
        less = {"seconds": "shorten its timeouts or its chain", "attempts": "lower `retry` or shorten the chain"}
        return f"{less.get(item.field, 'shorten the chain')}, {narrow}"
    return f"change the chain, {narrow}"
