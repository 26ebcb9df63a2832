"""The walk of a request through the groups of a LiteLLM configuration, as an automaton.

When a group has failed, the proxy takes the fallbacks of that group, else those of the group the request asked for,
else those of `*`, one by one; and each of them, failing, takes its own first: depth first, no target twice in one
request, and no list is entered deeper than `max_fallbacks`. A group with several `order` levels has its higher levels
as its first fallbacks, but not after an error that is about the prompt. `docs/gateways/litellm.md` has the sources.
"""

from __future__ import annotations

from interlock.compiler.sources.litellm.config import (
    CONTEXT,
    DEFAULT_MAX_FALLBACKS,
    FALLBACKS,
    POLICY,
    Config,
    Entry,
    Target,
)
from interlock.compiler.sources.litellm.names import NameTable, found_under
from interlock.compiler.sources.plan import ALL_CLASSES, OVERFLOW, REFUSED, UNAVAILABLE
from interlock.dsl.record import record
from interlock.dsl.source import Span

MAX_STATES = 20_000
MAX_HOPS = 250

Level = int | float | None


class TooManyStates(Exception):
    """The fallbacks of a configuration lead to more walks than can be written down."""


@record
class Step:
    """A target to be tried: a name, and for a level of its group which. ``span`` is what puts it there."""

    name: str
    level: Level
    parameters: str
    span: Span


@record
class Place:
    """The deployments that are asked: those of a level of a group. ``retried_as`` is the name that they are asked by,
    where a policy of retries is for that name."""

    group: str
    level: Level
    retried_as: str | None = None


class Node:
    """A state of the walk, each once: the place that is asked, by which name, and what comes after an error of each
    class. None is the end: the client gets the error. Nodes that behave alike are the same object."""

    __slots__ = ("after", "name", "place", "span")

    def __init__(self, place: Place, name: str, span: Span, after: dict[str, Node | None]) -> None:
        self.place = place
        self.name = name
        self.span = span
        self.after = after


@record
class _Frame:
    """A list of targets that is being gone through, at a depth."""

    left: tuple[Step, ...]
    depth: int


@record
class _State:
    step: Step
    depth: int
    frames: tuple[_Frame, ...]
    attempted: frozenset[tuple[str, Level, str]]


