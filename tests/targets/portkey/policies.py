"""Policies as they are emitted for Portkey's gateway, requests to them, and what is to come of these.

What is to come of them is said by the reference evaluator, an error after the other, with the few sentences of the
report that say what happens instead written plainly here.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from random import Random
from typing import Any

from interlock.compiler.pipeline import front
from interlock.compiler.reference import decide, walk
from interlock.compiler.table import Table
from interlock.compiler.targets.fidelity import Emitted
from interlock.compiler.targets.portkey import emit
from interlock.compiler.targets.portkey.config import host_of
from interlock.compiler.targets.portkey.places import places_of
from interlock.dsl.policy import UNAVAILABLE, BoolType, Chain, EnumType, IntType, Policy, StringType, To

Config = dict[str, Any]

ERRORS: dict[int | str, str | None] = {
    429: "rate_limited",
    500: "server_error",
    502: "server_error",
    520: "server_error",
    503: "overloaded",
    529: "overloaded",
    504: "timeout",
    "slow": "timeout",
    "refused": "unreachable",
    413: "context_overflow",
    400: None,
    401: None,
}
"""What an upstream may answer, and the class of that error; None for one that nothing follows."""
STATUS: dict[int | str, int] = {"slow": 408, "refused": 500}
"""The status that the gateway makes of what is none."""

TEXTS = ("acme/x", "acme/", "undefined", "null", "a+b", "x.y", "", "pro\ncode", "acme/code", "é")


@dataclass(frozen=True)
class Case:
    """A policy with what is emitted for it."""

    table: Table
    emitted: Emitted
    config: Config

    @property
    def policy(self) -> Policy:
        """What was meant."""
        return self.table.policy

    @property
    def losses(self) -> set[tuple[str, str, str]]:
        """The chains that do not go on, by the report: which, from where, after which class."""
        found = set()
        for fact in self.emitted.fidelity.losses:
            where, after, rest = fact.note.partition(", after ")
            if fact.kind == "chain" and after:
                found |= {(fact.what, where, class_) for class_ in rest.partition(":")[0].split(", ")}
        return found


def case(text: str) -> Case:
    """A policy that is one, emitted."""
    made = front("p.route", text=text)
    assert made.table is not None, (text, [finding.message for finding in made.findings][:3])
    emitted = emit(made.table)
    return Case(made.table, emitted, json.loads(emitted.files["config.json"]))


def leaves(given: Case) -> dict[str, str]:
    """What each target of the configuration that is asked itself is, by its path: `POOL/MODEL`."""
    by = {}
    for pool in given.policy.pools.values():
        for member in pool.members:
            upstream = given.policy.upstreams[member.upstream]
            by[member.model, host_of(upstream)] = f"{pool.name}/{member.model}"
    found: dict[str, str] = {}

    def look(target: Config, path: str) -> None:
        for number, each in enumerate(target.get("targets", [])):
            look(each, f"{path}.targets[{number}]")
        if "override_params" in target:
            found[path] = by[target["override_params"]["model"], target.get("custom_host")]

    look(given.config, "config")
    return found


def values_of(random: Random, policy: Policy) -> dict[str, Any]:
    """The values of a request, some invalid; none that the report says is taken for a valid one."""
    found: dict[str, Any] = {}
    for attribute in policy.attributes.values():
        odd = random.random() < 0.06
        match attribute.type:
            case BoolType():
                value: Any = random.choice(["true", 0, 1, [True]] if odd else [True, False])
            case EnumType(values=values, open=open_):
                value = random.choice([*values, *(["other", "null"] if open_ else [])])
                if odd and not open_:
                    value = random.choice(["nobody", 5, True, [], "null"])
            case IntType(lo=lo, hi=hi):
                value = random.choice([lo, hi, lo + 1, 0, 2, 3, 5, 7, 8, 9])
                if odd:
                    value = random.choice([lo - 1, hi + 1, 5.5, "many", True, "", "5 or so", 10**15])
            case StringType():
                value = random.choice(TEXTS)
            case _:
                raise AssertionError(attribute)
        if random.random() > (0.25 if attribute.optional or attribute.default is not None else 0.04):
            found[attribute.name] = value
        elif random.random() < 0.3:
            found[attribute.name] = None
    return found


def asked_of(policy: Policy, values: dict[str, Any]) -> Config:
    """The request of values, as the conditions see it."""
    found: Config = {"metadata": {}, "params": {"model": "any"}, "url": {"pathname": "/v1/messages"}}
    for name, place in places_of(policy).items():
        if name in values:
            section, _, key = place.key.partition(".")
            found[section][key] = values[name]
    return found


@dataclass(frozen=True)
class Wanted:
    """Hops as (pool, the models it may be), and the status that ends them. ``lost``: the report says that the error
    goes to the client, where the policy would have gone on."""

    hops: tuple[tuple[str, frozenset[str]], ...]
    status: int
    lost: bool = False


def wanted(case: Case, values: dict[str, Any], answers: dict[str, int | str]) -> Wanted:
    """What the policy wants of a request, where each pool answers so, after what the report says of it."""
    values = seen(case.policy, values)
    hops: list[tuple[str, frozenset[str]]] = []
    after: list[str] = []
    status = 0
    while True:
        decision = decide(case.policy, values, after)
        fail: Any = decision["fail"]
        if fail is not None and not hops:
            return Wanted((), 400 if fail["status"] < 500 else 500)
        if fail is not None:
            return Wanted(tuple(hops), fail["status"] if fail["status"] in (400, 500) else status)
        pool = case.policy.pools[str(decision["pool"])]
        models = [member.model for member in pool.members] if pool.sticky else [str(decision["model"])]
        hops.append((pool.name, frozenset(models)))
        answer = answers[pool.name]
        status = STATUS.get(answer, int(answer) if isinstance(answer, int) else 0)
        class_ = ERRORS.get(answer)
        if class_ is None or (reached := _reached(case, hops[0][0], after, class_)) is None:
            return Wanted(tuple(hops), status)
        if reached in case.losses:
            return Wanted(tuple(hops), status, True)
        after.append(class_)


def _reached(case: Case, start: str, after: list[str], class_: str) -> tuple[str, str, str] | None:
    """Where a request is after some errors and which chain takes it on after another, in the words of the report."""
    here = walk(case.policy, To(start), after)
    own = next((c for c in case.policy.chains if c.pool == here.pool and class_ in c.classes), None)
    taken = here.walked if here.walked is not None and class_ in here.walked.classes else own
    way = "" if here.walked is None else f", reached by {_named(here.walked)}"
    return None if taken is None else (_named(taken), f"at {here.pool}{way}", class_)


def _named(chain: Chain) -> str:
    return chain.pool if chain.classes == UNAVAILABLE else f"{chain.pool} on {', '.join(chain.classes)}"


def seen(policy: Policy, values: dict[str, Any]) -> dict[str, Any]:
    """The values without faults of attributes that nobody looks at: the report says that Portkey does not either."""
    places = places_of(policy)
    found = dict(values)
    for name, attribute in policy.attributes.items():
        if not places[name].looked_at and attribute.default is None:
            match attribute.type:
                case EnumType(values=among):
                    found[name] = among[0]
                case IntType(lo=lo):
                    found[name] = lo
                case BoolType():
                    found[name] = False
                case _:
                    found[name] = "x"
    return found
