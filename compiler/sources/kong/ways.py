"""A way to a route."""

from __future__ import annotations

import uuid

from interlock.compiler.sources.kong.config import Route
from interlock.compiler.sources.kong.patterns import any_of
from interlock.compiler.sources.plan import Attribute
from interlock.dsl.record import record


@record
class Way:
    """A way to a route: that one of ``paths`` holds, and the ``rest`` of what it asks for; with neither, all requests.
    ``remarks`` say what is otherwise in a policy, ``written`` has the paths as they are written, ``meant`` is the place
    that the documentation gives it, the larger the earlier."""

    route: Route
    rank: int
    id: uuid.UUID | None
    paths: tuple[str, ...]
    rest: str | None
    attributes: tuple[Attribute, ...]
    remarks: tuple[str, ...]
    written: tuple[str, ...] = ()
    meant: tuple[int, ...] = ()

    @property
    def when(self) -> str | None:
        """Its predicate; None where it always holds."""
        said = [any_of(self.paths)] if self.paths else []
        return " and ".join([*said, *([self.rest] if self.rest is not None else [])]) or None

    def with_remarks(self, more: tuple[str, ...]) -> Way:
        """The same way, with more remarks."""
        told = (*self.remarks, *more)
        return Way(
            self.route, self.rank, self.id, self.paths, self.rest, self.attributes, told, self.written, self.meant
        )

    def joined(self, other: Way) -> Way:
        """This way and the next one, which leads to the same route."""
        return Way(
            self.route,
            self.rank,
            self.id,
            (*self.paths, *other.paths),
            self.rest,
            tuple(dict.fromkeys((*self.attributes, *other.attributes))),
            tuple(dict.fromkeys((*self.remarks, *other.remarks))),
            (*self.written, *other.written),
            self.meant,
        )
