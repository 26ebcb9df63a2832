"""What is to be said of the order in which Kong tries routes: where it is by chance, and where it is not the one that
the documentation gives."""

from __future__ import annotations

from collections.abc import Sequence

from interlock.compiler.sources.kong.config import texts
from interlock.compiler.sources.kong.ways import Way
from interlock.dsl.record import record

MAX_PAIRS = 50_000
"""So many pairs of routes are compared: less than a second's work."""


@record
class _Asked:
    """What a way asks for, made to be compared; without a value, anything."""

    paths: tuple[str, ...]
    expressions: bool
    plain: tuple[frozenset[str], ...]
    headers: dict[str, frozenset[str]]


def remarks_on_order(ways: Sequence[Way]) -> list[tuple[str, ...]]:
    """For each of the ways, which are in the order of their ranks, what is to be said of it and those after it."""
    found: list[list[str]] = [[] for _ in ways]
    asked = [_asked(way) for way in ways]
    left = MAX_PAIRS
    for at, way in enumerate(ways):
        late = not way.meant
        for after in range(at + 1, len(ways)):
            other = ways[after]
            tied = other.rank == way.rank
            if other.route is way.route or (tied and (found[after] or None not in (way.id, other.id))):
                continue  # of each way one such other is told
            if not tied and (late or other.meant <= way.meant):
                continue
            left -= 1
            if left < 0:
                found[at].append("there are more routes than are compared: what is said of their order is not all")
                return [tuple(each) for each in found]
            if not _meet(asked[at], asked[after]):
                continue
            names = f"`{way.route.shown}` and `{other.route.shown}`"
            if tied:
                found[after].append(f"{names} have the same rank: Kong tries first the one of the larger id")
            else:
                late = True
                first, second = names.split(" and ")
                text = f"{first} is tried before {second}: so Kong's code has it, its documentation the other way round"
                found[at].append(text)
    return [tuple(each) for each in found]


def _asked(way: Way) -> _Asked:
    node = way.route.node
    plain = (frozenset(str(v.value) for v in texts(node, key)) for key in ("methods", "hosts"))
    headers = node.mapping("headers")
    by_name = {
        str(name.value).lower(): frozenset(str(v.value).lower() for v in texts(headers, str(name.value)))
        for name, _ in headers.items
    }
    return _Asked(way.written, any(path.startswith("~") for path in way.written), tuple(plain), by_name)


def _meet(one: _Asked, other: _Asked) -> bool:
    """Whether a request may be for both of two ways."""
    plain = one.paths and other.paths and not (one.expressions or other.expressions)
    if plain and not any(x.startswith(y) or y.startswith(x) for x in one.paths for y in other.paths):
        return False
    for ours, theirs in zip(one.plain, other.plain, strict=True):
        if ours and theirs and not ours & theirs and not any("*" in text for text in ours | theirs):
            return False
    for name, ours in one.headers.items():
        theirs = other.headers.get(name, frozenset())
        if ours and theirs and not ours & theirs and not any(text.startswith("~*") for text in ours | theirs):
            return False
    return True
