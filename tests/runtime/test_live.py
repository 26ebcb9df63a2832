"""A table that follows its file."""

from __future__ import annotations

import os
from pathlib import Path
from shutil import copyfile

import pytest

from interlock.runtime import TableError
from interlock.runtime.live import Live

TABLES = Path(__file__).parents[2] / "runtimes" / "vectors" / "tables"


def put(path: Path, content: bytes) -> None:
    """As a deployment does it: another file takes the name."""
    path.with_suffix(".new").write_bytes(content)
    os.replace(path.with_suffix(".new"), path)


def test_it_follows_its_file_and_keeps_the_old_table_where_the_new_one_is_broken(tmp_path: Path) -> None:
    path = tmp_path / "t.json"
    copyfile(TABLES / "walks.json", path)
    live = Live(path)
    old = live.table
    assert not live.reload_if_changed()
    assert live.table is old
    put(path, (TABLES / "kinds.json").read_bytes())
    assert live.table is old
    assert live.reload_if_changed()
    new = live.table
    assert (old.policy, new.policy) == ("walks", "kinds")
    put(path, b"{}")
    with pytest.raises(TableError):
        live.reload_if_changed()
    assert not live.reload_if_changed()  # told once
    with pytest.raises(TableError):
        live.reload()
    assert live.table is new
    path.unlink()
    for reload in (live.reload, live.reload_if_changed):
        with pytest.raises(FileNotFoundError):
            reload()
    assert live.table is new
    copyfile(TABLES / "walks.json", path)
    assert live.reload().version == old.version


def test_a_first_table_that_is_broken_is_refused(tmp_path: Path) -> None:
    (tmp_path / "t").write_bytes(b"[]")
    with pytest.raises(TableError):
        Live(tmp_path / "t")
    with pytest.raises(FileNotFoundError):
        Live(tmp_path / "none")
