"""The operands of every `and` and `or` that the rules of a policy depend on, as written and as meant.

Each rule is one predicate, in which `within`s, ladders and lets are filled in. This finds the way back: where an
operand was written, and in which rules it ended up.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from interlock.dsl import policy as p
from interlock.dsl import syntax as s
from interlock.dsl.load import Program
from interlock.dsl.record import record
from interlock.dsl.source import Span

Node = p.And | p.Or
Path = tuple[tuple[Node, int], ...]
"""Steps inwards, from an `and` or `or` to one of its operands; the `not`s between them are left out."""


@record
class Operand:
    """Operand ``at`` of an `and` or `or`: as ``written``, and what that came to mean. ``around`` are the operands of
    the same predicate that it is part of."""

    written: s.And | s.Or
    meant: Node
    at: int
    around: tuple[Operand, ...]

    @property
    def span(self) -> Span:
        """Where it stands, with its parentheses."""
        return self.written.operands[self.at].span


@dataclass(eq=False)
class Site:
    """A predicate that is written as a whole: the `when` of what is called ``name``, or a let."""

    name: str
    span: Span
    is_let: bool
    operands: list[Operand] = field(default_factory=list)
    named_in: list[tuple[Site, tuple[Operand, ...]]] = field(default_factory=list)
    """For a let: the predicates that name it, and the operands around its name there."""


class Written:
    """Where the predicates of a policy's rules come from."""

    def __init__(self, program: Program, policy: p.Policy) -> None:
        """The policy is the one resolved from the program."""
        self.sites: list[Site] = []
        """The `when`s of rules, ladders and `within`s in their order; then lets, each after all that name it."""
        self._rules = policy.rules
        self._claims: list[p.Require | p.Assert] = [*policy.requires, *policy.asserts]
        self._in_rules = _users([rule.when for rule in policy.rules])
        self._in_claims = _users([claim.when for claim in self._claims])
        self._lets = {d.name.text: d for m in program.modules for d in m.declarations if isinstance(d, s.Let)}
        self._bodies: dict[str, Site] = {}
        self._last: tuple[int, dict[int, list[Path]]] | None = None  # a rule may have thousands of operands
        self._waiting: deque[tuple[Site, s.Expr, p.Expr]] = deque()
        routing = [d for d in program.main.declarations if isinstance(d, s.Rule | s.Ladder | s.Within)]
        seen: set[Site] = set()
        for rule, (made, pattern) in zip(policy.rules, _made(routing, ()), strict=True):
            parts = rule.when.operands if len(made) + pattern > 1 and isinstance(rule.when, p.And) else (rule.when,)
            for (site, when), meant in zip(made, parts, strict=False):
                if site not in seen:
                    seen.add(site)
                    self.sites.append(site)
                    self._look_through(site, when, meant)
        written: list[s.Declaration] = [d for module in program.modules for d in module.declarations]
        claims: list[s.Require | s.Assert] = [d for d in written if isinstance(d, s.Require)]
        claims += [d for d in written if isinstance(d, s.Assert)]
        for item, claim in zip(claims, self._claims, strict=True):
            if item.when is not None:
                self._look_through(Site("", item.span, False), item.when, claim.when)
        self.sites += _users_first(list(self._bodies.values()))

    def rules(self, node: Node) -> Sequence[int]:
        """The rules (indices) that a node is part of."""
        return self._in_rules.get(id(node), ())

    def claims(self, node: Node) -> list[p.Require | p.Assert]:
        """The requirements and assertions that a node is part of."""
        return [self._claims[n] for n in self._in_claims.get(id(node), ())]

    def paths(self, rule: int, node: Node) -> list[Path]:
        """The steps from the whole predicate of a rule to a node, along every way there is."""
        if self._last is None or self._last[0] != rule:
            paths: dict[int, list[Path]] = {}
            for path, here in _nodes(self._rules[rule].when, ()):
                paths.setdefault(id(here), []).append(path)
            self._last = rule, paths
        return self._last[1][id(node)]

    def _look_through(self, site: Site, written: s.Expr, meant: p.Expr) -> None:
        """The operands of a site, and of the lets it names."""
        self._walk(site, written, meant, ())
        while self._waiting:
            self._walk(*self._waiting.popleft(), ())

    def _walk(self, site: Site, written: s.Expr, meant: p.Expr, around: tuple[Operand, ...]) -> None:
        match written:
            case s.Paren(operand=operand):
                self._walk(site, operand, meant, around)
            case s.Not(operand=operand):
                assert isinstance(meant, p.Not)
                self._walk(site, operand, meant.operand, around)
            case s.And(operands=operands) | s.Or(operands=operands):
                assert isinstance(meant, Node)
                for at, part in enumerate(operands):
                    operand_ = Operand(written, meant, at, around)
                    site.operands.append(operand_)
                    self._walk(site, part, meant.operands[at], (*around, operand_))
            case s.Flag(name=name) if name.text in self._lets:
                # A chain of lets may be as long as the file: the next one waits for its turn.
                if name.text not in self._bodies:
                    let = self._lets[name.text]
                    self._bodies[name.text] = Site(name.text, let.name.span, True)
                    self._waiting.append((self._bodies[name.text], let.expr, meant))
                self._bodies[name.text].named_in.append((site, around))
            case _:
                pass


def _made(
    items: Sequence[s.Rule | s.Ladder | s.Within], around: tuple[tuple[Site, s.Expr], ...]
) -> Iterator[tuple[tuple[tuple[Site, s.Expr], ...], bool]]:
    """For each rule, in the order in which the resolver makes them, the predicates it is made of, in its order:
    `within`s from the outermost, its own, and whether the pattern of an arm comes last."""
    for item in items:
        own = Site(item.name.text, item.name.span, False)
        sites = around if item.when is None else (*around, (own, item.when))
        if isinstance(item, s.Within):
            yield from _made(item.rules, sites)
        elif isinstance(item, s.Ladder):
            yield from ((sites, arm.pattern is not None) for arm in item.arms)
        else:
            yield sites, False


def _users(predicates: Sequence[p.Expr]) -> dict[int, list[int]]:
    """By identity of each `and` and `or`, the predicates (indices) that it is part of."""
    users: dict[int, list[int]] = {}
    for number, predicate in enumerate(predicates):
        for _, node in _nodes(predicate, ()):
            mine = users.setdefault(id(node), [])
            if not mine or mine[-1] != number:
                mine.append(number)
    return users


def _nodes(expr: p.Expr, path: Path) -> Iterator[tuple[Path, Node]]:
    """Every `and` and `or` in a predicate, with the steps to it."""
    match expr:
        case p.And(operands=operands) | p.Or(operands=operands):
            yield path, expr
            for at, operand in enumerate(operands):
                yield from _nodes(operand, (*path, (expr, at)))
        case p.Not(operand=operand):
            yield from _nodes(operand, path)
        case _:
            pass


def _users_first(lets: list[Site]) -> list[Site]:
    """Lets in such an order that each comes after all that name it. There are no cycles of lets."""
    names: dict[Site, list[Site]] = {let: [] for let in lets}
    waiting = dict.fromkeys(lets, 0)
    for let in lets:
        for site, _ in let.named_in:
            if site in names:
                names[site].append(let)
                waiting[let] += 1
    found = [let for let in lets if not waiting[let]]
    for let in found:  # grows while it is read
        for named in names[let]:
            waiting[named] -= 1
            if not waiting[named]:
                found.append(named)
    return found
