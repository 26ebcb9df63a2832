"""The file of model facts: what LiteLLM's cost map says of hundreds of models, as much of it as the language can hold.

``std/models.json`` ships; a team may use a file of its own, which ``interlock models --refresh`` writes. Nothing is
read before a policy names a model that no module declares.
"""

from __future__ import annotations

import functools
import os
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any, NoReturn

from interlock.dsl.policy.types import MAX_INT

FORMAT, FORMAT_VERSION = "interlock-models", 1
PRICES = ("input", "output", "cache_read", "cache_write")
_MAX_BYTES = 64 * 1024 * 1024
_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*(?:-[A-Za-z0-9_]+)*")
_DOLLARS = re.compile(r"(\d{1,9})(?:\.(\d{1,6}))?")
_WORD = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")


class BadModels(Exception):
    """A file of model facts cannot be used; the message, for people, names the place."""


@dataclass(frozen=True, slots=True)
class Facts:
    """What is known of a model. ``name`` is the one it is known by, ``provider`` LiteLLM's word for whose it is.

    ``prices`` are in micro-dollars per million tokens; they hold for prompts of up to ``prices_up_to`` tokens, or for
    all (None). ``retires`` is the day on which the provider means to switch it off. ``origin`` says where the facts
    are from, ``doc`` what a declaration says of them.
    """

    name: str
    provider: str | None
    context: int | None
    prices: Mapping[str, int]
    supports: tuple[str, ...]
    prices_up_to: int | None
    retires: str | None
    origin: str
    doc: str


class ModelFile:
    """The models of one file of facts. An entry is looked at when it is asked for."""

    def __init__(self, shown: str, data: Mapping[str, Any]) -> None:
        """``shown`` is what people know the file by; ``data`` what its JSON says. Raises ``BadModels``."""
        self.shown = shown
        if data.get("format") != FORMAT:
            self._refuse(
                "this is no file of model facts; `interlock models --refresh MAP -o FILE` makes one of LiteLLM's map"
            )
        if data.get("format_version") != FORMAT_VERSION:
            self._refuse(f"this version of Interlock reads `format_version` {FORMAT_VERSION} only")
        self.source: str = self._text(data, "source")
        self.date: str = self._day(data, "date", "")
        models = data.get("models")
        if not isinstance(models, dict):
            self._refuse("`models` is an object with an entry a model")
        self._models: dict[str, Any] = models

    @property
    def names(self) -> tuple[str, ...]:
        """The names of all models, in the order of the file."""
        return tuple(self._models)

    def __contains__(self, name: str) -> bool:
        return name in self._models

    def provider(self, name: str) -> str | None:
        """Whose model it is, in LiteLLM's word. Raises ``KeyError`` for a name that is not there."""
        entry = self._models[name]
        provider = entry.get("provider") if isinstance(entry, dict) else None
        return provider if isinstance(provider, str) else None

    def is_provider(self, name: str) -> bool:
        """Whether some model is that provider's."""
        return name in self._providers

    def spelled(self, name: str) -> str | None:
        """The name as the file spells it, whatever its letters' case; None for one that is not there."""
        return name if name in self._models else self._folded.get(name.lower())

    @functools.cached_property
    def _providers(self) -> frozenset[str | None]:
        return frozenset(map(self.provider, self._models))

    @functools.cached_property
    def _folded(self) -> dict[str, str]:
        return {name.lower(): name for name in self._models}

    def facts(self, name: str) -> Facts:
        """What the file says of a model. Raises ``KeyError`` for a name that is not there, ``BadModels`` for an entry
        that says something else than it may."""
        entry = self._models[name]
        where = f"`{name}`: "
        if not isinstance(entry, dict):
            self._refuse(f"{where}the facts of a model are an object")
        price = entry.get("price", {})
        if not isinstance(price, dict) or not set(price) <= set(PRICES):
            self._refuse(f"{where}`price` is an object with some of {', '.join(PRICES)}")
        prices = {kind: self._micro_dollars(price[kind], f"{where}`{kind}`") for kind in PRICES if kind in price}
        supports = entry.get("supports", [])
        if not isinstance(supports, list) or not all(isinstance(w, str) and _WORD.fullmatch(w) for w in supports):
            self._refuse(f"{where}`supports` is a list of names")
        up_to = self._tokens(entry, "prices_up_to", where)
        retires = self._day(entry, "retires", where) if "retires" in entry else None
        doc = f"LiteLLM's cost map, {self.date}."
        if up_to is not None:
            doc += f" Prices are those of prompts of up to {tokens(up_to)} tokens."
        if retires is not None:
            doc += f" Retires on {retires}."
        context = self._tokens(entry, "context", where)
        origin = f"LiteLLM {self.date}"
        return Facts(name, self.provider(name), context, prices, tuple(supports), up_to, retires, origin, doc)

    def _tokens(self, entry: Mapping[str, Any], key: str, where: str) -> int | None:
        value = entry.get(key)
        if value is None:
            return None
        if isinstance(value, bool) or not isinstance(value, int) or not 1 <= value <= MAX_INT:
            self._refuse(f"{where}`{key}` is a whole number of tokens, 1 or more")
        return int(value)

    def _micro_dollars(self, value: object, what: str) -> int:
        match = _DOLLARS.fullmatch(value) if isinstance(value, str) and value.isascii() else None
        if match is None:
            self._refuse(f'{what} is a string of dollars per million tokens, with at most six decimals: `"0.25"`')
        return int(match[1]) * 1_000_000 + int((match[2] or "").ljust(6, "0"))

    def _text(self, data: Mapping[str, Any], key: str) -> str:
        value = data.get(key)
        if not isinstance(value, str) or not value:
            self._refuse(f"`{key}` is a string")
        return str(value)

    def _day(self, data: Mapping[str, Any], key: str, where: str) -> str:
        value = data.get(key)
        try:
            return date.fromisoformat(value if isinstance(value, str) else "").isoformat()
        except ValueError:
            self._refuse(f'{where}`{key}` is a day: `"2026-11-24"`')

    def _refuse(self, message: str) -> NoReturn:
        raise BadModels(f"{self.shown}: {message}")


