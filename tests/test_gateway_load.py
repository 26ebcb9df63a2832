"""The load that benchmarks of gateways put on them: that it asks as often as told, and counts what fails."""

from __future__ import annotations

import importlib
import math
import sys
from pathlib import Path

import pytest

from tests.gateways.mock import Upstreams, closed_port

sys.path.append(str(Path(__file__).parents[1]))
LOAD, RUN = importlib.import_module("benchmarks.gateways.load"), importlib.import_module("benchmarks.gateways.run")


@pytest.mark.parametrize(
    ("values", "share", "found"),
    [([3.0, 1.0, 2.0], 0.5, 2.0), ([1.0], 0.99, 1.0), ([float(n) for n in range(1, 101)], 0.99, 99.0)],
)
def test_a_percentile_is_a_value_that_is_there(values: list[float], share: float, found: float) -> None:
    assert LOAD.percentile(values, share) == found


def test_there_is_no_percentile_of_nothing() -> None:
    assert math.isnan(LOAD.percentile([], 0.5))


@pytest.mark.parametrize("size", [10, 300_000])
def test_every_request_is_answered(size: int) -> None:
    with RUN.upstream() as port:
        found = LOAD.load(port, LOAD.request_of("/v1/messages", b"x" * size, {}), 100, 0.5)
    assert (len(found.milliseconds), found.errors) == (50, 0)
    assert found.seconds >= 0.4


def test_what_fails_is_counted() -> None:
    upstreams = Upstreams(1)
    upstreams.expect([500] * 3)
    found = LOAD.load(upstreams.port, LOAD.request_of("/a/v1/messages", b"{}", {}), 50, 0.2)
    assert (len(found.milliseconds), found.errors) == (7, 3)
    assert LOAD.load(closed_port(), LOAD.request_of("/", b"", {}), 50, 0.1).errors == 5
