"""`interlock emit portkey`: the files, the report, and what is refused. tests/gateways asks the running gateway."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
from typer.testing import CliRunner

from interlock.cli.app import app
from interlock.compiler.pipeline import front
from interlock.compiler.reference import decide
from interlock.compiler.targets.fidelity import Unemittable
from interlock.compiler.targets.portkey import emit
from interlock.dsl.policy import Policy
from tests.targets.portkey.policies import Case, case

HERE = Path(__file__).parent
FLEET, GOLDEN = HERE / "fleet.route", HERE / "golden"
PLACE = """
upstream u { provider anthropic  endpoint "https://u.example" }
upstream v { provider openai  endpoint "https://v.example/openai/v2/" }
model m { context 1M }
pool a { serve u with m }
pool b { serve v with m }
pool c { serve u with m  serve v with m }
pool d { serve v with m }
"""

EXACT = """policy plans
import "std/models"
request { plan : enum(free, pro)   per session   from metadata "plan"   default free }
upstream first  { provider anthropic  account main   region us }
upstream second { provider anthropic  account spare  region us }

# interlock: allow open-chain -- other errors go to the client, which tries again by itself
pool opus  { serve first with claude-opus-4-7 }
# interlock: allow open-chain -- as above
pool spare { serve second with claude-opus-4-7 }
# interlock: allow open-chain -- as above
pool haiku { serve first with claude-haiku-4-5 }