def read_models(path: str | None = None) -> ModelFile:
    """The model facts in a file, or those that ship. Raises ``BadModels``."""
    if path is None:
        import interlock.stdlib_policies as library

        shown, path = "std/models.json", os.path.join(library.__path__[0], "std", "models.json")
    else:
        shown = path
    try:
        status = os.stat(path)
        return _read(shown, path, status.st_mtime_ns, status.st_size)
    except (OSError, ValueError) as error:
        reason = error.strerror.lower() if isinstance(error, OSError) and error.strerror else "no legal path"
        raise BadModels(f"cannot read the model facts in `{shown}`: {reason}") from error


@functools.lru_cache(maxsize=4)
def _read(shown: str, path: str, changed: int, size: int) -> ModelFile:
    """Many policies of one run share a file. ``changed`` and ``size`` keep what is remembered from being old."""
    with open(path, "rb") as file:
        data = read_json(file.read(_MAX_BYTES + 1), shown)
    if not isinstance(data, dict):
        raise BadModels(f"{shown}: this is no file of model facts: it is no JSON object")
    return ModelFile(shown, data)


def read_json(data: bytes, shown: str, **options: Any) -> Any:
    """What JSON says; ``options`` are those of ``json.loads``. Raises ``BadModels`` with the place of a mistake."""
    import json

    if len(data) > _MAX_BYTES:
        raise BadModels(f"{shown}: this is larger than {_MAX_BYTES // 1024 // 1024} MiB")
    try:
        return json.loads(data.decode("utf-8-sig"), **options)
    except UnicodeDecodeError as error:
        raise BadModels(f"{shown}: byte {error.start} is not UTF-8") from error
    except json.JSONDecodeError as error:
        what = error.msg[:1].lower() + error.msg[1:]
        raise BadModels(f"{shown}:{error.lineno}:{error.colno}: this is no JSON: {what}") from error
    except RecursionError as error:
        raise BadModels(f"{shown}: this is no JSON: it nests too deep") from error
    except (ValueError, ArithmeticError) as error:  # a number of thousands of digits, or with such an exponent
        raise BadModels(f"{shown}: a number in it is too large") from error


def declaration(name: str, facts: Facts) -> str:
    """The declaration that gives a model called ``name`` these facts, laid out as ``interlock fmt`` does."""
    members: list[tuple[str, str]] = []
    if facts.context is not None:
        members.append(("context", tokens(facts.context)))
    if facts.prices:
        members.append(("price", ", ".join(f"{k} {dollars(facts.prices[k])}" for k in PRICES if k in facts.prices)))
    if facts.supports:
        members.append(("supports", ", ".join(facts.supports)))
    doc = "".join(f"## {line}".rstrip() + "\n" for line in facts.doc.splitlines())
    if not members:
        return f"{doc}model {word(name)} {{}}\n"
    wide = max(len(keyword) for keyword, _ in members)
    lines = "".join(f"    {keyword:<{wide}} {value}\n" for keyword, value in members)
    return f"{doc}model {word(name)} {{\n{lines}}}\n"


def word(name: str) -> str:
    """A name as policies write it: in quotes where it has to be."""
    return name if _NAME.fullmatch(name) else quoted(name)


def quoted(text: str) -> str:
    """A string as policies write it."""
    escaped = text.replace("\\", "\\\\").replace('"', '\\"')
    return '"' + "".join(c if c.isprintable() else f"\\u{{{ord(c):X}}}" for c in escaped) + '"'


def tokens(number: int) -> str:
    """A number as policies write it: ``200K``, ``1M``, ``131_072``."""
    for size, unit in ((1_000_000, "M"), (1_000, "K")):
        if number % size == 0 and number:
            return f"{number // size:_}{unit}"
    return f"{number:_}"


def dollars(micro: int) -> str:
    """Micro-dollars as policies write them: ``$5``, ``$0.10``, ``$1.375``."""
    units, _, decimals = decimal(micro).partition(".")
    return f"${units}" + (f".{decimals:0<2}" if decimals else "")


def decimal(micro: int) -> str:
    """Micro-dollars as files of model facts write them: ``5``, ``0.1``, ``1.375``."""
    units, rest = divmod(micro, 1_000_000)
    return f"{units}.{rest:06}".rstrip("0").rstrip(".")
