"""Seeded policies and requests: one neutral description that every engine is given a translation of.

A policy here is a list of rules, each a conjunction of a few conditions over seven attributes; the first
rule that holds decides, and the last one holds for everything. ``first_match`` is what that means, written
as plainly as possible: every engine's answers are compared with it before anything is timed.
"""

from __future__ import annotations

import math
import random
from collections.abc import Sequence
from dataclasses import dataclass, replace

Value = bool | int | str
Request = dict[str, Value]
"""The attributes of one request; an absent one is left out."""

HINTS = ("haiku", "sonnet", "opus")
REGIONS = ("us_east", "us_west", "eu_central")
TIERS = ("free", "team", "enterprise")
ENUMS = {"model_hint": HINTS, "home": REGIONS, "tier": TIERS}
MAX_TOKENS = 1_000_000

MIX = {
    "account": 6,
    "input_tokens": 5,
    "model_hint": 3,
    "tier": 3,
    "home": 2,
    "has_tools": 2,
    "hour": 2,
}
"""How often a rule constrains each attribute, as weights: large policies are about accounts and sizes."""

DESTINATIONS = ("opus[home]", "sonnet", "haiku", "bedrock_sonnet", 'fail 429 "not in this plan"')


@dataclass(frozen=True, slots=True)
class Range:
    """The int attribute is at least ``lo`` and less than ``hi`` (None: open); false when absent."""

    attribute: str
    lo: int | None
    hi: int | None

    def holds(self, request: Request) -> bool:
        value = request.get(self.attribute)
        return isinstance(value, int) and (self.lo is None or value >= self.lo) and (self.hi is None or value < self.hi)


@dataclass(frozen=True, slots=True)
class OneOf:
    """The attribute is one of ``values``, or with ``negated`` is none of them, which holds when absent."""

    attribute: str
    values: tuple[Value, ...]
    negated: bool = False

    def holds(self, request: Request) -> bool:
        return (request.get(self.attribute) in self.values) is not self.negated


@dataclass(frozen=True, slots=True)
class Prefix:
    """The string attribute starts with ``prefix``."""

    attribute: str
    prefix: str

    def holds(self, request: Request) -> bool:
        value = request.get(self.attribute)
        return isinstance(value, str) and value.startswith(self.prefix)


Condition = Range | OneOf | Prefix


@dataclass(frozen=True, slots=True)
class Rule:
    name: str
    conditions: tuple[Condition, ...]
    to: str

    def holds(self, request: Request) -> bool:
        # Not all(…), which takes twice as long: thousands of rules meet thousands of requests here.
        for condition in self.conditions:  # noqa: SIM110
            if not condition.holds(request):
                return False
        return True


@dataclass(frozen=True, slots=True)
class Policy:
    """``accounts`` are the names its traffic comes from, by organization."""

    name: str
    rules: tuple[Rule, ...]
    accounts: dict[str, tuple[str, ...]]


def first_match(rules: Sequence[Rule], request: Request) -> int:
    """The index of the first rule that holds, -1 if none does."""
    for index, rule in enumerate(rules):
        if rule.holds(request):
            return index
    return -1


