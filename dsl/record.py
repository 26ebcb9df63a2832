"""Frozen value types whose classes are quick to make.

The front end has some hundred small types. ``@dataclass(frozen=True, slots=True)`` compiles six methods for each
of them, one by one, at every start: much of the start-up time of a command that is to feel instant in an editor. A
record compiles its ``__init__`` only and shares the rest.
"""

from __future__ import annotations

from typing import Any, TypeVar, dataclass_transform

T = TypeVar("T")


@dataclass_transform(frozen_default=True)
def record(cls: type[T]) -> type[T]:
    """Make a frozen class with slots from the annotated fields of ``cls``; values are their defaults.

    Records are equal if they say the same thing: where it was said (fields ``span``, ``name_span`` and ``places``)
    does not count. They are hashable if their fields are, and can be copied and pickled.
    """
    names = tuple(cls.__annotations__)
    namespace = {k: v for k, v in cls.__dict__.items() if k not in (*names, "__dict__", "__weakref__")}
    defaults = {name: cls.__dict__[name] for name in names if name in cls.__dict__}
    namespace |= _SHARED
    namespace["__slots__"] = names
    namespace["__match_args__"] = names
    namespace["_compared"] = tuple(name for name in names if name not in ("span", "name_span", "places"))
    made: Any = type(cls.__name__, cls.__bases__, namespace)
    parameters = "".join(f", {n}=d_{n}" if n in defaults else f", {n}" for n in names)
    body = "".join(f"\n  s_{n}(self, {n})" for n in names) or " pass"
    setters = {f"s_{n}": made.__dict__[n].__set__ for n in names}
    scope: dict[str, Any] = {**setters, **{f"d_{n}": v for n, v in defaults.items()}}
    exec(f"def __init__(self{parameters}):{body}", scope)
    made.__init__ = scope["__init__"]
    result: type[T] = made
    return result


def _refuse(self: Any, name: str, value: object = None) -> None:
    raise AttributeError(f"{type(self).__name__}.{name} cannot be changed: it is frozen")


def _equal(self: Any, other: Any) -> Any:
    if type(other) is not type(self):
        return NotImplemented
    return all(getattr(self, name) == getattr(other, name) for name in self._compared)


def _hash(self: Any) -> int:
    return hash((type(self), *(getattr(self, name) for name in self._compared)))


def _repr(self: Any) -> str:
    return f"{type(self).__name__}({', '.join(f'{n}={getattr(self, n)!r}' for n in self.__slots__)})"


def _reduce(self: Any) -> tuple[Any, ...]:
    return type(self), tuple(getattr(self, name) for name in self.__slots__)


_SHARED = {
    "__setattr__": _refuse,
    "__delattr__": _refuse,
    "__eq__": _equal,
    "__hash__": _hash,
    "__repr__": _repr,
    "__reduce__": _reduce,
}
