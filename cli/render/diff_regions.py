"""A region of a difference in words: which requests it has, where they went and go, what that costs. Plain text, made
from the JSON of the difference."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from interlock.cli.render.decision import failure
from interlock.cli.render.graph_words import names
from interlock.compiler.graph_columns import family_of
from interlock.compiler.maglev import SIZE

Json = dict[str, Any]

_CASES = 6
_LONGEST = 100
_RULES = 4


def which(where: Json) -> tuple[str, list[str], list[list[str]]]:
    """Which requests a region has: what to say first, conditions that all meet, and cases of which each meets one.
    Where that is longer than anybody reads, what they all have in common."""
    cases = where["cases"]
    short = len(cases) <= _CASES and all(len(_joined(case)) <= 3 * _LONGEST for case in [where["always"], *cases])
    if where["exact"] and short:
        return ("requests with" if where["always"] or cases else "all requests"), where["always"], cases
    within = where["within"]
    return ("part of the requests with" if within else "part of all requests"), within, []


def _joined(conditions: Iterable[str]) -> str:
    return " and ".join(conditions)


def moves(region: Json) -> tuple[str, str]:
    """From where to where."""
    old, new = (target([pair[side] for pair in region["pairs"]], region[side]) for side in ("old", "new"))
    return old, new


def target(places: Sequence[Json], side: Json) -> str:
    """Where requests go in one version: pools, or a failure."""
    failures = [fail(place["fail"]) for place in places if place["fail"]]
    pools = list(dict.fromkeys(place["pool"] for place in places if place["pool"]))
    words = ([names(pools)] if pools else []) + list(dict.fromkeys(failures))
    return ", ".join(words) + (" as an invalid request" if side["invalid"] else "")


def fail(end: Json) -> str:
    """A failure as policies write it."""
    return failure(end["status"], end["message"])


def rules(side: Json) -> str:
    """The rules that decide in one version."""
    if side["invalid"]:
        return "no rule: the request is invalid"
    listed = [name if name is not None else "no rule" for name in side["rules"]]
    more = len(listed) - _RULES
    return ", ".join(listed[:_RULES]) + (f" and {more:,} more" if more > 0 else "")


def served(region: Json, side: str) -> str:
    """Who serves these requests at first: copies of a family that serve the same model together."""
    upstreams: dict[tuple[str, str, str], dict[str, None]] = {}
    for pair in region["pairs"]:
        for member in pair[side]["members"]:
            share = "" if member["slots"] == SIZE else f"{_percent(member['slots'])} "
            key = share, family_of(member["upstream"])[0], member["model"]
            upstreams.setdefault(key, {})[member["upstream"]] = None
    listed = [f"{share}{names(list(found))} with {model}" for (share, _, model), found in upstreams.items()]
    more = len(listed) - 3
    return ", ".join(listed[:3]) + (f" and {more:,} more" if more > 0 else "")


def _percent(slots: int) -> str:
    return f"{100 * slots / SIZE:.1f}%"


def prices(region: Json) -> str | None:
    """What a million tokens cost before and after; None where that is the same, or known of neither."""
    old, new = (_prices(region, side) for side in ("old", "new"))
    if old == new or not (old and new):
        return None
    return f"{' or '.join(old)} → {' or '.join(new)} per million tokens"


def _prices(region: Json, side: str) -> list[str]:
    found: dict[str, None] = {}
    for pair in region["pairs"]:
        for member in pair[side]["members"]:
            price = member["price"]
            known = [f"${price[name]} {name}" for name in ("input", "output") if name in price]
            if known:
                found[", ".join(known)] = None
    return list(found)


def cold(region: Json) -> list[str]:
    """Which sessions lose their prompt cache, and why; each reason once, with the slots of all its homes."""
    told: dict[str, None] = {}
    for pair in region["pairs"]:
        slots: dict[str, int | None] = {}
        for each in pair["cold"]:
            why, so_far = _why(each["old"], each["new"]), slots.get(_why(each["old"], each["new"]), 0)
            slots[why] = None if so_far is None or each["slots"] is None else so_far + each["slots"]
        told.update(dict.fromkeys(f"{_sessions(number)}: {why}" for why, number in slots.items()))
    return list(told)


def _sessions(slots: int | None) -> str:
    if slots is None:
        return "cold for some sessions, as the two pick by different keys"
    return "cold for every session" if slots == SIZE else f"cold for {_percent(slots)} of keys"


def _why(old: Json, new: Json) -> str:
    if old["model"] == new["model"]:
        return f"{old['model']} moves from {_home(old)} to {_home(new)}"
    return f"{old['model']} becomes {new['model']}"


def _home(home: Json) -> str:
    return "/".join(part for part in (home["provider"], home["account"], home["region"]) if part is not None)


def decision(side: Json) -> str:
    """One explained decision on one line."""
    made = side["decision"]
    if made["invalid"]:
        return f"{fail(made['fail']) if made['fail'] else made['pool']}: {made['invalid']['message'].replace('`', '')}"
    to = fail(made["fail"]) if made["fail"] else f"{made['pool']}, {made['upstream']} with {made['model']}"
    if made["rule"] is None:
        return f"{to}: it meets no rule"
    place = side["place"]
    at = f" ({place['file']}:{place['start'][0]})" if place else ""
    because = ", ".join(condition["needs"] for condition in side["matched"])
    return f"{to} by {made['rule']}{at}" + (f": {because}" if because else "")
