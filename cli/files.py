"""Finding and reading what the user named, and writing without ever leaving half a file."""

from __future__ import annotations

import os
import stat
import sys
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from typing import BinaryIO

STDIN = "-"


class Unusable(Exception):
    """Something the command was given cannot be read or written; the message is for people."""


def route_files(names: Iterable[str]) -> list[str]:
    """The files to look at, each once, in the order given; a folder stands for the ``.route`` files in it
    and below, sorted, hidden folders left out.

    Raises ``Unusable`` for a folder without any: a mistyped path must not look like a clean policy.
    """
    found: dict[str, None] = {}
    for name in names:
        if name != STDIN and os.path.isdir(name):
            inside = sorted(_search(name))
            if not inside:
                raise Unusable(f"there is no `.route` file in `{name}`")
            found.update(dict.fromkeys(inside))
        else:
            found[name] = None
    return list(found)


def read_bytes(name: str, limit: int = -1) -> bytes:
    """What a file (``-``: standard input) holds, at most ``limit`` bytes of it. Raises ``Unusable``."""
    try:
        if name == STDIN:
            return sys.stdin.buffer.read(limit)
        with open(name, "rb") as file:
            return file.read(limit)
    except (OSError, ValueError) as error:
        raise Unusable(f"cannot read `{name}`: {reason(error)}") from error


def read_text_of_stdin() -> str:
    """Standard input as the compiler takes it. Bytes that are no UTF-8 stay recognizable as such."""
    from interlock.dsl.limits import MAX_FILE_BYTES

    return read_bytes(STDIN, MAX_FILE_BYTES + 1).decode("utf-8", "surrogateescape")


def write_atomically(path: str, data: bytes) -> None:
    """Put ``data`` at ``path`` in one step, keeping the mode of a file that is there; a symbolic link
    stays one and its target is replaced. Raises ``Unusable``, with nothing changed."""
    try:
        with replacing(path) as file:
            file.write(data)
    except OSError as error:
        raise Unusable(f"cannot write `{path}`: {reason(error)}") from error


@contextmanager
def replacing(path: str) -> Iterator[BinaryIO]:
    """A file to write to that takes the place of what is at ``path``, as ``write_atomically`` does it, when the block
    ends well; if it does not, nothing is changed. Raises ``Unusable`` where there can be none."""
    import tempfile

    target = os.path.realpath(path)
    temporary = None
    try:
        try:
            mode, regular = 0o666 & ~_umask(), True
            with suppress(FileNotFoundError):
                there = os.stat(target)
                mode, regular = stat.S_IMODE(there.st_mode), stat.S_ISREG(there.st_mode)
            if regular:
                handle, temporary = tempfile.mkstemp(dir=os.path.dirname(target), prefix=".interlock-")
                file = os.fdopen(handle, "wb")
            else:  # a device or a pipe must not be replaced by a file
                file = open(target, "wb")  # noqa: SIM115 - closed below
        except (OSError, ValueError) as error:
            raise Unusable(f"cannot write `{path}`: {reason(error)}") from error
        with file:
            yield file
        if temporary is not None:
            try:
                os.chmod(temporary, mode)
                os.replace(temporary, target)
            except OSError as error:
                raise Unusable(f"cannot write `{path}`: {reason(error)}") from error
    finally:
        if temporary is not None and os.path.lexists(temporary):
            os.unlink(temporary)


def write_new(path: str, data: bytes) -> bool:
    """Put ``data`` at ``path`` in one step, with the folders it needs; False, with nothing changed, where something
    is there already, also if it has just come. Raises ``Unusable``."""
    import tempfile

    if os.path.lexists(path):
        return False
    temporary = None
    try:
        folder = os.path.dirname(path) or os.curdir
        os.makedirs(folder, exist_ok=True)
        handle, temporary = tempfile.mkstemp(dir=folder, prefix=".interlock-")
        with os.fdopen(handle, "wb") as file:
            file.write(data)
        os.chmod(temporary, 0o666 & ~_umask())
        try:
            os.link(temporary, path)  # unlike a rename, this fails where something is
        except FileExistsError:
            return False
        except OSError:  # a file system without links
            with open(path, "xb") as file:
                file.write(data)
        return True
    except (OSError, ValueError) as error:
        raise Unusable(f"cannot write `{path}`: {reason(error)}") from error
    finally:
        if temporary is not None and os.path.lexists(temporary):
            os.unlink(temporary)


def reason(error: OSError | ValueError) -> str:
    """Why the system refused, in a few lower-case words."""
    if isinstance(error, FileNotFoundError):
        return "there is no such file or folder"
    if isinstance(error, OSError) and error.strerror:
        return error.strerror.lower()
    return "the path is not a legal one"


def _search(folder: str) -> Iterator[str]:
    for here, folders, files in os.walk(folder):
        folders[:] = [name for name in folders if not name.startswith(".")]
        for name in files:
            if name.endswith(".route") and not name.startswith("."):
                yield os.path.normpath(os.path.join(here, name))


def _umask() -> int:
    mask = os.umask(0)
    os.umask(mask)
    return mask
