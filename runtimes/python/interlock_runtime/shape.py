"""The small checks that a table's every field goes through, and the error they raise."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, TypeVar

Item = TypeVar("Item")
MAX_INT = 2**53 - 1


class TableError(ValueError):
    """A table that cannot be used; the message says what is wrong with it, and where.

    ``reason`` is the class of what is wrong, the same in every runtime: ``json``, ``format``, ``version``, ``digest``,
    ``structure``, ``bounds`` or ``limit`` (docs/table-format.md, "What a reader refuses")."""

    def __init__(self, message: str, reason: str = "structure") -> None:
        super().__init__(message)
        self.reason = reason


def fields(value: Any, where: str, names: Sequence[str]) -> dict[str, Any]:
    """``value``, an object with exactly the fields ``names``."""
    if type(value) is not dict:
        raise TableError(f"{where}: must be an object")
    for name in names:
        if name not in value:
            raise TableError(f"{where}: field {name!r} is missing")
    if len(value) > len(names):
        unknown = min(set(value) - set(names))
        raise TableError(f"{where}: unknown field {unknown[:80]!r}")
    return value


def some_fields(value: Any, where: str, names: Sequence[str]) -> dict[str, Any]:
    """``value``, an object with no fields but ``names``."""
    if type(value) is not dict:
        raise TableError(f"{where}: must be an object")
    return fields(value, where, [name for name in names if name in value])


def items(value: Any, where: str, read: Callable[[Any, str], Item], size: int | None = None) -> tuple[Item, ...]:
    """``value``, a list (of ``size`` items), each as ``read`` gives it."""
    if type(value) is not list:
        raise TableError(f"{where}: must be a list")
    if size is not None and len(value) != size:
        raise TableError(f"{where}: must have {size} items, has {len(value)}")
    return tuple([read(item, f"{where}[{i}]") for i, item in enumerate(value)])


def text(value: Any, where: str) -> str:
    if type(value) is not str:
        raise TableError(f"{where}: must be a string")
    return value


def text_or_null(value: Any, where: str) -> str | None:
    return None if value is None else text(value, where)


def boolean(value: Any, where: str) -> bool:
    if type(value) is not bool:
        raise TableError(f"{where}: must be true or false")
    return value


def choice(value: Any, where: str, choices: Sequence[str]) -> str:
    if text(value, where) not in choices:
        raise TableError(f"{where}: must be one of {', '.join(choices)}")
    return str(value)


def integer(value: Any, where: str, lo: int = -MAX_INT, hi: int = MAX_INT) -> int:
    """``value``, an integer from ``lo`` to ``hi``."""
    if type(value) is not int:
        raise TableError(f"{where}: must be an integer")
    if not lo <= value <= hi:
        raise TableError(f"{where}: must lie in {lo}..={hi}", "bounds")
    return value


def index(value: Any, where: str, size: int, of: str) -> int:
    """``value``, an index into a list of ``size`` entries that is called ``of``."""
    if type(value) is not int:
        raise TableError(f"{where}: must be an index into {of}")
    if not 0 <= value < size:
        raise TableError(f"{where}: index out of bounds, {of} has {size} entries", "bounds")
    return value


def rising(values: Sequence[Any], where: str, what: str) -> None:
    """Checks that ``values`` are in strictly rising order (strings by code point)."""
    for i in range(1, len(values)):
        if not values[i - 1] < values[i]:
            raise TableError(f"{where}[{i}]: {what} must be in strictly rising order")


def distinct(values: Sequence[str], where: str, what: str) -> None:
    """Checks that no two of ``values`` are equal."""
    if len(set(values)) != len(values):
        raise TableError(f"{where}: {what} must be distinct")
