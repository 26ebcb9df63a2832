"""From the JSON of a table to a ``Spec``: everything docs/table-format.md says a table holds is checked."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from .check_attributes import attributes
from .decision import ERROR_CLASSES, Fail
from .shape import (
    TableError,
    choice,
    distinct,
    fields,
    index,
    integer,
    items,
    rising,
    some_fields,
    text,
    text_or_null,
)
from .spec import SLOTS, Attribute, Breaker, Hop, Limit, Member, Place, Pool, Row, SetAttribute, Spec, State, Upstream

FORMAT = "interlock-table"
FORMAT_VERSION = 1
FIELDS = (
    "format",
    "format_version",
    "policy",
    "version",
    "digest",
    "attributes",
    "rows",
    "columns",
    "rules",
    "states",
    "invalid",
    "pools",
    "upstreams",
    "models",
    "source",
)
MAX_ATTRIBUTES = 10_000
MAX_COLUMNS = 100_000
MAX_ROWS = 1_000_000

_HEX = re.compile(r"0|[1-9a-f][0-9a-f]*").fullmatch
_STATUS = (400, 599)
_UPSTREAM = (
    "name",
    "family",
    "provider",
    "account",
    "region",
    "endpoint",
    "supports",
    "timeouts",
    "limit",
    "breaker",
)


def check(table: dict[str, Any]) -> Spec:
    """The table's content. ``table`` is plain JSON with exactly the fields FIELDS, its strings free of lone
    surrogates. Raises ``TableError`` that names the field which is wrong, and no other exception."""
    rules = items(table["rules"], "rules", text)
    distinct(rules, "rules", "names")
    many = _limit(table["columns"], "columns", MAX_COLUMNS)
    rows = _rows(table["rows"], many)
    _limit(table["attributes"], "attributes", MAX_ATTRIBUTES)
    known = attributes(table["attributes"], rows)
    upstreams = items(table["upstreams"], "upstreams", _upstream)
    distinct([upstream.name for upstream in upstreams], "upstreams", "names")
    models = items(table["models"], "models", _model)
    distinct(models, "models", "names")
    by_name = {attribute.name: attribute for attribute in known}
    pools = items(table["pools"], "pools", lambda item, at: _pool(item, at, by_name, upstreams, models))
    distinct([pool.name for pool in pools], "pools", "names")
    count = len(table["states"]) if type(table["states"]) is list else 0
    states = items(table["states"], "states", lambda item, at: _state(item, at, pools, count))
    columns = items(table["columns"], "columns", lambda item, at: _column(item, at, len(rules), count))
    for i in range(1, many):
        if columns[i - 1][0] > columns[i][0]:
            raise TableError(f"columns[{i}]: must be in rule order")
    return Spec(
        policy=text(table["policy"], "policy"),
        version=table["version"],
        attributes=known,
        columns=columns,
        rules=rules,
        states=states,
        invalid=index(table["invalid"], "invalid", count, "states"),
        places=_source(
            table["source"],
            {
                "rules": len(rules),
                "attributes": len(known),
                "pools": len(pools),
                "upstreams": len(upstreams),
                "models": len(models),
            },
        ),
        pools=pools,
        upstreams=upstreams,
    )


def _limit(value: Any, where: str, most: int) -> int:
    if type(value) is not list:
        raise TableError(f"{where}: must be a list")
    if len(value) > most:
        raise TableError(f"{where}: has {len(value)} items, the limit is {most}", "limit")
    return len(value)


def _rows(value: Any, columns: int) -> tuple[Row, ...]:
    _limit(value, "rows", MAX_ROWS)
    rows = []
    for i, item in enumerate(value):
        if type(item) is not str or not _HEX(item):
            raise TableError(f"rows[{i}]: must be a string of lower-case hex without leading zeros")
        row = int(item, 16)
        if row >> columns:
            raise TableError(f"rows[{i}]: has a bit at or above the number of columns, {columns}", "bounds")
        rows.append(row)
    if len(set(rows)) != len(rows):
        raise TableError("rows: must be distinct")
    return tuple(rows)


def _column(value: Any, where: str, rules: int, states: int) -> tuple[int, int]:
    if type(value) is not list or len(value) != 2:
        raise TableError(f"{where}: must be a list of 2 items")
    return index(value[0], f"{where}[0]", rules, "rules"), index(value[1], f"{where}[1]", states, "states")


def _state(value: Any, where: str, pools: Sequence[Pool], states: int) -> State:
    if type(value) is dict and "fail" in value:
        item = fields(fields(value, where, ("fail",))["fail"], f"{where}.fail", ("status", "message"))
        status = integer(item["status"], f"{where}.fail.status", *_STATUS)
        return Fail(status, text_or_null(item["message"], f"{where}.fail.message"))
    item = fields(value, where, ("pool", "next"))
    return Hop(
        pools[index(item["pool"], f"{where}.pool", len(pools), "pools")],
        items(
            item["next"],
            f"{where}.next",
            lambda to, at: None if to is None else index(to, at, states, "states"),
            len(ERROR_CLASSES),
        ),
    )


def _pool(
    value: Any,
    where: str,
    known: Mapping[str, Attribute],
    upstreams: Sequence[Upstream],
    models: Sequence[str],
) -> Pool:
    item = fields(value, where, ("name", "family", "members", "maglev", "sticky", "retry"))

    def member(value: Any, at: str) -> Member:
        item = fields(value, at, ("upstream", "model", "weight"))
        return Member(
            upstreams[index(item["upstream"], f"{at}.upstream", len(upstreams), "upstreams")],
            models[index(item["model"], f"{at}.model", len(models), "models")],
            integer(item["weight"], f"{at}.weight", 1, 100),
        )

    text(item["family"], f"{where}.family")
    members = items(item["members"], f"{where}.members", member)
    if not members:
        raise TableError(f"{where}.members: must have at least 1 item")
    rising([member.name for member in members], f"{where}.members", "members")
    maglev = None
    if len(members) == 1:
        if item["maglev"] is not None:
            raise TableError(f"{where}.maglev: must be null for a pool of one member")
    else:
        maglev = items(
            item["maglev"],
            f"{where}.maglev",
            lambda slot, at: index(slot, at, len(members), "members"),
            SLOTS,
        )
    sticky = text_or_null(item["sticky"], f"{where}.sticky")
    if sticky is not None and (sticky not in known or isinstance(known[sticky], SetAttribute)):
        raise TableError(f"{where}.sticky: must be the name of an attribute that is no set")
    retry = integer(item["retry"], f"{where}.retry", 0)
    return Pool(text(item["name"], f"{where}.name"), members, maglev, sticky, retry)


def _upstream(value: Any, where: str) -> Upstream:
    item = fields(value, where, _UPSTREAM)
    text(item["family"], f"{where}.family")
    if item["endpoint"] is not None:
        endpoint = some_fields(item["endpoint"], f"{where}.endpoint", ("url", "env"))
        if len(endpoint) != 1:
            raise TableError(f"{where}.endpoint: must have either 'url' or 'env'")
        for name, part in endpoint.items():
            text(part, f"{where}.endpoint.{name}")
    _supports(item["supports"], f"{where}.supports")
    _amounts(item["timeouts"], f"{where}.timeouts", ("connect", "first_token", "total"))
    return Upstream(
        name=text(item["name"], f"{where}.name"),
        provider=text(item["provider"], f"{where}.provider"),
        account=text_or_null(item["account"], f"{where}.account"),
        region=text_or_null(item["region"], f"{where}.region"),
        limit=None if item["limit"] is None else _limit_of(item["limit"], f"{where}.limit"),
        breaker=None if item["breaker"] is None else _breaker(item["breaker"], f"{where}.breaker"),
    )


def _limit_of(value: Any, where: str) -> Limit:
    item = fields(value, where, ("count", "per", "burst", "status"))
    return Limit(
        count=integer(item["count"], f"{where}.count", 0),
        period_ms=1_000 if choice(item["per"], f"{where}.per", ("s", "min")) == "s" else 60_000,
        burst=integer(item["burst"], f"{where}.burst", 0),
        status=None if item["status"] is None else integer(item["status"], f"{where}.status", *_STATUS),
    )


def _breaker(value: Any, where: str) -> Breaker:
    item = fields(value, where, ("share", "requests", "window_ms", "probe_ms"))
    return Breaker(**{name: integer(part, f"{where}.{name}", 0) for name, part in item.items()})


def _model(value: Any, where: str) -> str:
    item = fields(value, where, ("name", "context", "prices", "supports"))
    if item["context"] is not None:
        integer(item["context"], f"{where}.context", 0)
    _amounts(item["prices"], f"{where}.prices", ("input", "output", "cache_read", "cache_write"))
    _supports(item["supports"], f"{where}.supports")
    return text(item["name"], f"{where}.name")


def _supports(value: Any, where: str) -> None:
    rising(items(value, where, text), where, "capabilities")


def _amounts(value: Any, where: str, names: Sequence[str]) -> None:
    for name, amount in some_fields(value, where, names).items():
        integer(amount, f"{where}.{name}", 0)


def _source(value: Any, sizes: Mapping[str, int]) -> tuple[Place, ...]:
    """The places of the rules; those of other things are checked only."""
    item = fields(value, "source", ("files", "policy", *sizes))
    files = items(item["files"], "source.files", text)
    read: Callable[[Any, str], Place] = lambda value, at: _place(value, at, files)  # noqa: E731
    read(item["policy"], "source.policy")
    places = {name: items(item[name], f"source.{name}", read, size) for name, size in sizes.items()}
    return places["rules"]


def _place(value: Any, where: str, files: Sequence[str]) -> Place:
    item = fields(value, where, ("doc", "file", "start", "end"))
    doc = text_or_null(item["doc"], f"{where}.doc")
    file = files[index(item["file"], f"{where}.file", len(files), "source.files")]
    start = items(item["start"], f"{where}.start", lambda part, at: integer(part, at, 1), 2)
    end = items(item["end"], f"{where}.end", lambda part, at: integer(part, at, 1), 2)
    return Place(file, (start[0], start[1]), (end[0], end[1]), doc)
