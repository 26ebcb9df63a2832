"""Texts of requests that are nested deeply, against the standard library's reader with as much stack as it takes."""

from __future__ import annotations

import contextlib
import random
import time

import pytest

from interlock.compiler.reference_text import read_request
from interlock.runtime import request_text
from interlock.runtime.request_text import request_of

SCALARS = ("1", '"x]"', '"\\"[{"', "null", "1e400", '"\\\\"', " 5 ", "[]", "{}")


def deep(draw: random.Random) -> str:
    text = draw.choice(SCALARS)
    for _ in range(draw.choice((1, 49, 50, 51, 99, 100, 101, 150, 700, 1_200))):
        items = [draw.choice(SCALARS), text, draw.choice(SCALARS)]
        items = items[draw.choice((0, 1, 1)) : draw.choice((2, 2, 3))]
        if draw.random() < 0.5:
            text = "[" + ",".join(items) + "]"
        else:
            key = draw.choice(("", "[", "}"))
            text = "{" + ",".join(f'"{key}{i}":{item}' for i, item in enumerate(items)) + "}"
    if draw.random() < 0.4:
        at = draw.randrange(len(text))
        text = text[:at] + draw.choice(("", "]", "}", "[", '"', "\\", ",", "0")) + text[at + draw.choice((0, 1)) :]
    return text


def above(value: object, depth: int) -> object:
    """``value`` without what is deeper."""
    if isinstance(value, dict):
        return {key: above(item, depth - 1) for key, item in value.items()} if depth else None
    if isinstance(value, list):
        return [above(item, depth - 1) for item in value] if depth else None
    return value


@pytest.mark.parametrize("seed", range(150))
def test_what_is_read_of_a_deep_text(seed: int) -> None:
    text = deep(random.Random(seed))
    wanted = read_request(text)
    read = request_of(text)
    assert (read is None) == (wanted is None)
    assert above(read, 10) == above(wanted, 10)
    try:
        shallow = request_text._SLOW.decode(request_text._made_shallow(text))
    except ValueError:
        shallow = None
    assert above(shallow, 10) == above(wanted, 10)


@pytest.mark.parametrize(
    "text",
    ["[" * 10**6, '{"a":' * 10**6, "[" * 5_000 + '"' + '\\"' * 10**6, "]" * 10**6, '"' * 10**6],
    ids=["lists", "objects", "string", "ends", "quotes"],
)
def test_a_long_text_that_is_no_json_takes_seconds_at_most(text: str) -> None:
    start = time.monotonic()
    assert request_of(text) is None
    assert time.monotonic() - start < 20


def test_a_caller_whose_stack_is_nearly_full() -> None:
    """How much room is left says what can be read; an answer there is."""
    text = '{"a": ' + "[" * 5_000 + "]" * 5_000 + "}"
    found: list[object] = []

    def call() -> None:
        with contextlib.suppress(RecursionError):
            call()
        if len(found) < 300:
            found.append(request_of(text))

    call()
    assert {type(value) for value in found} <= {dict, type(None)}
    assert type(found[-1]) is dict
