"""The one search behind every exact finding: choose a class for each variable so that every column is excluded.

A variable is an attribute (or one element of a set); choosing a class keeps the columns in that class's row. The
search asks for a choice after which none is left: a request that no earlier rule takes, or, with two copies of
the columns side by side, two turns of one session.
"""

from __future__ import annotations

from collections.abc import Sequence

Candidate = tuple[int, int]
"""(class, row): the row tells which columns survive the choice."""

_MAX_VARIABLES = 400


class Incomplete(Exception):
    """The search hit its limit of steps; nothing is known."""


class Search:
    """One search, or several that share a limit. ``core`` is, after a failed one, a set of columns that cannot all
    be excluded."""

    def __init__(self, limit: int) -> None:
        """``limit``: how many choices may be tried before giving up."""
        self._left = limit
        self.core = 0

    def spend(self, choices: int) -> None:
        """Take what is as much work as trying some choices off the limit. Raises ``Incomplete``."""
        self._left -= choices
        if self._left < 0:
            raise Incomplete

    def run(self, variables: Sequence[tuple[int, Sequence[Candidate]]], columns: int) -> dict[int, int] | None:
        """A choice (variable to class, those left out are free) that excludes all ``columns``, or None.

        Raises ``Incomplete``."""
        self.core = 0
        self.spend(columns.bit_count() // 64)  # looking at them all is work, even if no choice has to be tried
        chosen: dict[int, int] = {}
        waiting = list(variables)
        useful: list[tuple[int, list[Candidate], int]] = []
        shrunk = True
        while columns and shrunk:
            shrunk = False
            useful = []
            for variable, candidates in waiting:
                reduced = _undominated(candidates, columns)
                self.spend(len(reduced) * len(reduced) // 2_048)  # they are compared in pairs
                if not reduced:
                    return None
                if len(reduced) == 1:
                    # No other class excludes what this one does not: nothing speaks against choosing it now.
                    class_, row = reduced[0]
                    if columns & ~row:
                        chosen[variable] = class_
                        columns &= row
                        shrunk = True
                    continue
                always = _meet(reduced, columns)
                if always != columns:
                    useful.append((variable, reduced, always))
            waiting = [(variable, reduced) for variable, reduced, _ in useful]
        if not columns:
            return chosen
        if len(useful) > _MAX_VARIABLES:
            raise Incomplete
        useful.sort(key=lambda entry: len(entry[1]))
        found = self._exclude(useful, columns)
        return None if found is None else {**chosen, **dict(found)}

    def _exclude(self, variables: list[tuple[int, list[Candidate], int]], columns: int) -> list[tuple[int, int]] | None:
        if not columns:
            return []
        self.spend(1)
        # INVARIANT: `once` has the columns that some variable can still exclude, `twice` those that two can.
        once = twice = 0
        for _, _, always in variables:
            able = columns & ~always
            twice |= once & able
            once |= able
        lost = columns & ~once
        if lost:
            self.core |= lost & -lost
            return None
        forced = columns & ~twice
        target = (forced or columns) & -(forced or columns)
        open_ = list(variables)
        for k, (variable, candidates, always) in enumerate(variables):
            if always & target:
                continue
            rest = open_[:k] + open_[k + 1 :]
            excluding = [(columns & row, class_) for class_, row in candidates if not row & target]
            excluding.sort(key=_survivors)
            tried: list[int] = []
            for left, class_ in excluding:
                # What a class with fewer survivors could not do, one with more cannot.
                if any(before & ~left == 0 for before in tried):
                    continue
                found = self._exclude(rest, left)
                if found is not None:
                    found.append((variable, class_))
                    return found
                tried.append(left)
            keeping = [(class_, row) for class_, row in candidates if row & target]
            if not keeping:
                break
            open_[k] = (variable, keeping, _meet(keeping, columns))
        self.core |= target
        return None


def _survivors(entry: tuple[int, int]) -> int:
    return entry[0].bit_count()


def _meet(candidates: Sequence[Candidate], columns: int) -> int:
    always = columns
    for _, row in candidates:
        always &= row
    return always


def _undominated(candidates: Sequence[Candidate], columns: int) -> list[Candidate]:
    """The candidates after which fewest columns survive; of equal ones the first."""
    distinct: dict[int, int] = {}
    for class_, row in candidates:
        distinct.setdefault(row & columns, class_)
    kept: list[Candidate] = []
    for row, class_ in sorted(distinct.items(), key=_survivors):
        for _, other in kept:
            if other & row == other:
                break
        else:
            kept.append((class_, row))
    return kept
