"""The walk from a pool as priorities and retries: one list of errors that lead on, the same for all attempts."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import groupby

from interlock.compiler.reference import State, step
from interlock.dsl.policy import CLASSES, UNAVAILABLE, Fail, Policy
from interlock.dsl.record import record

CODES: dict[str, tuple[int, ...]] = {
    "overloaded": (503, 529),
    "rate_limited": (429,),
    "server_error": tuple(code for code in range(500, 600) if code not in (503, 504, 529)),
    "timeout": (504,),
    "unreachable": (),
    "context_overflow": (413,),
}
"""The statuses of the classes of errors that Envoy can tell from others without reading the answer."""


@record
class Way:
    """``levels`` are the pools by priority, each asked ``each`` times before the next one, ``attempts`` in all.
    ``classes`` lead on from one attempt to the next. ``lost`` says what the policy does otherwise. ``ends`` are the
    classes whose errors end in one `fail`, wherever they come and do not lead on; ``unended`` those that end in a
    `fail` at one pool, and otherwise at another. ``retries`` are the pools whose `retry` is not kept."""

    levels: tuple[str, ...]
    each: int
    attempts: int
    classes: tuple[str, ...]
    lost: tuple[str, ...]
    ends: tuple[tuple[str, Fail], ...]
    unended: tuple[str, ...]
    retries: tuple[str, ...]


_Place = tuple[State, int]


def way_of(policy: Policy, pool: str) -> Way:
    """The walk of requests that come to a pool."""
    start = State(pool, None, 0, 0, None)
    paths: dict[tuple[str, ...], list[str]] = {}
    for name in CODES:
        paths.setdefault(tuple(_path(policy, start, name, retry=True)), []).append(name)
    path, classes = max(paths.items(), key=lambda item: (len(item[0]) > 1, len(item[1])))
    if len(path) < 2:
        return Way((pool,), 1, 1, (), *_lost(policy, start, (pool,), (), retry=True), ())
    retries: tuple[str, ...] = ()
    levels, each = _levels(path)
    if _walk(levels, each, len(path)) != path:
        # One number of attempts holds for all priorities: each is asked once.
        retries = tuple(dict.fromkeys(name for name in path if policy.pools[name].retry))
        path = tuple(_path(policy, start, classes[0], retry=False))
        # Where priorities cannot follow, the walk ends.
        path = next(path[:n] for n in range(len(path), 0, -1) if _walk(*_levels(path[:n]), n) == path[:n])
        levels, each = _levels(path)
    lost = _lost(policy, start, path, classes, retry=not retries)
    if len(path) < 2:
        classes = []
    return Way(levels, each, len(path), tuple(classes), *lost, retries)


def _levels(path: tuple[str, ...]) -> tuple[tuple[str, ...], int]:
    return tuple(dict.fromkeys(path)), len(list(next(groupby(path))[1]))


def _walk(levels: tuple[str, ...], each: int, attempts: int) -> tuple[str, ...]:
    return tuple(levels[attempt // each % len(levels)] for attempt in range(attempts))


def _next(policy: Policy, place: _Place, error: str, retry: bool) -> _Place:
    state, tries = place
    if retry and state.pool is not None and error in UNAVAILABLE and tries < policy.pools[state.pool].retry:
        return state, tries + 1
    return step(policy, state, error), 0


def _path(policy: Policy, start: State, error: str, *, retry: bool) -> Iterator[str]:
    place = start, 0
    while place[0].pool is not None:
        yield place[0].pool
        place = _next(policy, place, error, retry)


_Ends = tuple[tuple[str, Fail], ...]


def _lost(
    policy: Policy, start: State, path: tuple[str, ...], classes: Sequence[str], *, retry: bool
) -> tuple[tuple[str, ...], _Ends, tuple[str, ...]]:
    """What is lost, the ends, and what has no end that is always alike."""
    met: dict[str, set[Fail | None]] = {error: set() for error in CLASSES}
    lost = tuple(dict.fromkeys(_differences(policy, start, path, classes, met, retry=retry)))
    fails = {error: {fail for fail in ends if fail is not None} for error, ends in met.items()}
    ends = tuple((error, next(iter(fails[error]))) for error in CLASSES if fails[error] and len(met[error]) == 1)
    return lost, ends, tuple(error for error in CLASSES if fails[error] and len(met[error]) > 1)


def _differences(
    policy: Policy,
    start: State,
    path: tuple[str, ...],
    classes: Sequence[str],
    met: dict[str, set[Fail | None]],
    *,
    retry: bool,
) -> Iterator[str]:
    """What the policy does otherwise than ask the pools of ``path`` one after the other on errors of ``classes``.
    Puts into ``met`` how errors end that do not lead on: in a `fail`, or (None) in anything else."""
    places: set[_Place] = {(start, 0)}
    for number, pool in enumerate(path):
        last = number == len(path) - 1
        following: set[_Place] = set()
        for place in sorted(places, key=lambda p: (p[0].hop, p[0].position, p[1])):
            for error in CLASSES:
                after = _next(policy, place, error, retry)
                to = after[0].pool
                if error not in classes or last:
                    met[error].add(after[0].fail)
                if after[0].fail is not None and (error not in classes or last):
                    continue
                if error in classes and not last and to != path[number + 1]:
                    where = f"to `{to}`" if to is not None else "to the client"
                    yield f"`{error}` at `{pool}` leads to `{path[number + 1]}`, as the others do, and not {where}"
                elif to is not None and (error not in classes or last):
                    yield f"`{error}` at `{pool}` goes to the client, and not to `{to}`"
                if error in classes and to is not None and not last and to == path[number + 1]:
                    following.add(after)
        places = following


def retry_on(classes: tuple[str, ...]) -> dict[str, object]:
    """`retryOn` for classes of errors."""
    rest = classes
    triggers = []
    if set(UNAVAILABLE) <= set(classes):
        triggers = ["5xx"]  # which has resets, connections that fail and silence in it too
        rest = tuple(name for name in classes if name in ("rate_limited", "context_overflow"))
    elif "unreachable" in classes:
        triggers = ["connect-failure"]
        if "timeout" in classes:
            triggers.append("reset")
    codes = sorted(code for name in rest for code in CODES[name])
    if codes:
        triggers.append("retriable-status-codes")
    return {"triggers": triggers} | ({"httpStatusCodes": codes} if codes else {})


def unseen(classes: tuple[str, ...], has_total: bool) -> Iterator[tuple[str, str]]:
    """The errors of these classes that Envoy does not see."""
    if "overloaded" in classes:
        yield "overloaded in a stream", "an error inside a stream of status 200 is passed on to the client"
    if "timeout" in classes and has_total and "unreachable" not in classes:
        yield "silence", "an upstream that does not answer in time: the client gets 504, only a status 504 leads on"
    if "unreachable" in classes and "timeout" not in classes:
        yield "broken connections", "one that breaks before the answer goes to the client as 503"
    if "context_overflow" in classes:
        yield "context_overflow of status 400", "the answer is not read: it goes to the client, only 413 leads on"
