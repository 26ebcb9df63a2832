"""What traffic says of a difference, as JSON, for a terminal and for Markdown."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from fractions import Fraction
from typing import TYPE_CHECKING, Any

from interlock.cli.cells import plain, wrap
from interlock.cli.render.decision import failure
from interlock.cli.render.text import counted
from interlock.cli.render.traffic import percent, table
from interlock.dsl.credentials import masked

if TYPE_CHECKING:
    from interlock.cli.console import Console
    from interlock.compiler.diff.weight import Answer, Refused, Weight
    from interlock.compiler.diff.whole import Diff

Json = dict[str, Any]
MOST = 12
"""So many lines of a table are shown."""
_INVALID = 6


def by_traffic(diff: Diff, weight: Weight) -> tuple[Diff, list[int]]:
    """The difference with its regions in the order of their requests, the most first; and how many each has."""
    of: Counter[tuple[object, ...]] = Counter()
    for group in weight.groups:
        of[group.old.to, group.new.to, group.old.invalid is not None, group.new.invalid is not None] += group.requests
    requests = [sum(of[(*pair, *r.change.invalid)] for pair in r.change.pairs) for r in diff.regions]
    order = sorted(range(len(requests)), key=lambda number: -requests[number])
    fields = {name: getattr(diff, name) for name in type(diff).__annotations__}
    fields["regions"] = tuple(diff.regions[number] for number in order)
    return type(diff)(**fields), [requests[number] for number in order]


def add_traffic(shown: Json, weight: Weight, requests: Sequence[int]) -> None:
    """Put what traffic says into the JSON of a difference: the key ``traffic``, and how many requests each region
    has."""
    for region, many in zip(shown["regions"], requests, strict=True):
        region["requests"] = many
    shown["traffic"] = _json(weight)


def _json(weight: Weight) -> Json:
    cost = weight.cost
    per = cost.days or Fraction(1)
    return {
        "rows": weight.rows,
        "unread": [
            {"reason": masked(each.reason), "rows": each.rows, "places": list(each.places)} for each in weight.unread
        ],
        "requests": weight.requests,
        "moved": weight.moved,
        "pools": _flows(weight, _where),
        "models": _flows(weight, _model),
        "invalid": {"old": _refused(weight.invalid[0]), "new": _refused(weight.invalid[1])},
        "cost": {
            "requests": cost.requests,
            "days": None if cost.days is None else round(float(cost.days), 6),
            "old": _dollars(cost.old / per),
            "new": _dollars(cost.new / per),
        },
        "session": list(weight.session),
        "cold": weight.cold
        and {"sessions": weight.cold.sessions, "elsewhere": weight.cold.elsewhere, "of": weight.cold.of},
    }


def _flows(weight: Weight, name: Any) -> list[Json]:
    """Requests from one name to another, and how many of them moved."""
    found: dict[tuple[str, str], list[int]] = {}
    for group in weight.groups:
        both = found.setdefault((name(group.old), name(group.new)), [0, 0])
        both[0] += group.requests
        both[1] += group.requests if group.moved else 0
    listed = sorted(found.items(), key=lambda item: (-item[1][0], item[0]))
    return [{"old": old, "new": new, "requests": all_, "moved": moved} for (old, new), (all_, moved) in listed]


def _where(answer: Answer) -> str:
    if answer.pool is not None:
        return masked(answer.pool)
    assert answer.fail is not None
    return masked(failure(answer.fail.status, answer.fail.message))


def _model(answer: Answer) -> str:
    return masked(answer.model) if answer.model is not None else "fail"


def _refused(found: Iterable[Refused]) -> list[Json]:
    return [
        {
            "attribute": each.attribute,
            "reason": each.reason,
            "requests": each.requests,
            "places": list(each.places),
        }
        for each in found
    ]


def _dollars(micro: Fraction) -> str:
    return f"{float(micro / 1_000_000):.2f}"


# ── for people ───────────────────────────────────────────────────────────────────────────────────────────


def write_traffic(shown: Json, console: Console) -> None:
    """Write the section of a difference in text. ``shown`` is its JSON."""
    traffic = shown["traffic"]
    console.line()
    console.line(console.paint("strong", "traffic"))
    for line in (moved(traffic), *notes(traffic)):
        start = "    " if line.startswith(" ") else "  "
        for text in wrap(plain(line), console.width - 4, console.width - 4):
            console.line(f"{start}{text.replace('→', console.glyphs.arrow)}")
    for title, key in (("pool", "pools"), ("model", "models")):
        rows = flows(traffic, key)
        if rows:
            console.line()
            for line in table([(title, "now", "requests", ""), *rows], console, right=(2, 3)):
                console.line(f"  {line}")
            more = sum(1 for each in traffic[key] if each["moved"]) - len(rows)
            if more > 0:
                console.line(f"  {console.glyphs.cut} and {more:,} more, which `--format json` has")


def moved(traffic: Json) -> str:
    """The share of requests that moved, in words."""
    share = percent(traffic["moved"], traffic["requests"])
    if not traffic["requests"]:
        return "there are no requests"
    if not traffic["moved"]:
        return f"none of {counted(traffic['requests'], 'request')} goes elsewhere"
    verb = "goes" if traffic["moved"] == 1 else "go"
    return f"{share} of the requests {verb} elsewhere: {traffic['moved']:,} of {traffic['requests']:,}"


def notes(traffic: Json) -> Iterator[str]:
    """What else there is to say: cost, caches, what was invalid or not read, in lines. Two spaces start a detail."""
    cost, cold = traffic["cost"], traffic["cold"]
    if cost["requests"]:
        yield _cost(cost, traffic["requests"])
    elif traffic["requests"]:
        yield "cost is not known: no request has its tokens and a price in both versions"
    if cold is not None and cold["of"]:
        said = f"{cold['sessions']:,} of {counted(cold['of'], 'session')} made cold"
        yield said + (f", {cold['elsewhere']:,} of them for a model they had elsewhere" if cold["elsewhere"] else "")
    elif cold is None:
        yield "sessions were not looked at: nothing says what makes one"
    for side, when in (("old", "before"), ("new", "now")):
        found = traffic["invalid"][side]
        if found:
            yield f"invalid {when}: {counted(sum(each['requests'] for each in found), 'request')}"
        for each in found[:_INVALID]:
            about = "the request" if each["attribute"] is None else each["attribute"]
            reason = each["reason"].replace("_", " ")
            yield f"  {each['requests']:,}  {about}: {reason}  {', '.join(each['places'])}"
        if len(found) > _INVALID:
            yield f"  and for {len(found) - _INVALID} more reasons"
    if traffic["unread"]:
        yield f"could not be read: {counted(sum(each['rows'] for each in traffic['unread']), 'row')}"
    for each in traffic["unread"][:_INVALID]:
        yield f"  {each['rows']:,}  {each['reason']}  {', '.join(each['places'])}"
    if len(traffic["unread"]) > _INVALID:
        yield f"  and for {len(traffic['unread']) - _INVALID} more reasons"


def _cost(cost: Json, requests: int) -> str:
    old, new = float(cost["old"]), float(cost["new"])
    change = new - old
    sign = "+" if change > 0 else "-" if change < 0 else ""
    relative = f", {sign}{abs(change) / old:.1%}".replace("%", " %") if old else ""
    per = "cost" if cost["days"] is None else "cost per day"
    said = f"{per} ${old:,.2f} → ${new:,.2f} ({sign}${abs(change):,.2f}{relative})"
    without = requests - cost["requests"]
    return said + (f"; {without:,} of the requests are without a price" if without else "")


def flows(traffic: Json, key: str) -> list[tuple[str, str, str, str]]:
    """The flows of requests that moved."""
    return [
        (each["old"], each["new"], f"{each['moved']:,}", percent(each["moved"], traffic["requests"]))
        for each in traffic[key]
        if each["moved"]
    ][:MOST]


def markdown_traffic(shown: Json, code: Any) -> list[str]:
    """The section as lines of Markdown; ``code`` makes a text safe there."""
    traffic = shown["traffic"]
    lines = ["#### Traffic", "", f"**{moved(traffic)}**", ""]
    rows = flows(traffic, "pools")
    if rows:
        lines += ["| before | now | requests | |", "|---|---|---:|---:|"]
        lines += [f"| {code(old)} | {code(new)} | {many} | {share} |" for old, new, many, share in rows]
        lines.append("")
    lines += [f"{'  ' if note.startswith('  ') else ''}- {code(note.strip())}" for note in notes(traffic)]
    return [*lines, ""]
