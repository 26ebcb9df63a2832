"""Where requests are sent, as the language may have it, and what tells two places apart."""

from __future__ import annotations

from collections.abc import Hashable, Iterable
from typing import Generic, TypeVar
from urllib.parse import urlsplit

from interlock.compiler.sources.draft import Names, quoted, word
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


class Accounts(Generic[Who]):
    """The accounts of upstreams. One key or one endpoint says nothing; two at one provider are two accounts."""

    def __init__(self, places: Iterable[tuple[Who, str | None, str | None]]) -> None:
        """``places``: whose each is (a provider, perhaps with its account), its key and its endpoint."""
        keys: dict[Who, set[str | None]] = {}
        endpoints: dict[Who, set[str | None]] = {}
        for who, key, endpoint in places:
            keys.setdefault(who, set()).add(key)
            endpoints.setdefault(who, set()).add(endpoint)
        self._several_keys = {who for who, values in keys.items() if len(values) > 1}
        self._several_endpoints = {who for who, values in endpoints.items() if len(values) > 1}
        self._names = Names()
        self._keys: dict[str, str] = {}

    def of(self, who: Who, account: str | None, key: str | None, called: str, host: str | None) -> str | None:
        """The account of a place; None where nothing tells it apart. ``called`` is a name for its key, which is only
        compared and never shown, and ``host`` a word for its endpoint."""
        parts = [account] if account else []
        if who in self._several_keys and key is not None:
            if key not in self._keys:
                self._keys[key] = self._names.give(called)
            parts.append(self._keys[key])
        if who in self._several_endpoints and host is not None:
            parts.append(host)
        return word("-".join(parts)) if parts else None
