"""What a source is called in reports that outlive the run: by its path below the folder that holds all the rest.

That folder is the checkout of the CI job (``GITHUB_WORKSPACE``, ``CI_PROJECT_DIR``) if the current folder is in it,
else the current folder. So a file has the same name from whichever folder of the checkout a job runs.
"""

from __future__ import annotations

import os

from interlock.dsl.source import Source


def base_folder() -> str:
    """The absolute path of the folder that paths in reports are relative to."""
    here = os.getcwd()
    for variable in ("GITHUB_WORKSPACE", "CI_PROJECT_DIR"):
        folder = os.environ.get(variable)
        if folder and _is_in(here, os.path.abspath(folder)):
            return os.path.abspath(folder)
    return here


def path_of(source: Source, base: str) -> str:
    """The path of a source relative to the absolute path ``base``, with forward slashes.

    What is no file of the user's keeps its name: ``std/models.route`` of the standard library, ``<stdin>``.
    """
    return relative(source.name, base) if is_file(source) else source.name


def relative(name: str, base: str) -> str:
    """The path of a file relative to the absolute path ``base``, with forward slashes."""
    return os.path.relpath(os.path.abspath(name), base).replace(os.sep, "/")


def is_file(source: Source) -> bool:
    """Whether a source is a file of the user's: no module of the standard library, and no standard input."""
    if source.name.startswith("<"):
        return os.path.isfile(source.name)
    return not source.name.startswith("std/") or source.key != source.name or os.path.isfile(source.name)


def is_outside(path: str) -> bool:
    """Whether a path as ``relative`` gives it leads out of its folder."""
    return path == ".." or path.startswith("../")


def _is_in(path: str, folder: str) -> bool:
    return path == folder or path.startswith(folder.rstrip(os.sep) + os.sep)
