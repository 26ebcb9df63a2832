"""The rules of a policy as matches of headers, where these say exactly the same.

Envoy Gateway orders matches itself: more headers first, then more exact ones (docs/gateways/envoy-ai-gateway.md). So
the matches are made for that order: the values of each header are parted into cells that no rule tells apart, every
combination of cells is a match with what the policy does there, and what a less specific match says as well is left
out. Whether all is right is asked of the reference evaluator, one request a combination.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import product

from interlock.compiler.reference import decide, is_like
from interlock.compiler.targets.envoy_ai_gateway.cells import MODEL_HEADER, Cell, Test, Unsaid, cells_of, header_of
from interlock.dsl.policy import (
    And,
    Attribute,
    Between,
    BoolType,
    Const,
    Contains,
    EnumType,
    Expr,
    Fail,
    Has,
    IntType,
    Like,
    Not,
    OneOf,
    Or,
    Policy,
    Sample,
    StringType,
    ToIndexed,
)
from interlock.dsl.record import record

MAX_CELLS = 4096
NOT_FOUND = Fail(404, None)
"""What Envoy AI Gateway answers where no match fits."""
NO_BACKEND = Fail(500, None)
"""What it answers for a rule without backends."""


@record
class Match:
    """Tests that must all hold, and the pool or the answer that requests then get."""

    tests: tuple[Test, ...]
    to: str | Fail

    @property
    def asks_model(self) -> bool:
        """Whether it takes the model, which is not known when a request comes."""
        return any(test.header == MODEL_HEADER for test in self.tests)


Rank = tuple[int, str]
"""Of two matches that are alike to Envoy Gateway, the one with the lesser rank has to be written first."""


def matches_of(policy: Policy) -> list[tuple[Rank, Match]]:
    """The matches, each with its rank; those of one rank lead to one place. Those that answer 404 are not among them.
    Raises ``Unsaid``."""
    used = _used(policy)
    axes = {name: cells_of(policy.attributes[name], used.get(name, ())) for name in _axes(policy, used)}
    headers = [header_of(policy.attributes[name]) for name in axes]
    twice = next((header for header in headers if headers.count(header) > 1), None)
    if twice is not None:
        raise Unsaid(f"two attributes are from the header `{twice}`")
    size = 1
    for cells in axes.values():
        size *= len(cells)
    if size > MAX_CELLS:
        raise Unsaid(f"it takes {size} matches to tell the rules apart")
    rest = {name: _any(attribute) for name, attribute in policy.attributes.items() if name not in axes}
    entries = []
    for combination in product(*axes.values()):
        request = {**rest, **{name: cell.value for name, cell in zip(axes, combination, strict=True)}}
        to = _destination(decide(policy, request))
        tests = tuple(cell.test for cell in combination if cell.test is not None)
        # The narrowest patterns first, and then by place, so that the matches of one place can be one rule.
        rank = -sum(cell.depth for cell in combination), _name(to)
        entries.append((rank, Match(tests, to), combination))
    found = _fewest(entries)
    if not any(match.asks_model for _, match in found):
        return found
    # An answer of the policy's own is none where the model is asked (ends.py): those that Envoy gives are left.
    found = _fewest(
        [(rank, Match(match.tests, _status(match.to)), combination) for rank, match, combination in entries]
    )
    for _, match in found:
        if isinstance(match.to, Fail) and match.to != NO_BACKEND:
            why = "above others" if match.to == NOT_FOUND else "is no answer of its own where the model is asked"
            raise Unsaid(f"`fail {match.to.status}` {why}")
    return found


def _destination(decision: Mapping[str, object]) -> str | Fail:
    fail = decision["fail"]
    if not isinstance(fail, dict):
        return str(decision["pool"])
    return Fail(int(str(fail["status"])), None if fail["message"] is None else str(fail["message"]))


def _name(to: str | Fail) -> str:
    return f"fail {to.status} {to.message}" if isinstance(to, Fail) else to


def _status(to: str | Fail) -> str | Fail:
    return Fail(to.status, None) if isinstance(to, Fail) else to


_Entry = tuple[Rank, Match, tuple[Cell, ...]]


def _order(entry: _Entry) -> tuple[int, int, Rank]:
    rank, match, _ = entry
    return -len(match.tests), -sum(test.exact for test in match.tests), rank


def _fewest(entries: list[_Entry]) -> list[tuple[Rank, Match]]:
    """The entries without those whose requests the following ones treat alike."""
    entries = sorted(entries, key=_order)
    kept: list[_Entry] = []
    for entry in reversed(entries):  # the least specific first: none that comes before can take what is left to it
        heir = next((other for other in kept if _takes(other[1], entry[2])), None)
        to = NOT_FOUND if heir is None else heir[1].to
        if to != entry[1].to:
            kept.insert(0, entry)
    for entry in entries:
        first = next((other for other in kept if _takes(other[1], entry[2])), None)
        if (NOT_FOUND if first is None else first[1].to) != entry[1].to:
            raise Unsaid("the order of matches cannot say it")
    return [(rank, match) for rank, match, _ in kept]


def _takes(match: Match, cells: tuple[Cell, ...]) -> bool:
    """Whether a match takes the requests of a combination."""
    values = {cell.test.header: cell.value for cell in cells if cell.test is not None}
    return all(
        (value := values.get(test.header)) is not None
        and (value == test.pieces[0] if test.exact else is_like(value, test.pieces))
        for test in match.tests
    )


def _axes(policy: Policy, used: Mapping[str, object]) -> Iterator[str]:
    """The attributes that a destination can depend on."""
    for name, attribute in policy.attributes.items():
        header = header_of(attribute)
        if header is not None and isinstance(attribute.type, StringType | EnumType):
            yield name
        elif attribute.source is None and (attribute.optional or attribute.default is not None):
            continue  # always absent
        elif name in used:
            raise Unsaid(f"`{name}` is no text of a header")
        elif attribute.default is None and (attribute.source is None or attribute.source[0] != "gateway"):
            raise Unsaid(f"a request is invalid where `{name}` is")


def _any(attribute: Attribute) -> object:
    """A valid value of an attribute that no rule asks for."""
    if attribute.source is None or attribute.optional or attribute.default is not None:
        return None
    match attribute.type:
        case BoolType():
            return False
        case IntType(lo=lo):
            return lo
        case EnumType(values=values):
            return values[0]
        case StringType():
            return "x"
        case _:
            return None


def _used(policy: Policy) -> dict[str, list[tuple[str, ...]]]:
    """What the rules ask of each attribute: texts and patterns. Raises ``Unsaid`` for what is neither."""
    found: dict[str, list[tuple[str, ...]]] = {}
    for rule in policy.rules:
        if isinstance(rule.to, ToIndexed):
            found.setdefault(rule.to.attribute, [])
        for leaf in _leaves(rule.when):
            match leaf:
                case Const():
                    continue
                case OneOf(attribute=name, values=values):
                    found.setdefault(name, []).extend((str(value),) for value in values)
                case Like(attribute=name, pieces=pieces):
                    found.setdefault(name, []).append(pieces)
                case Has(attribute=name):
                    found.setdefault(name, [])
                case Between(attribute=name) | Contains(attribute=name) | Sample(attribute=name):
                    raise Unsaid(f"rule `{rule.name}` asks of `{name}` what no match can")
    return found


def _leaves(expr: Expr) -> Iterator[Expr]:
    match expr:
        case And(operands=operands) | Or(operands=operands):
            for operand in operands:
                yield from _leaves(operand)
        case Not(operand=operand):
            yield from _leaves(operand)
        case _:
            yield expr
