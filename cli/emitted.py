"""The folder that ``interlock emit`` writes: what it may overwrite, and how it takes the place of what was there."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import tempfile
from collections.abc import Mapping

from interlock.cli.files import Unusable, reason, write_atomically

MANIFEST = "interlock.json"
"""Names the files of a folder that were written, with their SHA-256, so that nothing of anybody else is overwritten."""


def write_folder(folder: str, files: Mapping[str, bytes], about: Mapping[str, object], force: bool) -> None:
    """Write the files and the manifest, which also holds ``about``. A new folder appears whole; in one that is there
    each file is replaced in one step, and those that are no longer written go. Raises ``Unusable``, with nothing
    changed, where files in the way were not written by this, or were changed since, unless ``force``."""
    hashes = {name: hashlib.sha256(data).hexdigest() for name, data in sorted(files.items())}
    manifest = json.dumps({**about, "files": hashes}, indent=2, ensure_ascii=False) + "\n"
    every = {**files, MANIFEST: manifest.encode()}
    try:
        if not os.path.lexists(folder):
            _appear(folder, every)
            return
        if not os.path.isdir(folder):
            raise Unusable(f"`{folder}` is no folder")
        known = _known(folder)
        if not force:
            _refuse_others(folder, files, known)
        for name, data in every.items():
            os.makedirs(os.path.dirname(os.path.join(folder, name)), exist_ok=True)
            write_atomically(os.path.join(folder, name), data)
        for name in known.keys() - files.keys():
            if _hash(os.path.join(folder, name)) == known[name]:
                os.unlink(os.path.join(folder, name))
    except OSError as error:
        raise Unusable(f"cannot write `{folder}`: {reason(error)}") from error


def _appear(folder: str, files: Mapping[str, bytes]) -> None:
    parent = os.path.dirname(os.path.abspath(folder))
    os.makedirs(parent, exist_ok=True)
    temporary = tempfile.mkdtemp(dir=parent, prefix=".interlock-")
    try:
        for name, data in files.items():
            os.makedirs(os.path.dirname(os.path.join(temporary, name)), exist_ok=True)
            write_atomically(os.path.join(temporary, name), data)
        os.chmod(temporary, 0o755)
        os.rename(temporary, folder)
    except BaseException:
        shutil.rmtree(temporary, ignore_errors=True)
        raise


def _known(folder: str) -> dict[str, str]:
    try:
        with open(os.path.join(folder, MANIFEST), encoding="utf-8") as file:
            files = json.load(file)["files"]
        inside = {str(name): str(hash_) for name, hash_ in files.items()}
    except (FileNotFoundError, ValueError, KeyError, TypeError, AttributeError):
        return {}
    # INVARIANT: a manifest that somebody edited leads to no file outside the folder.
    return {name: hash_ for name, hash_ in inside.items() if not os.path.isabs(name) and ".." not in name.split("/")}


def _refuse_others(folder: str, files: Mapping[str, bytes], known: Mapping[str, str]) -> None:
    for name, data in files.items():
        path = os.path.join(folder, name)
        there = _hash(path)
        if there is not None and there not in (known.get(name), hashlib.sha256(data).hexdigest()):
            how = "was changed since it was written" if name in known else "was not written by this command"
            raise Unusable(f"`{path}` {how}: move it away, or give --force to overwrite it")
    manifest = os.path.join(folder, MANIFEST)
    if not known and os.path.lexists(manifest):
        raise Unusable(f"`{manifest}` was not written by this command: move it away, or give --force to overwrite it")


def _hash(path: str) -> str | None:
    """The SHA-256 of a file; None where there is nothing, and a text that no hash equals for what is no file."""
    if not os.path.lexists(path):
        return None
    if not os.path.isfile(path):
        return "no file"
    with open(path, "rb") as file:
        return hashlib.sha256(file.read()).hexdigest()
