"""The table beside the hook, read anew when it changes. Standard library and the Interlock runtime only."""

from __future__ import annotations

import json
import logging
import os
import time
from collections.abc import Callable, Mapping
from typing import Any

from interlock_runtime import load
from interlock_runtime.serving import State

log = logging.getLogger("interlock")
AGAIN = 60.0
"""Seconds after which a refusal is told again."""
OTHER_NAMES = {"vertex": "vertex_ai"}
"""Providers whose usual name is another one at LiteLLM."""


class Serving:
    """A table with all that goes with it: the attributes' sources, the upstreams' timeouts in ms, and the deployments
    it needs, by their group: the model and the endpoint, as LiteLLM has them."""

    def __init__(self, data: bytes) -> None:
        """Raises ``TableError``."""
        self.table = load(data)
        raw = json.loads(data)
        self.declared: list[Mapping[str, Any]] = raw["attributes"]
        upstreams = {upstream["name"]: upstream for upstream in raw["upstreams"]}
        self.timeouts: dict[str, dict[str, int]] = {name: each["timeouts"] for name, each in upstreams.items()}
        self.deployments = {
            f"interlock/{member.upstream.name}/{member.model}": (
                f"{OTHER_NAMES.get(member.upstream.provider, member.upstream.provider)}/{member.model}",
                _endpoint(upstreams[member.upstream.name]["endpoint"]),
            )
            for pool in self.table.spec.pools
            for member in pool.members
        }


def _endpoint(endpoint: Mapping[str, str] | None) -> str | None:
    if endpoint is None:
        return None
    return endpoint["url"] if "url" in endpoint else os.environ.get(endpoint["env"])


class Holder:
    """Holds the table of a file. One that is refused, or that is gone, leaves the old one in place.

    The runtime's `live` does the same; but the sources of attributes and the endpoints, which it does not keep, are to
    be of the same bytes as the table.
    """

    def __init__(self, path: str, clock: Callable[[], float] = time.monotonic) -> None:
        """Raises ``OSError`` or ``TableError``."""
        self.state = State()
        """The limits and breakers, which go on when a table takes the place of another."""
        self._path = path
        self._clock = clock
        self._seen = self._stat()
        self._serving = self._read()
        self._refused: tuple[str, float] | None = None
        self._fits = False

    def current(self, misfit: Callable[[Serving], str | None]) -> Serving:
        """The table for a request. ``misfit`` says why the proxy cannot serve one, if it cannot. Raises ``ValueError``
        with that where it cannot serve the one that it began with."""
        try:
            seen = self._stat()
            if seen != self._seen:
                self._seen = seen  # also of one that is refused
                self._take(self._read(), misfit)
        except OSError as error:
            self._seen = ()
            self._refuse(str(error))
        except Exception as error:
            self._refuse(str(error) or repr(error))
        if not self._fits:
            why = misfit(self._serving)
            if why is not None:
                raise ValueError(why)
            self._fits = True
        if self._refused is not None:
            self._refuse(self._refused[0])
        return self._serving

    def _take(self, new: Serving, misfit: Callable[[Serving], str | None]) -> None:
        why = misfit(new)
        if why is not None:
            raise ValueError(why)
        self._refused = None
        self._fits = True
        old = self._serving.table
        if new.table.version == old.version and new.table.policy == old.policy:
            return  # nothing that decides has changed
        self._serving = new
        log.warning("interlock: table %s of policy %s is in place", new.table.version, new.table.policy)

    def _refuse(self, why: str) -> None:
        now = self._clock()
        if self._refused is not None and self._refused[0] == why and now - self._refused[1] < AGAIN:
            return
        self._refused = why, now
        version = self._serving.table.version
        log.error("interlock: the table in %s is refused, and %s goes on: %s", self._path, version, why)

    def _stat(self) -> tuple[int, ...]:
        found = os.stat(self._path)
        return found.st_dev, found.st_ino, found.st_size, found.st_mtime_ns

    def _read(self) -> Serving:
        with open(self._path, "rb") as file:
            return Serving(file.read())
