"""Pools, families expanded."""

from __future__ import annotations

from collections.abc import Sequence

from interlock.dsl import policy as p
from interlock.dsl import syntax as s
from interlock.dsl.findings.bad_setting import bad_setting
from interlock.dsl.findings.type_mismatch import type_mismatch
from interlock.dsl.resolve_attributes import an, shorten
from interlock.dsl.resolve_references import indices, resolve_ref
from interlock.dsl.scope import FamilyInfo, Index, Scope, full_name
from interlock.dsl.source import Span


def declare_pool(scope: Scope, pool: s.Pool) -> Sequence[Index | None]:
    """Note a pool's names, so that pools and chains may refer to each other; gives its copies."""
    copies = indices(scope, pool.family)
    if not copies:
        scope.broken.add(pool.name.text)
        return ()
    scope.pool_families[pool.name.text] = FamilyInfo(copies[0].enum if copies[0] else None, pool.name.span)
    return copies


def resolve_pool(scope: Scope, pool: s.Pool, copies: Sequence[Index | None], own: bool) -> None:
    """Add a pool, or a family of them, to the scope."""
    for index in copies:
        name = full_name(pool.name.text, index.value if index else None)
        scope.pools[name] = _pool(scope, pool, name, index, own)


def _pool(scope: Scope, pool: s.Pool, name: str, index: Index | None, own: bool) -> p.Pool:
    seen: dict[str, Span] = {}
    members: dict[str, p.Member] = {}
    sticky: str | None = None
    retry = 0
    served = False
    for member in pool.members:
        match member:
            case s.Serve():
                served = True
                resolved = _member(scope, member, index)
                if resolved is None:
                    continue
                first = members.setdefault(resolved.name, resolved)
                if first is not resolved:
                    upstream = shorten(member.upstream.span.text)
                    scope.report(
                        bad_setting(
                            member.span,
                            f"`{pool.name.text}` serves `{upstream}` with `{resolved.model}` twice",
                            "give one `serve` more weight instead",
                            first.span,
                        )
                    )
            case s.Sticky(attribute=attribute_name):
                if scope.once(seen, "sticky by", member.span):
                    attribute = scope.look_up("attribute", attribute_name, scope.attributes)
                    if attribute is not None and isinstance(attribute.type, p.SetType):
                        scope.report(
                            type_mismatch(
                                attribute_name.span,
                                f"a pool cannot be sticky by `{attribute.name}`, which is {an(attribute.type)}",
                                "use an attribute with one value",
                                attribute.span,
                            )
                        )
                    sticky = attribute_name.text
            case s.Retry(count=count):
                if scope.once(seen, "retry", member.span):
                    retry = count.value
                    if not 0 <= retry <= 100:
                        scope.report(
                            bad_setting(
                                count.span,
                                f"`{count.span.text[:40]}` retries make no sense",
                                "write a number from 0 to 100; 1 is plenty",
                            )
                        )
    if not served:
        scope.report(
            bad_setting(
                pool.name.span,
                f"the pool `{pool.name.text}` serves nothing",
                "add `serve UPSTREAM with MODEL`",
            )
        )
    return p.Pool(name, pool.name.text, tuple(members.values()), sticky, retry, pool.name.span, pool.doc, own)


def _member(scope: Scope, serve: s.Serve, index: Index | None) -> p.Member | None:
    upstream = resolve_ref(scope, "upstream", serve.upstream, scope.upstream_families, index)
    model = scope.look_up_model(serve.model)
    weight = serve.weight.value if serve.weight else 1
    if serve.weight and not 1 <= weight <= 100:
        scope.report(
            bad_setting(
                serve.weight.span,
                f"the weight `{serve.weight.span.text[:40]}` lies outside 1..=100",
                "write a weight from 1 to 100; leave out the `serve` to drain it",
            )
        )
    if upstream is None or model is None:
        return None
    return p.Member(upstream, model.name, weight, serve.span)
