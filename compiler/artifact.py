"""The table as canonical JSON, as docs/table-format.md specifies it."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping

from interlock.compiler.automaton import Hop
from interlock.compiler.hashing import murmur3
from interlock.compiler.maglev import sorted_members
from interlock.compiler.table import FAILS, HOLDS, Main, Pair, Table
from interlock.dsl import policy as p
from interlock.dsl.source import Span

Json = Mapping[str, object]


def encode(table: Table) -> bytes:
    """The decision table as bytes: the same policy gives the same bytes on every run and machine."""
    return canonical(document(table)) + b"\n"


def canonical(value: object) -> bytes:
    """Canonical JSON: sorted keys, no spaces, no escapes but the necessary ones."""
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False).encode()


def document(table: Table) -> dict[str, object]:
    """The decision table as a JSON object, ``version`` and ``digest`` filled in."""
    policy = table.policy
    rows = _Rows(table)
    pools = list(policy.pools.values())
    upstreams = list(policy.upstreams.values())
    served = {m.model for pool in pools for m in pool.members}
    models = [m for m in policy.models.values() if m.name in served]
    upstream_index = {u.name: i for i, u in enumerate(upstreams)}
    model_index = {m.name: i for i, m in enumerate(models)}
    pool_index = {pool.name: i for i, pool in enumerate(pools)}
    result: dict[str, object] = {
        "format": "interlock-table",
        "format_version": 1,
        "policy": policy.name,
        "attributes": [_attribute(a, rows) for a in policy.attributes.values()],
        "columns": [[c.rule, c.state] for c in table.columns],
        "rules": [rule.name for rule in policy.rules],
        "states": [
            {"pool": pool_index[state.pool], "next": list(state.next)}
            if isinstance(state, Hop)
            else {"fail": {"status": state.status, "message": state.message}}
            for state in table.automaton.states
        ],
        "invalid": table.invalid,
        "pools": [
            {
                "name": pool.name,
                "family": pool.family,
                "members": [
                    {
                        "upstream": upstream_index[m.upstream],
                        "model": model_index[m.model],
                        "weight": m.weight,
                    }
                    for m in sorted_members(pool)
                ],
                "maglev": list(table.maglev[pool.name]) if pool.name in table.maglev else None,
                "sticky": pool.sticky,
                "retry": pool.retry,
            }
            for pool in pools
        ],
        "upstreams": [_upstream(u) for u in upstreams],
        "models": [
            {"name": m.name, "context": m.context, "prices": dict(m.prices), "supports": sorted(m.supports)}
            for m in models
        ],
        "rows": rows.hex,
    }
    result["version"] = hashlib.sha256(canonical(result)).hexdigest()
    result["source"] = _source(policy, pools, upstreams, models)
    result["digest"] = hashlib.sha256(canonical(result)).hexdigest()
    return result


class _Rows:
    """The distinct rows, numbered in the order in which attributes first use them."""

    def __init__(self, table: Table) -> None:
        self._table = table
        self._number: dict[int, int] = {}
        self.main = {d.attribute: i for i, d in enumerate(table.dimensions) if isinstance(d, Main)}
        self.pairs: dict[str, list[tuple[Pair, int]]] = {}
        for i, d in enumerate(table.dimensions):
            if isinstance(d, Pair):
                self.pairs.setdefault(d.attribute, []).append((d, i))

    def number(self, dimension: int, class_: int) -> int:
        """The index of the row of a class."""
        return self._number.setdefault(self._table.rows[dimension][class_], len(self._number))

    def dimension(self, attribute: str) -> tuple[Main, int]:
        """The main dimension of an attribute, and its index."""
        i = self.main[attribute]
        d = self._table.dimensions[i]
        assert isinstance(d, Main)
        return d, i

    @property
    def hex(self) -> list[str]:
        """The rows themselves."""
        return [f"{row:x}" for row in self._number]


def _attribute(attribute: p.Attribute, rows: _Rows) -> Json:
    entry: dict[str, object] = {
        "name": attribute.name,
        "optional": attribute.optional,
        "default": list(attribute.default) if isinstance(attribute.default, tuple) else attribute.default,
        "stability": attribute.stability,
        "error": attribute.error,
        "source": {"kind": attribute.source[0], "name": attribute.source[1]} if attribute.source else None,
    }
    if isinstance(attribute.type, p.SetType):
        element = attribute.type.element
        enum = element if isinstance(element, p.EnumType) else p.EnumType(None, (), open=True)
        entry |= {
            "type": "set",
            "enum": enum.name,
            "open": enum.open,
            "values": list(enum.values),
            "elements": [{"value": d.what} | _pair(rows, i) for d, i in rows.pairs.get(attribute.name, [])],
        }
        return entry
    d, i = rows.dimension(attribute.name)
    listed = [rows.number(i, c) for c in range(d.listed)]
    other = rows.number(i, d.listed) if d.other else None
    match attribute.type:
        case p.BoolType():
            entry |= {"type": "bool", "false": listed[0], "true": listed[1]}
        case p.IntType(lo=lo, hi=hi):
            cuts = [start for start, _ in d.intervals[1:]]
            entry |= {"type": "int", "lo": lo, "hi": hi, "cuts": cuts, "rows": listed}
        case p.EnumType(name=name, values=values, open=open_):
            entry |= {
                "type": "enum",
                "enum": name,
                "open": open_,
                "values": list(values),
                "rows": listed,
                "other": other,
            }
        case p.StringType():
            mine = rows.pairs.get(attribute.name, [])
            entry |= {
                "type": "string",
                "literals": list(d.values),
                "rows": listed,
                "other": other,
                "patterns": [
                    {"pieces": list(pair.what)} | _pair(rows, j) for pair, j in mine if pair.kind == "pattern"
                ],
                "samples": [_sample(pair, rows, j) for pair, j in mine if pair.kind == "sample"],
            }
    entry["absent"] = rows.number(i, d.size - 1) if d.absent else None
    return entry


def _pair(rows: _Rows, dimension: int) -> dict[str, object]:
    return {"holds": rows.number(dimension, HOLDS), "fails": rows.number(dimension, FAILS)}


def _sample(pair: Pair, rows: _Rows, dimension: int) -> Json:
    assert isinstance(pair.what, tuple)
    salt, below = pair.what[0], pair.what[1]
    assert salt is None or isinstance(salt, str)
    seed = 0 if salt is None else murmur3(salt, 0)
    return {"salt": salt, "seed": seed, "below": below} | _pair(rows, dimension)


def _upstream(upstream: p.Upstream) -> Json:
    limit, breaker = upstream.limit, upstream.breaker
    return {
        "name": upstream.name,
        "family": upstream.family,
        "provider": upstream.provider,
        "account": upstream.account,
        "region": upstream.region,
        "endpoint": {upstream.endpoint[0]: upstream.endpoint[1]} if upstream.endpoint else None,
        "supports": sorted(upstream.supports),
        "timeouts": dict(upstream.timeouts),
        "limit": limit and {"count": limit.count, "per": limit.per, "burst": limit.burst, "status": limit.status},
        "breaker": breaker
        and {
            "share": breaker.share,
            "requests": breaker.requests,
            "window_ms": breaker.window_ms,
            "probe_ms": breaker.probe_ms,
        },
    }


def _source(policy: p.Policy, pools: list[p.Pool], upstreams: list[p.Upstream], models: list[p.Model]) -> Json:
    files: dict[str, int] = {}

    def entry(span: Span, doc: str | None) -> Json:
        file = files.setdefault(span.source.key, len(files))
        return {"doc": doc, "file": file, "start": list(span.first), "end": list(span.last)}

    places: dict[str, object] = {
        "policy": entry(policy.span, policy.doc),
        "rules": [entry(r.span, r.doc) for r in policy.rules],
        "attributes": [entry(a.span, a.doc) for a in policy.attributes.values()],
        "pools": [entry(x.span, x.doc) for x in pools],
        "upstreams": [entry(u.span, u.doc) for u in upstreams],
        "models": [entry(m.span, m.doc) for m in models],
    }
    return {"files": list(files), **places}
