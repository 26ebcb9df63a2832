"""What a policy uses: which of its declarations something mentions that is itself used.

As rustc finds dead code: from what has an effect by itself (rules, `invalid`, claims, tests, the types of attributes,
which every request is checked against) along the mentions. A fallback chain is used if some walk of a request takes it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from interlock.compiler.automaton import Hop
from interlock.compiler.table import Table
from interlock.dsl import policy as p
from interlock.dsl import syntax as s
from interlock.dsl.load import Program
from interlock.dsl.record import record
from interlock.dsl.source import Span

Key = tuple[str, str]
"""A kind of declaration and a name. Attributes and lets, which share their names, are of one kind; chains, which have
none, go by where they start."""

Declared = s.Let | s.Attribute | s.Pool | s.Upstream | s.Model | s.Enum | s.Fallback


@record
class Mention:
    """That something named ``key`` is mentioned at ``span``."""

    key: Key
    span: Span


def declarations(module: s.Module) -> dict[Key, Declared]:
    """Everything in a module that could be unused, in the order of the text."""
    found: dict[Key, Declared] = {}
    for declaration in module.declarations:
        if isinstance(declaration, s.Request):
            found.update({("name", attribute.name.text): attribute for attribute in declaration.attributes})
        elif isinstance(declaration, s.Let | s.Pool | s.Upstream | s.Model | s.Enum | s.Fallback):
            found[_key(declaration)] = declaration
    return found


def used(table: Table, program: Program, also: Iterable[Declared] = ()) -> set[Key]:
    """What is used in a policy, the declarations ``also`` taken for granted."""
    declared = declarations(program.main)
    found: set[Key] = set()
    todo = [mention.key for mention in _roots(table, program)]
    todo += [mention.key for declaration in also for mention in mentions(declaration)]
    while todo:
        key = todo.pop()
        if key not in found:
            found.add(key)
            if key in declared:
                todo += [mention.key for mention in mentions(declared[key])]
    return found


def mentions(node: object) -> Iterator[Mention]:
    """Every name of a declaration in a part of the tree; not the attributes that index a destination."""
    match node:
        case s.Flag(name=name) | s.Given(name=name):
            yield Mention(("name", name.text), name.span)
            return
        case (
            s.Compare(attribute=name)
            | s.In(attribute=name)
            | s.Like(attribute=name)
            | s.Contains(attribute=name)
            | s.Has(attribute=name)
            | s.Sample(attribute=name)
            | s.Sticky(attribute=name)
        ):
            yield Mention(("name", name.text), name.span)
            return
        case s.Family(enum=name) | s.NamedType(name=name):
            yield Mention(("enum", name.text), name.span)
            return
        case s.Ref(name=name):
            yield Mention(("pool", name.text), name.span)
            return
        case s.Serve(upstream=upstream, model=model):
            yield Mention(("upstream", upstream.name.text), upstream.span)
            yield Mention(("model", model.text), model.span)
            return
        case s.HopClaim(field=field, test=test):
            if field.text in ("pool", "upstream", "model"):
                for value in test.values:
                    if isinstance(value, s.Name | s.Ref):
                        name = value if isinstance(value, s.Name) else value.name
                        yield Mention((field.text, name.text), value.span)
            return
        case s.Ladder(attribute=name):
            yield Mention(("name", name.text), name.span)
        case s.Require(context=s.Name(text=text, span=span)):
            yield Mention(("name", text), span)
        case tuple():
            for item in node:
                yield from mentions(item)
            return
        case Span():
            return
    for slot in getattr(node, "__slots__", ()):
        yield from mentions(getattr(node, slot))


def _key(declaration: s.Let | s.Pool | s.Upstream | s.Model | s.Enum | s.Fallback) -> Key:
    if isinstance(declaration, s.Fallback):
        return "fallback", str(declaration.span.start)
    kind = "name" if isinstance(declaration, s.Let) else type(declaration).__name__.lower()
    return kind, declaration.name.text


def _roots(table: Table, program: Program) -> Iterator[Mention]:
    effective = s.Rule | s.Ladder | s.Within | s.Invalid | s.Require | s.Assert | s.TestCase
    for declaration in program.main.declarations:
        if isinstance(declaration, effective):
            yield from mentions(declaration)
        elif isinstance(declaration, s.Request):
            for attribute in declaration.attributes:
                yield from mentions(attribute.type)
    for module in program.modules:
        # A module is kept as it is, so what it mentions is needed; its tests are never run.
        if module is not program.main:
            yield from mentions(tuple(d for d in module.declarations if not isinstance(d, s.TestCase)))
    for rule in table.policy.rules:
        if isinstance(rule.to, p.ToIndexed):
            yield Mention(("name", rule.to.attribute), rule.name_span)
    for number in walked(table)[0]:
        chain = table.policy.chains[number]
        if chain.own:
            yield Mention(("fallback", str(chain.span.start)), chain.span)


def walked(table: Table) -> tuple[set[int], set[str]]:
    """The chains (indices) that walks take, by any errors, from where a rule or `invalid` leads, and the pools that
    they come to."""
    policy, automaton = table.policy, table.automaton
    own = {(chain.pool, class_): number for number, chain in enumerate(policy.chains) for class_ in chain.classes}
    starts: set[p.To | p.Fail] = {policy.invalid}
    for rule in policy.rules:
        starts |= {p.To(pool) for _, pool in rule.to.pools} if isinstance(rule.to, p.ToIndexed) else {rule.to}
    reached = dict.fromkeys(automaton.state_of(to) for to in starts)
    queue = list(reached)
    taken: set[int] = set()
    pools: set[str] = set()
    for number in queue:  # grows while it is read
        state = automaton.states[number]
        if not isinstance(state, Hop):
            continue
        pools.add(state.pool)
        for class_, after in zip(p.CLASSES, state.next, strict=True):
            if after is not None:
                on = state.chain
                taken.add(on if on is not None and class_ in policy.chains[on].classes else own[state.pool, class_])
                if after not in reached:
                    reached[after] = None
                    queue.append(after)
    return taken, pools
