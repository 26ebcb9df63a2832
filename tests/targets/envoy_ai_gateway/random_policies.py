"""Random policies whose rules ask for headers and the model, as Envoy AI Gateway's matches can."""

from __future__ import annotations

from random import Random

MODELS = ("claude-haiku-4-5", "claude-sonnet-4-6", "gpt-5", "gpt-5-mini", "other", "claude-")
TENANTS = ("acme", "acme-eu", "globex", "zzz")
TEAMS = ("red", "blue", "grey")
PATTERNS = ("claude-*", "claude-s*", "gpt-5*", "*-mini", "gpt-*-mini", "*", "claude-haiku-4-5")
TENANT_PATTERNS = ("acme*", "acme-*", "*x", "globex")
UPSTREAMS = ("a", "b", "c", "d[x_1]")

HEAD = """policy random
enum side = x_1, x_2
request {
    model  : string per turn from body "/model"
    tenant : string? per turn from header "X-Tenant"
    team   : enum(red, blue) per turn from header "x-team" default red
    side   : side per turn from header "x-side" default x_2
    request_id : string? per turn from header "x-request-id"
    tools  : bool from gateway "has_tools"
}
upstream a { provider anthropic }
upstream b { provider openai  timeout connect 2s }
upstream c { provider house  supports messages  endpoint "http://c.example.com:8080/base" }
upstream d[s in side] { provider anthropic  endpoint "https://d.example.com" }
model m { context 1K }
model n { context 1K }
"""


def policy_text(random: Random) -> str:
    """A policy."""
    lines = [HEAD]
    names = [f"p{n}" for n in range(random.randint(1, 5))]
    for name in names:
        many = random.random() < 0.25
        chosen = random.sample([(u, m) for u in UPSTREAMS for m in "mn"], random.randint(2, 3) if many else 1)
        serves = "  ".join(f"serve {u} with {m} weight {random.randint(1, 5)}" for u, m in chosen)
        sticky = "  sticky by request_id" if many and random.random() < 0.7 else ""
        again = "" if random.random() < 0.6 else f"  retry {random.randint(1, 2)}"
        lines.append(f"pool {name} {{ {serves}{sticky}{again} }}")
    lines.append("pool q[s in side] { serve d[s] with m }")
    for number, name in enumerate(names):
        for part in random.choice(((None,), (None,), (None,), ("rate_limited", "overloaded, unreachable"), ())):
            # Later ones alone: no loops.
            hops = random.sample(names[number + 1 :], random.randint(0, min(2, len(names) - number - 1)))
            end = "fail 503"
            if hops and random.random() < 0.3:
                end = f"follow {hops.pop()}"
            on = random.choice(("", "", " on server_error", " on unavailable, context_overflow", " on timeout"))
            on = on if part is None else f" on {part}"
            lines.append(f"fallback {' -> '.join([name, *hops, end])}{on}")
    for number in range(random.randint(0, 4)):
        lines.append(f"rule r{number} when {predicate(random, 0)} -> {target(random, names)}")
    lines.append('rule served when model == "served" -> p0')
    lines.append(f"rule otherwise -> {random.choice((*names, 'fail 404'))}")
    return "\n".join(lines) + "\n"


def answering(text: str, random: Random) -> str:
    """A policy like one of these, of which no rule asks for the model and that answers in its own words."""
    text = text.replace('body "/model"', 'header "x-model"')
    for said in ("fail 404", "fail 500", "fail 503"):
        parts = text.split(said)
        answers = [
            random.choice((said, said, f'{said} "down"', 'fail 451 "0 % \\" lös"', "fail 429")) for _ in parts[1:]
        ]
        text = parts[0] + "".join(answer + part for answer, part in zip(answers, parts[1:], strict=True))
    return text


def target(random: Random, names: list[str]) -> str:
    """Where a rule leads."""
    return random.choice((*names, *names, "q[side]", "fail 404", "fail 500"))


def predicate(random: Random, depth: int) -> str:
    """A predicate."""
    if depth < 2 and random.random() < 0.45:
        operands = [predicate(random, depth + 1) for _ in range(2)]
        return f"({random.choice((' and ', ' or ')).join(operands)})"
    if random.random() < 0.15:
        return f"not {predicate(random, depth + 1)}"
    return random.choice(
        (
            f'model == "{random.choice(MODELS)}"',
            f'model in ["{random.choice(MODELS)}", "{random.choice(TENANTS)}"]',
            f'model like "{random.choice(PATTERNS)}"',
            f'tenant {random.choice(("==", "!="))} "{random.choice(TENANTS)}"',
            f'tenant {random.choice(("like", "not like"))} "{random.choice(TENANT_PATTERNS)}"',
            "has tenant",
            f"team {random.choice(('==', '!='))} blue",
            "side == x_1",
        )
    )
