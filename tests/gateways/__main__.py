"""`python -m tests.gateways`: what is imported from gateways and emitted for them, against those gateways, running.

Gateways that are not there are installed first. Then the parts run, three at a time, as they wait much more than they
work: each in a process of its own, with ports of its own. Each part's line says what it compared (the last line of what
it printed) and how long it took; all that it printed is shown if it failed. What cannot be set up here is named at the
end, and with CI=true that is a failure: nothing counts as tested that was not.
"""

from __future__ import annotations

import argparse
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from tests.gateways import envoy, envoy_streams, kong_nginx, litellm, portkey, workerd
from tests.gateways.parts import Done, run

ROOT = Path(__file__).parents[2]
INSTALLED: Mapping[str, Callable[[], object]] = {
    "litellm": litellm.installed,
    "portkey": portkey.installed,
    "envoy": envoy.installed,
    "wasmtime": envoy_streams.wasmtime,
    "cloudflare": workerd.installed,
    "kong": kong_nginx.installed,
}


@dataclass(frozen=True, slots=True)
class Part:
    """A module of this package. ``installs`` are keys of ``INSTALLED``, ``programs`` must be on the PATH, and ``quick``
    are the arguments with which it asks less, of each kind of check."""

    installs: tuple[str, ...]
    programs: tuple[str, ...] = ()
    quick: tuple[str, ...] = ()


# The longest ones first.
PARTS: Mapping[str, Part] = {
    "litellm": Part(("litellm",), quick=("--configs", "5")),
    "cloudflare_emit": Part(("cloudflare",), ("node",), ("--requests", "100")),
    "portkey_emit": Part(("portkey",), ("node",), ("--policies", "12")),
    "litellm_emit": Part(("litellm",)),
    "portkey": Part(("portkey",), ("node",), ("--configs", "12")),
    "envoy_emit": Part(("envoy", "wasmtime"), ("openssl",)),
    "kong_emit": Part(("kong",), ("openssl",)),
    "litellm_workers": Part(("litellm",)),
    "envoy_ai_gateway_emit": Part(("envoy",)),
    "envoy": Part(("envoy",)),
}


def install(names: Sequence[str]) -> dict[str, str]:
    """Install what is not there; why not, of each that cannot be."""
    failed = {}
    for name in names:
        began = time.monotonic()
        try:
            INSTALLED[name]()
        except (OSError, subprocess.CalledProcessError) as error:
            failed[name] = f"{name} cannot be installed: {error}"
        if (took := time.monotonic() - began) > 0.5:
            print(f"{'no  ' if name in failed else 'ok  '}  install {name}, {took:.0f} s", flush=True)
    return failed


def impossible(part: Part, uninstalled: Mapping[str, str]) -> str | None:
    """Why a part cannot run here, if it cannot."""
    missing = [f"there is no {program} on the PATH" for program in part.programs if shutil.which(program) is None]
    return "; ".join([*missing, *(uninstalled[name] for name in part.installs if name in uninstalled)]) or None


def told(done: Done) -> None:
    """Print what came of a part."""
    last = (done.output.strip().splitlines() or ["it printed nothing"])[-1]
    if done.failed:
        print(f"\n{done.output.rstrip()}\n")
    print(f"{'FAIL' if done.failed else 'ok  '}  {done.name}, {done.seconds:.0f} s: {last}", flush=True)


def main(arguments: Sequence[str] | None = None) -> int:
    """Compare; gives the exit code."""
    parser = argparse.ArgumentParser(prog="tests.gateways", description="compare with the gateways, running")
    parser.add_argument("--only", nargs="+", choices=PARTS, default=list(PARTS), metavar="NAME", help=", ".join(PARTS))
    parser.add_argument("--quick", action="store_true", help="ask less, of each kind of check")
    options = parser.parse_args(arguments)
    began = time.monotonic()
    wanted = {name: part for name, part in PARTS.items() if name in options.only}
    there = [name for part in wanted.values() if impossible(part, {}) is None for name in part.installs]
    uninstalled = install(list(dict.fromkeys(there)))
    skipped = {name: why for name, part in wanted.items() if (why := impossible(part, uninstalled)) is not None}
    commands = {
        name: [sys.executable, "-m", f"tests.gateways.{name}", *(part.quick if options.quick else ())]
        for name, part in wanted.items()
        if name not in skipped
    }
    failed = []
    for done in run(commands, ROOT):
        told(done)
        failed += [done.name] if done.failed else []
    print(f"\n{time.monotonic() - began:.0f} s in all", flush=True)
    for name, why in skipped.items():
        print(f"!!! NOT TESTED: {name}: {why}", file=sys.stderr)
    if failed:
        print(f"failed: {', '.join(failed)}", file=sys.stderr)
    sys.stderr.flush()
    print(f"{len(commands) - len(failed)} passed, {len(failed)} failed, {len(skipped)} skipped", flush=True)
    return int(bool(failed) or (bool(skipped) and os.environ.get("CI") == "true"))


if __name__ == "__main__":
    sys.exit(main())
