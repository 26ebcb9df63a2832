"""Limits and breakers while serving, one ``State`` a process: docs/serving.md says exactly how.

state = State()
admitted = state.admit(table, table.decide(request))
if admitted.permit is not None:
    error_class = send(admitted.decision)  # None if it went well
    admitted.permit.done(error_class)
"""

from __future__ import annotations

from collections.abc import Callable
from threading import Lock
from time import monotonic_ns

from .decision import ERROR_CLASSES, Decision, Fail
from .record import changed, record
from .spec import Breaker, Limit, Upstream
from .table import Table

FAILURES = frozenset(ERROR_CLASSES[:5])
"""The classes of ``unavailable``."""
_SLICES = 10
_TABLES = 8
"""Of so many the upstreams are looked up at once."""


def milliseconds() -> int:
    """Whole milliseconds of a clock that never goes back."""
    return monotonic_ns() // 1_000_000


class Permit:
    """That a request may be sent to ``upstream``: to be given back once, with ``done``."""

    __slots__ = ("_epoch", "_kept", "_state", "upstream")

    def __init__(self, state: State, kept: _Kept, upstream: str, epoch: int) -> None:
        self._state: State | None = state
        self._kept = kept
        self._epoch = epoch
        self.upstream = upstream

    def done(self, error_class: str | None) -> None:
        """The request ended with an error of this class, or with none of them (None). Raises ``ValueError`` for an
        unknown class, and if the permit was given back before."""
        if error_class is not None and error_class not in ERROR_CLASSES:
            raise ValueError(f"{error_class!r} is no error class; these are: {', '.join(ERROR_CLASSES)}")
        state, self._state = self._state, None
        if state is None:
            raise ValueError("the permit was given back before")
        state._done(self._kept, self._epoch, error_class in FAILURES)


@record
class Admitted:
    """``decision`` may be sent if it comes with a ``permit``; else it is a fail. ``errors`` has ``overloaded`` for each
    upstream that was passed over, for the record of the walk."""

    decision: Decision
    permit: Permit | None
    errors: tuple[str, ...] = ()


class State:
    """The limits and breakers of upstreams, for all tables of a process: an upstream is known by its name, limit and
    breaker, so that these start anew where a new table changes them, and go on where it does not. Threads may share
    it."""

    def __init__(self, clock: Callable[[], int] = milliseconds) -> None:
        """``clock`` gives whole milliseconds; a time before the last one counts as the last one."""
        self._clock = clock
        self._lock = Lock()
        self._now = clock()
        self._kept: dict[tuple[str, Limit | None, Breaker | None], _Kept] = {}
        self._served: dict[tuple[str, str], dict[str, _Kept]] = {}  # by policy and version

    def ask(self, table: Table, upstream: str) -> Permit | Fail:
        """Whether a request may be sent to ``upstream`` now; a fail is the answer instead, and one without a status
        means ``overloaded``, which the walk goes on from. Raises ``ValueError`` if the table has no such upstream."""
        with self._lock:
            kept = self._of(table).get(upstream)
            if kept is None:
                raise ValueError(f"the table has no upstream {upstream!r}")
            answer = kept.ask(self._time())
        return answer if isinstance(answer, Fail) else Permit(self, kept, upstream, answer)

    def admit(self, table: Table, decision: Decision) -> Admitted:
        """``decision``, or the one after errors ``overloaded`` of upstreams that nothing may be sent to now, with the
        permit to send it; or a fail. Raises ``ValueError`` if the decision is another table's."""
        if decision.version != table.version or decision.policy != table.policy:
            raise ValueError("the decision is another table's: a walk ends with the table it began with")
        errors: tuple[str, ...] = ()
        while decision.fail is None and decision.upstream is not None:
            if decision.hop > len(table.spec.states):  # a loop, which no compiler writes
                return Admitted(_failed(decision, _OVERLOADED), None, errors)
            answer = self.ask(table, decision.upstream)
            if isinstance(answer, Permit):
                return Admitted(decision, answer, errors)
            if answer.status is not None:
                return Admitted(_failed(decision, answer), None, errors)
            decision = table.after(decision, "overloaded")
            errors += ("overloaded",)
        return Admitted(decision, None, errors)

    def _of(self, table: Table) -> dict[str, _Kept]:
        """What is kept of the table's upstreams, by name."""
        key = table.policy, table.version
        if key not in self._served:
            if len(self._served) == _TABLES:
                self._served.clear()  # what is kept of their upstreams stays
            self._served[key] = {
                each.name: self._kept.setdefault((each.name, each.limit, each.breaker), _Kept(each, self._now))
                for each in table.spec.upstreams
            }
        return self._served[key]

    def _done(self, kept: _Kept, epoch: int, failed: bool) -> None:
        with self._lock:
            kept.done(epoch, failed, self._time())

    def _time(self) -> int:
        self._now = max(self._now, self._clock())
        return self._now