def generate(count: int, seed: int = 1) -> Policy:
    """A policy of ``count`` rules as a careful author leaves it: narrow rules stand before broad ones, and
    each decides some request that no earlier one does."""
    rng = random.Random(f"policy {count} {seed}")
    accounts = _accounts(rng, organizations=4 + count // 25)
    kept: list[Rule] = []
    for rule in _narrow_first(rng, count + count // 2, accounts):
        aimed = (_aim(rng, rule, accounts) for _ in range(20))
        if any(first_match(kept, request) < 0 for request in aimed):
            kept.append(rule)
    # Leaving rules out never takes a request from those that stay.
    chosen = sorted(rng.sample(range(len(kept)), count - 1))
    return _named(f"rules_{count}", [kept[index] for index in chosen], accounts)


def generate_draft(count: int, seed: int = 1) -> Policy:
    """A policy of ``count`` rules before anyone checked it: narrow before broad, yet of many rules one in six
    or so is dead, and one model is served from two regions. The hard case for ``check``, which has to prove
    and explain every one of these mistakes."""
    rng = random.Random(f"draft {count} {seed}")
    accounts = _accounts(rng, organizations=4 + count // 25)
    rules = _narrow_first(rng, count - 1, accounts)
    west = [replace(rule, to="sonnet_west") if rng.random() < 0.1 else rule for rule in rules]
    return _named(f"draft_{count}", west, accounts)


def requests(policy: Policy, count: int, seed: int = 1) -> list[Request]:
    """Half everyday traffic, which mostly meets the broad rules at the end, half aimed at rules drawn evenly,
    so that the whole policy is used."""
    rng = random.Random(f"requests {policy.name} {seed}")
    return [
        _aim(rng, rng.choice(policy.rules), policy.accounts) if index % 2 else _request(rng, policy.accounts)
        for index in range(count)
    ]


def _named(name: str, rules: list[Rule], accounts: dict[str, tuple[str, ...]]) -> Policy:
    numbered = [replace(rule, name=f"r{index:04}") for index, rule in enumerate(rules)]
    return Policy(name, (*numbered, Rule("otherwise", (), "haiku")), accounts)


def _narrow_first(rng: random.Random, count: int, accounts: dict[str, tuple[str, ...]]) -> list[Rule]:
    drawn = [_rule(rng, accounts) for _ in range(count)]
    traffic = [_request(rng, accounts) for _ in range(400)]
    return sorted(drawn, key=lambda rule: sum(map(rule.holds, traffic)))


def _accounts(rng: random.Random, organizations: int) -> dict[str, tuple[str, ...]]:
    syllables = [
        "ac",
        "me",
        "glo",
        "bex",
        "ini",
        "tech",
        "umb",
        "ra",
        "ty",
        "rell",
        "wa",
        "yne",
        "star",
        "ki",
    ]
    teams = ("web", "data", "mobile", "search", "infra", "research")
    names: dict[str, tuple[str, ...]] = {}
    while len(names) < organizations:
        name = "".join(rng.choices(syllables, k=rng.randint(2, 4)))
        names[name] = tuple(f"{name}/{team}" for team in rng.sample(teams, 4))
    return names


def _rule(rng: random.Random, accounts: dict[str, tuple[str, ...]]) -> Rule:
    left = dict(MIX)
    conditions = []
    for _ in range(rng.randint(2, 4)):
        attribute = rng.choices(list(left), list(left.values()))[0]
        del left[attribute]
        conditions.append(_condition(rng, attribute, accounts))
    return Rule("", tuple(conditions), rng.choice(DESTINATIONS))


def _condition(rng: random.Random, attribute: str, accounts: dict[str, tuple[str, ...]]) -> Condition:
    if attribute == "account":
        organization = rng.choice(list(accounts))
        if rng.random() < 0.4:
            return Prefix(attribute, f"{organization}/")
        return OneOf(attribute, tuple(rng.sample(accounts[organization], rng.choice((1, 1, 2)))))
    if attribute == "has_tools":
        return OneOf(attribute, (rng.random() < 0.7,))
    if attribute == "hour":
        start, end = rng.randint(0, 18), rng.randint(4, 8)
        return Range(attribute, start, start + end if start + end < 24 else None)
    if attribute == "input_tokens":
        low, high = sorted((_tokens(rng, 1_000), _tokens(rng, 1_000)))
        if low == high:
            high += 1_000
        ends = rng.choice(((low, None), (None, high), (low, high)))
        return Range(attribute, *ends)
    values = ENUMS[attribute]
    if rng.random() < 0.2:
        return OneOf(attribute, (rng.choice(values),), negated=True)
    return OneOf(attribute, tuple(rng.sample(values, rng.choice((1, 1, 2)))))


def _tokens(rng: random.Random, step: int) -> int:
    """Small prompts are common and long ones are not: evenly spread on a logarithmic scale."""
    tokens = math.exp(rng.uniform(math.log(1_000), math.log(MAX_TOKENS)))
    return min(MAX_TOKENS - 1, int(tokens)) // step * step


def _request(rng: random.Random, accounts: dict[str, tuple[str, ...]]) -> Request:
    organization = rng.choice(list(accounts))
    known, new = rng.choice(accounts[organization]), f"{organization}/{rng.randint(1, 99)}"
    account = rng.choices((known, new, f"new-{rng.randint(1, 999)}/x"), (6, 2, 2))[0]
    request: Request = {
        "input_tokens": _tokens(rng, 1),
        "home": rng.choice(REGIONS),
        "tier": rng.choices(TIERS, (5, 3, 2))[0],
        "account": account,
        "has_tools": rng.random() < 0.7,
        "hour": rng.randint(0, 23),
    }
    hint = rng.choices((None, *HINTS, "fable"), (8, 3, 5, 3, 1))[0]
    if hint is not None:
        request["model_hint"] = hint
    return request


def _aim(rng: random.Random, rule: Rule, accounts: dict[str, tuple[str, ...]]) -> Request:
    """Everyday traffic, changed to meet every condition of ``rule``."""
    request = _request(rng, accounts)
    for condition in rule.conditions:
        if condition.holds(request):
            continue
        if isinstance(condition, Range):
            end = {"input_tokens": MAX_TOKENS + 1, "hour": 24}[condition.attribute]
            low, high = condition.lo or 0, condition.hi or end
            request[condition.attribute] = rng.randrange(low, min(high, end))
        elif isinstance(condition, Prefix):
            request[condition.attribute] = f"{condition.prefix}{rng.choice(('web', 'data', '7'))}"
        elif condition.negated:
            values = ENUMS[condition.attribute]
            request[condition.attribute] = rng.choice([v for v in values if v not in condition.values])
        else:
            request[condition.attribute] = rng.choice(condition.values)
    return request
