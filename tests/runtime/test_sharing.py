"""Tables and decisions between threads and processes; the package by itself."""

from __future__ import annotations

import copy
import pickle
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

import interlock.runtime
from interlock.runtime import Decision, Fail, Invalid

from .rich import REQUEST, RICH

REQUESTS = [
    REQUEST,
    REQUEST | {"input_tokens": 50_000},
    REQUEST | {"tenant": "acme/x", "hour": 7.0},
    REQUEST | {"groups": ["early"], "user": "u"},
    REQUEST | {"home": "mars"},
    None,
]


def trail(table: interlock.runtime.Table, request: object) -> list[Decision]:
    """The decision, and what follows three timeouts."""
    decisions = [table.decide(request)]
    for _ in range(3):
        decisions.append(table.after(decisions[-1], "timeout"))
    return decisions


@pytest.mark.parametrize("protocol", range(2, pickle.HIGHEST_PROTOCOL + 1))
def test_pickling(protocol: int) -> None:
    table = pickle.loads(pickle.dumps(RICH, protocol))
    assert (table.policy, table.version) == (RICH.policy, RICH.version)
    for request in REQUESTS:
        assert trail(table, request) == trail(RICH, request)
        for decision in trail(RICH, request):
            again = pickle.loads(pickle.dumps(decision, protocol))
            assert again == decision
            # What walks go on by survives too, in another process' table as well.
            assert table.after(again, "timeout") == RICH.after(decision, "timeout")
        assert pickle.loads(pickle.dumps(RICH.explain(request), protocol)) == RICH.explain(request)


def test_copies() -> None:
    assert trail(copy.deepcopy(RICH), REQUEST) == trail(RICH, REQUEST)
    decision = RICH.decide(REQUESTS[1])
    assert copy.copy(decision) == copy.deepcopy(decision) == decision


def test_many_threads() -> None:
    expected = [trail(RICH, request) for request in REQUESTS]

    def work(_: int) -> bool:
        return all([trail(RICH, request) for request in REQUESTS] == expected for _ in range(50))

    with ThreadPoolExecutor(8) as threads:
        assert all(threads.map(work, range(32)))


def test_decisions_are_values() -> None:
    for request in REQUESTS:
        decision = RICH.decide(request)
        assert {decision: 1}[RICH.decide(request)] == 1
        with pytest.raises(AttributeError):
            decision.pool = "other"  # type: ignore[misc]
        with pytest.raises(AttributeError):
            del decision.pool
        assert not hasattr(decision, "__dict__")
        assert tuple(decision.to_dict()) == Decision.__match_args__
        assert "_keys" not in repr(decision)
        assert "_state" not in repr(decision)


def test_decisions_of_one_kind_are_one_object_or_equal() -> None:
    assert RICH.decide(REQUEST | {"tenant": "acme/x"}) == RICH.decide(REQUEST | {"tenant": "acme/y"})
    assert RICH.decide(REQUEST) != RICH.decide(REQUEST | {"tenant": "acme/x"})
    assert Fail(503, None) == Fail(503, None)
    assert Invalid("a", "missing", "m") != Invalid("a", "missing", "n")


def test_a_table_shows_itself_in_brief() -> None:
    assert repr(RICH) == f"<Table rich {RICH.version[:12]}>"


def test_the_package_stands_alone_on_the_standard_library() -> None:
    folder = Path(interlock.runtime.__file__).resolve().parent
    assert (folder / "py.typed").is_file()
    code = (
        "import sys; sys.path.insert(0, sys.argv[1]); import interlock_runtime as r; "
        "print(r.murmur3_x86_32(b'hello')); print(sorted({name.partition('.')[0] for name in sys.modules}))"
    )
    command = [sys.executable, "-I", "-S", "-c", code, str(folder.parent)]
    output = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    number, modules = output.splitlines()
    assert number == str(0x248BFA47)
    foreign = set(eval(modules)) - set(sys.stdlib_module_names) - {"__main__", "interlock_runtime"}
    assert not foreign


def test_every_public_name_is_there() -> None:
    for name in interlock.runtime.__all__:
        assert getattr(interlock.runtime, name) is not None
