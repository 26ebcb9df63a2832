"""Limits and breakers of a running Envoy. Part of tests.gateways.envoy_emit."""

from __future__ import annotations

import json
import time

from tests.gateways.asking import Asking


def limits(run: Asking) -> None:
    """A bucket of two, then what the policy says."""
    time.sleep(2.2)
    asked = []
    for _ in range(4):
        run.ask((), {"x-to": "metered"})
        asked += run.upstreams.asked
    run.check("what is over the limit spills", asked == ["west", "west", "large", "large"], asked)
    time.sleep(1.2)
    run.ask((), {"x-to": "metered"})
    run.check("tokens come back", run.upstreams.asked == ["west"], run.upstreams.asked)
    asked = []
    for pause in (0.0, 0.0, 0.25, 0.0, 0.25):
        time.sleep(pause)
        run.ask((), {"x-to": "even"})
        asked += run.upstreams.asked
    run.check("tokens come back evenly", asked == ["west", "large", "west", "large", "west"], asked)
    first, second = run.ask((), {"x-to": "strict"}), run.ask((), {"x-to": "strict"})
    failed = second.status == 418 and json.loads(second.text)["type"] == "error"
    run.check(
        "or fails",
        first.status == 200 and failed and not run.upstreams.asked,
        (second.status, second.text),
    )


def breaker(run: Asking) -> None:
    """Open after two failures of each of two threads, at most, and closed again after a probe that goes well."""
    asked: list[list[str]] = []
    began = time.monotonic()
    while len(asked) < 60 and time.monotonic() - began < 2.5:  # before the first probe, on a slow machine too
        run.ask((529,), {"x-to": "shaky"})
        asked.append(run.upstreams.asked)
    opened = asked[0] == ["east", "large"] and asked[-9:] == [["large"]] * 9 and asked.count(["east", "large"]) <= 4
    run.check("an open breaker keeps its upstream from being asked", opened, asked)
    time.sleep(3.1)
    asked = []
    for _ in range(8):
        run.ask((), {"x-to": "shaky"})
        asked.append(run.upstreams.asked)
    run.check("a probe that goes well closes it", asked == [["east"]] * 8, asked)
