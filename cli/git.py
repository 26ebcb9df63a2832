"""Files as they were at a revision: ``HEAD~1:policies/gateway.route``, read through git, with what they import."""

from __future__ import annotations

import os
import posixpath
import subprocess
from errno import EISDIR

from interlock.cli.files import Unusable, reason
from interlock.dsl.load import Files, read_bytes
from interlock.dsl.record import record

_LIMIT = 64 * 1024 * 1024 + 1


def names_revision(name: str) -> bool:
    """Whether a name is `REV:PATH`, and no file."""
    rev, colon, path = name.partition(":")
    return bool(colon and path) and not os.path.exists(name) and not (len(rev) == 1 and path.startswith(("\\", "/")))


@record
class Revision:
    """A file at a revision (empty: as it is staged). ``path`` is from the top of the repository, which is ``top``."""

    name: str
    rev: str
    path: str
    top: str

    @property
    def shown(self) -> str:
        """How the file is called."""
        return f"{self.rev}:{self.path}"

    @property
    def on_disk(self) -> str:
        """Where it would be in the work tree, whether or not it is there now."""
        return os.path.join(self.top, self.path)

    def read(self) -> bytes:
        """What is in the file. Raises ``Unusable``."""
        try:
            return self._blob(self.path)
        except FileNotFoundError:
            raise Unusable(f"there is no `{self.path}` at `{self.rev or 'the index'}`{_advice(self)}") from None
        except OSError as error:
            raise Unusable(f"cannot read `{self.name}`: {reason(error)}") from None

    @property
    def files(self) -> Files:
        """What is read instead of the disk, below the top of the repository."""
        inside = self.top.rstrip(os.sep) + os.sep

        def real(name: str) -> str:
            prefix = f"{self.rev}:"
            if name.startswith(prefix):
                name = os.path.join(self.top, name[len(prefix) :])
            return os.path.normpath(os.path.join(self.top, name))

        def read(name: str) -> bytes:
            path = real(name)
            # The standard library is not the repository's, also where it lies in it.
            if not path.startswith(inside) or path.startswith(_library() + os.sep):
                return read_bytes(path)
            return self._blob(os.path.relpath(path, self.top).replace(os.sep, "/"))

        return Files(real, read)

    def _blob(self, path: str) -> bytes:
        """The content of a file at the revision, links within the repository followed. Raises ``OSError``."""
        if "\n" in path or "\n" in self.rev:
            raise FileNotFoundError
        # Symbolic links can be followed in a tree, not in the index.
        follow = ["--follow-symlinks"] if self.rev else []
        command = ["git", "-C", self.top, "cat-file", "--batch", *follow]
        with subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL
        ) as process:
            assert process.stdin is not None
            assert process.stdout is not None
            process.stdin.write(f"{self.rev}:{path}\n".encode("utf-8", "surrogateescape"))
            process.stdin.close()
            header = process.stdout.readline().split()
            if len(header) != 3 or header[1] != b"blob":
                process.kill()
                if len(header) == 3 and header[1] == b"tree":
                    raise IsADirectoryError(EISDIR, os.strerror(EISDIR))
                raise FileNotFoundError
            data = process.stdout.read(min(int(header[2]), _LIMIT))
            process.kill()
            return data


def at_revision(name: str) -> Revision:
    """The file that `REV:PATH` names, as git takes it: from the top of the repository, or with `./` from the current
    folder. Raises ``Unusable``."""
    rev, _, path = name.partition(":")
    top = says("rev-parse", "--show-toplevel")
    if top is None:
        raise Unusable(f"`{name}` is no file, and names no revision either: this folder is in no git repository")
    if rev and says("rev-parse", "--verify", "--quiet", "--end-of-options", f"{rev}^{{tree}}") is None:
        raise Unusable(f"`{name}` is no file, and git knows no revision `{rev}`")
    if path.startswith(("./", "../")):
        path = posixpath.join(says("rev-parse", "--show-prefix") or "", path)
    path = posixpath.normpath(path)
    if path.startswith(("../", "/")) or path in ("..", "."):
        raise Unusable(f"`{name}` is outside of the repository")
    return Revision(name, rev, path, top)


def _advice(revision: Revision) -> str:
    prefix = says("rev-parse", "--show-prefix") or ""
    if prefix and not revision.path.startswith(prefix):
        found = says("cat-file", "-e", f"{revision.rev}:{prefix}{revision.path}")
        if found is not None:
            return f"; did you mean `{revision.rev}:./{revision.path}`?"
    return "; a path is from the top of the repository, or starts with `./`"


def says(*arguments: str) -> str | None:
    """What git says, or None where it fails. Raises ``Unusable`` where there is no git."""
    try:
        done = subprocess.run(["git", *arguments], capture_output=True, check=False)
    except FileNotFoundError:
        raise Unusable("`git` is not installed, and only it can read a revision") from None
    except (OSError, ValueError) as error:
        raise Unusable(f"git cannot be run: {error}") from None
    return done.stdout.decode("utf-8", "surrogateescape").rstrip("\n") if done.returncode == 0 else None


def _library() -> str:
    import interlock.stdlib_policies as library

    return os.path.realpath(library.__path__[0])
