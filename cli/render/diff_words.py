"""What a difference says in words, for a terminal and for Markdown alike: lines of plain text, made from its JSON."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from interlock.cli.render.diff_regions import Json, fail
from interlock.cli.render.json import dumps
from interlock.cli.render.text import counted
from interlock.cli.render.walk import class_names
from interlock.compiler.wording import seconds

MOST = 20
"""Regions, and entries of any other list, that are shown; the others are counted."""
PROVED = "every request is treated as before: this is proved"
DECIDED = "every decision is as before: this is proved"


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
    settings = sum(each["field"] != "supports" for each in shown["upstreams"])
    if not parts:
        parts.append(DECIDED if settings else PROVED)
    found = shown["findings"] or {"new": [], "gone": []}
    for number, what in (
        (len(shown["attributes"]), "attribute changed"),
        (settings, "setting of upstreams changed"),
        (sum(each["old"] == "holds" != each["new"] for each in shown["assertions"]), "assertion lost"),
        (len(found["new"]), "new finding"),
        (len(found["gone"]), "finding gone"),
    ):
        if number:
            noun, _, rest = what.partition(" ")
            adjective = noun == "new"
            parts.append(counted(number, what) if adjective else f"{counted(number, noun)} {rest}")
    return "; ".join(parts)


def _verb(number: int, one: str, many: str) -> str:
    return one if number == 1 else many


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
    if any(each["interface"] for each in changes):
        notes.append("of these attributes they have nothing or a value of a type that one of the versions declares")
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
    old, new = change["old"], change["new"]
    if change["field"] == "timeouts":
        old, new = ({name: seconds(ms) for name, ms in side.items()} for side in (old, new))
    if change["field"] == "price":
        old, new = ({name: f"${dollars}" for name, dollars in side.items()} for side in (old, new))
    return f"{change['name']} {change['field']}: {value(old)} → {value(new)}"


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
