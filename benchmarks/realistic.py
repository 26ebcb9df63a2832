"""A large policy as a platform team grows one: a few rules for everybody, then tenant after tenant, then the tiers.

Tenants are known by name and by prefix, have ladders over the size of the prompt, canaries, groups and regions of
their own. Every rule decides some request, and nothing in the policy is an error, so that it can be compiled.
"""

from __future__ import annotations

import random
from collections.abc import Iterator

REGIONS = ("us_east", "us_west", "eu_central", "ap_south")

_SYLLABLES = "ac me glo bex ini tech umb ra ty rell wa yne star ki no va cy ber dyne oc corp so yl ent hoo li"

_HEAD = """\
policy %s

import "std/claude_code"
import "std/models"

enum region = us_east, us_west, eu_central, ap_south
enum tier = free, team, enterprise

request {
    account : string per session from metadata "account"
    home : region per session from header "x-region" default us_east
    tier : tier per session from metadata "tier" default free
    groups : set(string) per session from metadata "groups"
    budget_spent : bool? per session from gateway "budget_spent"
}

upstream anthropic[r in region] { provider anthropic; account platform; region r; timeout connect 2s, first_token 20s }
upstream bedrock[r in region] { provider bedrock; account prod; region r; timeout connect 2s, first_token 20s }

pool haiku[r in region]  { serve anthropic[r] with claude-haiku-4-5 }
pool sonnet[r in region] { serve anthropic[r] with claude-sonnet-4-6 }
pool opus[r in region]   { serve anthropic[r] with claude-opus-4-7 }
pool bedrock_haiku[r in region]  { serve bedrock[r] with "anthropic.claude-haiku-4-5-20251001-v1:0" }
pool bedrock_sonnet[r in region] { serve bedrock[r] with "anthropic.claude-sonnet-4-6" }
pool bedrock_opus[r in region]   { serve bedrock[r] with "anthropic.claude-opus-4-7" }

fallback haiku[r in region]  -> bedrock_haiku[r] -> fail 503
fallback sonnet[r in region] -> bedrock_sonnet[r] -> fail 503
fallback opus[r in region]   -> bedrock_opus[r] -> fail 503
fallback bedrock_haiku[r in region]  -> haiku[r] -> fail 503
fallback bedrock_sonnet[r in region] -> sonnet[r] -> fail 503
fallback bedrock_opus[r in region]   -> opus[r] -> fail 503

let exempt = groups contains any ["incident-response", "release"]
let spent = budget_spent and not exempt

rule suspended when groups contains "suspended" -> fail 403 "this account is suspended"
rule background when model_hint == haiku and input_tokens < 20K -> haiku[home]
rule nightly when account like "*/nightly" and not exempt -> bedrock_haiku[home]
rule load_tests when account like "loadtest-*" -> bedrock_haiku[home]
"""

_TAIL = """\
rule spent when spent -> haiku[home]
rule enterprise when tier == enterprise match input_tokens {
    ..20K -> sonnet[home]
    else  -> opus[home]
}
rule team when tier == team match input_tokens {
    ..40K    -> haiku[home]
    40K..200K -> sonnet[home]
    else     -> opus[home]
}
rule free_with_tools when has_tools and input_tokens < 150K -> haiku[home]
rule free_is_small when input_tokens >= 150K -> fail 413 "the free tier ends at 150K tokens"
rule otherwise -> haiku[home]

require tools when has_tools
"""

_TAIL_RULES = 9
_HEAD_RULES = 4


def text(count: int, seed: int = 1) -> str:
    """A policy of ``count`` rules, an arm of a ladder counted as one."""
    rng = random.Random(f"realistic {count} {seed}")
    lines, left = [_HEAD % f"realistic_{count}"], count - _HEAD_RULES - _TAIL_RULES
    tenants = _names(rng)
    while left > 0:
        block, rules = _tenant(rng, next(tenants), left)
        lines.append(block)
        left -= rules
    return "\n".join((*lines, _TAIL))


def _names(rng: random.Random) -> Iterator[str]:
    syllables = _SYLLABLES.split()
    seen = set()
    while True:
        name = "".join(rng.choices(syllables, k=rng.randint(2, 5)))
        if name not in seen:
            seen.add(name)
            yield name


def _tenant(rng: random.Random, name: str, left: int) -> tuple[str, int]:
    """A tenant's rules, at most ``left``, and how many they are."""
    shapes = [(_contract, 6, 25), (_ladder, 4, 30), (_canary, 3, 15), (_regional, 2, 10), (_single, 1, 20)]
    fitting = [shape for shape in shapes if shape[1] <= left]
    make, rules, _ = rng.choices(fitting, [weight for _, _, weight in fitting])[0]
    return make(rng, name), rules


def _contract(rng: random.Random, name: str) -> str:
    """A large tenant: its jobs, its teams, then a ladder for the rest."""
    jobs = ", ".join(f'"{name}/{job}"' for job in rng.sample(("ci", "batch", "backfill", "evals", "docs"), 2))
    small, large = _steps(rng)
    return f"""\
within {name} when account like "{name}/*" {{
    rule {name}_jobs when account in [{jobs}] -> bedrock_haiku[home]
    rule {name}_research when account like "{name}/research-*" and input_tokens >= {small} -> opus[home]
    rule {name}_spent when budget_spent and input_tokens < {large} -> haiku[home]
    rule {name}_by_size match input_tokens {{
        ..{small} -> haiku[home]
        {small}..{large} -> sonnet[home]
        else -> opus[home]
    }}
}}
"""


def _ladder(rng: random.Random, name: str) -> str:
    """A tenant with a ladder of its own, and one for what its assistants ask."""
    small, large = _steps(rng)
    return f"""\
rule {name}_hinted when account == "{name}/main" and model_hint == opus and tier != free -> opus[home]
rule {name}_by_size when account in ["{name}/main", "{name}/api"] match input_tokens {{
    ..{small} -> haiku[home]
    {small}..{large} -> sonnet[home]
    else -> opus[home]
}}
"""


def _canary(rng: random.Random, name: str) -> str:
    """A tenant that tries the larger model on a share of its sessions."""
    share = rng.choice((1, 5, 10))
    small, _ = _steps(rng)
    return f"""\
within {name} when account like "{name}-*" {{
    rule {name}_beta when groups contains "beta" and sample(session_id, "canary") < {share}% -> opus[home]
    rule {name}_tools when has_tools and input_tokens >= {small} -> sonnet[home]
    rule {name}_rest -> haiku[home]
}}
"""


def _regional(rng: random.Random, name: str) -> str:
    """A tenant whose data stays in one region."""
    region = rng.choice(REGIONS)
    return f"""\
rule {name}_elsewhere when account like "{name}/*" and home != {region} -> fail 451 "{name} is served in {region}"
rule {name}_at_home when account like "{name}/*" -> {rng.choice(("sonnet", "bedrock_sonnet"))}[{region}]
"""


def _single(rng: random.Random, name: str) -> str:
    small, _ = _steps(rng)
    return (
        f'rule {name} when account == "{name}" and input_tokens < {small} -> {rng.choice(("haiku", "sonnet"))}[home]\n'
    )


def _steps(rng: random.Random) -> tuple[str, str]:
    small = rng.choice((4, 8, 10, 12, 16, 20, 24, 30, 32, 40))
    large = rng.choice((60, 64, 80, 90, 100, 120, 128, 150, 180, 200, 250, 300, 400, 500))
    return f"{small}K", f"{large}K"
