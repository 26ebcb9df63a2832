"""``make demo``: what Interlock does, in a few seconds, with its real commands and their real output.

Works in a temporary folder, with the standard library and the command line only. Exits 1 if any step does not
behave as it should.
"""

from __future__ import annotations

import json
import os
import re
import shlex
import subprocess
import sys
import tempfile
from pathlib import Path

POLICIES = Path(__file__).resolve().parent.parent / "stdlib_policies"
COMMAND = Path(sys.executable).with_name("interlock")

REQUEST = {"session_id": "s-1", "input_tokens": 180_000, "home": "us_east"}

# Two edits that look harmless: both pass review easily, and no gateway would say a word about either.
EDITS = (
    (r"(fallback opus\[us_east\] +->) opus\[us_west\] -> follow spare", r"\1 follow opus[us_west]"),
    (r"(fallback opus\[us_west\] +->) opus\[us_east\] -> follow spare", r"\1 follow opus[us_east]"),
    (r"(?=rule medium_turns )", "rule hinted when model_hint == sonnet -> sonnet[us_west]\n"),
)


class Wrong(Exception):
    """A step did not behave as it should."""


def with_mistakes(policy: str) -> str:
    """The ready-made default policy after the edits."""
    for old, new in EDITS:
        policy, count = re.subn(old, new, policy)
        if count != 1:
            raise Wrong(f"default.route no longer says {old!r}")
    return policy


def main() -> int:
    with tempfile.TemporaryDirectory() as folder:
        os.chdir(folder)
        default = (POLICIES / "default.route").read_text(encoding="utf-8")
        Path("fleet.route").write_text(default, encoding="utf-8")
        Path("edited.route").write_text(with_mistakes(default), encoding="utf-8")
        try:
            _steps()
        except Wrong as error:
            print(f"\nthe demo failed: {error}", file=sys.stderr)
            return 1
        finally:
            os.chdir(POLICIES)  # a folder one stands in cannot be removed everywhere
    return 0


def _steps() -> None:
    title("A ready-made policy: three models, two regions, a spare provider. Nothing is wrong with it")
    run("check", "fleet.route")
    run("test", "fleet.route")

    title("Two harmless edits: a fallback that follows another, and a region for turns with a hint")
    run("check", "edited.route", exits=1)

    title("The two turns it names, asked: one session, one model, two regions, and the cache is in one of them")
    turns = witness_of("edited.route", "C301")["requests"]
    for turn in turns:
        run("decide", "edited.route", "--request", json.dumps(turn))
    places = [answer("decide", "edited.route", "--request", json.dumps(turn)) for turn in turns]
    expect(len(places) == 2 and places[0]["model"] == places[1]["model"], "the two turns use one model")
    expect(places[0]["region"] != places[1]["region"], "the two turns go to two regions")

    title("Compiled: the table that a gateway executes, verified against the policy's meaning")
    run("compile", "fleet.route", "-o", "fleet.table.json")

    title("A large prompt, after its first region was overloaded: where it goes now, and why")
    asked = ("fleet.table.json", "--request", json.dumps(REQUEST), "--after", "overloaded")
    run("explain", *asked)
    decision = answer("decide", *asked)
    expect((decision["pool"], decision["hop"]) == ("opus[us_west]", 1), "the second hop is opus in the west")


def title(text: str) -> None:
    colored = sys.stdout.isatty() and not os.environ.get("NO_COLOR") and os.environ.get("TERM") != "dumb"
    print(f"\n\x1b[1m{text}\x1b[0m\n" if colored else f"\n{text}\n")


def run(*arguments: str, exits: int = 0) -> None:
    """Show a command as one would type it, and run it for all to see."""
    print(f"$ {shlex.join(['interlock', *arguments])}", flush=True)
    code = subprocess.run([COMMAND, *arguments], stderr=subprocess.STDOUT, check=False).returncode
    print(flush=True)
    expect(code == exits, f"`interlock {arguments[0]}` exits {exits} (it was {code})")


def answer(*arguments: str, exits: int = 0) -> dict[str, object]:
    """What a command says, as JSON, for the demo's own checks."""
    done = subprocess.run([COMMAND, *arguments, "--format", "json"], capture_output=True, encoding="utf-8", check=False)
    expect(done.returncode == exits, f"`interlock {arguments[0]} --format json` exits {exits}")
    result: dict[str, object] = json.loads(done.stdout)
    return result


def witness_of(file: str, code: str) -> dict[str, list[dict[str, object]]]:
    """The witness of the one finding with this code."""
    findings = answer("check", file, exits=1)["findings"]
    assert isinstance(findings, list)
    errors = {f["code"] for f in findings if f["severity"] == "error"}
    expect(errors == {"C301", "F201"}, "exactly the two mistakes are found")
    witness: dict[str, list[dict[str, object]]] = next(f["witness"] for f in findings if f["code"] == code)
    return witness


def expect(holds: bool, what: str) -> None:
    if not holds:
        raise Wrong(f"expected that {what}")


if __name__ == "__main__":
    sys.exit(main())
