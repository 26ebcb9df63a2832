"""The bar of long work: only on a terminal, only after a while, and gone afterwards."""

from __future__ import annotations

import io
import sys
from itertools import count

import pytest

from interlock.cli import progress
from interlock.compiler.pipeline import check
from tests.cli.conftest import POLICY


class _Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def _run(monkeypatch: pytest.MonkeyPatch, stream: io.StringIO, seconds: float) -> str:
    """What is written for work of ten steps that takes so long in all."""
    ticks = (n * seconds / 10 for n in count())
    monkeypatch.setattr(progress, "monotonic", lambda: next(ticks))
    monkeypatch.setattr(sys, "stderr", stream)
    monkeypatch.setenv("TERM", "xterm")
    with progress.Bar("policy.route") as bar:
        for step in range(10):
            bar("looking", step, 10)
    return stream.getvalue()


def test_quick_work_shows_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    assert _run(monkeypatch, _Terminal(), 0.9) == ""


def test_long_work_shows_how_far_it_is_and_takes_it_away(monkeypatch: pytest.MonkeyPatch) -> None:
    written = _run(monkeypatch, _Terminal(), 60)
    assert "policy.route" in written
    assert "looking" in written
    assert "\x1b[2K" in written  # the line is erased at the end


def test_what_is_no_terminal_shows_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    assert _run(monkeypatch, io.StringIO(), 60) == ""


def test_the_analyses_tell_how_far_they_are() -> None:
    told: list[tuple[str, int, int]] = []
    check("policy.route", text=POLICY, progress=lambda *step: told.append(step))
    assert {"what reaches each rule", "R101 unreachable-rule"} <= {what for what, _, _ in told}
    assert all(0 <= done <= total for _, done, total in told)
