"""Status codes and the classes of errors that a policy has.

A class is taken as covered if one of the statuses that make it is named; which of the others are not is remarked.
"""

from __future__ import annotations

from collections.abc import Iterator

from interlock.compiler.sources.portkey.config import Number
from interlock.dsl.policy import CLASSES

STATUSES: dict[str, tuple[int, ...]] = {
    "overloaded": (503, 529),
    "rate_limited": (429,),
    "server_error": (500, 502),
    "timeout": (504, 408),
    "unreachable": (500,),
    "context_overflow": (400, 413),
    "refused": (400,),
}
"""What Portkey sees of the errors of a class: providers' statuses, 408 for its own `request_timeout`, and 500 where no
connection can be made."""
GUARDRAILS = (246, 446)


def covered(codes: tuple[Number, ...] | None) -> frozenset[str]:
    """The classes on which a fallback goes on. Without codes it goes on after all errors."""
    if codes is None:
        return frozenset(CLASSES)
    return frozenset(class_ for class_, made in STATUSES.items() if any(status in codes for status in made))


def missing(codes: tuple[Number, ...] | None, classes: frozenset[str]) -> Iterator[tuple[str, int]]:
    """The statuses of some classes that are not named, though others of their class are."""
    if codes is not None:
        for class_ in STATUSES:
            if class_ in classes:
                yield from ((class_, status) for status in STATUSES[class_] if status not in codes)


def beyond(codes: tuple[Number, ...] | None) -> list[int]:
    """The codes that are errors of no class."""
    known = {status for made in STATUSES.values() for status in made}
    return sorted({int(code) for code in codes or () if code not in known and not 200 <= code <= 299})


def successes(codes: tuple[Number, ...] | None) -> list[int]:
    """The codes that are no errors; 246 is what Portkey answers where guardrails object, and let pass."""
    return sorted({int(code) for code in codes or () if 200 <= code <= 299 and code != 246})
