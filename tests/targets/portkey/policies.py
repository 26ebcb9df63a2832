"""Random policies that Portkey's gateway can follow, requests to them, and what is to come of these.

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

ATTRIBUTES = (
    "plan : enum(free, pro, undefined)? from metadata \"plan\"",
    "tier : enum(low, high) from metadata \"tier_name\" default low",
    "kind : enum(chat, code, ...)? from body \"/kind\"",
    "zone : enum(east, west) from header \"x-zone\"",
    "fast : bool? from metadata \"fast\"",
    "stream : bool from body \"/flag\" default false",
    "size : int(0..=100)? from body \"/max_tokens\"",
    "tokens : int(-5..=1000) from gateway \"tokens\"",
    "score : int(0..=9) from metadata \"score\" default 3",
    "team : string? from metadata \"team\"",
    "user : string from metadata \"user.name\"",
    "who : string from metadata \"who\" default \"acme/x\"",
)  # fmt: skip
TEXTS = ("acme/x", "acme/", "undefined", "null", "a+b", "x.y", "", "pro\ncode", "acme/code", "é")
LIKES = ("acme/*", "*code", "u*", "*ul*", "a+*", "x.y*", "*", "*a*c*", "nu*l", "\\\\*")
PLANS = ((), ("",), ("",), ("", "on context_overflow"), ("on overloaded", "on timeout, rate_limited"))


def text_of(random: Random) -> str:
    """A policy."""
    lines = ["policy p", "enum side = east, west"]
    chosen = random.sample(ATTRIBUTES, random.randint(1, 4))
    lines.append("request { " + "\n ".join(chosen) + " }")
    lines.append('request { home : side from metadata "home" default west }')
    names = ["a", "b", "c", "d", "h[east]", "h[west]"]
    sticky = next((each.split()[0] for each in chosen if "set(" not in each), None)
    for name in names:
        word = name.replace("[", "_").replace("]", "")
        lines.append(f"model {word}-1 {{ context 1M }} model {word}-2 {{ context 1M }}")
        lines.append(f"upstream u_{word} {{ provider {random.choice(['anthropic', 'openai'])} timeout total 1500ms }}")
    for name in names[:4]:
        two = random.random() < 0.3
        more = f" serve u_{name} with {name}-2 weight 2" if two else ""
        more += f" sticky by {sticky}" if two and random.random() < 0.7 else ""
        more += " retry 1" if random.random() < 0.1 else ""
        lines.append(f"pool {name} {{ serve u_{name} with {name}-1{more} }}")
    lines += ['upstream f[r in side] { provider anthropic timeout total 1500ms endpoint "https://{r}.example" }']
    lines += ["pool h[r in side] { serve f[r] with h_east-1 serve f[r] with h_east-2 }"]
    order = names[:4]
    random.shuffle(order)
    lines += [f"rule {name} {said}" for name, said in _rules(random, [each.split(" : ")[0] for each in chosen])]
    lines += _chains(random, order)
    if random.random() < 0.4:
        lines.append(f"invalid -> {random.choice(['fail 400', 'fail 422', 'fail 500', order[0]])}")
    return "\n".join(lines) + "\n"


def _chains(random: Random, order: list[str]) -> list[str]:
    found = []
    for at, name in enumerate(order):
        plan = random.choice(
            ((), ("",), ("",), ("", "on context_overflow"), ("on overloaded", "on timeout, rate_limited"))
        )
        for classes in plan:
            later = order[at + 1 :]
            hops = random.sample(later, random.randint(0, len(later)))
            ends = ["fail 503", "fail 500", 'fail 400 "no"']
            end = f"follow {random.choice(later)}" if later and random.random() < 0.6 else random.choice(ends)
            hops = [hop for hop in hops if end != f"follow {hop}"]
            found.append(" -> ".join([f"fallback {name}", *hops, end]) + f" {classes}")
    if random.random() < 0.5:
        found.append(f"fallback h[r in side] -> follow {order[0]}")
    return found


def _rules(random: Random, attributes: list[str]) -> list[tuple[str, str]]:
    found = []
    for number in range(random.randint(1, 4)):
        to = random.choice(["a", "b", "c", "d", "h[home]", "h[east]", "fail 403", "fail 500", "fail 400"])
        found.append((f"r{number}", f"when {_predicate(random, attributes, 0)} -> {to}"))
    return [*found, ("otherwise", f"-> {random.choice(['a', 'b', 'h[home]', 'fail 529'])}")]


def _predicate(random: Random, attributes: list[str], depth: int) -> str:
    if depth < 2 and random.random() < 0.5:
        word = random.choice([" and ", " or "])
        said = word.join(_predicate(random, attributes, depth + 1) for _ in range(random.randint(2, 3)))
        return f"{random.choice(['', 'not '])}({said})"
    name = random.choice(attributes)
    not_ = random.choice(["", "not "])
    match name:
        case "plan":
            return random.choice(
                [f"plan {not_}in [free, undefined]", "plan == pro", "plan != undefined", f"{not_}has plan"]
            )
        case "tier" | "zone":
            value = random.choice({"tier": ["low", "high"], "zone": ["east", "west"]}[name])
            return f"{name} {random.choice(['==', '!='])} {value}"
        case "kind":
            return random.choice(["kind == chat", f"kind {not_}in [chat, code]", f"{not_}has kind"])
        case "fast" | "stream":
            return random.choice([f"{not_}{name}", f"{name} == false", f"{name} != true"])
        case "size" | "tokens" | "score":
            n = random.choice([0, 3, 5, 9])
            more = [f"{not_}has {name}"] if name == "size" else []
            return random.choice(
                [f"{name} < {n + 1}", f"{name} >= {n}", f"{name} == {n}", f"{name} != {n}", f"{name} {not_}in 2..=7",
                 f"{name} {not_}in [1, 2, {n}]", f"not ({name} > {n})", *more]
            )  # fmt: skip
    values = ", ".join(f'"{value}"' for value in random.sample(["acme/x", "undefined", "null", "a+b", ""], 2))
    more = [f"{not_}has team"] if name == "team" else []
    return random.choice(
        [
            f"{name} {not_}in [{values}]",
            *[f'{name} {not_}like "{random.choice(LIKES)}"'] * 3,
            f'{name} == "acme/x"',
            *more,
        ]
    )


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
