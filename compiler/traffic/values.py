"""Values as logs have them: JSON that stands in a text, members by JSON pointer, times, numbers in texts."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from hashlib import sha256

from interlock.compiler.json_text import NotJson, parse_json
from interlock.dsl.credentials import credentials
from interlock.dsl.policy import BoolType, IntType, SetType, Type

_INTEGER = re.compile(r"\s*[+-]?[0-9]{1,400}(?:\.0{1,40})?\s*")
_BOOLS = {"true": True, "false": False}
_FRACTION = re.compile(r"(\.[0-9]{6})[0-9]+")
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_CANONICAL = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}\.[0-9]{6}Z")
_UNIT = "microseconds"


def opened(value: object) -> object:
    """A value, or the one that a text says in JSON: databases and exports keep objects as text, some of them twice."""
    if type(value) is not str:
        return value
    for _ in range(2):
        if type(value) is not str or not value.lstrip().startswith(("{", "[", '"')):
            return value
        try:
            value = parse_json(value)
        except NotJson:
            return value
    return value


def members(value: object) -> Mapping[str, object]:
    """The members of a JSON object, also of one in a text; none for anything else."""
    value = opened(value)
    return value if isinstance(value, dict) else {}


def steps(pointer: str) -> tuple[str, ...]:
    """The steps of a JSON pointer (RFC 6901). Raises ``ValueError`` where it is none."""
    if pointer and not pointer.startswith("/"):
        raise ValueError(f"`{pointer}` is no JSON pointer: it begins with `/`")
    return tuple(step.replace("~1", "/").replace("~0", "~") for step in pointer.split("/")[1:])


def at_pointer(value: object, path: tuple[str, ...]) -> object:
    """What stands at a JSON pointer's steps, texts that hold JSON opened on the way; None where nothing does."""
    for step in path:
        value = opened(value)
        if isinstance(value, dict):
            value = value.get(step)
        elif isinstance(value, list) and step.isascii() and step.isdigit() and int(step[:9]) < len(value):
            value = value[int(step[:9])]
        else:
            return None
    return value


def reader(type_: Type) -> Callable[[object], object]:
    """What makes of a text in a header, a tag or a cell the value of the type that it says. What it cannot read stays
    as it is, for the audit to find."""
    if isinstance(type_, IntType):
        return _as_integer
    if isinstance(type_, BoolType):
        return _as_bool
    return _as_list if isinstance(type_, SetType) else _as_it_is


def _as_it_is(value: object) -> object:
    return value


def _as_integer(value: object) -> object:
    if type(value) is str and _INTEGER.fullmatch(value):
        return int(value.partition(".")[0])
    return value


def _as_bool(value: object) -> object:
    return _BOOLS.get(value.strip().lower(), value) if type(value) is str else value


def _as_list(value: object) -> object:
    """A list in JSON, or in a header the parts between commas (RFC 9110, 5.6.1)."""
    if type(value) is not str:
        return value
    known = opened(value)
    return known if isinstance(known, list) else [part.strip() for part in value.split(",") if part.strip()]


def integer(value: object) -> int | None:
    """A number of integral value, also one in a text; None for anything else."""
    value = _as_integer(value)
    if type(value) is float and value.is_integer():
        value = int(value)
    return value if type(value) is int else None


def tokens(value: object) -> int | None:
    """A count of tokens; None for what is none."""
    number = integer(value)
    return number if number is not None and 0 <= number < 2**53 else None


def dollars(value: object) -> float | None:
    """An amount of money, also one in a text; None for what is none."""
    try:
        number = float(value) if isinstance(value, str | int | float) and type(value) is not bool else None
    except (ValueError, OverflowError):
        return None
    return number if number is not None and 0 <= number < 1e12 else None


def microseconds(value: object) -> int | None:
    """A time in text, RFC 3339 or as databases write it (without a zone: UTC), since 1970; None for what is none."""
    if type(value) is not str or len(value) < 16:
        return None
    try:
        when = datetime.fromisoformat(_FRACTION.sub(r"\1", value) if len(value) > 26 else value)
    except ValueError:
        return None
    past = when - (_EPOCH if when.tzinfo is not None else _EPOCH.replace(tzinfo=None))
    return (past.days * 86_400 + past.seconds) * 1_000_000 + past.microseconds


def canonical_time(value: object) -> str | None:
    """A time in text as ``written_time`` writes it; None for what is none."""
    at = microseconds(value)
    if at is None:
        return None
    # Most times were written by us.
    return value if type(value) is str and _CANONICAL.fullmatch(value) else written_time(at)


def written_time(microseconds_: int) -> str | None:
    """The RFC 3339 text of a time, in UTC and always of one length, so that texts sort as times do; None for a time
    beyond the years that it can write."""
    try:
        return (_EPOCH.replace(tzinfo=None) + timedelta(microseconds=microseconds_)).isoformat(timespec=_UNIT) + "Z"
    except OverflowError:
        return None


def without_credentials(value: object) -> object:
    """The value, or where a text of it looks like a credential a digest that is the same for the same credential."""
    if type(value) is str:
        if not (_is_credential(value) if len(value) < 200 else credentials(value)):
            return value
        return f"credential-{sha256(value.encode('utf-8', 'surrogatepass')).hexdigest()[:16]}"
    if type(value) is list:
        return [without_credentials(item) for item in value]
    if type(value) is dict:
        return {key: without_credentials(item) for key, item in value.items()}
    return value


@lru_cache(maxsize=10_000)
def _is_credential(text: str) -> bool:
    return bool(credentials(text))
