"""Reading something from a file or, over HTTPS, from an address."""

from __future__ import annotations

import re
import time
from typing import IO, TYPE_CHECKING
from urllib.parse import urlsplit

from interlock.cli.files import Unusable, read_bytes

if TYPE_CHECKING:
    from http.client import HTTPMessage
    from urllib.request import Request

_PATIENCE = 30
"""Seconds without a byte until nobody waits on."""
_IN_ALL = 300
_CHUNK = 1 << 16
_URL = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*://")
_HERE = ("localhost", "127.0.0.1", "::1")


def fetch(name: str, limit: int) -> bytes:
    """What a file (``-``: standard input) or an ``https://`` address holds, at most ``limit`` bytes of it.

    ``http://`` is for this machine only. Raises ``Unusable``."""
    return _download(name, limit) if _URL.match(name) else read_bytes(name, limit)


def without_secrets(name: str) -> str:
    """A file's name, or an address without what may be secret in it: who asks, and what follows its path."""
    if not _URL.match(name):
        return name
    head, _, rest = name.partition("://")
    host, slash, path = rest.partition("/")
    return f"{head}://{host.rpartition('@')[2]}{slash}{re.split('[?#]', path)[0]}"


def _download(url: str, limit: int) -> bytes:
    import http.client
    import urllib.error
    import urllib.request

    from interlock import __version__

    class Careful(urllib.request.HTTPRedirectHandler):
        """Follows no redirect to where the first address could not have been."""

        def redirect_request(
            self, req: Request, fp: IO[bytes], code: int, msg: str, headers: HTTPMessage, newurl: str
        ) -> Request | None:
            _check(newurl)
            return super().redirect_request(req, fp, code, msg, headers, newurl)

    _check(url)
    shown = without_secrets(url)
    deadline = time.monotonic() + _IN_ALL
    parts: list[bytes] = []
    size = 0
    try:
        request = urllib.request.Request(url, headers={"User-Agent": f"interlock/{__version__}"})
        with urllib.request.build_opener(Careful).open(request, timeout=_PATIENCE) as answer:
            while size < limit and (part := answer.read(min(_CHUNK, limit - size))):
                parts.append(part)
                size += len(part)
                if time.monotonic() > deadline:
                    raise Unusable(f"cannot read `{shown}`: it takes longer than {_IN_ALL} seconds")
            missing = size < limit and answer.length  # `read` with a size ends quietly where a connection does
        if missing:
            raise Unusable(f"cannot read `{shown}`: the connection ended before the answer did")
    except urllib.error.HTTPError as error:
        raise Unusable(f"cannot read `{shown}`: the answer is {error.code} {error.reason}".rstrip()) from error
    except TimeoutError as error:
        raise Unusable(f"cannot read `{shown}`: no answer for {_PATIENCE} seconds") from error
    except urllib.error.URLError as error:
        raise Unusable(f"cannot read `{shown}`: {_why(error.reason)}") from error
    except (OSError, ValueError, http.client.HTTPException) as error:
        raise Unusable(f"cannot read `{shown}`: {_why(error)}") from error
    return b"".join(parts)


def _check(url: str) -> None:
    """Raises ``Unusable`` for an address that nothing is to be read from."""
    shown = without_secrets(url)
    try:
        parts = urlsplit(url)
        host = parts.hostname
    except ValueError as error:
        raise Unusable(f"`{shown}` is no address") from error
    if parts.scheme != "https" and (parts.scheme != "http" or host not in _HERE):
        raise Unusable(f"`{shown}` is not read: only `https://` shows who has written an answer")
    if not host:
        raise Unusable(f"`{shown}` is no address")
    if parts.username is not None:
        raise Unusable(f"`{shown}` is not read with a name or password in the address; download it, and name the file")


def _why(reason: object) -> str:
    if isinstance(reason, TimeoutError):
        return f"no answer for {_PATIENCE} seconds"
    if isinstance(reason, OSError) and reason.strerror:
        return reason.strerror.lower()
    words = " ".join(str(reason).split())[:200] or type(reason).__name__
    return words[:1].lower() + words[1:]
