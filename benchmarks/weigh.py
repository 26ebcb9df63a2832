"""What ``interlock diff --traffic`` takes for many requests, in every form that they may have.

    python -m benchmarks.weigh [ROWS] [FOLDER]

makes a realistic policy of 100 rules, a later version of it, and ROWS requests (10 million) in Parquet, JSON Lines and
CSV, the last two with gzip too; weighs the difference by each, and says of each run how long it took, how much
processor time, and the most memory. All runs must give the same numbers. FOLDER keeps the files (some 9 GB for 10
million) for the next time; without it they are deleted. It needs ``interlock[traffic]``.
"""

from __future__ import annotations

import gzip
import json
import os
import re
import shutil
import sys
import tempfile
from pathlib import Path

import duckdb

from benchmarks import realistic
from benchmarks.large import cost_of

RULES = 100
FORMS = ("parquet", "jsonl", "jsonl.gz", "csv", "csv.gz")


def main(arguments: list[str]) -> int:
    """Prints a line a form; 1 where two forms differ."""
    rows = int(arguments[0].replace("_", "")) if arguments else 10_000_000
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(arguments[1] if len(arguments) > 1 else temporary)
        folder.mkdir(parents=True, exist_ok=True)
        old, new = versions(folder)
        files = [requests(folder, rows, old.read_text(), form) for form in FORMS]
        print(f"{rows:,} requests, {RULES} rules, {os.cpu_count()} processors, DuckDB {duckdb.__version__}")
        print("| file | size | passed | CPU time | peak memory | load before |")
        print("| --- | ---: | ---: | ---: | ---: | ---: |")
        said = set()
        for file in files:
            load = os.getloadavg()[0]
            out, cost = cost_of("diff", str(old), str(new), "--format", "json", f"--traffic={file}")
            size = f"{file.stat().st_size / 1e6:,.0f} MB"
            took = f"{cost.wall:.0f} s | {cost.processor:.0f} s | {cost.memory / 1e6:,.0f} MB | {load:.1f}"
            print(f"| {file.name} | {size} | {took} |", flush=True)
            said.add(json.dumps({**json.loads(out)["traffic"], "invalid": None}))
    if len(said) > 1:
        print("the forms differ", file=sys.stderr)
    return int(len(said) > 1)


def versions(folder: Path) -> tuple[Path, Path]:
    """A policy, and the same with other sizes for some."""
    text = realistic.text(RULES)
    later = text.replace("..40K    -> haiku", "..60K    -> haiku").replace("40K..200K -> sonnet", "60K..200K -> sonnet")
    later = later.replace("input_tokens < 20K -> haiku", "input_tokens < 30K -> haiku")
    files = folder / "old.route", folder / "new.route"
    for file, written in zip(files, (text, later), strict=True):
        file.write_text(written, "utf-8")
    return files


def requests(folder: Path, rows: int, policy: str, form: str) -> Path:
    """A file of requests, made where it is not there: a thousand sessions at a time, of twenty turns each."""
    file = folder / f"requests-{rows}.{form}"
    if file.exists():
        return file
    made = file.with_suffix(".new")
    if form.endswith(".gz"):
        with open(file.with_suffix(""), "rb") as plain, gzip.open(made, "wb", compresslevel=6) as packed:
            shutil.copyfileobj(plain, packed, 1 << 20)
    else:
        options = {"parquet": "FORMAT parquet, COMPRESSION zstd", "csv": "FORMAT csv, HEADER"}
        as_text = "FORMAT csv, HEADER false, QUOTE '', ESCAPE '', DELIMITER '\x01'"
        query = _rows(rows, policy)
        if form == "csv":  # a set is a list in JSON there
            query = f"SELECT * REPLACE (to_json(groups)::VARCHAR AS groups) FROM ({query})"
        elif form == "jsonl":  # what is absent is left out, as `interlock traffic` does it
            query = f"SELECT regexp_replace(to_json(r)::VARCHAR, '\"[a-z_]+\":null,', '', 'g') FROM ({query}) AS r"
        with duckdb.connect(config={"memory_limit": "2GB", "temp_directory": str(folder)}) as database:
            database.execute(f"COPY ({query}) TO '{made}' ({options.get(form, as_text)})")
    made.rename(file)
    return file


def _rows(rows: int, policy: str) -> str:
    """The requests in SQL. What is drawn is a hash of the number of the request or session, so always the same."""
    names = sorted({*re.findall(r'"([a-z]+/[a-z]+)"', policy), "loadtest-7", "acme/nightly", "someone/else"})
    accounts = f"[{', '.join(repr(name) for name in names)}]"

    def drawn(of: str, salt: str, below: int) -> str:
        return f"(hash({of}, '{salt}') % {below})::BIGINT"

    def one(of: str, salt: str, values: str, many: int) -> str:
        return f"({values})[1 + {drawn(of, salt, many)}]"

    regions = "['us_east', 'us_west', 'eu_central', 'ap_south']"
    tiers = "['free', 'free', 'team', 'team', 'enterprise', 'trial']"
    groups = "[[], ['release'], ['eu', 'beta'], ['incident-response', 'ops'], ['beta'], [], [], ['suspended']]"
    return f"""
        SELECT {one("s", "account", accounts, len(names))} AS account,
            CASE WHEN {drawn("s", "agent", 3)} = 0 THEN 'agent-' || {drawn("s", "a", 1000)} END AS agent_id,
            CASE WHEN {drawn("i", "spent", 4)} = 0 THEN {drawn("i", "b", 2)} = 0 END AS budget_spent,
            {one("s", "groups", groups, 8)} AS groups,
            {drawn("i", "tools", 4)} > 0 AS has_tools,
            {one("s", "home", regions, 4)} AS home,
            least(1000000, 500 + turn * {drawn("s", "grow", 9000)} + {drawn("i", "n", 5000)}) AS input_tokens,
            {one("i", "model", "['haiku', 'sonnet', 'opus', 'fable', NULL]", 5)} AS model_hint,
            CASE WHEN {drawn("s", "parent", 9)} = 0 THEN 'agent-' || {drawn("s", "p", 1000)} END AS parent_agent_id,
            md5(s::VARCHAR) AS session_id,
            {one("s", "tier", tiers, 6)} AS tier,
            'claude-cli/2.1.' || {drawn("s", "agent", 90)} AS user_agent,
            strftime(TIMESTAMP '2026-11-02' + INTERVAL (i * 60) MILLISECOND, '%Y-%m-%dT%H:%M:%S.%fZ') AS "$at",
            input_tokens AS "$input_tokens",
            {drawn("i", "out", 2000)} AS "$output_tokens"
        FROM (SELECT i, 1000 * (i // 20000) + (i % 1000) AS s, (i // 1000) % 20 AS turn FROM range({rows}) AS r(i))
    """


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