fallback opus -> spare -> fail 500 on rate_limited, timeout
rule paid when plan == pro -> opus
rule rest                  -> haiku
"""


def run(*arguments: str | Path) -> tuple[int, str]:
    result = CliRunner().invoke(app, ["emit", "portkey", *map(str, arguments)])
    return result.exit_code, result.output


def small(declared: str) -> Case:
    return case(f"policy small\n{PLACE}\n{declared}\n")


def lost(given: Case, kind: str) -> dict[str, str]:
    return {fact.what: fact.note for fact in given.emitted.fidelity.losses if fact.kind == kind}


def test_a_policy_gives_the_golden_configuration_and_report(tmp_path: Path) -> None:
    code, said = run(FLEET, "-o", tmp_path / "out")
    assert code == 0, said
    report = json.loads((tmp_path / "out/interlock.json").read_text("utf-8"))
    assert list(report["files"]) == ["config.json"]
    del report["files"], report["version"]
    got = {
        "config.json": (tmp_path / "out/config.json").read_text("utf-8"),
        "fidelity.json": json.dumps(report, indent=2) + "\n",
    }
    assert got == {name: (GOLDEN / name).read_text("utf-8") for name in got}


def test_every_part_is_in_the_report() -> None:
    made = front(str(FLEET))
    assert made.table is not None
    policy: Policy = made.table.policy
    facts = emit(made.table).fidelity.facts
    for kind, names in {
        "attribute": set(policy.attributes),
        "rule": {rule.name for rule in policy.rules},
        "upstream": set(policy.upstreams),
        "limit": {name for name, upstream in policy.upstreams.items() if upstream.limit},
        "breaker": {name for name, upstream in policy.upstreams.items() if upstream.breaker},
        "retry": {name for name, pool in policy.pools.items() if pool.retry},
    }.items():
        assert {fact.what for fact in facts if fact.kind == kind} == names, kind
    assert {fact.what.partition(" on ")[0] for fact in facts if fact.kind == "chain"} == {c.pool for c in policy.chains}
    assert not any(fact.how == "extension" for fact in facts)


def test_what_the_gateway_can_do_wholly_loses_nothing() -> None:
    request = 'tier : enum(free, paid) from metadata "tier"  stream : bool from body "/stream" default false'
    rules = "rule r1 when tier == free and not stream -> fail 400\nrule r2 -> a"
    assert small(f"request {{ {request} }}\n{rules}").emitted.fidelity.losses == ()


def test_a_simple_policy_is_exact(tmp_path: Path) -> None:
    (tmp_path / "plans.route").write_text(EXACT, "utf-8")
    code, said = run(tmp_path / "plans.route", "-o", tmp_path / "out", "--require-exact")
    assert code == 0, said
    assert json.loads((tmp_path / "out/interlock.json").read_text("utf-8"))["exact"] is True


@pytest.mark.parametrize(
    ("before", "after", "kind", "what"),
    [
        ("on rate_limited, timeout", "on rate_limited, timeout, overloaded", "error", "overloaded"),
        ("region us }", "region us  timeout total 30s }", "error", "timeout"),
        ("on rate_limited, timeout", "on server_error, unreachable", "error", "unreachable"),
        ("on rate_limited, timeout", "on overloaded, unreachable", "error", "unreachable"),
        ("on rate_limited, timeout", "on server_error", "error", "unreachable"),
        ("claude-haiku-4-5 }", "claude-haiku-4-5  retry 1 }", "error", "overloaded"),
        ('from metadata "plan"', 'from header "x-plan"', "attribute", "plan"),
        ("-> fail 500 on", "-> fail 503 on", "chain", "opus on rate_limited, timeout"),
        ("request {", 'request { seat : string from header "x-seat" ', "attribute", "seat"),
        ("request {", 'request { seat : enum(a)? from header "x-seat" ', "attribute", "seat"),
        ("request {", 'request { seat : string? from metadata "seat" ', "invalid", "seat"),
    ],
)
def test_what_the_gateway_does_otherwise_is_lost(before: str, after: str, kind: str, what: str) -> None:
    assert before in EXACT
    assert what in lost(case(EXACT.replace(before, after)), kind)


@pytest.mark.parametrize(
    "declared",
    [
        'seat : string? from header "x-seat"',
        'seat : enum(a, ...)? from header "x-seat"',
        'seat : string from header "x-seat" default "none"',
        'seat : int(0..=9)? from gateway "seat"',
        "seat : string?",
    ],
)
def test_what_no_rule_asks_for_and_what_is_never_refused_is_not_lost(declared: str) -> None:
    given = case(EXACT.replace("request {", f"request {{ {declared} "))
    assert given.emitted.fidelity.losses == ()
    assert "seat" in {fact.what for fact in given.emitted.fidelity.facts if fact.kind == "attribute"}


def test_require_exact_writes_nothing_and_exits_1_where_something_is_lost(tmp_path: Path) -> None:
    code, said = run(FLEET, "-o", tmp_path / "out", "--require-exact")
    assert code == 1
    assert "nothing was written" in said
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize(
    ("request_", "when", "why"),
    [
        ("s : string", "sample(s) < 5%", "cannot take a fixed share of `s`"),
        ("s : string", 's == "x" and not (sample(s) < 5%)', "cannot take a fixed share of `s`"),
        ("t : set(string)", 't contains "x"', "cannot ask what is in the set `t`"),
    ],
)
def test_a_rule_that_conditions_cannot_say_is_refused_with_its_place(request_: str, when: str, why: str) -> None:
    text = f"policy small\n{PLACE}\nrequest {{ {request_} }}\n"
    line = len(text.splitlines()) + 1
    table = front("small.route", text=f"{text}rule odd when {when} -> a\nrule rest -> b\n").table
    assert table is not None
    with pytest.raises(Unemittable, match=rf"small\.route:{line}:6: rule `odd`: Portkey {why}.*later rules"):
        emit(table)


def test_a_provider_or_an_address_that_portkey_does_not_take_is_refused() -> None:
    for text, why in (
        (PLACE.replace("provider anthropic", "provider house"), "upstream `u`: Portkey knows no provider `house`"),
        (
            PLACE.replace("u.example", "us_east.example"),
            r"p\.route:3:10: upstream `u`: Portkey refuses every request.*no host name has a `_`: write `-`",
        ),
    ):
        table = front("p.route", text=f"policy p\n{text}\nrule r -> a\n").table
        assert table is not None
        with pytest.raises(Unemittable, match=why):
            emit(table)


@pytest.mark.parametrize("name", ["canary", "ci_isolation", "cost_tiers", "default", "eu_residency"])
def test_every_ready_made_policy_that_portkey_can_express_is_emitted(name: str, tmp_path: Path) -> None:
    code, said = run(HERE.parents[2] / "stdlib_policies" / f"{name}.route", "-o", tmp_path / "out")
    if name == "canary":  # a fixed share of sessions takes a hash
        assert (code, (tmp_path / "out").exists()) == (1, False)
        assert "rule `trial_sessions`: Portkey cannot take a fixed share of `session_id`" in said
        return
    assert code == 0, said
    # A host with a `_` is refused with the whole configuration (docs/gateways/portkey.md, 1).
    hosts = re.findall(r'"custom_host": "https?://([^/"]*)', (tmp_path / "out/config.json").read_text("utf-8"))
    assert hosts
    assert not any("_" in host for host in hosts)


def test_two_attributes_at_one_place_and_what_every_object_has_are_refused() -> None:
    both = 'k : string from metadata "x"  x : string from header "k"'
    for request, asked, why in (
        (both, 'x == "1"', "`k` and `x` would both be read from `metadata.x`"),
        ('k : string? from metadata "constructor"', 'k == "1"', "`metadata.constructor` is never absent"),
    ):
        text = f"policy p\n{PLACE}\nrequest {{ {request} }}\nrule r when {asked} -> a\nrule q -> b\n"
        table = front("p.route", text=text).table
        assert table is not None
        with pytest.raises(Unemittable, match=why):
            emit(table)


def test_only_names_of_variables_are_written() -> None:
    given = small("rule r -> b")
    assert given.config["targets"] == [
        {
            "name": "b",
            "provider": "openai",
            "api_key": "${OPENAI_API_KEY}",
            "custom_host": "https://v.example/openai/v2/",
            "override_params": {"model": "m"},
        }
    ]
    assert "OPENAI_API_KEY" in given.emitted.fidelity.environment


def test_without_a_key_to_be_sticky_by_one_member_takes_all() -> None:
    given = small("rule r -> c")
    target = given.config["targets"][0]
    assert "strategy" not in target
    upstream = given.policy.upstreams[str(decide(given.policy, {})["upstream"])]
    assert target["provider"] == upstream.provider


def test_errors_that_lead_to_several_places_are_followed_where_fallbacks_can_say_so() -> None:
    both = "rule r -> a\nfallback a -> follow b on overloaded\nfallback a -> follow d on rate_limited"
    assert lost(small(both + "\nfallback b -> fail 500"), "chain") == {}
    # An error of b's own would be taken on by the outer of the two fallbacks.
    given = small(both)
    assert list(lost(given, "chain")) == ["a on rate_limited"]
    assert "at a, after rate_limited: the client gets the error" in lost(given, "chain")["a on rate_limited"]


def test_a_configuration_that_is_too_large_for_a_header_says_so() -> None:
    names = ", ".join(f"v{n:03}" for n in range(400))
    rules = "\n".join(f"rule r{n} when e == v{n:03} and n < {n} -> a" for n in range(400))
    given = small(f'request {{ e : enum({names}) from metadata "e"  n : int(0..=500) }}\n{rules}\nrule rest -> b')
    assert "16 KiB" in lost(given, "header")["x-portkey-config"]


def test_chains_that_nobody_would_wait_for_are_refused() -> None:
    pools = "\n".join(f"pool p{n} {{ serve u with m }}\nfallback p{n} -> follow p{n + 1}" for n in range(500))
    text = f"policy p\n{PLACE}\n{pools}\npool p500 {{ serve u with m }}\nrule r -> p0\n"
    table = front("p.route", text=text).table
    assert table is not None
    with pytest.raises(Unemittable, match="pool `p100`: a request comes to it only after 100 others"):
        emit(table)
