"""From Syntax to Policy: what was meant by what was written.

Kinds of declarations are resolved in the order in which they may refer to each other; order in the file
matters only among rules.
"""

from __future__ import annotations

from typing import TypeVar

from interlock.dsl import policy as p
from interlock.dsl import syntax as s
from interlock.dsl.finding import Finding
from interlock.dsl.findings.duplicate_name import duplicate_name, only_once, taken_name
from interlock.dsl.findings.syntax_error import syntax_error
from interlock.dsl.load import Program
from interlock.dsl.resolve_attributes import declare_attribute, declare_enum
from interlock.dsl.resolve_chains import resolve_chains
from interlock.dsl.resolve_claims import resolve_assert, resolve_require, resolve_test
from interlock.dsl.resolve_pools import declare_pool, resolve_pool
from interlock.dsl.resolve_predicates import resolve_lets
from interlock.dsl.resolve_references import resolve_destination
from interlock.dsl.resolve_rules import Rules
from interlock.dsl.resolve_upstreams import resolve_model, resolve_upstream
from interlock.dsl.scope import Scope
from interlock.dsl.source import Span

D = TypeVar("D")


def is_module(module: s.Module) -> bool:
    """Whether a file is a module: it declares no policy."""
    return not any(isinstance(d, s.Policy) for d in module.declarations)


def resolve(program: Program) -> tuple[p.Policy | None, list[Finding]]:
    """The policy of a program and the T findings; the policy is None if there are any findings, those of
    loading and parsing included, or if the main file is a module."""
    scope = Scope(
        incomplete=not program.complete, known_models=program.known_models, imports_models=program.imports_models
    )
    for module in program.modules:
        scope.broken.update(module.broken)
        _check_place(scope, module, module is program.main)

    _attributes(scope, program)
    resolve_lets(scope, [let for let, _ in _all(program, s.Let)])
    _serving(scope, program)
    chains = resolve_chains(scope, _all(program, s.Fallback))

    rules = Rules(scope)
    for declaration in program.main.declarations:
        if isinstance(declaration, s.Rule | s.Ladder | s.Within):
            rules.add(declaration)

    requires = [resolve_require(scope, r) for r, _ in _all(program, s.Require)]
    spans: dict[str, Span] = {}
    asserts = []
    for item, _ in _all(program, s.Assert):
        scope.declare("assertion", item.name, spans)
        asserts.append(resolve_assert(scope, item))
    titles: dict[str, Span] = {}
    tests = []
    for test, own in _all(program, s.TestCase):
        if titles.setdefault(test.title.text, test.title.span) is not test.title.span:
            scope.report(duplicate_name(test.title.span, "test", test.title.text, titles[test.title.text]))
        if own and not is_module(program.main):  # a module has no rules to expect anything by
            tests.append(resolve_test(scope, test, rules.names))
    invalid = _invalid(scope, program)

    findings = [*program.findings, *scope.findings]
    if findings or is_module(program.main):
        return None, findings
    head = next(d for d in program.main.declarations if isinstance(d, s.Policy))
    return p.Policy(
        name=head.name.text,
        span=head.name.span,
        doc=head.doc,
        attributes=dict(sorted(scope.attributes.items())),
        models=scope.models,
        upstreams=scope.upstreams,
        pools=scope.pools,
        chains=tuple(chains),
        rules=tuple(rules.rules),
        requires=tuple(r for r in requires if r is not None),
        asserts=tuple(a for a in asserts if a is not None),
        tests=tuple(tests),
        invalid=invalid,
    ), []


def _all(program: Program, kind: type[D]) -> list[tuple[D, bool]]:
    """Every declaration of a kind, with whether it stands in the main file."""
    return [
        (declaration, module is program.main)
        for module in program.modules
        for declaration in module.declarations
        if isinstance(declaration, kind)
    ]


def _check_place(scope: Scope, module: s.Module, main: bool) -> None:
    """`policy` first and once; no rules in a module."""
    policies = [d for d in module.declarations if isinstance(d, s.Policy)]
    if main and policies:
        for extra in policies[1:]:
            scope.report(only_once(extra.name.span, "`policy`", "a file", policies[0].name.span))
        if module.declarations[0] is not policies[0] and not module.broken:
            scope.report(
                syntax_error(
                    policies[0].span,
                    "`policy` is not the first declaration",
                    "move it to the top of the file",
                )
            )
        return
    if module.broken and main:
        return  # the line that makes it a policy may be the broken one
    for declaration in module.declarations:
        if isinstance(declaration, s.Rule | s.Ladder | s.Within | s.Invalid):
            word = {s.Within: "within", s.Invalid: "invalid"}.get(type(declaration), "rule")
            scope.report(
                syntax_error(
                    declaration.span if isinstance(declaration, s.Invalid) else declaration.name.span,
                    f"a module holds no `{word}`",
                    "start the file with `policy NAME` if it is a policy, else move this to the policy that imports it",
                )
            )
            return


def _attributes(scope: Scope, program: Program) -> None:
    enums: dict[str, Span] = {}
    for enum, _ in _all(program, s.Enum):
        declare_enum(scope, enum, enums)
    attributes: dict[str, Span] = {}
    lets: dict[str, Span] = {}
    for request, own in _all(program, s.Request):
        for attribute in request.attributes:
            if scope.declare("attribute", attribute.name, attributes):
                declare_attribute(scope, attribute, own)
    for let, _ in _all(program, s.Let):
        if let.name.text in attributes:
            name = let.name
            scope.report(taken_name(name.span, "let", name.text, "an attribute", attributes[name.text]))
        else:
            scope.declare("let", let.name, lets)


def _serving(scope: Scope, program: Program) -> None:
    models: dict[str, Span] = {}
    for model, own in _all(program, s.Model):
        if scope.declare("model", model.name, models):
            resolve_model(scope, model, own)
    upstreams: dict[str, Span] = {}
    for upstream, own in _all(program, s.Upstream):
        if scope.declare("upstream", upstream.name, upstreams):
            resolve_upstream(scope, upstream, own)
    spans: dict[str, Span] = {}
    pools = [(pool, own) for pool, own in _all(program, s.Pool) if scope.declare("pool", pool.name, spans)]
    copies = [declare_pool(scope, pool) for pool, _ in pools]
    for (pool, own), indices in zip(pools, copies, strict=True):
        resolve_pool(scope, pool, indices, own)


def _invalid(scope: Scope, program: Program) -> p.To | p.Fail:
    declared = [d for d in program.main.declarations if isinstance(d, s.Invalid)]
    for extra in declared[1:]:
        scope.report(only_once(extra.span, "`invalid`", "a policy", declared[0].span))
    if declared:
        to = resolve_destination(scope, declared[0].to)
        if isinstance(to, p.To | p.Fail):
            return to
    return p.Fail(400, None)
