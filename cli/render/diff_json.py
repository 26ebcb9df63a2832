"""A difference as JSON, as docs/cli.md specifies it: complete, and what every other rendering is made from."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from interlock.cli.render.json import findings_json
from interlock.compiler.maglev import SIZE, sorted_members
from interlock.dsl import policy as p
from interlock.dsl.credentials import masked
from interlock.dsl.model_data import decimal

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from interlock.compiler.diff.caches import Cold, Place
    from interlock.compiler.diff.chains import Chain, Path, Worst
    from interlock.compiler.diff.declared import Setting
    from interlock.compiler.diff.side import Side
    from interlock.compiler.diff.whole import Diff, Region
    from interlock.runtime import Explanation

Json = dict[str, Any]


def diff_json(diff: Diff) -> Json:
    """The object of ``diff --format json``. No credential is in it, wherever one was written."""
    old, new = diff.old, diff.new
    shown: Json = _shown(
        {
            "old": _version(old),
            "new": _version(new),
            "kind": diff.kind,
            "regions": [_region(region, old, new) for region in diff.regions],
            "undecided": [{"old": one, "new": two} for one, two in diff.undecided],
            "chains": [_chain(chain) for chain in diff.chains],
            "attributes": [
                {
                    "name": each.name,
                    "interface": each.interface,
                    "old": each.old and _attribute(each.old),
                    "new": each.new and _attribute(each.new),
                }
                for each in diff.attributes
            ],
            "upstreams": _settings(diff.upstreams),
            "models": _settings(diff.models),
            "renamed": [{"old": before, "new": after} for before, after in diff.renamed],
            "findings": diff.findings
            and {
                "new": findings_json(diff.findings.new)["findings"],
                "gone": findings_json(diff.findings.gone)["findings"],
            },
            "assertions": [
                {"name": each.name, "rewritten": each.rewritten, "old": each.verdicts[0], "new": each.verdicts[1]}
                for each in diff.assertions
            ],
            "tests": [
                {"title": each.title, "rewritten": each.rewritten, "old": each.passed[0], "new": each.passed[1]}
                for each in diff.tests
            ],
        }
    )
    return shown


def _shown(value: Any) -> Any:
    """The value without the credentials in its texts."""
    if isinstance(value, str):
        return masked(value)
    if isinstance(value, dict):
        return {masked(key): _shown(item) for key, item in value.items()}
    return [_shown(item) for item in value] if isinstance(value, list) else value


def _version(side: Side) -> Json:
    return {"title": side.title, "policy": side.policy.name, "version": side.reader.version}


# ── regions ──────────────────────────────────────────────────────────────────────────────────────────────


def _region(region: Region, old: Side, new: Side) -> Json:
    change, where = region.change, region.change.where
    sides = [
        {"rules": list(rules), "invalid": invalid, **_explained(explained)}
        for rules, invalid, explained in zip(change.rules, change.invalid, region.explained, strict=True)
    ]
    return {
        "kind": "routing" if change.moved else "fallback-only",
        "where": {
            "predicate": where.predicate,
            "exact": where.exact,
            "always": list(where.always),
            "cases": [list(case) for case in where.cases],
            "within": list(where.within),
        },
        "pairs": [
            {"old": _place(old, before), "new": _place(new, after), "cold": [_cold(each) for each in cold]}
            for (before, after), cold in zip(change.pairs, region.cold, strict=True)
        ],
        "request": dict(change.request),
        "old": sides[0],
        "new": sides[1],
    }


def _explained(explained: Explanation) -> Json:
    said = explained.to_dict()
    return {"decision": said["decision"], "matched": said["matched"], "place": said["place"]}


def _place(side: Side, place: p.To | p.Fail) -> Json:
    if isinstance(place, p.Fail):
        return {"pool": None, "fail": _fail(place), "sticky": None, "retry": 0, "members": []}
    pool = side.policy.pools[place.pool]
    entries = side.maglev.get(pool.name)
    members = []
    for number, member in enumerate(sorted_members(pool)):
        upstream = side.policy.upstreams[member.upstream]
        members.append(
            {
                "upstream": upstream.name,
                "provider": upstream.provider,
                "account": upstream.account,
                "region": upstream.region,
                "model": member.model,
                "slots": SIZE if entries is None else entries.count(number),
                "price": _dollars(side.policy.models[member.model].prices),
            }
        )
    return {"pool": pool.name, "fail": None, "sticky": pool.sticky, "retry": pool.retry, "members": members}


def _fail(fail: p.Fail) -> Json:
    return {"status": fail.status, "message": fail.message}


def _cold(cold: Cold) -> Json:
    return {"old": _home(cold.old), "new": _home(cold.new), "slots": cold.slots}


def _home(place: Place) -> Json:
    model, (provider, account, region) = place
    return {"model": model, "provider": provider, "account": account, "region": region}


def _dollars(prices: Mapping[str, int]) -> Json:
    return {name: decimal(amount) for name, amount in prices.items()}


# ── the rest ─────────────────────────────────────────────────────────────────────────────────────────────


def _chain(chain: Chain) -> Json:
    return {
        "pools": list(chain.pools),
        "walks": [
            {"classes": list(walk.classes), "old": _path(walk.old), "new": _path(walk.new)} for walk in chain.walks
        ],
        "serving": list(chain.serving),
        "old": _worst(chain.old),
        "new": _worst(chain.new),
    }


def _path(path: Path) -> Json:
    end = path.end
    return {"pools": list(path.pools), "end": _fail(end) if isinstance(end, p.Fail) else end}


def _worst(worst: Worst) -> Json:
    return {"attempts": worst.attempts, "wait_ms": worst.wait_ms}


def _attribute(attribute: p.Attribute) -> Json:
    default, source = attribute.default, attribute.source
    return {
        "type": _type(attribute.type),
        "optional": attribute.optional,
        "stability": attribute.stability,
        "source": source and {"kind": source[0], "name": source[1]},
        "default": list(default) if isinstance(default, tuple) else default,
        "error": attribute.error,
    }


def _type(type_: p.Type) -> str:
    """A type with its values, also where they have a name."""
    match type_:
        case p.EnumType(values=values, open=open_):
            return str(p.EnumType(None, values, open_))
        case p.SetType(element=element):
            return f"set({_type(element)})"
    return str(type_)


def _settings(settings: Iterable[Setting]) -> list[Json]:
    return [
        {
            "name": each.name,
            "field": "price" if each.field == "prices" else each.field,
            "old": _setting(each.field, each.old),
            "new": _setting(each.field, each.new),
        }
        for each in settings
    ]


def _setting(field: str, value: Any) -> Any:
    match field:
        case "endpoint":
            return value and {value[0]: value[1]}
        case "prices":
            return _dollars(value)
        case "timeouts":
            return dict(value)
        case "supports":
            return sorted(value)
        case "limit":
            return value and {"count": value.count, "per": value.per, "burst": value.burst, "status": value.status}
        case "breaker":
            names = ("share", "requests", "window_ms", "probe_ms")
            return value and {name: getattr(value, name) for name in names}
    return value
