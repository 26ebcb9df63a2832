"""Counting the values of an attribute that are not as declared, in little memory."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping

from interlock.dsl.record import record

_DISTINCT = 1_000
"""So many different values are told apart; of more, those that come later are counted together."""


@record
class Seen:
    """The requests in which an attribute had one fault: how many, file and line of the first and its value, the
    commonest values as texts, the least and the greatest number."""

    requests: int
    file: int
    line: int
    value: object
    common: tuple[tuple[str, int], ...]
    lowest: int | None
    highest: int | None


class Tally:
    """The faults of one attribute, by kind."""

    def __init__(self) -> None:
        self._requests: Counter[str] = Counter()
        self._first: dict[str, tuple[int, int, object]] = {}
        self._common: dict[str, Counter[str]] = {}
        self._numbers: dict[str, list[int]] = {}

    def fault(self, fault: str, value: object, count: int, file: int, line: int) -> None:
        """Count one."""
        if fault not in self._first:
            self._first[fault] = (file, line, value)
            self._common[fault] = Counter()
        self._requests[fault] += count
        if type(value) is str:
            known, text = self._common[fault], value[:200]
            if text in known or len(known) < _DISTINCT:
                known[text] += count
        elif type(value) in (int, float):
            number = int(value)  # type: ignore[call-overload]
            held = self._numbers.setdefault(fault, [number, number])
            held[0], held[1] = min(held[0], number), max(held[1], number)

    def seen(self) -> Mapping[str, Seen]:
        """What was counted, by fault."""
        return {
            fault: Seen(
                self._requests[fault],
                *first,
                tuple(self._common[fault].most_common(5)),
                *self._numbers.get(fault, (None, None)),
            )
            for fault, first in self._first.items()
        }
