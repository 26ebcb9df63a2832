"""What traffic says of a difference: frozen values, and the counts that they are made from."""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction

from interlock.compiler.homes import Home
from interlock.compiler.traffic.read import SAMPLES, Unread
from interlock.dsl import policy as p
from interlock.dsl.record import record

DAY = 86_400_000_000
"""Microseconds."""


@record
class Served:
    """What serves a request at first."""

    upstream: str
    provider: str
    account: str | None
    region: str | None
    model: str


@record
class Answer:
    """Where a version sends a request at first: to a ``pool`` and a ``place`` in it, else a ``fail``. ``invalid`` is
    the attribute and the reason of a request that the version does not take."""

    pool: str | None
    place: Served | None
    fail: p.Fail | None
    invalid: tuple[str | None, str] | None

    @property
    def model(self) -> str | None:
        """The model that serves it; None for a fail."""
        return None if self.place is None else self.place.model

    @property
    def home(self) -> tuple[str, Home] | None:
        """The model, and where its prompt cache lives; None for a fail."""
        place = self.place
        return None if place is None else (place.model, (place.provider, place.account, place.region))

    @property
    def to(self) -> p.To | p.Fail:
        """The destination, as policies have it."""
        if self.pool is not None:
            return p.To(self.pool)
        assert self.fail is not None
        return self.fail


@record
class Group:
    """Requests with one answer in each version. ``tokens`` are those of the ``known`` requests among them, of which the
    traffic says how long prompt and answer were: uncached, read from the cache, written to it, and of the answer."""

    old: Answer
    new: Answer
    requests: int
    known: int
    tokens: tuple[int, int, int, int]

    @property
    def compared(self) -> bool:
        """Whether a version at least takes these requests: others are not compared."""
        return self.old.invalid is None or self.new.invalid is None

    @property
    def moved(self) -> bool:
        """Whether they are served elsewhere, by another model, or not as before."""
        return self.compared and (self.old.place, self.old.fail) != (self.new.place, self.new.fail)


@record
class Refused:
    """Requests that a version does not take, for one reason, and the first rows with them, each ``file:line``."""

    attribute: str | None
    reason: str
    requests: int
    places: tuple[str, ...]


@record
class Cost:
    """What requests cost in micro-dollars in each version; ``requests`` are those with a price in both. ``days`` is
    the time from the first to the last request, one day at least; None where no request says when it was."""

    old: Fraction
    new: Fraction
    requests: int
    days: Fraction | None


@record
class Cold:
    """``sessions`` of ``of``: NEW sends a request of theirs to a model in a home (provider, account, region) to which
    OLD sends none of theirs. ``elsewhere`` of these had that model in other homes only."""

    sessions: int
    elsewhere: int
    of: int


@record
class Weight:
    """A difference weighed by requests. ``rows`` were read, ``singly`` of them decided one by one, as they do not fit
    columns; what could not be read is in ``unread``. ``invalid`` is of each version. ``cold`` is None where nothing
    says what makes a session (``session``)."""

    rows: int
    singly: int
    unread: tuple[Unread, ...]
    groups: tuple[Group, ...]
    invalid: tuple[tuple[Refused, ...], tuple[Refused, ...]]
    cost: Cost
    session: tuple[str, ...]
    cold: Cold | None

    @property
    def requests(self) -> int:
        """All requests: the sum of `$count`."""
        return sum(group.requests for group in self.groups)

    @property
    def moved(self) -> int:
        """The requests that are served elsewhere, by another model, or not as before."""
        return sum(group.requests for group in self.groups if group.moved)


class Tally:
    """Counts requests by what the two versions answer."""

    def __init__(self) -> None:
        self.rows = 0
        self.first: int | None = None
        self.last: int | None = None
        self._groups: dict[tuple[Answer, Answer], list[int]] = {}
        self._samples: dict[tuple[int, tuple[str | None, str]], list[tuple[int, int]]] = {}

    def add(
        self,
        old: Answer,
        new: Answer,
        numbers: tuple[int, ...],
        at: tuple[int | None, int | None],
        file: int,
        rows: list[int],
    ) -> None:
        """Rows with these answers: how many rows, requests, known requests, and their tokens (four); the first and the
        last time; some of their lines, the first among them, where a version does not take them."""
        self.rows += numbers[0]
        for n, number in enumerate(numbers[1:]):
            self._groups.setdefault((old, new), [0] * 6)[n] += number
        first, last = at
        if first is not None and last is not None:
            self.first = first if self.first is None else min(first, self.first)
            self.last = last if self.last is None else max(last, self.last)
        for side, answer in enumerate((old, new)):
            if answer.invalid is not None:
                kept = self._samples.setdefault((side, answer.invalid), [])
                kept.extend((file, row) for row in rows)
                kept.sort()
                del kept[SAMPLES:]

    def groups(self) -> tuple[Group, ...]:
        """The groups, the largest first."""
        found = [Group(old, new, n[0], n[1], (n[2], n[3], n[4], n[5])) for (old, new), n in self._groups.items()]
        return tuple(sorted(found, key=lambda group: (-group.requests, repr(group.old), repr(group.new))))

    def refused(self, side: int, names: list[str]) -> tuple[Refused, ...]:
        """What a version does not take, the most common first."""
        requests: dict[tuple[str | None, str], int] = {}
        for answers, numbers in self._groups.items():
            why = answers[side].invalid
            if why is not None:
                requests[why] = requests.get(why, 0) + numbers[0]
        found = [
            Refused(*why, many, tuple(f"{names[file]}:{row}" for file, row in self._samples.get((side, why), [])))
            for why, many in requests.items()
        ]
        return tuple(sorted(found, key=lambda each: (-each.requests, each.attribute or "", each.reason)))

    def days(self) -> Fraction | None:
        """The time from the first to the last request, one day at least."""
        if self.first is None or self.last is None:
            return None
        return max(Fraction(self.last - self.first, DAY), Fraction(1))


def cost(
    groups: tuple[Group, ...], models: tuple[Mapping[str, p.Model], Mapping[str, p.Model]], days: Fraction | None
) -> Cost:
    """What the groups cost in both versions, of the requests that have a price in both."""
    total = [Fraction(0), Fraction(0)]
    requests = 0
    for group in groups:
        each = [
            _micro_dollars(answer, of, group.tokens) for answer, of in zip((group.old, group.new), models, strict=True)
        ]
        if each[0] is not None and each[1] is not None:
            requests += group.known
            total = [total[0] + each[0], total[1] + each[1]]
    return Cost(total[0], total[1], requests, days)


def _micro_dollars(answer: Answer, models: Mapping[str, p.Model], tokens: tuple[int, int, int, int]) -> Fraction | None:
    if answer.place is None:
        return Fraction(0)
    prices = models[answer.place.model].prices
    if "input" not in prices or "output" not in prices:
        return None
    whole = prices["input"]
    by_kind = (whole, prices.get("cache_read", whole), prices.get("cache_write", whole), prices["output"])
    return Fraction(sum(price * many for price, many in zip(by_kind, tokens, strict=True)), 1_000_000)
