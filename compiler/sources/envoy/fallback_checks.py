"""Fallbacks that never come, or not for the errors that providers make."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from interlock.compiler.source_findings import cut_off_fallback, dead_entry, fallback_never_fires, uncovered_error
from interlock.compiler.sources.document import Mapping
from interlock.compiler.sources.envoy.places import Places
from interlock.compiler.sources.envoy.retries import CONNECT, HANG, Retry, attempts
from interlock.compiler.sources.envoy.routes import BackendRef
from interlock.compiler.sources.envoy.servings import MISSING, MIXED, STATIC, ZONED, Serving, addressing, tried_again
from interlock.dsl.finding import Finding, Related
from interlock.dsl.source import Span

_EXPECTED: tuple[int | str, ...] = (429, 500, 503, 529, CONNECT, HANG)
"""How upstreams fail, in the order in which a message names it."""
_STATUSES = "retriable-status-codes"


def check_fallbacks(servings: Iterable[Serving], places: Places) -> Iterator[Finding]:
    """Findings about the priorities of rules and the retries that are to lead through them."""
    policies: dict[int, list[Serving]] = {}
    for serving in servings:
        if len(serving.rule.levels) > 1:
            yield from _levels(serving, places)
        if serving.retry is not None:
            policies.setdefault(id(serving.policy), []).append(serving)
    for used in policies.values():
        yield from _statuses(used, places)


def _levels(serving: Serving, places: Places) -> Iterator[Finding]:
    """Priorities that no request comes to by an error of the one before."""
    policy = serving.policy
    checks = None if policy is None else policy.spec.get("healthCheck")
    levels = serving.rule.levels
    never = _why_never(serving, places)
    if never is not None:
        unhealthy = isinstance(checks, Mapping) and bool(checks.items)
        if unhealthy and serving.flat is None:
            return  # health checks lead there, if no error does
        why, help_, related = never
        first = levels[1][0]
        message = f"requests never fall back to {_named(levels[1:])}: {why}"
        yield Finding(fallback_never_fires.KIND, message, _priority(first), help_, related)
        return
    retry = serving.retry
    assert retry is not None
    cut = [level for index, level in enumerate(levels) if index not in serving.reached]
    if cut and not checks:
        needed = retry.per_priority * (len(levels) - 1)
        count = retry.node.key("numRetries")
        message = f"{_named(cut)} is never tried: after {1 + retry.retries} attempts the request has failed"
        related = (Related("the limit", retry.span if count is None else count.span),)
        help_ = f"write `numRetries: {needed}`: each priority gets {retry.per_priority} of the attempts"
        yield Finding(cut_off_fallback.KIND, message, _priority(cut[0][0]), help_, related)


def _why_never(serving: Serving, places: Places) -> tuple[str, str, tuple[Related, ...]] | None:
    rule, policy, retry = serving.rule, serving.policy, serving.retry
    if serving.flat == MIXED:
        odd = next(ref for ref in rule.live if addressing(ref, places) == "ip")
        related = (Related("this one has `ip`, others have `fqdn`", odd.span),)
        return "host names and addresses in one rule make priorities void", "give them all `fqdn`", related
    if serving.flat == MISSING:
        lost = next(ref for ref in rule.live if places.is_missing(ref))
        related = (Related("this one has no Backend", lost.span),)
        return "a backend without a Backend makes priorities void", "add the Backend (G101)", related
    if serving.flat == ZONED and policy is not None:
        related = (Related("in this policy", policy.span),)
        return "`zoneAware` makes priorities void", "leave `zoneAware` out where a rule has priorities", related
    if serving.flat == STATIC:
        return "priorities are void for backends with `ip`", "give them `fqdn`, a name of the cluster's DNS", ()
    if policy is None:
        help_ = f"add a BackendTrafficPolicy for the HTTPRoute `{rule.route.name}`, with {_SAID}"
        return "without a BackendTrafficPolicy nothing is tried again", help_, ()
    place = (Related("what holds for the rule", policy.span),)
    if retry is None:
        return f"`{policy.name}` has no `retry`", f"add {_SAID} to it", place
    if serving.hashing is not None:
        related = (Related("this keeps retries in the first priority", serving.hashing.node.span),)
        help_ = "leave `loadBalancer` out where a rule has priorities, or the priorities"
        return "`ConsistentHash` asks the first priority each time, for retries as well", help_, related
    where = (Related("here", retry.span),)
    if retry.retries == 0:
        return "`numRetries` is 0", "write `numRetries: 1`, or as many as there are further priorities", where
    if not retry.per_priority:
        help_ = f"add `numAttemptsPerPriority: 1` to the `retry` of `{policy.name}`"
        return "without `numAttemptsPerPriority` each retry asks the first priority again", help_, where
    if set(attempts(len(rule.levels), retry, 100)) == {0}:
        help_ = f"write `numAttemptsPerPriority: 1`, or `numRetries: {retry.per_priority}`"
        return f"`numRetries: {retry.retries}` is used up in the first priority", help_, where
    if not serving.classes:
        return "`retryOn` covers no error", f"write {_TRIGGERS} and {_CODES}", where
    return None


_TRIGGERS = "`triggers: [connect-failure, reset, retriable-status-codes]`"
_CODES = "`httpStatusCodes: [429, 500, 502, 503, 504, 529]`"
_SAID = "`retry: {numRetries: 1, numAttemptsPerPriority: 1, retryOn: …}`"


def _statuses(used: list[Serving], places: Places) -> Iterator[Finding]:
    retry = used[0].retry
    assert retry is not None
    yield from _codes(retry)
    falling = [serving for serving in used if len(serving.reached) > 1]
    if not falling:
        return
    # Only Anthropic answers 529.
    anthropic = any(places.provider(ref) == "anthropic" for s in falling for level in s.levels for ref in level)
    limited = all(serving.limit is not None for serving in falling)
    missing = [f for f in _EXPECTED if (f != 529 or anthropic) and not tried_again(retry, f, limited)]
    if not missing:
        return
    statuses = [str(f) for f in missing if isinstance(f, int)]
    said = [*statuses, *(["a failed connection"] if CONNECT in missing else ())]
    if HANG in missing:
        said.append("an upstream that does not answer")
    message = f"requests do not fall back on {_listed(said)}"
    on = retry.node.key("retryOn")
    yield Finding(
        uncovered_error.KIND,
        message,
        retry.span if on is None else on.span,
        _cure(retry, missing, statuses),
        notes=_notes(retry, missing, limited),
    )


def _cure(retry: Retry, missing: list[int | str], statuses: list[str]) -> str:
    cures = []
    if statuses:
        cures.append(f"add {', '.join(statuses)} to `httpStatusCodes`")
    triggers = [] if _STATUSES in retry.triggers or not statuses else [_STATUSES]
    if HANG in missing and not retry.covers(HANG):
        triggers.append("reset")
    elif CONNECT in missing:
        triggers.append("connect-failure")
    if triggers:
        cures.append(f"{_listed([f'`{t}`' for t in triggers])} to `triggers`")
    elif HANG in missing:
        cures.append("a `perRetry.timeout` that is shorter than the request's")
    return " and ".join(cures)


def _notes(retry: Retry, missing: list[int | str], limited: bool) -> tuple[str, ...]:
    notes = []
    if not isinstance(retry.node.get("retryOn"), Mapping):
        notes.append("without `retryOn` there are 503 and failed connections alone")
    if HANG in missing and not limited:
        notes.append("without a shorter `perRetry.timeout`, silence ends the request as a whole with 504")
    elif HANG in missing:
        notes.append("a `perRetry.timeout` leads on by the triggers `reset`, `gateway-error` and `5xx`, not as a 504")
    return tuple(notes)


def _codes(retry: Retry) -> Iterator[Finding]:
    """Status codes without the trigger that makes them count, and the trigger without codes."""
    on = retry.node.mapping("retryOn")
    key, triggers = on.key("httpStatusCodes"), on.key("triggers")
    if key is not None and retry.codes and _STATUSES not in retry.triggers:
        message = f"`httpStatusCodes` have no effect: `{_STATUSES}` is not among the `triggers`"
        related = () if triggers is None else (Related("these alone count", triggers.span),)
        yield Finding(dead_entry.KIND, message, key.span, f"add `{_STATUSES}` to `triggers`", related)
    elif triggers is not None and not retry.codes and _STATUSES in retry.triggers and on.list("triggers"):
        message = f"`{_STATUSES}` has no effect: there are no `httpStatusCodes`"
        yield Finding(dead_entry.KIND, message, triggers.span, f"add {_CODES}")


def _named(levels: list[tuple[BackendRef, ...]]) -> str:
    return _listed([f"`{name}`" for name in dict.fromkeys(ref.name for level in levels for ref in level)])


def _listed(names: list[str]) -> str:
    if len(names) > 4:
        return f"{', '.join(names[:3])} and {len(names) - 3} more"
    return " and ".join(part for part in (", ".join(names[:-1]), names[-1]) if part)


def _priority(ref: BackendRef) -> Span:
    """Where the priority of a backend stands, else its name."""
    key = ref.node.key("priority")
    return ref.span if key is None else key.span
