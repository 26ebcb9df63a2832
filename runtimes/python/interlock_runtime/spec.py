"""What a checked table holds: every index within bounds, every reference followed, every row a number.

Nothing here is changed after loading, so it may be shared between threads.
"""

from __future__ import annotations

from .decision import Fail
from .record import record

# A row is a set of columns: bit i is column i.
Row = int

SLOTS = 4099  # entries of a Maglev table


@record
class BoolAttribute:
    """``absent`` is None where the attribute cannot be absent; so for the other types."""

    name: str
    default: bool | None
    false: Row
    true: Row
    absent: Row | None


@record
class IntAttribute:
    """A value's row is the one at the number of ``cuts`` that are at most the value."""

    name: str
    default: int | None
    lo: int
    hi: int
    cuts: tuple[int, ...]
    rows: tuple[Row, ...]
    absent: Row | None


@record
class EnumAttribute:
    """``other`` is the row of every value not listed, None in a closed enum."""

    name: str
    default: str | None
    values: tuple[str, ...]
    rows: tuple[Row, ...]
    other: Row | None
    absent: Row | None


@record
class Pattern:
    """``pieces`` are the literal parts between the stars, two at least."""

    pieces: tuple[str, ...]
    holds: Row
    fails: Row


@record
class Sample:
    """Holds for a text whose hash with ``seed``, modulo 10,000, is less than ``below``."""

    salt: str | None
    seed: int
    below: int
    holds: Row
    fails: Row


@record
class StringAttribute:
    name: str
    default: str | None
    literals: tuple[str, ...]
    rows: tuple[Row, ...]
    other: Row
    absent: Row | None
    patterns: tuple[Pattern, ...]
    samples: tuple[Sample, ...]


@record
class Element:
    value: str
    holds: Row
    fails: Row


@record
class SetAttribute:
    """``values`` are those its elements may have, None if any."""

    name: str
    default: tuple[str, ...] | None
    enum: bool
    values: tuple[str, ...] | None
    elements: tuple[Element, ...]


Attribute = BoolAttribute | IntAttribute | EnumAttribute | StringAttribute | SetAttribute


@record
class Limit:
    """``count`` requests each ``period_ms``; ``status`` None: what is over the limit goes on as ``overloaded``."""

    count: int
    period_ms: int
    burst: int
    status: int | None


@record
class Breaker:
    """``share`` is in hundredths of a percent."""

    share: int
    requests: int
    window_ms: int
    probe_ms: int


@record
class Upstream:
    name: str
    provider: str
    account: str | None
    region: str | None
    limit: Limit | None
    breaker: Breaker | None


@record
class Member:
    upstream: Upstream
    model: str
    weight: int

    @property
    def name(self) -> str:
        return f"{self.upstream.name}/{self.model}"


@record
class Pool:
    """``maglev`` is None for a pool of one member."""

    name: str
    members: tuple[Member, ...]
    maglev: tuple[int, ...] | None
    sticky: str | None
    retry: int


@record
class Hop:
    """A state at a pool; ``next`` has, for each error class, the state that follows or None."""

    pool: Pool
    next: tuple[int | None, ...]


State = Hop | Fail


@record
class Place:
    """Where something was written: ``start`` and ``end`` are (line, column) from 1, ``end`` exclusive;
    ``doc`` is its doc comment."""

    file: str
    start: tuple[int, int]
    end: tuple[int, int]
    doc: str | None


@record
class Spec:
    """``columns`` are (rule, state) pairs of indices. ``pools`` and ``upstreams`` are all, those no walk meets too."""

    policy: str
    version: str
    attributes: tuple[Attribute, ...]
    columns: tuple[tuple[int, int], ...]
    rules: tuple[str, ...]
    states: tuple[State, ...]
    invalid: int
    places: tuple[Place, ...]
    pools: tuple[Pool, ...]
    upstreams: tuple[Upstream, ...]
