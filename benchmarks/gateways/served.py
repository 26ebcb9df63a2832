"""What a gateway's module gives."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

Side = tuple[int, dict[str, str], Callable[[int], bytes]]
"""A port, the headers for it, and the body of a given size."""


@dataclass(frozen=True, slots=True)
class Served:
    """A gateway twice. ``alone`` gives the milliseconds of the policy's own work for one request of a size, without the
    gateway, where that can be asked. ``note`` is said before the figures."""

    path: str
    without: Side
    with_policy: Side
    alone: Callable[[int], float] | None = None
    note: str = ""


@dataclass(frozen=True, slots=True)
class Bursting:
    """A gateway with the policy of a burst: ``rate`` requests a second, ten times as many, ``rate`` again.
    ``under_way`` tells how many requests it is still at, where it can. ``note`` is said before the figures."""

    path: str
    side: Side
    rate: float
    under_way: Callable[[], int] | None = None
    note: str = ""
