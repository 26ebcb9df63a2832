"""Limits and breakers, said as plainly as docs/serving.md says them: the oracle of the serving states.

It shares no code with a runtime. Tokens are fractions, and outcomes are kept one by one and counted anew.
"""

from __future__ import annotations

from fractions import Fraction
from math import ceil
from typing import Any

FAILURES = ("overloaded", "rate_limited", "server_error", "timeout", "unreachable")


class Model:
    """One upstream, as the table's JSON has it. Times are milliseconds and never go back."""

    def __init__(self, upstream: dict[str, Any], at: int) -> None:
        self.limit = upstream["limit"]
        self.breaker = upstream["breaker"]
        self.tokens = Fraction(self.limit["burst"] if self.limit else 0)
        self.filled = at
        self.state = "closed"
        self.since = at  # when the breaker opened, or the probe was let through
        self.outcomes: list[tuple[int, bool]] = []
        self.asked: list[int | None] = []  # of each request let through: its era, None once it is told
        self.era = 0  # goes up with each change of state, and with each new probe

    def admit(self, at: int) -> object:
        """``send``, ``overloaded`` or ``{"status"}``."""
        if self.state != "closed" and at - self.since < self.breaker["probe_ms"]:
            return "overloaded"
        if self.limit:
            period = {"s": 1_000, "min": 60_000}[self.limit["per"]]
            back = Fraction((at - self.filled) * self.limit["count"], period)
            self.tokens = min(Fraction(self.limit["burst"]), self.tokens + back)
            self.filled = at
            if self.tokens < 1:
                return "overloaded" if self.limit["status"] is None else {"status": self.limit["status"]}
            self.tokens -= 1
        if self.state != "closed":
            self.state, self.since, self.era = "half-open", at, self.era + 1
        self.asked.append(self.era)
        return "send"

    def done(self, number: int, error: str | None, at: int) -> None:
        """The request let through as the ``number``-th, from 0, has ended."""
        era, failed = self.asked[number], error in FAILURES
        if self.breaker is None or era != self.era:
            return
        if self.state == "half-open":
            if failed:
                self.state, self.since = "open", at
            else:
                self.state, self.outcomes = "closed", []
            self.era += 1
            return
        self.outcomes.append((at, failed))
        slice_ms = max(1, ceil(Fraction(self.breaker["window_ms"], 10)))
        last_ten = range(at // slice_ms - 9, at // slice_ms + 1)
        told = [failure for when, failure in self.outcomes if when // slice_ms in last_ten]
        if len(told) >= self.breaker["requests"] and sum(told) * 10_000 >= self.breaker["share"] * len(told):
            self.state, self.since, self.era, self.outcomes = "open", at, self.era + 1, []
