"""Small frozen types that are quick to define and quick to make.

``dataclasses`` would do, but importing it and its two dozen uses here takes longer than all the rest of the
package, which commands of an editor feel; and filling a frozen one of fourteen fields takes longer than the
whole of deciding, which every request feels.
"""

from __future__ import annotations

from operator import attrgetter
from typing import Any, TypeVar, dataclass_transform

T = TypeVar("T")


@dataclass_transform(frozen_default=True)
def record(cls: type[T]) -> type[T]:
    """Makes of ``cls`` a frozen class whose slots are its annotated fields; values are their defaults.

    Records are equal if they are of one type and say the same. They are hashable if their fields are, and can
    be copied and pickled. Fields whose names begin with ``_`` are neither compared nor shown.
    """
    names = tuple(cls.__annotations__)
    public = tuple(name for name in names if not name.startswith("_"))
    defaults = {f"d_{name}": cls.__dict__[name] for name in names if name in cls.__dict__}
    namespace = {name: value for name, value in cls.__dict__.items() if name not in (*names, "__dict__", "__weakref__")}
    namespace |= _METHODS
    namespace |= {"__slots__": names, "__match_args__": public}
    namespace |= {"_compared": attrgetter(*public), "_shown": public}

    # A draft has the same slots and is not frozen; once filled, it becomes a record.
    draft = type(f"{cls.__name__}Draft", (), {"__slots__": names})
    parameters = "".join(f", {n}=d_{n}" if f"d_{n}" in defaults else f", {n}" for n in names)
    filling = "".join(f"\n    made.{n} = {n}" for n in names)
    code = f"def __new__(cls{parameters}):\n    made = draft(){filling}\n    made.__class__ = cls\n    return made"
    scope: dict[str, Any] = {**defaults, "draft": draft}
    exec(code, scope)  # of this package's own names: nothing of a table or a request comes in here
    namespace["__new__"] = scope["__new__"]
    made: type[T] = type(cls.__name__, (), namespace)
    return made


def changed(old: T, **changes: object) -> T:
    """A copy of a record in which some fields are others."""
    fields = {name: getattr(old, name) for name in type(old).__slots__}  # type: ignore[attr-defined]
    return type(old)(**fields | changes)


def _refuse(self: Any, name: str, value: object = None) -> None:
    raise AttributeError(f"{type(self).__name__}.{name} cannot be changed")


def _equal(self: Any, other: Any) -> Any:
    if type(other) is not type(self):
        return NotImplemented
    return type(self)._compared(self) == type(self)._compared(other)


def _hash(self: Any) -> int:
    return hash((type(self), type(self)._compared(self)))


def _repr(self: Any) -> str:
    return f"{type(self).__name__}({', '.join(f'{name}={getattr(self, name)!r}' for name in self._shown)})"


def _reduce(self: Any) -> tuple[Any, ...]:
    return type(self), tuple(getattr(self, name) for name in self.__slots__)


_METHODS: dict[str, Any] = {
    "__setattr__": _refuse,
    "__delattr__": _refuse,
    "__eq__": _equal,
    "__hash__": _hash,
    "__repr__": _repr,
    "__reduce__": _reduce,
}