class Walks:
    """The walks of a configuration."""

    def __init__(self, config: Config, names: NameTable) -> None:
        self._fallbacks = config.fallbacks
        self._names = names
        self._default = default_of(config, names)
        self._deepest = config.number("max_fallbacks", DEFAULT_MAX_FALLBACKS)
        retried = config.value("model_group_retry_policy")
        self._retried = retried if isinstance(retried, dict) else {}
        self._nodes: dict[object, Node] = {}
        self._cut: dict[tuple[str, str], Span] = {}
        self.cut: dict[str, dict[tuple[str, str], Span]] = {}
        """By the name asked for, the targets that no walk comes to because of `max_fallbacks`: the group whose list was
        not entered, and the target, with the place that lists it."""

    def start(self, name: str, span: Span) -> Node | None:
        """The walk of requests for a name. None where nobody is asked at all. Raises ``TooManyStates``."""
        memo: dict[_State, Node | None] = {}
        self._cut = {}
        state = _State(Step(name, None, "", span), 0, (), frozenset())
        found = self._node(self._arrive(state, name), name, memo)
        # What another walk for the same name comes to is not cut off.
        tried = {name, *(state.step.name for state in memo)}
        cut = {(group, target): at for (group, target), at in self._cut.items() if target not in tried}
        if cut:
            self.cut[name] = cut
        return found

    def span(self, name: str, span: Span, errors: tuple[str, ...]) -> Span:
        """What puts the place there that a request for a name comes to after some errors."""
        state = self._arrive(_State(Step(name, None, "", span), 0, (), frozenset()), name)
        for error in errors:
            assert state is not None
            state = self._failed(state, error, name)
        assert state is not None
        return state.step.span

    def levels(self, group: str) -> list[int | float]:
        """The `order` levels of a group, lowest first."""
        orders = {d.order for d in self._names.members(group)}
        return sorted(order for order in orders if order is not None)

    def _node(self, state: _State | None, asked: str, memo: dict[_State, Node | None]) -> Node | None:
        """The node of a state. Goes deep only as far as a walk is long."""
        if state is None:
            return None
        if state not in memo:
            if len(memo) >= MAX_STATES or len(state.attempted) > MAX_HOPS:
                raise TooManyStates
            after = {c: self._node(self._failed(state, c, asked), asked, memo) for c in ALL_CLASSES}
            place = self._place(state.step)
            assert place is not None
            key = (place, *(id(node) for node in after.values()))
            memo[state] = self._nodes.setdefault(key, Node(place, state.step.name, state.step.span, after))
        return memo[state]

    def _place(self, step: Step) -> Place | None:
        """Where a target is asked. An unknown one is served by the first default, if there is one."""
        group = self._names.group(step.name)
        if group is None:
            group = self._default
        if group is None:
            return None
        level = None if self._names.is_id(step.name) else step.level
        level = level if level is not None else next(iter(self.levels(group)), None)
        return Place(group, level, step.name if step.name in self._retried else None)

    def _arrive(self, state: _State | None, asked: str) -> _State | None:
        """The state in which somebody is asked: targets that do not exist fail at once."""
        while state is not None and self._place(state.step) is None:
            state = self._move(state, UNAVAILABLE, asked)
        return state

    def _failed(self, state: _State, error: str, asked: str) -> _State | None:
        return self._arrive(self._move(state, error, asked), asked)

    def _move(self, state: _State, error: str, asked: str) -> _State | None:
        """The next target after an error."""
        targets = self._targets(state.step, error, asked)
        attempted, frames = state.attempted, state.frames
        if targets is not None:
            if state.depth < self._deepest:
                attempted |= {(state.step.name, None, "")}
                frames = (*frames, _Frame(targets, state.depth))
            else:
                for target in targets:
                    self._cut.setdefault((state.step.name, target.name), target.span)
        while frames:
            frame = frames[-1]
            for at, step in enumerate(frame.left):
                key = (step.name, step.level, step.parameters)
                if key not in attempted:
                    rest = _Frame(frame.left[at + 1 :], frame.depth + 1)
                    return _State(step, frame.depth + 1, (*frames[:-1], rest), attempted | {key})
            frames = frames[:-1]
        return None

    def _targets(self, step: Step, error: str, asked: str) -> tuple[Step, ...] | None:
        """The list that is gone through when a target has failed."""
        # A wildcard that would take an id lends it its levels: the deployment is asked again for each.
        by_id = self._names.is_id(step.name)
        group = self._names.covering(step.name) if by_id else self._names.group(step.name)
        levels = [] if group is None else self.levels(group)
        if group is not None and len(levels) > 1 and error == UNAVAILABLE:
            start = step.level if step.level is not None else levels[0]
            place = self._names.members(group)
            higher = tuple(
                Step(step.name, level, "", next(d.span for d in place if d.order == level))
                for level in levels
                if level > start
            )
            found = (*higher, *(self._list(FALLBACKS, step.name, asked) or ()))
            if found:
                return found
        kind = {OVERFLOW: CONTEXT, REFUSED: POLICY}.get(error, FALLBACKS)
        return self._list(kind if kind in self._fallbacks else FALLBACKS, step.name, asked)

    def _list(self, kind: str, name: str, asked: str) -> tuple[Step, ...] | None:
        if kind not in self._fallbacks:
            return None
        entry = entry_for(self._fallbacks[kind], (name, asked))
        return None if entry is None else tuple(_step(target) for target in entry.targets)


def default_of(config: Config, names: NameTable) -> str | None:
    """The group that serves names that nothing covers: the first default fallback. None where there is none, or it is
    no group by its name: an alias, an id, what a wildcard covers, a mapping."""
    first = next((e.targets[0] for e in config.fallbacks.get(FALLBACKS, ()) if e.group == "*" and e.targets), None)
    return first.name if first is not None and first.bare and names.is_group(first.name) else None


def entry_for(entries: tuple[Entry, ...], names: tuple[str, ...]) -> Entry | None:
    """The entry that holds for the first of some names that has one of its own; else the one of `*`."""
    for name in dict.fromkeys(names):
        # No request asks for a pattern, so no entry of one is found.
        own = next((e for e in entries if e.group == name and "*" not in name), None)
        # Of entries under the name without its provider the last one counts.
        own = own or next((e for e in reversed(entries) if found_under(name, e.group)), None)
        if own is not None:
            return own
    return next((e for e in reversed(entries) if e.group == "*"), None)


def _step(target: Target) -> Step:
    # A target with parameters of its own is another one each time it is written.
    name = target.name
    return Step(name, None, target.parameters, target.span)
