"""From LiteLLM's cost map (``model_prices_and_context_window.json``) to a file of model facts.

The map gives what each of some four thousand models costs a token, in floats, with its limits and abilities. Kept are
the models that answer requests as a gateway routes them, and of each what a ``model`` declaration can say.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from datetime import date
from decimal import ROUND_HALF_EVEN, Decimal
from typing import Any, NoReturn

from interlock.dsl.model_data import FORMAT, FORMAT_VERSION, BadModels, decimal, read_json
from interlock.dsl.policy.types import MAX_INT
from interlock.dsl.record import record

PUBLISHED = "https://raw.githubusercontent.com/BerriAI/litellm/main/model_prices_and_context_window.json"

LICENSE = "MIT, Copyright (c) 2023 Berri AI; see std/NOTICE of Interlock"

MODES = ("chat", "responses", "completion")
"""Modes of models that a gateway routes as policies say. Not embeddings, images, speech, video, realtime sockets, …"""

_COSTS = {
    "input": "input_cost_per_token",
    "output": "output_cost_per_token",
    "cache_read": "cache_read_input_token_cost",
    "cache_write": "cache_creation_input_token_cost",
}
_ABOVE = re.compile(rf"({'|'.join(_COSTS.values())})_above_(\d{{1,6}})k_tokens")
_SUPPORTS = {"tools": "supports_function_calling", "vision": "supports_vision"}
"""The capabilities that ``std/models`` names. A word that some of its models have and others, which can the same,
have not would make ``require`` say what is not so."""


@record
class Converted:
    """``data`` is the file to write, ``kept`` its number of models, ``left_out`` that of the map's other entries."""

    data: bytes
    kept: int
    left_out: int


def convert(data: bytes, shown: str, source: str, day: date) -> Converted:
    """The file of model facts for LiteLLM's cost map: a model a line, sorted, so that two dates can be compared.

    ``shown`` is what messages call the map; ``source`` and ``day`` say in the file where it is from and when it was
    read. Raises ``BadModels``, with the place, for what is no such map: nobody knows then what else is wrong in it.
    """

    def no_number(text: str) -> NoReturn:
        raise BadModels(f"{shown}: this is no JSON: `{text}` is no number")

    entries = read_json(data, shown, parse_float=Decimal, parse_constant=no_number)
    if not isinstance(entries, dict):
        raise BadModels(f"{shown}: a cost map is an object with an entry a model")
    if entries.get("format") == FORMAT:
        raise BadModels(f"{shown}: this is a file of model facts already, no cost map of LiteLLM's")
    models: dict[str, dict[str, object]] = {}
    for name, entry in entries.items():
        if not isinstance(entry, dict):
            raise BadModels(f"{shown}: `{_short(name)}`: the entry of a model is an object")
        if entry.get("mode") in MODES:
            found = _Entry(shown, name, entry).converted()
            if found is not None:
                models[name] = found
    if not models:
        raise BadModels(f"{shown}: no entry has a `mode` of {', '.join(MODES)}: this is no cost map of LiteLLM's")
    head = {
        "format": FORMAT,
        "format_version": FORMAT_VERSION,
        "source": source.encode("utf-8", "replace").decode(),  # a file's name may be no UTF-8
        "license": LICENSE,
        "date": day.isoformat(),
    }
    lines = [f"{_json(key)}: {_json(value)},\n" for key, value in head.items()]
    listed = ",\n".join(f"{_json(name)}: {_json(models[name])}" for name in sorted(models))
    text = "{\n" + "".join(lines) + '"models": {\n' + listed + "\n}\n}\n"
    return Converted(text.encode(), len(models), len(entries) - len(models))


