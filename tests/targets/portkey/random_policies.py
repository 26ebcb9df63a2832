"""Random policies that Portkey's gateway can follow: every kind of attribute and predicate that its conditions can ask
for, and chains of which it may not follow all."""

from __future__ import annotations

from random import Random

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
