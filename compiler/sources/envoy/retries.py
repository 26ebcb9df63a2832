"""When Envoy tries again, and where: the retry settings of a BackendTrafficPolicy."""

from __future__ import annotations

from interlock.compiler.sources.document import Mapping, Scalar
from interlock.compiler.sources.envoy.objects import Object
from interlock.compiler.sources.envoy.routes import milliseconds, whole
from interlock.compiler.sources.plan import OVERFLOW, REFUSED
from interlock.dsl.record import record
from interlock.dsl.source import Span

DEFAULT_RETRIES = 2
_BY_DEFAULT = frozenset({"connect-failure", "refused-stream", "unavailable", "cancelled", "retriable-status-codes"})
CONNECT = "no connection"
HANG = "no answer in time"
"""Two failures beside the statuses: the second one is what `perRetry.timeout` and `streamIdleTimeout` make of it."""

CLASSES: dict[str, tuple[int | str, ...]] = {
    "overloaded": (503, 529),
    "rate_limited": (429,),
    "server_error": (500, 502),
    "timeout": (504, HANG),
    "unreachable": (CONNECT,),
    OVERFLOW: (400, 413),
    REFUSED: (400,),
}
"""What the classes of errors of the language are to Envoy."""

UNAVAILABLE_CLASSES = tuple(CLASSES)[:5]


@record
class Retry:
    """``retries`` after the first attempt; ``per_priority`` attempts before the next priority, 0: never another one.
    ``per_try`` in milliseconds is what one attempt may take. ``node`` is the setting, ``span`` its key."""

    retries: int
    per_priority: int
    triggers: frozenset[str]
    codes: frozenset[int]
    per_try: int | None
    node: Mapping
    span: Span
    policy: Object

    def covers(self, failure: int | str) -> bool:
        """Whether Envoy tries again after a status, or after a failure without one."""
        whatever = {"5xx", "gateway-error", "reset"} & self.triggers
        if failure == HANG:
            return bool(whatever)
        if failure == CONNECT:
            return bool(whatever | ({"connect-failure", "reset-before-request"} & self.triggers))
        assert isinstance(failure, int)
        return (
            ("5xx" in self.triggers and 500 <= failure < 600)
            or ("gateway-error" in self.triggers and failure in (502, 503, 504))
            or ("retriable-4xx" in self.triggers and failure == 409)
            or ("retriable-status-codes" in self.triggers and failure in self.codes)
        )


def retry_of(policy: Object) -> Retry | None:
    """The retries that a policy asks for; None where it does not say `retry`, and then there are none."""
    node, key = policy.spec.get("retry"), policy.spec.key("retry")
    if not isinstance(node, Mapping) or key is None:
        return None
    on = node.get("retryOn")
    triggers, codes = _BY_DEFAULT, frozenset({503})
    if isinstance(on, Mapping):
        said = frozenset(str(item.value) for item in on.list("triggers") if isinstance(item, Scalar))
        triggers = said or _BY_DEFAULT
        # Without codes there are none: those of the default are gone as soon as `retryOn` is written.
        codes = frozenset(whole(item, 0) for item in on.list("httpStatusCodes") if isinstance(item, Scalar))
    per_try = node.mapping("perRetry").text("timeout")
    return Retry(
        retries=whole(node.scalar("numRetries"), DEFAULT_RETRIES),
        per_priority=whole(node.scalar("numAttemptsPerPriority"), 0),
        triggers=triggers,
        codes=codes,
        per_try=(milliseconds(per_try) or None) if per_try is not None else None,
        node=node,
        span=key.span,
        policy=policy,
    )


def attempts(levels: int, retry: Retry | None, most: int) -> list[int]:
    """Which of the priorities (0 is the first) is asked at each attempt, if all of them fail; ``most`` of them."""
    if retry is None or levels == 0:
        return [0] * min(levels, 1)
    count = min(1 + retry.retries, most)
    if retry.per_priority == 0:
        return [0] * count
    # When every priority has been tried, Envoy begins again with the first.
    return [attempt // retry.per_priority % levels for attempt in range(count)]
