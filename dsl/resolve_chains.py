"""Fallback chains, families and classes expanded."""

from __future__ import annotations

from interlock.dsl import policy as p
from interlock.dsl import syntax as s
from interlock.dsl.findings.duplicate_chain import duplicate_chain
from interlock.dsl.resolve_references import indices, resolve_fail, resolve_ref
from interlock.dsl.scope import Index, Scope


def resolve_chains(scope: Scope, fallbacks: list[tuple[s.Fallback, bool]]) -> list[p.Chain]:
    """Every chain of every pool; ``fallbacks`` come with whether they are the main file's own."""
    chains: list[p.Chain] = []
    taken: dict[tuple[str, str], p.Chain] = {}
    for fallback, own in fallbacks:
        classes = resolve_classes(scope, fallback.classes) if fallback.classes else p.UNAVAILABLE
        clashes: dict[int, tuple[p.Chain, str, list[str]]] = {}  # by the first declaration: copies count once
        for index in indices(scope, fallback.family):
            chain = _chain(scope, fallback, index, classes, own)
            if chain is None:
                continue
            chains.append(chain)
            for class_ in classes:
                first = taken.setdefault((chain.pool, class_), chain)
                if first is not chain:
                    _, pool, both = clashes.setdefault(id(first.span), (first, chain.pool, []))
                    if pool == chain.pool:
                        both.append(class_)
        for first, pool, both in clashes.values():
            scope.report(duplicate_chain(fallback.start.span, pool, tuple(both), first.span))
    return chains


def resolve_classes(scope: Scope, names: tuple[s.Name, ...]) -> tuple[str, ...]:
    """The error classes named, `unavailable` filled in, in the order of CLASSES."""
    found: set[str] = set()
    for name in names:
        if name.text == "unavailable":
            found.update(p.UNAVAILABLE)
        elif name.text in p.CLASSES:
            found.add(name.text)
        else:
            scope.unknown("error class", name, [*p.CLASSES, "unavailable"])
    return tuple(c for c in p.CLASSES if c in found)


def _chain(
    scope: Scope, fallback: s.Fallback, index: Index | None, classes: tuple[str, ...], own: bool
) -> p.Chain | None:
    start_ref = fallback.start
    if index is not None and start_ref.index is None:
        # `fallback x[r in region]`: the start is x[r].
        start_ref = s.Ref(start_ref.name, s.Name(index.variable, start_ref.span), start_ref.span)
    start = resolve_ref(scope, "pool", start_ref, scope.pool_families, index)
    hops = [resolve_ref(scope, "pool", hop, scope.pool_families, index) for hop in fallback.hops]
    end: p.Fail | p.Follow | None
    if isinstance(fallback.end, s.Follow):
        followed = resolve_ref(scope, "pool", fallback.end.pool, scope.pool_families, index)
        end = None if followed is None else p.Follow(followed)
    else:
        end = resolve_fail(scope, fallback.end)
    if start is None or end is None or None in hops:
        return None
    places = (*(hop.span for hop in fallback.hops), fallback.end.span)
    return p.Chain(start, tuple(h for h in hops if h), end, classes, places, fallback.span, fallback.doc, own)
