"""What Portkey's gateway 1.15.2 does with a configuration, as plainly as its source says it: the oracle of its import.

Written from src/handlers/handlerUtils.ts (`tryTargetsRecursively`), src/services/conditionalRouter.ts and
src/handlers/retryHandler.ts; shares nothing with the import. Configurations are those that its schema accepts.
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

RETRIED = (429, 500, 502, 503, 504)
UNDEFINED = object()
Answer = Callable[[str, dict[str, Any]], "int | str"]
"""What an attempt at a target gives, by its path and its settings: a status, or "refused" for no connection, or
"slow" for one that takes longer than any `request_timeout`."""


class RouterError(Exception):
    """The client gets 400, whatever was being tried."""


class Crash(Exception):
    """The client gets 500, whatever was being tried."""


@dataclass
class Walk:
    """One request: the attempts in their order, and what the client gets. ``stopped``: the gateway has answered itself,
    whatever it had tried before."""

    attempts: list[str] = field(default_factory=list)
    status: int = 0
    stopped: bool = False

    @property
    def hops(self) -> list[str]:
        """The targets in the order in which they were come to; retries are none."""
        return [path for n, path in enumerate(self.attempts) if n == 0 or self.attempts[n - 1] != path]


class Gateway:
    """A configuration that requests can be sent to. ``pick`` chooses among the indices of a load balancer that can be
    chosen at all."""

    def __init__(self, config: dict[str, Any], answer: Answer, pick: Callable[[list[int]], int]) -> None:
        self._config = config
        self._answer = answer
        self._pick = pick

    def ask(self, request: dict[str, Any]) -> Walk:
        """Send a request: its `metadata`, `params` and `url`."""
        walk = Walk()
        try:
            response = self._target(self._config, "config", {}, request, walk)
            walk.status = 500 if response is None else response[0]
            walk.stopped = response is None or response[1]
        except RouterError:
            walk.status, walk.stopped = 400, True
        except Crash:
            walk.status, walk.stopped = 500, True
        return walk

    def _target(
        self, target: dict[str, Any], path: str, inherited: dict[str, Any], request: dict[str, Any], walk: Walk
    ) -> tuple[int, bool] | None:
        """The status that a target gives, and whether the gateway itself failed."""
        settings = {
            "override_params": {**inherited.get("override_params", {}), **target.get("override_params", {})},
            "retry": target.get("retry") or inherited.get("retry") or {},
            "request_timeout": target.get("request_timeout") or inherited.get("request_timeout"),
            "custom_host": target.get("custom_host") or inherited.get("custom_host"),
        }
        strategy = target.get("strategy") or {}
        mode, targets = strategy.get("mode"), target.get("targets")
        if mode in ("fallback", "loadbalance", "single") and targets is None:
            raise Crash
        if mode == "fallback":
            response = None
            for index, each in enumerate(targets or ()):
                response = self._target(each, f"{path}.targets[{index}]", settings, request, walk)
                codes = strategy.get("on_status_codes")
                if response is not None and response[1]:
                    break
                status = None if response is None else response[0]
                if codes is not None and status not in codes:
                    break
                if codes is None and status is not None and 200 <= status <= 299:
                    break
            return response
        if mode == "loadbalance":
            weights = [each.get("weight", 1) for each in targets or ()]
            can = [index for index, weight in enumerate(weights) if weight > 0]
            if not can:
                return None
            index = self._pick(can)
            return self._target((targets or [])[index], f"{path}.targets[{index}]", settings, request, walk)
        if mode == "conditional":
            index = self._route(strategy, targets, request)
            return self._target((targets or [])[index], f"{path}.targets[{index}]", settings, request, walk)
        if mode == "single":
            if not targets:
                raise Crash
            return self._target(targets[0], f"{path}.targets[0]", settings, request, walk)
        if not target.get("provider"):
            return 500, True
        return self._post({**target, **settings}, path, walk), False

    def _post(self, target: dict[str, Any], path: str, walk: Walk) -> int:
        retry = target["retry"]
        attempts = retry.get("attempts", 0)
        codes = retry.get("on_status_codes", RETRIED) if attempts else ()
        attempt = 0
        while True:
            attempt += 1
            walk.attempts.append(path)
            answer = self._answer(path, target)
            status = 500 if answer == "refused" else 408 if answer == "slow" else answer
            assert isinstance(status, int)
            if (status not in codes and answer != "refused") or attempt >= attempts + 1:
                return status

    def _route(self, strategy: dict[str, Any], targets: Any, request: dict[str, Any]) -> int:
        if strategy.get("conditions") is None:
            raise RouterError("no conditions")
        for condition in strategy["conditions"]:
            if holds(condition["query"], request):
                return _named(targets, condition["then"])
        if strategy.get("default"):
            return _named(targets, strategy["default"])
        raise RouterError("no target")


def _named(targets: Any, name: str) -> int:
    for index, target in enumerate(targets or ()):
        if target.get("name") == name:
            return index
    raise RouterError(f"no target {name}")


def holds(query: Any, request: dict[str, Any]) -> bool:
    """`evaluateQuery`. Raises ``RouterError``."""
    for key, value in _entries(query):
        if key == "$or" and isinstance(value, list):
            return any(holds(each, request) for each in value)
        if key == "$and" and isinstance(value, list):
            return all(holds(each, request) for each in value)
        found = context(key, request)
        if isinstance(value, dict | list):
            if not _operators(value, found):
                return False
        elif not same(found, value):
            return False
    return True


def _operators(operators: Any, value: Any) -> bool:
    for operator, wanted in _entries(operators):
        if operator == "$eq":
            if not same(value, wanted):
                return False
        elif operator == "$ne":
            if same(value, wanted):
                return False
        elif operator in ("$gt", "$gte", "$lt", "$lte"):
            left, right = parse_float(value), parse_float(wanted)
            if not {"$gt": left > right, "$gte": left >= right, "$lt": left < right, "$lte": left <= right}[operator]:
                return False
        elif operator == "$in":
            if not isinstance(wanted, list) or not any(same(value, each) for each in wanted):
                return False
        elif operator == "$nin":
            if not isinstance(wanted, list) or any(same(value, each) for each in wanted):
                return False
        elif operator == "$regex":
            try:
                # JavaScript has no flags within an expression.
                return "(?i)" not in text(wanted) and re.search(text(wanted), text(value)) is not None
            except re.error:
                return False
        else:
            raise RouterError(f"unknown operator {operator}")
    return True


def _entries(value: Any) -> Iterator[tuple[str, Any]]:
    """`Object.entries`: names that are array indices come first."""
    if value is None:
        raise RouterError("no object")
    if isinstance(value, str | list):
        yield from ((str(index), each) for index, each in enumerate(value))
    elif isinstance(value, dict):
        indices = sorted((key for key in value if re.fullmatch(r"0|[1-9]\d{0,8}", key)), key=int)
        yield from ((key, value[key]) for key in indices)
        yield from ((key, each) for key, each in value.items() if key not in indices)


def context(key: str, request: dict[str, Any]) -> Any:
    """`getContextValue`."""
    parts = key.split(".")
    section = request.get(parts[0])
    if len(parts) < 2 or not isinstance(section, dict):
        return UNDEFINED
    return section.get(parts[1], UNDEFINED)


def same(one: Any, other: Any) -> bool:
    """`===`."""
    if isinstance(one, dict | list) or isinstance(other, dict | list) or one is UNDEFINED or other is UNDEFINED:
        return False
    if isinstance(one, bool) or isinstance(other, bool):
        return one is other
    if isinstance(one, int | float) and isinstance(other, int | float):
        return one == other
    return type(one) is type(other) and bool(one == other)


def parse_float(value: Any) -> float:
    """`parseFloat`."""
    found = re.match(r"\s*([+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?)", text(value))
    return float(found[1]) if found else math.nan


def text(value: Any) -> str:
    """`String`."""
    if value is UNDEFINED:
        return "undefined"
    if isinstance(value, str):
        return value
    if isinstance(value, list):
        return ",".join(text(each) for each in value)
    if isinstance(value, dict):
        return "[object Object]"
    return json.dumps(value)
