"""Random configurations of Portkey's gateway, requests to them, and what their targets answer."""

from __future__ import annotations

from random import Random
from typing import Any

Config = dict[str, Any]

CLASSES: dict[int | str, str] = {
    429: "rate_limited",
    500: "server_error",
    502: "server_error",
    503: "overloaded",
    529: "overloaded",
    504: "timeout",
    "slow": "timeout",
    "refused": "unreachable",
    413: "context_overflow",
    "too long": "context_overflow",
    "unwanted": "refused",
}
"""What a target may answer, and the class of that error in a policy."""
SEEN: dict[int | str, int] = {"slow": 408, "refused": 500, "too long": 400, "unwanted": 400}
"""The status that Portkey sees, where it is not the answer itself."""
LISTS: tuple[list[int] | None, ...] = (
    None,
    None,
    [429],
    [429, 500, 502, 503, 504],
    [429, 500, 502, 503, 504, 529],
    [408, 429, 500, 502, 503, 504, 529],
    [400, 413],
    [401, 404, 429, 503],
    [],
)
ALL = [408, 429, 500, 502, 503, 504, 529]


def config(random: Random) -> Config:
    """A configuration that the gateway takes. Every leaf asks for a model of its own, by which it is known."""
    numbers = iter(range(1000))
    while (found := _target(random, 0, numbers)).get("strategy") is None:
        pass
    return found


def _target(random: Random, depth: int, numbers: Any) -> Config:
    mode = random.choice(["leaf"] * (depth * 2) + ["fallback", "fallback", "conditional", "loadbalance", "single"])
    if mode == "leaf" or depth > 3:
        leaf: Config = {"provider": "openai", "api_key": "$KEY", "override_params": {"model": f"m{next(numbers)}"}}
        return _with_retry(random, leaf)
    count = random.choice([1, 2, 2, 3, 3, 4]) if depth < 2 else random.choice([1, 2, 2])
    targets = [_target(random, depth + 1, numbers) for _ in range(count)]
    strategy: Config = {"mode": mode}
    if mode == "fallback" and (codes := random.choice(LISTS)) is not None:
        strategy["on_status_codes"] = codes
    if mode == "loadbalance":
        for target in targets:
            if random.random() < 0.7:
                target["weight"] = random.choice([0, 1, 1, 2, 0.5, 30])
    if mode == "conditional":
        for target in targets:
            target["name"] = random.choice("abcd")
        names = [*(target["name"] for target in targets), *("abcd" if random.random() < 0.2 else "")]
        conditions = [{"query": query(random, 0), "then": random.choice(names)} for _ in range(random.randint(0, 3))]
        strategy["conditions"] = conditions
        if random.random() < 0.85:
            strategy["default"] = random.choice(names)
    return _with_retry(random, {"strategy": strategy, "targets": targets})


def _with_retry(random: Random, target: Config) -> Config:
    if random.random() < 0.15:
        target["retry"] = {"attempts": random.choice([0, 1, 1, 2])}
        if random.random() < 0.6:
            target["retry"]["on_status_codes"] = ALL
    return target


KEYS = (
    *("metadata.plan", "metadata.plan", "metadata.tier", "metadata.plan.name", "metadata.flag"),
    *("params.model", "params.model", "params.max_tokens", "params.stream", "url.pathname", "headers.x-plan", "plan"),
)
PLANS = ("pro", "free", "pro-eu", "5", "")
MODELS = ("claude-opus-4-7", "claude-haiku-4-5", "gpt-5", "undefined")
PATHS = ("/v1/chat/completions", "/v1/messages")
PATTERNS = (
    *("^claude-", "opus|haiku", "^(pro|free)$", "o", "^$", "[0-9]+", "und", "^gpt-5$", "pr.", "chat/", "(", "(?i)pro"),
    *("^pro(-eu)?$", "^.*eu$"),
)


def query(random: Random, depth: int) -> Config:
    """A query of a condition, odd ones among them."""
    found: Config = {}
    for _ in range(random.choice([1, 1, 1, 2, 3])):
        if depth < 2 and random.random() < 0.2:
            found[random.choice(["$or", "$and"])] = [query(random, depth + 1) for _ in range(random.randint(0, 3))]
        else:
            key = random.choice(KEYS)
            found[key] = _value(random, key) if random.random() < 0.4 else _operators(random, key)
    return found


def _value(random: Random, key: str) -> Any:
    if random.random() < 0.1:
        return random.choice(["5", 5, True, 1, None])
    if key in ("metadata.tier", "params.max_tokens"):
        return random.choice([1, 5, 16, 100])
    if key in ("metadata.flag", "params.stream"):
        return random.choice([True, False])
    return random.choice({"params.model": MODELS, "url.pathname": PATHS}.get(key, PLANS))


def _operators(random: Random, key: str) -> Config:
    found: Config = {}
    for _ in range(random.choice([1, 1, 1, 2])):
        operator = random.choice(["$eq", "$ne", "$in", "$nin", "$gt", "$gte", "$lt", "$lte", *["$regex"] * 4])
        if operator in ("$in", "$nin"):
            found[operator] = [_value(random, key) for _ in range(random.randint(0, 3))]
        elif operator == "$regex":
            found[operator] = random.choice(PATTERNS)
        elif operator in ("$eq", "$ne"):
            found[operator] = _value(random, key)
        else:
            found[operator] = random.choice([1, 5, 16, "5", "10 or so", "many", 2.5])
    if random.random() < 0.04:
        found["$like"] = "x"
    return found


def request(random: Random) -> Config:
    """What conditions can ask for."""
    metadata: Config = {}
    if random.random() < 0.8:
        metadata["plan"] = random.choice(PLANS)
    if random.random() < 0.7:
        metadata["tier"] = random.choice([1, 5, 16, 20])
    if random.random() < 0.5:
        metadata["flag"] = random.choice([True, False])
    params: Config = {"model": random.choice(MODELS), "max_tokens": random.choice([1, 16, 100])}
    if random.random() < 0.5:
        params["stream"] = False
    return {"metadata": metadata, "params": params, "url": {"pathname": random.choice(PATHS)}}


def leaves(given: Config, path: str = "config") -> dict[str, str]:
    """The model of each target that is asked itself, by its path."""
    if "strategy" not in given:
        return {path: given["override_params"]["model"]}
    each = (leaves(target, f"{path}.targets[{n}]") for n, target in enumerate(given["targets"]))
    return {inner: model for found in each for inner, model in found.items()}


def code_lists(given: Config) -> list[list[int]]:
    """The lists of status codes of all fallbacks that have one."""
    strategy = given.get("strategy", {})
    own = [strategy["on_status_codes"]] if "on_status_codes" in strategy else []
    return [*own, *(codes for target in given.get("targets", []) for codes in code_lists(target))]


def told_apart(given: Config) -> list[int | str]:
    """The answers that every list of codes treats as it does the class that the import takes them for."""
    made: dict[str, set[int]] = {}
    for answer, class_ in CLASSES.items():
        made.setdefault(class_, set()).add(SEEN.get(answer, answer if isinstance(answer, int) else 0))
    return [
        answer
        for answer, class_ in CLASSES.items()
        if all((SEEN.get(answer, answer) in codes) == bool(made[class_] & {*codes}) for codes in code_lists(given))
    ]


def answers(random: Random, models: list[str], among: list[int | str]) -> dict[str, int | str]:
    """What each target answers."""
    good = random.choice([0.1, 0.3, 0.6])
    return {model: 200 if random.random() < good or not among else random.choice(among) for model in models}
