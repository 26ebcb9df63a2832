"""runtimes/python/run and bench, as they are called: with a bare Python, from any folder."""

from __future__ import annotations

import json
import subprocess
import sys
from hashlib import sha256
from pathlib import Path

from .tables import canonical

ROOT = Path(__file__).parents[2] / "runtimes"
TABLES = ROOT / "vectors" / "tables"


def call(name: str, *arguments: object, given: bytes = b"", cwd: Path | None = None) -> tuple[int, bytes, bytes]:
    command = [sys.executable, "-I", "-S", str(ROOT / "python" / name), *map(str, arguments)]
    done = subprocess.run(command, input=given, capture_output=True, timeout=60, check=False, cwd=cwd)
    return done.returncode, done.stdout, done.stderr


def vectors(folder: str) -> list[tuple[str, dict[str, object]]]:
    found = []
    for path in sorted((ROOT / "vectors" / folder).glob("*.json")):
        content = json.loads(path.read_text())
        found += [(content["table"], case) for case in content["cases"]]
    return found


def test_batch_answers_every_vector() -> None:
    commands, wanted = [], []
    kinds = [("decide", "decision"), ("requests", "decision"), ("explain", "explanation"), ("record", "record")]
    for folder, field in kinds:
        for table, case in vectors(folder):
            request = str(case["request"])
            if "\n" in request:
                continue  # a command is a line
            classes = case.get("after")
            assert classes is None or isinstance(classes, list)
            command = folder if folder in ("explain", "record") else "decide"
            words = "" if command == "explain" else ",".join(classes or []) + " " if classes else "- "
            commands += [f"load {TABLES / table}.json", f"{command} {words}{request}"]
            version = json.loads((TABLES / f"{table}.json").read_text())["version"]
            wanted += [f"loaded {version}".encode(), canonical(case[field])]
    assert len(wanted) > 1000
    code, out, error = call("run", "--batch", given="\n".join(commands).encode())
    assert (code, error) == (0, b"")
    assert out.splitlines() == wanted


def test_batch_survives_anything(tmp_path: Path) -> None:
    (tmp_path / "t").write_bytes(b"{}")
    none, broken, good = (b"load " + bytes(path) for path in (tmp_path / "none", tmp_path / "t", TABLES / "walks.json"))
    lines = [
        b"decide - {}", b"", b"\xff\xfe", b"load", none, broken, b"load a\0b", good, broken, b"decide -", b"decide - ",
        b"decide never {}", b"decide \xff {}", b"record - \xff", b"decide - {\r", b'decide timeout {"route": 5}\r',
    ]  # fmt: skip
    code, out, error = call("run", "--batch", given=b"\n".join(lines))
    told = [line.split(b" ")[0] if line[:1] != b"{" else b"{" for line in out.split(b"\n")[:-1]]
    assert (code, error) == (0, b"")
    assert told == [
        b"error", b"error", b"error", b"error", b"error", b"refused", b"refused", b"loaded", b"refused", b"error",
        b"{", b"error", b"error", b"{", b"{", b"{",
    ]  # fmt: skip


def test_a_file_is_answered_line_by_line(tmp_path: Path) -> None:
    requests = b'{"route": 5, "session": "\xff"}\n\n{"route": 5}\r\nnull\n{"route": 4}'
    (tmp_path / "r.jsonl").write_bytes(requests)
    code, out, _ = call("run", TABLES / "walks.json", "r.jsonl", "--after", "timeout,timeout", cwd=tmp_path)
    assert code == 0
    assert call("run", TABLES / "walks.json", "-", "--after", "timeout,timeout", given=requests)[1] == out
    told = [json.loads(line) for line in out.splitlines()]
    assert [decision["invalid"] is None for decision in told] == [False, False, True, False, True]
    assert call("run", TABLES / "walks.json", "-")[:2] == (0, b"")


def test_wrong_usage_and_files_end_with_2(tmp_path: Path) -> None:
    table = TABLES / "walks.json"
    (tmp_path / "t").write_bytes(b"[]")
    wrong: list[tuple[object, ...]] = [
        (), (table,), ("--batch", table), (table, tmp_path / "none"), (tmp_path / "none", "-"), (tmp_path / "t", "-"),
        (table, "-", "--after"), (table, "-", "--after", "unavailable"), (table, tmp_path), (table, "-", "--after", ""),
    ]  # fmt: skip
    for arguments in wrong:
        code, out, error = call("run", *arguments)
        assert (code, out) == (2, b""), arguments
        assert error
        assert b"Traceback" not in error


def test_bench_tells_what_run_answers(tmp_path: Path) -> None:
    (tmp_path / "r.jsonl").write_text('{"route": 5}\n{"route": 0, "session": "s-1"}\nnull')
    code, out, error = call("bench", TABLES / "walks.json", tmp_path / "r.jsonl")
    assert (code, error) == (0, b"")
    told = json.loads(out)
    assert told["answers_sha256"] == sha256(call("run", TABLES / "walks.json", tmp_path / "r.jsonl")[1]).hexdigest()
    assert 0 < told["p50_ns"] <= told["p99_ns"]
