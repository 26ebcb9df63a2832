"""What traffic says of a policy's declarations: each request is judged and decided as it comes, sessions at the end."""

from __future__ import annotations

import tempfile
from collections import Counter
from collections.abc import Callable, Sequence

from interlock.compiler.artifact import encode
from interlock.compiler.table import Table
from interlock.compiler.traffic.faults import rule_faults, session_faults, value_faults
from interlock.compiler.traffic.found import Audit, Fault, Met, Refused
from interlock.compiler.traffic.judges import judge
from interlock.compiler.traffic.request_rows import Request
from interlock.compiler.traffic.sessions import Sessions
from interlock.compiler.traffic.tally import Tally
from interlock.dsl.policy import Policy, SetType, StringType
from interlock.runtime import load


def session_of(policy: Policy) -> tuple[str, ...]:
    """The attributes that make a session where nobody says: ``session_id``, with ``agent_id`` where that is declared
    too; else the one string that is constant in a session and that pools are sticky by. None of them: ()."""
    if "session_id" in policy.attributes:
        return tuple(name for name in ("session_id", "agent_id") if name in policy.attributes)
    sticky = {pool.sticky for pool in policy.pools.values() if pool.sticky is not None}
    keys = [policy.attributes[name] for name in sorted(sticky)]
    names = [key.name for key in keys if isinstance(key.type, StringType) and key.stability == "per session"]
    return tuple(names) if len(names) == 1 else ()


class Auditor:
    """Takes requests, and says in the end what they show. A context: it keeps temporary files."""

    def __init__(self, policy: Policy, table: Table, session: Sequence[str] | None = None) -> None:
        """``session`` are the attributes that make a session; None: what ``session_of`` says. Raises ``ValueError``
        for one that is not declared, or is a set, ``MissingDuckDB`` where sessions are to be looked at without it."""
        for name in session or ():
            if name not in policy.attributes:
                raise ValueError(f"the policy declares no attribute `{name}`")
            if isinstance(policy.attributes[name].type, SetType):
                raise ValueError(f"`{name}` is a set, and sessions are told apart by single values")
        self._policy = policy
        self._session = session_of(policy) if session is None else tuple(session)
        runtime = load(encode(table))
        self._decide = runtime.decide
        self._judges = [(attribute.name, judge(attribute), Tally()) for attribute in runtime.spec.attributes]
        self._met: Counter[str | None] = Counter()
        self._refused: Counter[tuple[str | None, str]] = Counter()
        self._first: dict[tuple[str | None, str] | None, tuple[int, int]] = {}
        self._rows = self._requests = 0
        self._folder = tempfile.TemporaryDirectory(prefix="interlock-")
        judges = {name: judged for name, judged, _ in self._judges}
        self._defaulted = [one for one in self._judges if policy.attributes[one[0]].default is not None]
        others = [a for a in policy.attributes.values() if a.name not in self._session]
        steady = [a.name for a in others if a.stability == "per session"]
        rising = [a.name for a in others if a.stability == "rising"]
        self._session_judges = [(name, judges[name]) for name in self._session]
        self._compared = [(name, judges[name]) for name in (*steady, *rising)]
        self._sessions, self._unlooked = self._begin(steady, rising)

    def _begin(self, steady: list[str], rising: list[str]) -> tuple[Sessions | None, str | None]:
        """What looks at sessions, or why nothing does."""
        if not self._session:
            return None, "nothing says what makes a session: `--session` names its attributes"
        if not self._compared:
            return None, "no other attribute is declared `per session` or `rising`"
        return Sessions(self._folder.name, steady, rising), None

    def __enter__(self) -> Auditor:
        return self

    def __exit__(self, *_: object) -> None:
        if self._sessions is not None:
            self._sessions.close()
        self._folder.cleanup()

    def request(self, request: Request) -> None:
        """Judge and decide one request."""
        given = request.values
        count = request.facts.get("$count", 1)
        assert isinstance(count, int)
        self._rows += 1
        self._requests += count
        decision = self._decide(given)
        # Of a valid request only what a default stands in for can be wrong.
        for name, judged, tally in self._judges if decision.invalid is not None else self._defaulted:
            value = given.get(name)
            fault = judged(value)[1]
            if fault is not None:
                tally.fault(fault, value, count, request.file, request.line)
        invalid = decision.invalid
        if invalid is not None:
            self._refused[invalid.attribute, invalid.reason] += count
            self._first.setdefault((invalid.attribute, invalid.reason), (request.file, request.line))
            return
        self._met[decision.rule] += count
        if decision.rule is None:
            self._first.setdefault(None, (request.file, request.line))
        if self._sessions is not None:
            self._turn(self._sessions, request)

    def _turn(self, sessions: Sessions, request: Request) -> None:
        get = request.values.get
        parts = [judged(get(name))[0] for name, judged in self._session_judges]
        if parts.count(None) < len(parts):
            values = [judged(get(name))[0] for name, judged in self._compared]
            sessions.turn(request.file, request.line, request.facts.get("$at"), parts, values)

    def audit(self, place: Callable[[int, int], str]) -> Audit:
        """What was found. ``place`` says in words where a line of a file (by its number) is."""
        policy, total = self._policy, self._requests
        faults: list[Fault] = []
        for name, _, tally in self._judges:
            faults += value_faults(policy, policy.attributes[name], tally.seen(), total, place)
        found = self._sessions.found() if self._sessions is not None else None
        if found is not None:
            faults += session_faults(policy, found, self._session, place)
        first = self._first.get(None)
        faults += rule_faults(policy, self._met, total, None if first is None else place(*first))
        return Audit(
            self._rows,
            total,
            self._session,
            None if found is None else found.sessions,
            self._unlooked,
            tuple(Met(rule.name, self._met[rule.name], rule.name_span) for rule in policy.rules),
            tuple(
                Refused(attribute, reason, requests, place(*self._first[attribute, reason]))
                for (attribute, reason), requests in self._refused.most_common()
            ),
            tuple(faults),
        )
