"""`interlock emit portkey` against the running gateway: who is asked is whom the policy says, hop by hop.

`python -m tests.gateways.portkey_emit [--policies N] [--seed S]` emits random policies, sends requests with each
configuration to upstreams that answer as told, and compares who was asked, and the status at the end, with the
reference evaluator and the report. Then one policy whose own endpoints are asked, as emitted. Exits 1 if they differ.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Sequence
from itertools import product
from random import Random

from tests.gateways.mock import Upstreams
from tests.gateways.portkey import HANG, Named, ask, attempts_of, installed, running
from tests.targets.portkey.policies import (
    ERRORS,
    Case,
    Config,
    Wanted,
    asked_of,
    case,
    leaves,
    values_of,
    wanted,
)
from tests.targets.portkey.random_policies import text_of
from tests.targets.portkey.test_emit import EXACT

MOST = 12_000
"""Bytes of a configuration that a header has room for, with the others."""
GIVEN = """
policy given
request { plan : enum(free, pro) from metadata "plan" default free  size : int(0..=100)? from body "/max_tokens" }
upstream first  { provider anthropic  timeout total 1500ms  endpoint "FIRST" }
upstream second { provider anthropic  timeout total 1500ms  endpoint "SECOND" }
upstream third  { provider anthropic  timeout total 1500ms  endpoint "THIRD" }
model m { context 1M }
pool one   { serve first with m }
pool two   { serve second with m }
pool three { serve third with m }
fallback one -> two -> fail 503
fallback one -> follow three on context_overflow
fallback two -> fail 500
fallback three -> fail 500 on unavailable, context_overflow
rule large when size > 50 and plan == pro -> two
rule rest -> one
"""


def at_mocks(
    given: Config, names: dict[str, str], upstreams: Upstreams, dead: set[str], path: str = "config"
) -> Config:
    """A configuration whose targets are the mock upstreams of some names; those of ``dead`` refuse connections."""
    if "targets" in given:
        each = enumerate(given["targets"])
        targets = [at_mocks(target, names, upstreams, dead, f"{path}.targets[{n}]") for n, target in each]
        return {**given, "targets": targets}
    if "override_params" not in given:
        return given
    name = names[path]
    host = upstreams.nobody(name) if name in dead else upstreams.url(name)
    return {**given, "provider": "anthropic", "custom_host": f"{host}/v1"}


def differs(want: Wanted, saw: list[str], status: int, dead: set[str]) -> bool:
    """Whether others were asked than the policy wants, or the end is another. They are named `POOL/MODEL`."""
    hops = [each for each in want.hops if not {f"{each[0]}/{model}" for model in each[1]} <= dead]
    asked = attempts_of(saw)
    return (
        len(asked) != len(hops)
        or any(
            one not in {f"{pool}/{model}" for model in models} for one, (pool, models) in zip(asked, hops, strict=True)
        )
        or status != want.status
    )


class Run:
    """Requests at the gateway, counted."""

    def __init__(self, port: int, upstreams: Named) -> None:
        self.port = port
        self.upstreams = upstreams
        self.total = self.hops = self.wrong = self.lost = self.failed = 0

    def compare(self, given: Case, values: Config, answers: dict[str, int | str]) -> None:
        """One request with a configuration, where each pool answers so."""
        found = leaves(given)
        numbers = {leaf: f"n{number}" for number, leaf in enumerate(sorted(set(found.values())))}
        shown = {number: leaf for leaf, number in numbers.items()}
        names = {path: numbers[leaf] for path, leaf in found.items()}
        said = {numbers[leaf]: answers[leaf.partition("/")[0]] for leaf in numbers}
        dead = {name for name, answer in said.items() if answer == "refused"}
        self.upstreams.answers = said
        self.upstreams.expect([])
        config = at_mocks(given.config, names, self.upstreams, dead, "config")
        status = ask(self.port, config, asked_of(given.policy, values))
        saw = [shown[name] for name in self.upstreams.asked]
        want = wanted(given, values, answers)
        self.total, self.hops, self.lost = self.total + 1, self.hops + len(saw), self.lost + want.lost
        self.failed += not want.hops
        if differs(want, saw, status, {shown[name] for name in dead}):
            self.wrong += 1
            print(f"\ndiffers: {values}, {answers}\n  {saw} ({status})\n  {want}\n  {json.dumps(config)}")


def told_apart(given: Case) -> list[int | str]:
    """The errors whose way the report does not call another."""
    told = {fact.what for fact in given.emitted.fidelity.facts if fact.kind == "error"}
    return [error for error in ERRORS if error != "refused" or "unreachable" not in told]


def generated(run: Run, seed: int, policies: int, requests: int) -> None:
    """Random policies."""
    for number in range(policies):
        random = Random(seed * 100_000 + number)
        text = text_of(random)
        untimed = number % 3 == 2
        given = case(text.replace("timeout total 1500ms", "") if untimed else text)
        if len(json.dumps(given.config)) > MOST:
            continue
        # Where nobody has a timeout nothing is slow, and 408 is an error of the client's.
        among = [408 if untimed and error == "slow" else error for error in told_apart(given)]
        for _ in range(requests):
            answers = {name: random.choice([200, *among]) for name in given.policy.pools}
            run.compare(given, values_of(random, given.policy), answers)


def exactly(run: Run, requests: int) -> None:
    """A policy that the gateway does wholly: every error, also one of a class that a longer list would follow."""
    text = EXACT
    for account in ("main", "spare"):
        text = text.replace(f"account {account} ", f'account {account}  endpoint "https://{account}.example" ')
    given, random = case(text), Random(run.total)
    if given.emitted.fidelity.losses:
        raise SystemExit(f"not exact: {given.emitted.fidelity.losses}")
    for _ in range(requests):
        answers = {
            name: random.choice([200, 408, 429, 429, 504, 504, *told_apart(given)]) for name in given.policy.pools
        }
        answers = {name: 408 if answer == "slow" else answer for name, answer in answers.items()}
        run.compare(given, {"plan": random.choice(["pro", "pro", "free", "gold", 5, None])}, answers)


def by_endpoint(run: Run) -> None:
    """One policy as it was emitted, with its own addresses: every error at every hop."""
    text = GIVEN
    for name in ("first", "second", "third"):
        text = text.replace(name.upper(), run.upstreams.url(name))
    given = case(text)
    pools = {"first": "one", "second": "two", "third": "three"}
    among = [200, 429, 500, 503, 529, 504, 413, 400]
    for plan, size in (("free", 10), ("pro", 51)):
        for said in product(among, among, [200, 503]):
            run.upstreams.answers = dict(zip(pools, said, strict=True))
            run.upstreams.expect([])
            values = {"plan": plan, "size": size}
            status = ask(run.port, given.config, asked_of(given.policy, values))
            want = wanted(given, values, {pools[name]: answer for name, answer in run.upstreams.answers.items()})
            saw = [f"{pools[name]}/m" for name in run.upstreams.asked]
            run.total, run.hops, run.lost = run.total + 1, run.hops + len(saw), run.lost + want.lost
            paths = [f"/{name}/v1/messages" for name in run.upstreams.asked]
            if differs(want, saw, status, set()) or run.upstreams.paths != paths:
                run.wrong += 1
                print(f"\ndiffers: {values}, {said}: {saw} ({status}), {want}, {run.upstreams.paths}")


def main(arguments: Sequence[str] | None = None) -> int:
    """Compare; gives the exit code."""
    parser = argparse.ArgumentParser(prog="tests.gateways.portkey_emit")
    parser.add_argument("--policies", type=int, default=60)
    parser.add_argument("--requests", type=int, default=12)
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args(arguments)
    with running(installed()) as port:
        run = Run(port, Named(HANG))
        by_endpoint(run)
        exactly(run, 100)
        generated(run, options.seed, options.policies, options.requests)
    print(
        f"portkey emit: seed {options.seed}: {run.total} requests, {run.hops} attempts, {run.wrong} different; "
        f"{run.failed} the policy fails, {run.lost} end as the report says",
        flush=True,
    )
    return 1 if run.wrong or not run.hops else 0


if __name__ == "__main__":
    sys.exit(main())
