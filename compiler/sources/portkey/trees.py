"""What becomes of a request, once it is clear which conditions hold."""

from __future__ import annotations

from fractions import Fraction

from interlock.compiler.sources.portkey.config import Target
from interlock.dsl.record import record


@record
class Ask:
    """One of some targets is asked, with a share of the requests each."""

    targets: tuple[tuple[Target, Fraction], ...]
    owner: Target


@record
class Chain:
    """One after the other, while errors are of the ``classes``; with ``any`` all are, and that there is no answer."""

    parts: tuple[Tree, ...]
    classes: frozenset[str]
    any: bool


@record
class Stop:
    """The gateway answers itself, whatever was tried before."""

    status: int
    message: str


@record
class Nothing:
    """No target is asked; within a fallback for all errors the next one is."""


Tree = Ask | Chain | Stop | Nothing


def hops(tree: Tree) -> int:
    """Through how many targets a request may go."""
    return sum(map(hops, tree.parts)) if isinstance(tree, Chain) else 1
