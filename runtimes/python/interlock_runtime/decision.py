"""What deciding gives: a ``Decision``, with a ``Fail`` or ``Invalid`` where something is wrong."""

from __future__ import annotations

from typing import final

from .record import record

ERROR_CLASSES = (
    "overloaded",
    "rate_limited",
    "server_error",
    "timeout",
    "unreachable",
    "context_overflow",
    "refused",
)
"""The classes an upstream's error may have, in the order of a state's ``next``."""


@record
class Fail:
    """The answer to give instead of an upstream's. ``status`` None: the error that was met, whose class is
    ``message``, goes to the client as it is."""

    status: int | None
    message: str | None


@record
class Invalid:
    """What is wrong with a request. ``attribute`` is None when it is no JSON object at all; ``reason`` is
    ``missing``, ``wrong_type``, ``out_of_range``, ``unknown_value`` or ``not_an_object``."""

    attribute: str | None
    reason: str
    message: str


@final
@record
class Decision:
    """Where a request goes. Immutable, hashable and picklable.

    ``rule`` is None for an invalid request and for one that meets no rule. ``pool`` to ``model`` are None
    when there is a ``fail``. ``hop`` counts the moves to another pool since the request came in.

    Two decisions are equal when these fields are: what ``Table.after`` needs besides is not compared.
    """

    policy: str
    version: str
    rule: str | None
    pool: str | None
    upstream: str | None
    provider: str | None
    account: str | None
    region: str | None
    model: str | None
    hop: int
    fail: Fail | None
    invalid: Invalid | None
    # The state of the chain automaton (None: final), and the key of each attribute some pool is sticky by.
    _state: int | None = None
    _keys: tuple[str, ...] = ()

    def to_dict(self) -> dict[str, object]:
        """The JSON form, as ``interlock decide --format json`` prints it."""
        fail = self.fail
        invalid = self.invalid
        return {
            "policy": self.policy,
            "version": self.version,
            "rule": self.rule,
            "pool": self.pool,
            "upstream": self.upstream,
            "provider": self.provider,
            "account": self.account,
            "region": self.region,
            "model": self.model,
            "hop": self.hop,
            "fail": None if fail is None else {"status": fail.status, "message": fail.message},
            "invalid": None
            if invalid is None
            else {"attribute": invalid.attribute, "reason": invalid.reason, "message": invalid.message},
        }

    def _with_keys(self, keys: tuple[str, ...]) -> Decision:
        """The same decision for a request with other keys."""
        return Decision(
            self.policy,
            self.version,
            self.rule,
            self.pool,
            self.upstream,
            self.provider,
            self.account,
            self.region,
            self.model,
            self.hop,
            self.fail,
            self.invalid,
            self._state,
            keys,
        )