class _Kept:
    """What is kept of one upstream. An *epoch* is the time between two changes of the breaker, or two probes."""

    def __init__(self, upstream: Upstream, now: int) -> None:
        self._bucket = None if upstream.limit is None else _Bucket(upstream.limit, now)
        self._breaker = upstream.breaker
        self._epoch = 0
        self._closed_to: int | None = None  # nothing is let through before; None: closed
        self._half_open = False
        self._slices: dict[int, tuple[int, int]] = {}  # outcomes and failures

    def ask(self, now: int) -> int | Fail:
        if self._closed_to is not None and now < self._closed_to:
            return _OVERLOADED
        if self._bucket is not None and not self._bucket.take(now):
            return Fail(self._bucket.status, None) if self._bucket.status is not None else _OVERLOADED
        if self._closed_to is not None and self._breaker is not None:  # the probe
            self._change(now + self._breaker.probe_ms, True)
        return self._epoch

    def done(self, epoch: int, failed: bool, now: int) -> None:
        breaker = self._breaker
        if breaker is None or epoch != self._epoch:
            return
        if self._half_open:
            self._change(now + breaker.probe_ms if failed else None, False)
            return
        if self._opens(breaker, failed, now):
            self._change(now + breaker.probe_ms, False)

    def _opens(self, breaker: Breaker, failed: bool, now: int) -> bool:
        present = now // max(1, -(-breaker.window_ms // _SLICES))
        self._slices = {at: counts for at, counts in self._slices.items() if at > present - _SLICES}
        outcomes, failures = self._slices.get(present, (0, 0))
        self._slices[present] = outcomes + 1, failures + failed
        outcomes = sum(counts[0] for counts in self._slices.values())
        failures = sum(counts[1] for counts in self._slices.values())
        return outcomes >= breaker.requests and failures * 10_000 >= breaker.share * outcomes

    def _change(self, closed_to: int | None, half_open: bool) -> None:
        self._epoch += 1
        self._closed_to = closed_to
        self._half_open = half_open
        self._slices = {}


class _Bucket:
    """A limit's tokens, in units of one period of a token, so that nothing is rounded."""

    def __init__(self, limit: Limit, now: int) -> None:
        self.status = limit.status
        self._count = limit.count
        self._period = limit.period_ms
        self._full = self._there = limit.burst * limit.period_ms
        self._at = now

    def take(self, now: int) -> bool:
        self._there = min(self._full, self._there + (now - self._at) * self._count)
        self._at = now
        if self._there < self._period:
            return False
        self._there -= self._period
        return True


_OVERLOADED = Fail(None, "overloaded")


def _failed(decision: Decision, fail: Fail) -> Decision:
    nowhere = dict.fromkeys(("pool", "upstream", "provider", "account", "region", "model", "_state"))
    return changed(decision, **nowhere, fail=fail, _keys=())
