"""What a layout has to know of each declaration and member: where it begins and ends, where it may break, what
lines up, and what is in its block. All places are numbers of tokens."""

from __future__ import annotations

from dataclasses import dataclass, field

from interlock.dsl import syntax as s
from interlock.dsl.format_flow import Flow


@dataclass(slots=True)
class Item:
    """A declaration or a member of a block.

    ``clauses``: where it breaks first when too long. ``cells``: where a new column begins; None for one
    that is left empty. ``kind``: it lines up with neighbours of the same kind. ``open`` and ``close``: the
    braces of its block, 0 if it has none; ``comma``: what separates members on one line.
    """

    first: int
    last: int
    clauses: list[int] = field(default_factory=list)
    cells: list[int | None] = field(default_factory=list)
    kind: str = ""
    open: int = 0
    close: int = 0
    members: list[Item] = field(default_factory=list)
    comma: bool = False


Member = s.UpstreamMember | s.Context | s.Price | s.Serve | s.Sticky | s.Retry
_KEYED = (
    s.Label
    | s.Endpoint
    | s.Supports
    | s.Timeout
    | s.Limit
    | s.Breaker
    | s.Context
    | s.Price
    | s.Serve
    | s.Sticky
    | s.Retry
)


def item(flow: Flow, node: s.Declaration | s.Attribute | s.Arm | s.Expect | s.Given | Member) -> Item:
    """The item of a declaration or a member. Marks in ``flow`` where its columns stand further apart."""
    first, last = flow.at(node.span.start), flow.at(node.span.end - 1)
    found = Item(first, last)
    match node:
        case s.Let():
            found.clauses = [first + 3]
        case s.Attribute():
            found.kind, found.cells = "attribute", [first + 1]
            found.clauses = _options(flow, flow.at(node.type.span.end - 1) + 1, last)
            flow.wide.update(found.clauses)
        case s.Fallback():
            arrows = [at for at in range(first, last) if flow.kinds[at] == "ARROW"]
            found.kind, found.cells = "fallback", [arrows[0]]
            found.clauses = arrows + ([flow.at(node.classes[0].span.start) - 1] if node.classes else [])
        case s.Rule():
            when, arrow = _when(flow, node.when), flow.at(node.to.span.start) - 1
            found.kind, found.cells = "rule", [when, arrow]
            found.clauses = [arrow] if when is None else [when, arrow]
        case s.Arm():
            arrow = flow.at(node.to.span.start) - 1
            found.kind, found.cells, found.clauses = "arm", [arrow], [arrow]
        case s.Require() | s.Within() | s.Ladder():
            when = _when(flow, node.when)
            found.clauses = [] if when is None else [when]
            if isinstance(node, s.Ladder):
                found.clauses.append(flow.at(node.attribute.span.start) - 1)
        case s.Assert():
            when, claim = _when(flow, node.when), flow.at(node.claim.span.start)
            found.clauses = [claim] if when is None else [when, claim]
            flow.wide.update(found.clauses[1:])
        case s.Given():
            flow.tight.add(first + 1)
        case s.Expect():
            found.kind = "expect"
            found.clauses += [flow.at(node.rule.span.start) - 1] if node.rule else []
            found.clauses += [flow.at(node.after[0].span.start) - 1] if node.after else []
            found.cells = list(found.clauses)
        case _ if isinstance(node, _KEYED):
            found.kind, found.cells = "member", [first + 1]
        case s.Model() | s.Upstream() | s.Pool():
            found.kind = type(node).__name__
    _block(flow, node, found)
    return found


def _block(flow: Flow, node: object, found: Item) -> None:
    match node:
        case s.Request():
            found.members = [item(flow, attribute) for attribute in node.attributes]
        case s.Model() | s.Upstream() | s.Pool():
            found.members = [item(flow, member) for member in node.members]
        case s.Ladder():
            found.members = [item(flow, arm) for arm in node.arms]
        case s.Within():
            found.members = [item(flow, rule) for rule in node.rules]
        case s.TestCase():
            # The request of a test has no node of its own: `request` stands behind the first brace.
            word = found.first + 3
            close = flow.partner[word + 1]
            given = Item(word, close, open=word + 1, close=close, comma=True)
            given.members = [item(flow, attribute) for attribute in node.request]
            expects = [item(flow, expect) for expect in node.expects]
            found.members = [given, *expects]
        case _:
            return
    found.close = found.last
    found.open = flow.opener[found.last]


def _when(flow: Flow, when: s.Expr | None) -> int | None:
    return None if when is None else flow.at(when.span.start) - 1


def _options(flow: Flow, at: int, last: int) -> list[int]:
    """Where the options of an attribute begin, from the token after its type on."""
    length = {"per": 2, "rising": 1, "from": 3, "error": 2}
    places: list[int] = []
    at += flow.kinds[at] == "QMARK"
    while at <= last:
        places.append(at)
        at += length.get(flow.tokens.text(at), 0) or flow.partner.get(at + 1, at + 1) - at + 1
    return places
