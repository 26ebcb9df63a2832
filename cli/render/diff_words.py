"""What a difference says in words, for a terminal and for Markdown alike: lines of plain text, made from its JSON."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from interlock.cli.render.decision import failure
from interlock.cli.render.graph_words import names
from interlock.cli.render.json import dumps
from interlock.cli.render.text import counted
from interlock.cli.render.walk import class_names
from interlock.compiler.graph_columns import family_of
from interlock.compiler.maglev import SIZE
from interlock.compiler.wording import seconds

Json = dict[str, Any]

MOST = 20
"""Regions, and entries of any other list, that are shown; the others are counted."""
_CASES = 6
_LONGEST = 100
_RULES = 4

PROVED = "every request is treated as before: this is proved"


def kind(shown: Json) -> str:
    """How far the difference goes."""
    return str(shown["kind"] or "undecided")


def summary(shown: Json) -> str:
    """In one sentence how much differs."""
    moved = sum(region["kind"] == "routing" for region in shown["regions"])
    after = len(shown["regions"]) - moved
    parts = [f"{counted(moved, 'region')} of requests {_verb(moved, 'goes', 'go')} elsewhere"] if moved else []
    if after:
        parts.append(f"{counted(after, 'region')} {_verb(after, 'falls', 'fall')} back otherwise")
    if shown["undecided"]:
        parts.append(f"{counted(len(shown['undecided']), 'pair')} of rules not decided")
    if not parts:
        parts.append(PROVED)
    found = shown["findings"] or {"new": [], "gone": []}
    for number, what in (
        (len(shown["attributes"]), "attribute changed"),
        (sum(each["old"] == "holds" != each["new"] for each in shown["assertions"]), "assertion lost"),
        (len(found["new"]), "new finding"),
        (len(found["gone"]), "finding gone"),
    ):
        if number:
            noun, _, rest = what.partition(" ")
            parts.append(f"{counted(number, what)}" if not rest or noun == "new" else f"{counted(number, noun)} {rest}")
    return "; ".join(parts)


def _verb(number: int, one: str, many: str) -> str:
    return one if number == 1 else many


# ── regions ──────────────────────────────────────────────────────────────────────────────────────────────


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


# ── the rest ─────────────────────────────────────────────────────────────────────────────────────────────


def path(walk: Json) -> str:
    """A path through pools and how it ends."""
    end = walk["end"]
    last = fail(end) if isinstance(end, dict) else {"loop": "and round again", "returned": "returned"}[end]
    return " → ".join([*walk["pools"], last])


def classes(walk: Json) -> str:
    """The classes of errors of a walk."""
    return class_names(walk["classes"])


def worst(chain: Json) -> str | None:
    """The most attempts and the longest wait, before and after; None where they are the same."""
    if chain["old"] == chain["new"]:
        return None
    old, new = (_worst(chain[side]) for side in ("old", "new"))
    return f"at most {old} → {new}"


def _worst(side: Json) -> str:
    attempts = "attempts without end" if side["attempts"] is None else counted(side["attempts"], "attempt")
    return attempts + (f" in {seconds(side['wait_ms'])}" if side["wait_ms"] is not None else "")


def attribute(change: Json) -> list[tuple[str, str]]:
    """An attribute as lines with a mark: `-` as it was, `+` as it is."""
    sides = (("-", change["old"]), ("+", change["new"]))
    return [(mark, _declared(change["name"], side)) for mark, side in sides if side]


def compared(shown: Json) -> list[str]:
    """What to know about the requests that are compared where attributes differ."""
    changes = shown["attributes"]
    notes = ["compared are the requests that are valid in either version"] if changes else []
    if any(each["old"] is None or each["new"] is None for each in changes):
        notes.append("an attribute that one version lacks has a value there that the other takes, or none")
    if any(each["interface"] for each in changes):
        notes.append("gateways must send what the new version wants before it decides")
    return notes


def _declared(name: str, attribute: Json) -> str:
    text = f"{name} : {attribute['type']}{'?' if attribute['optional'] else ''}"
    if attribute["stability"] != "per turn":
        text += f" {attribute['stability']}"
    if attribute["source"]:
        text += f" from {attribute['source']['kind']} {dumps(attribute['source']['name'])}"
    if attribute["default"] is not None:
        text += f" default {value(attribute['default'])}"
    return text + (f" error {attribute['error'] / 100:g}%" if attribute["error"] is not None else "")


def setting(change: Json) -> str:
    """A setting of an upstream or a fact about a model: what it was and is."""
    return f"{change['name']} {change['field']}: {value(change['old'])} → {value(change['new'])}"


def value(of: Any) -> str:
    """Any value of the JSON, for people."""
    if of is None:
        return "none"
    if isinstance(of, Mapping):
        return ", ".join(f"{name} {value(item)}" for name, item in of.items() if item is not None) or "none"
    if isinstance(of, list):
        return f"[{', '.join(map(value, of))}]"
    return str(of).lower() if isinstance(of, bool) else f"{of:,}" if isinstance(of, int) else str(of)


def assertion(change: Json) -> tuple[str, str]:
    """What became of an assertion, with a mark: `-` for the worse."""
    old, new, name = change["old"], change["new"], change["name"]
    if new is None:
        return "-", f"{name} is gone"
    said = {"holds": "holds", "broken": "does not hold", "undecided": "could not be decided"}
    was = {"holds": "it held", "broken": "it did not hold", "undecided": "it could not be decided"}
    mark = "+" if new == "holds" else "-"
    if old is None:
        return mark, f"{name} is new, and {said[new]}"
    if old == new:
        return " ", f"{name} claims something else, and {said[new]}"
    claims = "claims something else, and " if change["rewritten"] else ""
    return mark, f"{name} {claims}{said[new]}; before, {was[old]}"


def test(change: Json) -> tuple[str, str]:
    """What became of a test, with a mark."""
    old, new, title = change["old"], change["new"], dumps(change["title"])
    if new is None:
        return "-", f"{title} is gone"
    does = "passes" if new else "fails"
    mark = "+" if new else "-"
    if old is None:
        return mark, f"{title} is new, and {does}"
    if change["rewritten"]:
        return " " if old == new else mark, f"{title} asks something else, and {does}"
    return mark, f"{title} {does} now"


def finding(item: Json) -> str:
    """A finding on one line."""
    return f"{item['severity']}[{item['code']}] {item['slug']}: {item['message']}"
