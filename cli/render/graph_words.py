"""How the drawings of a graph call things."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from interlock.cli.cells import plain
from interlock.cli.render.decision import failure
from interlock.cli.render.walk import class_names
from interlock.compiler.graph import End, Hop
from interlock.compiler.graph_columns import family_of
from interlock.dsl.policy import UNAVAILABLE

if TYPE_CHECKING:
    from interlock.compiler.graph import Entry, Graph, Node, Served

RETURNED = "returned to the client"
INVALID = "invalid requests"

_MOST = 4


def names(pools: Sequence[str]) -> str:
    """``opus[us_east, us_west]``: the copies of one family, in their order; of many the first few."""
    families = [family_of(name) for name in pools]
    if len(pools) == 1:
        return plain(pools[0])
    shown = [str(index) for _, index in families]
    if len(shown) > _MOST:
        shown = [*shown[: _MOST - 1], f"… {len(shown) - _MOST + 1} more"]
    return plain(f"{families[0][0]}[{', '.join(shown)}]")


def called(node: Node) -> str:
    """A pool, or a fail as the language writes it."""
    return failure(node.status, node.message) if isinstance(node, End) else names(node.pools)


def served(member: Served) -> str:
    """``bedrock with claude-sonnet-4-6``."""
    return f"{names(member.upstreams)} with {plain(member.model)}"


def returned_early(hop: Hop) -> str:
    """The classes of `unavailable` that are returned to the client for want of a chain, or nothing: the others are
    returned as a matter of course."""
    return class_names([name for name in hop.returned if name in UNAVAILABLE])


def rules(entry: Entry, most: int) -> list[str]:
    """The rules of an entry, at most so many lines."""
    if not entry.rules:
        return [INVALID]
    shown = [plain(name) for name in entry.rules]
    return shown if len(shown) <= most else [*shown[: most - 1], f"{len(shown) - most + 1:,} more"]


def many(count: int, what: str) -> str:
    """``1 rule``, ``2 rules``."""
    return f"{count:,} {what}{'' if count == 1 else 's'}"


def legend(graph: Graph) -> list[str]:
    """What a reader of this drawing has to know."""
    hops = [node for node in graph.nodes if isinstance(node, Hop)]
    lines = []
    if any(set(UNAVAILABLE) <= set(move.classes) for hop in hops for move in hop.moves):
        lines.append(f"unavailable is {', '.join(UNAVAILABLE)}")
    if any(hop.returned for hop in hops):
        lines.append(f"an error that is not shown is {RETURNED}")
    if any(len(hop.pools) > 1 for hop in hops):
        lines.append("copies of a family in one place behave alike: the first leads to the first, and so on")
    return lines
