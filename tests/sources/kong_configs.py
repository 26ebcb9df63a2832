"""Random decK files, and requests to them."""

from __future__ import annotations

from random import Random
from typing import Any

from tests.sources.kong_model import CONNECT, HANG, Config, Failure, Request

PATHS: tuple[str, ...] = (
    "/",
    "/",
    "/v1",
    "/v1/messages",
    "/chat",
    "/chat/",
    "/gpt",
    "~/v1/.*",
    "~/chat$",
    "~/(chat|gpt)/x",
    "~/v[0-9]/messages",
)
PATHS += ("~/(?<tenant>[a-z]+)/chat$", "~/a|/x", "~/openai(-eu)?/chat")
ASKED = (
    "/",
    "/v1/messages",
    "/v1/other",
    "/chat",
    "/chat/",
    "/chat/x",
    "/gpt/x",
    "/acme/chat",
    "/y/x",
    "/openai-eu/chat/1",
)
HOSTS = ("a.example.com", "*.example.com", "b.example.org", "b.*")
NAMES = ("a.example.com", "c.example.com", "b.example.org", "b.example.net", "example.com")
TIERS = ("free", "Paid", "~*^pa", "~*fre+$", "~*(free|gold)")
GROUPS: tuple[tuple[str, ...], ...] = ((), (), ("gold",), ("iron",), ("iron", "gold"))
CRITERIA = (
    "http_429",
    "http_500",
    "http_502",
    "http_503",
    "http_504",
    "timeout",
    "error",
    "non_idempotent",
    "http_403",
)
ALGORITHMS = (
    None,
    "round-robin",
    "priority",
    "priority",
    "priority",
    "consistent-hashing",
    "least-connections",
    "lowest-usage",
)
FAILURES: tuple[Failure, ...] = (429, 500, 502, 503, 504, 529, CONNECT, HANG)
SCOPES: tuple[tuple[str, ...], ...] = (
    ("consumer", "route"),
    ("consumer", "service"),
    ("consumer_group", "route"),
    ("consumer_group", "service"),
    ("route", "service"),
    ("consumer", "route", "service"),
)


def config(random: Random) -> Config:
    """A few services with routes, and plugins bound to some of it all."""
    made: Config = {"_format_version": "3.0", "services": [], "routes": [], "plugins": [], "consumers": []}
    count = iter(range(100))
    names = [f"s{n}" for n in range(random.randint(1, 3))]
    for name in names:
        service: dict[str, Any] = {"name": name, "url": "http://localhost:32000"}
        if random.random() < 0.1:
            service["enabled"] = False
        service["routes"] = [route(random, count) for _ in range(random.choice((0, 1, 1, 2, 3)))]
        maybe(random, 0.4, service, count)
        for each in service["routes"]:
            maybe(random, 0.6, each, count)
        made["services"].append(service)
    for _ in range(random.choice((0, 0, 1, 2))):
        made["routes"].append({**route(random, count), "service": random.choice((names[0], {"name": names[-1]}))})
        maybe(random, 0.5, made["routes"][-1], count)
    if not any(holder.get("routes") for holder in (made, *made["services"])):
        # Without any, they are taken to be in another file.
        made["services"][0]["routes"].append(route(random, count))
    for name in ("ann", "bob"):
        made["consumers"].append({"username": name})
        maybe(random, 0.2, made["consumers"][-1], count)
    made["consumer_groups"] = [{"name": "gold"}, {"name": "iron"}]
    for group in made["consumer_groups"]:
        maybe(random, 0.2, group, count)
    maybe(random, 0.5, made, count)
    routes = [r["name"] for s in made["services"] for r in s["routes"]] + [r["name"] for r in made["routes"]]
    for scope in random.sample(SCOPES, random.choice((0, 0, 1, 2))):
        if routes:
            bound = {"consumer": random.choice(("ann", "bob")), "consumer_group": random.choice(("gold", "iron"))}
            bound |= {"route": random.choice(routes), "service": random.choice(names)}
            made["plugins"].append({**plugin(random, count), **{kind: bound[kind] for kind in scope}})
    return made


