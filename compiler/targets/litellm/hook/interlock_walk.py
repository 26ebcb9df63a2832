"""One request's way through the policy: where it goes, what its errors lead to, what a log keeps of it.

Standard library and the Interlock runtime only: what sends the request is given.
"""

from __future__ import annotations

import json
import time
from collections.abc import Awaitable, Callable
from typing import Any, TypeVar
from urllib.parse import quote

from interlock_errors import UNAVAILABLE

T = TypeVar("T")


class Ended(Exception):
    """The walk ended without an answer. ``error`` is the last that was met, None if nobody was asked; whether it goes
    to the client or a `fail` stands in its place, ``Walk.decision`` says."""

    def __init__(self, error: Exception | None) -> None:
        super().__init__()
        self.error = error


class Walk:
    """A request under way. It ends with the table that it began with."""

    def __init__(self, table: Any, state: Any, request: object, clock: Callable[[], float] = time.monotonic) -> None:
        """``state`` is the runtime's serving state, or None to keep no limits and breakers. ``clock``
        gives seconds."""
        self.table = table
        self.request = request
        self.decision = table.decide(request)
        self.after: list[str] = []
        self.limited: str | None = None
        """The upstream whose limit answered with its own status."""
        self.hops: list[dict[str, Any]] = []
        """What was sent: to whom, how it ended (None: well, ``error``: with one that has no class), in how many ms."""
        self._state = state
        self._clock = clock
        self._tries = 0
        self._recorded: tuple[int, dict[str, Any]] | None = None

    async def run(self, send: Callable[[Any], Awaitable[T]], class_of: Callable[[Exception], str | None]) -> T:
        """Send the request where the policy says until there is an answer. ``send(decision)`` gives it or raises an
        error; once it has given one, nothing hops any more. Raises ``Ended``."""
        last: Exception | None = None
        while True:
            permit = self._admit()
            if self.decision.fail is not None:
                raise Ended(last)
            began = self._clock()
            try:
                answer = await send(self.decision)
            except Exception as error:
                class_ = class_of(error)
                self._told(began, class_ or "error")
                if permit is not None:
                    permit.done(class_)
                if not self._goes_on(class_):
                    raise Ended(error) from error
                last = error
            else:
                self._told(began, None)
                if permit is not None:
                    permit.done(None)
                return answer

    def _admit(self) -> Any:
        """Go on from upstreams that nothing may be sent to now; the permit, if there is one to give back."""
        if self._state is None:
            return None
        before, admitted = self.decision, self._state.admit(self.table, self.decision)
        for class_ in admitted.errors:
            self.after.append(class_)
            before = self.table.after(before, class_)
            self._tries = 0
        if admitted.decision.fail is not None and before.fail is None:
            self.limited = before.upstream
        self.decision = admitted.decision
        return admitted.permit

    def _goes_on(self, class_: str | None) -> bool:
        if class_ is None:
            return False
        if class_ in UNAVAILABLE and self._tries < self._retries():
            self._tries += 1
            return True
        self._tries = 0
        self.after.append(class_)
        self.decision = self.table.after(self.decision, class_)
        return self.decision.fail is None

    def _retries(self) -> int:
        return next((int(pool.retry) for pool in self.table.spec.pools if pool.name == self.decision.pool), 0)

    def _told(self, began: float, class_: str | None) -> None:
        took = round((self._clock() - began) * 1000, 1)
        hop = {"upstream": self.decision.upstream, "model": self.decision.model, "error": class_, "ms": took}
        self.hops.append(hop)

    def record(self) -> dict[str, Any]:
        """The record of the decision as it is now (docs/record.md)."""
        # It is asked for each hop and at the end, and depends on the errors alone.
        if self._recorded is None or self._recorded[0] != len(self.after):
            self._recorded = len(self.after), self.table.record(self.request, self.after).to_dict()
        return self._recorded[1]

    def line(self, outcome: str, **more: object) -> str:
        """The line of the log: JSON. ``outcome`` is ``served``, ``failed`` (by the policy) or ``returned`` (the
        upstream's own error)."""
        told = {"interlock": outcome, **more, "hops": self.hops, "record": self.record()}
        if self.limited is not None:
            told["limited"] = {"upstream": self.limited, "status": self.decision.fail.status}
        return json.dumps(told, sort_keys=True, ensure_ascii=False, separators=(",", ":"))


def told(decision: Any) -> dict[str, str]:
    """A decision as the headers of a response."""
    said = decision.to_dict()
    names = ("policy", "version", "rule", "pool", "upstream", "model", "hop")
    return {f"x-interlock-{name}": quote(str(said[name]), safe="[]/:.,-_ ") for name in names if said[name] is not None}
