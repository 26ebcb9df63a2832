"""A loaded decision table."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable, Sequence
from typing import Any

from .classify import first_column
from .decision import Decision, Invalid
from .explain import explain
from .explanation import Explanation
from .lookups import lookups
from .recording import Record, recorded
from .spec import Spec
from .validate import Value, key_of
from .walk import NO_RULE, Walks


class Table:
    """A decision table, as ``load`` gives it. Nothing in it changes, so threads may share it."""

    __slots__ = (
        "_by_first",
        "_every",
        "_exact",
        "_ranges",
        "_sets",
        "_spec",
        "_sticky",
        "_texts",
        "_walks",
    )

    def __init__(self, spec: Spec) -> None:
        self._spec = spec
        self._walks = walks = Walks(spec)
        many = len(spec.columns)
        self._every = (1 << many) - 1
        found = lookups(spec.attributes, many)
        self._exact = found.exact
        self._ranges = found.ranges
        self._sets = found.sets
        self._texts = found.texts
        # What each attribute that pools are sticky by gives as a key when it is missing.
        defaults = {attribute.name: attribute.default for attribute in spec.attributes}
        self._sticky = [(name, key_of(defaults[name])) for name in walks.sticky]
        # By the bit_length of a mirrored mask: what is decided if that bit is the first. A Decision where it
        # is the same for all requests, else one that is made from the request's keys.
        self._by_first: list[Decision | Callable[[tuple[str, ...]], Decision]] = []
        self._by_first.append(walks.decision(NO_RULE, None, ()))
        known: dict[tuple[int, int], Decision | Callable[[tuple[str, ...]], Decision]] = {}
        for column in reversed(spec.columns):
            if column not in known:
                rule, state = spec.rules[column[0]], column[1]
                keyed = walks.is_keyed(state)
                known[column] = walks.by_key(state, rule) if keyed else walks.decision(state, rule, ())
            self._by_first.append(known[column])

    @property
    def policy(self) -> str:
        """The policy's name."""
        return self._spec.policy

    @property
    def version(self) -> str:
        """The SHA-256 of what the table decides: comments and layout of the policy do not change it."""
        return self._spec.version

    @property
    def spec(self) -> Spec:
        """What the table holds, for those who want to look rather than to ask."""
        return self._spec

    def decide(self, request: object) -> Decision:
        """Where ``request``, a JSON object as a ``dict``, goes. Never raises, whatever it holds.

        A request that is no ``dict``, or whose attributes are not as declared, is an invalid one: the
        policy says where it goes and ``Decision.invalid`` what is wrong with it.
        """
        # The fast path knows plain requests that are valid. Whatever is odd about another one, the
        # plain path sorts it out; so anything raised here only sends it there.
        if type(request) is dict:
            try:
                get = request.get
                mask = self._every
                for name, kind, rows, missing in self._exact:
                    value = get(name)
                    if type(value) is kind:
                        mask &= rows[value]
                    elif value is None:
                        mask &= missing  # type: ignore[operator]  # None raises
                    else:
                        return self._decide_plainly(request)
                for name, cuts, steps, missing in self._ranges:
                    value = get(name)
                    if type(value) is int:
                        mask &= steps[bisect_right(cuts, value)]  # type: ignore[operator]  # None raises
                    elif value is None:
                        mask &= missing  # type: ignore[operator]
                    else:
                        return self._decide_plainly(request)
                for name, mask_set, missing in self._sets:
                    value = get(name)
                    if type(value) is list:
                        mask = mask_set(mask, value)
                    elif value is None:
                        mask &= missing  # type: ignore[operator]
                    else:
                        return self._decide_plainly(request)
                for name, whole, mask_text, missing in self._texts:
                    value = get(name)
                    if type(value) is str:
                        row = whole.get(value)
                        mask = mask_text(mask, value) if row is None else mask & row
                    elif value is None:
                        mask &= missing  # type: ignore[operator]
                    else:
                        return self._decide_plainly(request)
                first = self._by_first[mask.bit_length()]
                if type(first) is Decision:
                    return first
                keys = []
                for name, absent in self._sticky:
                    value = get(name)
                    keys.append(absent if value is None else key_of(value))
                return first(tuple(keys))
            except Exception:
                pass
        return self._decide_plainly(request)

    def decide_text(self, text: str | bytes) -> Decision:
        """Where the request whose JSON is ``text`` goes, read as the format says. A text that is no JSON is a request
        that is no object. Never raises."""
        from .request_text import request_of

        return self.decide(request_of(text))

    def after(self, decision: Decision, error_class: str) -> Decision:
        """Where the request of ``decision``, made by this table, goes after an error of ``error_class``, once
        retries are spent. After a fail, errors change nothing.

        Raises ``ValueError`` if ``error_class`` is not one of ``ERROR_CLASSES`` (``unavailable`` is not), or
        if the decision is another table's.
        """
        return self._walks.after(decision, error_class)

    def explain(self, request: object, *, earlier: bool = True) -> Explanation:
        """Where ``request`` goes, and why: what failed in each earlier rule, the walk that would follow
        errors, the pool's pick. Without ``earlier``, nothing of earlier rules, of which a large policy has
        many. Never raises."""
        return explain(self._spec, self._walks, request, earlier)

    def explain_record(self, record: Record | dict[str, Any], *, earlier: bool = True) -> Explanation:
        """The explanation that the request of ``record``, made by a table of this version, had. Rules, conditions,
        walk and pick are the same; a value of which the record holds only a class is shown as that (``Other``,
        ``Holding``). ``record`` may be its parsed JSON; other members, which a log has added, are ignored.

        Raises ``RecordError`` for what is no record of this version's, or was changed."""
        from .from_record import explain_record

        return explain_record(self._spec, self._walks, record, earlier)

    def record(self, request: object, after: Sequence[str] = ()) -> Record:
        """What a log may keep of the decision on ``request`` after the errors ``after``: classes, none of its texts.

        Raises ``ValueError`` if ``after`` names no error class; never for a request.
        """
        spec, walks = self._spec, self._walks
        found = first_column(spec, request)
        decision = self._decide_plainly(request)
        for error_class in after:
            decision = walks.after(decision, error_class)
        return recorded(spec, decision, after, None if isinstance(found, Invalid) else found[0])

    def _decide_plainly(self, request: object) -> Decision:
        """The same as ``decide``, slow and obvious: for what the fast path leaves, and to test it against."""
        spec, walks = self._spec, self._walks
        found = first_column(spec, request)
        if isinstance(found, Invalid):
            return walks.decision(spec.invalid, None, (), invalid=found)
        values, column = found
        if column is None:
            return walks.decision(NO_RULE, None, ())
        rule, state = spec.columns[column]
        return walks.decision(state, spec.rules[rule], self._keys(values) if walks.is_keyed(state) else ())

    def _keys(self, values: Sequence[Value]) -> tuple[str, ...]:
        by_name = {a.name: value for a, value in zip(self._spec.attributes, values, strict=True)}
        return tuple(key_of(by_name[name]) for name in self._walks.sticky)

    def __reduce__(self) -> tuple[type[Table], tuple[Spec]]:
        return Table, (self._spec,)

    def __repr__(self) -> str:
        return f"<Table {self.policy} {self.version[:12]}>"
