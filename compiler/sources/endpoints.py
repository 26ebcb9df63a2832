"""Where requests are sent, as the language may have it, and what tells two places apart."""

from __future__ import annotations

from collections.abc import Hashable, Iterable
from typing import TypeVar
from urllib.parse import urlsplit

from interlock.compiler.sources.draft import quoted
from interlock.dsl.credentials import credentials

Who = TypeVar("Who", bound=Hashable)


def endpoint_of(url: str) -> str | None:
    """A URL as the endpoint of an upstream. None for one that holds a credential or braces, or is no URL."""
    try:
        parts = urlsplit(url)
        usable = parts.scheme in ("http", "https") and bool(parts.hostname) and parts.password is None
    except ValueError:
        usable = False
    return quoted(url) if usable and not credentials(url) and not {" ", "{", "}"} & set(url) else None


def host_word(url: str) -> str | None:
    """What tells a URL apart, in a word: the first label of its host, or an address."""
    try:
        host = urlsplit(url).hostname or ""
    except ValueError:
        return None
    return host if host.replace(".", "").isdecimal() else host.split(".")[0] or None


def differing(pairs: Iterable[tuple[Who, str | None]]) -> set[Who]:
    """Those for whom there is more than one value."""
    found: dict[Who, set[str | None]] = {}
    for who, value in pairs:
        found.setdefault(who, set()).add(value)
    return {who for who, values in found.items() if len(values) > 1}