def maybe(random: Random, chance: float, holder: dict[str, Any], count: Any) -> None:
    """Add plugins to something, at most one of each name."""
    if random.random() < chance:
        first = plugin(random, count)
        holder.setdefault("plugins", []).append(first)
        second = plugin(random, count)
        if second["name"] != first["name"] and random.random() < 0.3:
            holder["plugins"].append(second)


def route(random: Random, count: Any) -> dict[str, Any]:
    """A route that asks for something."""
    made: dict[str, Any] = {"name": f"r{next(count)}"}
    if random.random() < 0.85:
        made["paths"] = random.sample(PATHS, random.choice((1, 1, 1, 2, 3)))
    if random.random() < 0.3:
        made["methods"] = random.sample(("POST", "GET"), random.randint(1, 2))
    if random.random() < 0.3:
        made["hosts"] = random.sample(HOSTS, random.randint(1, 2))
    if random.random() < 0.3:
        made["headers"] = {random.choice(("X-Tier", "x-tier")): random.sample(TIERS, random.randint(1, 2))}
        if random.random() < 0.3:
            made["headers"]["x-team"] = ["red"]
    if random.random() < 0.2:
        made["regex_priority"] = random.choice((0, 1, 5))
    return made if len(made) > 1 and made.keys() - {"name", "regex_priority"} else {**made, "paths": ["/"]}


def plugin(random: Random, count: Any) -> dict[str, Any]:
    """A plugin with one target, or with several; each asks for a model of its own."""
    name = f"p{next(count)}"
    made: dict[str, Any] = {"name": "ai-proxy", "instance_name": name}
    if random.random() < 0.1:
        made["enabled"] = False
    if random.random() < 0.25:
        made["config"] = {"route_type": "llm/v1/chat", "model": {"provider": "anthropic", "name": f"{name}-m0"}}
        return made
    made["name"] = "ai-proxy-advanced"
    targets: list[dict[str, Any]] = []
    aliased = random.random() < 0.3
    for place in range(random.choice((1, 2, 2, 3, 4))):
        model: dict[str, Any] = {"provider": random.choice(("anthropic", "bedrock")), "name": f"{name}-m{place}"}
        if aliased and random.random() < 0.8:
            model["model_alias"] = random.choice(("smart", "fast"))
        targets.append({"route_type": "llm/v1/chat", "model": model})
        if random.random() < 0.7:
            targets[-1]["weight"] = random.choice((1, 50, 100, 100))
    balancer: dict[str, Any] = {}
    if (algorithm := random.choice(ALGORITHMS)) is not None:
        balancer["algorithm"] = algorithm
    if algorithm == "consistent-hashing" and random.random() < 0.7:
        balancer["hash_on_header"] = "X-Session-Id"
    if random.random() < 0.5:
        balancer["retries"] = random.choice((0, 1, 2, 5))
    if random.random() < 0.8:
        balancer["failover_criteria"] = random.sample(CRITERIA, random.randint(1, len(CRITERIA)))
        if random.random() < 0.2:
            balancer["failover_criteria"] = list(CRITERIA)
        elif random.random() < 0.7 and "non_idempotent" not in balancer["failover_criteria"]:
            balancer["failover_criteria"].append("non_idempotent")
    made["config"] = {"balancer": balancer, "targets": targets}
    return made


def request(random: Random, given: Config) -> Request:
    """A request that some route may be for."""
    headers = {}
    if random.random() < 0.6:
        headers["x-tier"] = random.choice(("free", "paid", "gold", "pa"))
    if random.random() < 0.5:
        headers["x-team"] = random.choice(("red", "blue"))
    return Request(
        random.choice(ASKED),
        random.choice(("POST", "POST", "GET")),
        random.choice(NAMES),
        headers,
        random.choice((None, None, "ann", "bob")),
        random.choice(GROUPS),
        random.choice((None, None, None, None, "smart", "fast", random.choice(models(given) or ["x"]))),
    )


def models(given: Config) -> list[str]:
    """The names of all models in a file."""
    found: list[str] = []

    def look(node: object) -> None:
        if isinstance(node, dict):
            if "provider" in node:
                found.append(node["name"])
            for value in node.values():
                look(value)
        elif isinstance(node, list):
            for value in node:
                look(value)

    look(given)
    return found
