"""Random configurations of LiteLLM's proxy, and requests to them."""

from __future__ import annotations

from random import Random
from typing import Any

from tests.sources.litellm_model import CONTEXT, POLICY, Config, Failure

FAILURES: tuple[Failure, ...] = (429, 500, 503, 529, "timeout", "connect", CONTEXT, POLICY)
CLASSES: dict[Failure, str] = {
    429: "rate_limited",
    500: "server_error",
    503: "overloaded",
    529: "overloaded",
    "timeout": "timeout",
    "connect": "unreachable",
    CONTEXT: "context_overflow",
    POLICY: "refused",
}
ALL_RETRIES = ("RateLimitError", "InternalServerError", "ServiceUnavailableError", "TimeoutError")


def config(random: Random) -> Config:
    """A configuration without cooldowns, of which a request's walk follows but for the choice within a level. Every
    deployment asks for another model, so that it can be told who was asked."""
    names = [*"abcdefg"[: random.randint(2, 6)]]
    if random.random() < 0.2:
        names.append("openai/b")
    if random.random() < 0.3:
        names += random.sample(["w-*", "w-x*", "w-*-z", "anthropic/*", "*"], random.randint(1, 2))
    deployments = [d for name in names for d in group(random, name)]
    plain = [name for name in names if "*" not in name]
    aliases = {name: random.choice([*names, "nope", "a0"]) for name in ("al", "b", "al2") if random.random() < 0.15}
    targets = [*plain, *aliases, "nope", "w-xy", *[f"{name}0" for name in plain[:2]]]
    sections: dict[str, dict[str, Any]] = {"router_settings": {"disable_cooldowns": True}, "litellm_settings": {}}
    for kind, share in (("fallbacks", 0.8), ("context_window_fallbacks", 0.4), ("content_policy_fallbacks", 0.3)):
        if random.random() < share:
            place(random, sections)[kind] = lists(random, [*plain, *aliases, "w-xy", "w-*", "anthropic/*"], targets)
    if random.random() < 0.3:
        place(random, sections)["default_fallbacks"] = [
            with_parameters(random, target) for target in random.sample(targets, random.randint(1, 2))
        ]
    if random.random() < 0.3:
        place(random, sections)["max_fallbacks"] = random.choice([0, 1, 2, 3, 8])
    if random.random() < 0.8:
        place(random, sections)["num_retries"] = random.choice([0, 0, 0, 1, 2])
    if random.random() < 0.1:
        sections["router_settings"]["retry_policy"] = dict.fromkeys((f"{n}Retries" for n in ALL_RETRIES), 1)
    if random.random() < 0.1:
        own = dict.fromkeys((f"{n}Retries" for n in ALL_RETRIES), 2)
        sections["router_settings"]["model_group_retry_policy"] = {random.choice(targets): own}
    if aliases:
        sections["router_settings"]["model_group_alias"] = aliases
    return {"model_list": deployments, **sections}


def group(random: Random, name: str) -> list[dict[str, Any]]:
    """The deployments of a group: levels or none, weights or none."""
    levels: list[float | None] = random.choice([[None], [None], [None], [1, 2], [2, 1, 3], [1, None], [0.5, 1]])
    key = random.choice([None, None, "weight", "rpm", "tpm"])
    own = random.choice([0, 3]) if random.random() < 0.1 else None
    found: list[dict[str, Any]] = []
    for level in levels:
        for _ in range(random.choice([1, 1, 1, 2, 3])):
            id_ = f"{name.strip('*-')}{len(found)}"
            params: dict[str, Any] = {
                "model": f"anthropic/m-{name.replace('*', 'star').replace('/', '-')}-{len(found)}"
            }
            info: dict[str, Any] = {"id": id_}
            if level is not None:
                (params if random.random() < 0.8 else info)["order"] = level
            if key is not None and random.random() < 0.7:
                params[key] = random.choice([0, 1, 1, 2, 5])
            if own is not None:
                params["num_retries"] = own
            found.append({"model_name": name, "litellm_params": params, "model_info": info})
    return found


def lists(random: Random, keys: list[str], targets: list[str]) -> list[dict[str, list[Any]]]:
    """Fallbacks of some groups."""
    found: list[dict[str, list[Any]]] = []
    for key in keys:
        if random.random() < 0.5:
            found.append({key: [with_parameters(random, t) for t in some(random, targets)]})
    if random.random() < 0.15:
        found.append({"*": [*some(random, targets)]})
    random.shuffle(found)
    return found


def some(random: Random, targets: list[str]) -> list[str]:
    return [random.choice(targets) for _ in range(random.randint(1, 4))]


def with_parameters(random: Random, target: str) -> Any:
    parameters = random.choice([{"max_tokens": 3}, {"max_tokens": 5}, {}])
    return {"model": target, **parameters} if random.random() < 0.08 else target


def place(random: Random, sections: dict[str, dict[str, Any]]) -> dict[str, Any]:
    return sections[random.choice(["router_settings", "router_settings", "litellm_settings"])]


def requested(given: Config) -> list[str]:
    """The names that a client may try."""
    names = {d["model_name"] for d in given["model_list"] if "*" not in d["model_name"]}
    aliases = (given["router_settings"].get("model_group_alias") or {}).keys()
    return sorted({*names, *aliases, "w-xy", "w-1-z", "w-1-zz", "anthropic/a", "anthropic/nope", "nope"})


def script(random: Random) -> list[Failure]:
    """The errors of the attempts at a request."""
    mixed = random.random() < 0.6
    one = random.choice(FAILURES)
    return [random.choice(FAILURES) if mixed else one for _ in range(random.randint(0, 14))]