class _Entry:
    """One model of the map."""

    def __init__(self, shown: str, name: str, entry: Mapping[str, Any]) -> None:
        self._shown, self._name, self._entry = shown, name, entry

    def converted(self) -> dict[str, object] | None:
        """What is kept of it; None for one that takes or gives no tokens (embeddings that are listed as chat)."""
        context = self._tokens("max_input_tokens")
        if context == 0 or self._tokens("max_output_tokens") == 0:
            return None
        provider = self._entry.get("litellm_provider")
        if not isinstance(provider, str):
            self._refuse("`litellm_provider` is a string")
        if not (self._name + provider).isprintable():  # half of a surrogate pair, too, which no file can hold
            self._refuse("a name and its provider are characters that can be shown")
        costs, up_to = self._costs()
        facts: dict[str, object] = {"provider": provider}
        if context is not None:  # `max_tokens` may be the limit of the answer
            facts["context"] = context
        # All zero stands for free and for unknown alike.
        if any(costs.values()):
            # Who caches by himself charges nothing extra: the input's price, not zero.
            kept = {kind: cost for kind, cost in costs.items() if cost or kind != "cache_write"}
            facts["price"] = {kind: decimal(cost) for kind, cost in kept.items()}
            if up_to is not None:
                facts["prices_up_to"] = up_to
        supports = [word for word, key in _SUPPORTS.items() if self._flag(key)]
        if supports:
            facts["supports"] = supports
        retires = self._entry.get("deprecation_date")
        if retires is not None:
            facts["retires"] = self._day(retires)
        return facts

    def _costs(self) -> tuple[dict[str, int], int | None]:
        """Micro-dollars per million tokens of a short prompt, and up to where a prompt is short."""
        tiers = self._entry.get("tiered_pricing")
        if tiers is not None and _COSTS["input"] not in self._entry:
            return self._tiers(tiers)
        costs = self._costs_in(self._entry, "")
        bounds = [
            int(match[2]) * 1_000
            for key, value in self._entry.items()
            if (match := _ABOVE.fullmatch(key)) and value is not None and value != self._entry.get(match[1])
        ]
        return costs, min(bounds, default=None)

    def _tiers(self, tiers: object) -> tuple[dict[str, int], int | None]:
        what = "`tiered_pricing` is a list of prices, each with its `range` of tokens"
        if not isinstance(tiers, list) or not tiers:
            self._refuse(what)
        found: list[tuple[int, int, dict[str, int]]] = []
        for tier in tiers:
            bounds = tier.get("range") if isinstance(tier, dict) else None
            if not isinstance(bounds, list) or len(bounds) != 2:
                self._refuse(what)
            first, last = (self._whole(bound, "`range`") for bound in bounds)
            found.append((first, last, self._costs_in(tier, "`tiered_pricing`: ")))
        _, last, costs = min(found, key=lambda tier: tier[:2])
        return costs, last if len(found) > 1 else None

    def _costs_in(self, table: Mapping[str, Any], where: str) -> dict[str, int]:
        return {
            kind: self._micro_dollars(table[key], f"{where}`{key}`")
            for kind, key in _COSTS.items()
            if table.get(key) is not None
        }

    def _micro_dollars(self, value: object, what: str) -> int:
        if isinstance(value, bool) or not isinstance(value, int | Decimal) or value < 0:
            self._refuse(f"{what} is a number of dollars a token, 0 or more")
        cost = Decimal(value)
        if cost > 1_000:  # before it is multiplied: 1e999999999 is JSON, too
            self._refuse(f"{what} is more than any model costs")
        # A float such as 9.499999999999999e-07 means 0.95 a million: the language has six decimals.
        return int((cost * 10**12).to_integral_value(ROUND_HALF_EVEN)) if cost > Decimal("1e-20") else 0

    def _tokens(self, key: str) -> int | None:
        value = self._entry.get(key)
        return None if value is None else self._whole(value, f"`{key}`")

    def _whole(self, value: object, what: str) -> int:
        number = not isinstance(value, bool) and isinstance(value, int | Decimal)
        if number and 0 <= value <= MAX_INT and value == int(value):  # type: ignore[operator,call-overload]
            return int(value)  # type: ignore[call-overload,no-any-return]
        self._refuse(f"{what} is a whole number of tokens")

    def _flag(self, key: str) -> bool:
        value = self._entry.get(key)
        if value is not None and not isinstance(value, bool):
            self._refuse(f"`{key}` is true or false")
        return bool(value)

    def _day(self, value: object) -> str:
        try:
            return date.fromisoformat(value if isinstance(value, str) else "").isoformat()
        except ValueError:
            self._refuse('`deprecation_date` is a day: `"2026-11-24"`')

    def _refuse(self, message: str) -> NoReturn:
        raise BadModels(f"{self._shown}: `{_short(self._name)}`: {message}")


def _short(name: str) -> str:
    return name if len(name) <= 80 else name[:80] + "…"


def _json(value: object) -> str:
    return json.dumps(value, ensure_ascii=False)
