"""The picture of a policy against the reference evaluator: every walk that is drawn is one that errors lead along, and
every one they lead along is drawn. And each drawing against the picture."""

from __future__ import annotations

import io
import random
import re
from collections.abc import Iterator

import pytest

from interlock.cli.console import Console
from interlock.cli.render.graph_dot import dot
from interlock.cli.render.graph_mermaid import mermaid
from interlock.cli.render.graph_text import write_text
from interlock.cli.render.graph_words import RETURNED, called, returned_early
from interlock.cli.render.walk import class_names
from interlock.compiler import reference
from interlock.compiler.graph import End, Graph, Hop, Node, graph
from interlock.dsl import policy as p
from interlock.dsl.policy import CLASSES
from interlock.runtime import spec as spec_of_runtime
from tests.oracle.compiled import Compiled, compiled, examples
from tests.oracle.policies import seeded
from tests.oracle.requests import random_request


def families(seed: int) -> str:
    """A random policy of families whose copies mostly behave alike: turned by some (or none), or each as it likes."""
    rng = random.Random(seed)
    zones = [f"z{i}" for i in range(rng.randint(2, 4))]
    names = ["f", "g", "h"][: rng.randint(1, 3)]
    lines = [
        "policy p",
        f"enum zone = {', '.join(zones)}",
        "request { home : zone; n : int(0..=9) }",
        "model m { }",
        "upstream u[z in zone] { provider p1; region z }",
        "upstream v { provider p2 }",
        "pool spare { serve v with m }",
        f"fallback spare -> {rng.choice(['fail 503', f'follow f[{zones[0]}]', f'{names[-1]}[z1] -> fail 503'])}",
    ]
    for name in names:
        lines.append(f"pool {name}[z in zone] {{ serve u[z] with m{rng.choice(['', '; serve v with m weight 3'])} }}")
        seed_of_copies = rng.random() if rng.random() < 0.75 else None
        for i in range(len(zones)):
            lines.append(_chain(random.Random(seed_of_copies or rng.random()), name, names, zones, i))
    for i, name in enumerate(names):
        if rng.random() < 0.3:
            lines.append(f"rule only{i} when home == z1 and n == {i} -> {name}[z1]")
        lines.append(f"rule r{i} when n <= {i + 1} -> {name}[home]")
    lines.append("rule otherwise -> spare")
    return "\n".join(lines) + "\n"


def _chain(rng: random.Random, start: str, names: list[str], zones: list[str], index: int) -> str:
    """The chain of a copy; from one seed, the chains of all copies are the same but for where they start counting."""

    def pool() -> str:
        return f"{rng.choice(names)}[{zones[(index + rng.randrange(len(zones))) % len(zones)]}]"

    hops = [rng.choice([pool(), "spare", pool()]) for _ in range(rng.randint(0, 2))]
    end = rng.choice(["fail 503", "fail 503", "follow spare", f"follow {pool()}"])
    return f"fallback {' -> '.join([f'{start}[{zones[index]}]', *hops, end])}"


POLICIES = [write(seed) for seed in range(examples(80)) for write in (seeded, families)]
PARTS = 4


@pytest.fixture(scope="module", params=range(PARTS))
def pictures(request: pytest.FixtureRequest) -> list[tuple[Compiled, Graph]]:
    """Random policies with their pictures."""
    size = len(POLICIES) // PARTS
    found = [compiled(text) for text in POLICIES[request.param * size : (request.param + 1) * size]]
    return [(policy, graph(policy.table.spec)) for policy in found]


def test_copies_that_behave_alike_are_drawn_as_one(pictures: list[tuple[Compiled, Graph]]) -> None:
    nodes = [node for _, drawn in pictures for node in drawn.nodes if isinstance(node, Hop)]
    assert sum(len(node.pools) > 1 for node in nodes) > 20


def copies(node: Node) -> Iterator[int]:
    """The columns of a node."""
    yield from range(1 if isinstance(node, End) else len(node.pools))


def same(node: Node, copy: int, state: reference.State) -> bool:
    """Whether a copy of a node is the place the reference evaluator is at."""
    if isinstance(node, End):
        return state.pool is None and state.fail == p.Fail(node.status, node.message)
    return state.pool == node.pools[copy if len(node.pools) > 1 else 0]


def check_walks(policy: p.Policy, drawn: Graph) -> int:
    """Follow every error from every entry, in the picture and in the reference evaluator; how many steps."""
    waiting: list[tuple[int, int, reference.State]] = []
    for entry in drawn.entries:
        for to in entry.to:
            node = drawn.nodes[to]
            for copy in copies(node):
                start: p.To | p.Fail = (
                    p.Fail(node.status, node.message) if isinstance(node, End) else p.To(node.pools[copy])
                )
                waiting.append((to, copy, reference.walk(policy, start)))
    seen = set()
    for number, copy, state in waiting:  # grows while it is read
        node = drawn.nodes[number]
        assert same(node, copy, state)
        if isinstance(node, End):
            continue
        moves = {name: move.to for move in node.moves for name in move.classes}
        assert sorted([*moves, *node.returned]) == sorted(CLASSES)
        for error in CLASSES:
            after = reference.step(policy, state, error)
            if error in node.returned:
                assert after.returned == error
                continue
            assert after.returned is None
            key = moves[error], copy, after.pool, after.walked, after.position, after.fail
            if key not in seen:
                seen.add(key)
                waiting.append((moves[error], copy, after))
    return len(seen)


def test_the_walks_drawn_are_those_of_the_language(pictures: list[tuple[Compiled, Graph]]) -> None:
    assert sum(check_walks(made.policy, drawn) for made, drawn in pictures) > 100


def led(drawn: Graph) -> set[tuple[str | None, object]]:
    """The rules (None: invalid requests) with the pools and fails to which the picture says that they lead."""
    return {
        (rule, place)
        for entry in drawn.entries
        for rule in entry.rules or (None,)
        for to in entry.to
        for place in starts(drawn.nodes[to])
    }


def test_rules_lead_where_the_policy_says(pictures: list[tuple[Compiled, Graph]]) -> None:
    for made, drawn in pictures:
        said: set[tuple[str | None, object]] = set()
        can_hold = {made.policy.rules[rule].name for rule, _ in made.table.spec.columns}
        for rule, to in [*((rule.name, rule.to) for rule in made.policy.rules), (None, made.policy.invalid)]:
            if isinstance(to, p.Fail):
                said.add((rule, (to.status, to.message)))
            else:
                said |= {(rule, pool) for _, pool in to.pools} if isinstance(to, p.ToIndexed) else {(rule, to.pool)}
        assert led(drawn) <= said
        # A rule that leads to a whole family leads to those copies that its own condition leaves.
        assert {rule for rule, _ in led(drawn)} == can_hold | {None}


def test_requests_start_where_the_picture_says(pictures: list[tuple[Compiled, Graph]]) -> None:
    asked = 0
    for made, drawn in pictures:
        drawn_there = led(drawn)
        rng = random.Random(made.text)
        for _ in range(30):
            decision = made.table.decide(random_request(made.policy, rng))
            if decision.rule is None and decision.invalid is None:
                continue  # no rule holds
            fail = decision.fail
            assert (decision.rule, decision.pool if fail is None else (fail.status, fail.message)) in drawn_there
            asked += 1
    assert asked > 300


def starts(node: Node) -> list[object]:
    """What a request sent to a node gets."""
    return [(node.status, node.message)] if isinstance(node, End) else list(node.pools)


def test_pools_that_no_walk_comes_to_are_named(pictures: list[tuple[Compiled, Graph]]) -> None:
    named = 0
    for made, drawn in pictures:
        spec = made.table.spec
        found = dict.fromkeys([*(state for _, state in spec.columns), spec.invalid])
        waiting = list(found)
        for state in waiting:  # grows while it is read
            new = {to for to in getattr(spec.states[state], "next", ()) if to is not None} - found.keys()
            found.update(dict.fromkeys(new))
            waiting += new
        reached = {at.pool.name for at in map(spec.states.__getitem__, found) if isinstance(at, spec_of_runtime.Hop)}
        assert set(drawn.unreached) == set(made.policy.pools) - reached
        named += len(drawn.unreached)
    assert named


def test_a_loop_is_where_a_walk_leads_back(pictures: list[tuple[Compiled, Graph]]) -> None:
    loops = 0
    for _, drawn in pictures:
        for number, node in enumerate(drawn.nodes):
            for move in node.moves if isinstance(node, Hop) else ():
                there = [move.to]
                for at in there:  # grows while it is read
                    onward = drawn.nodes[at]
                    there += [m.to for m in getattr(onward, "moves", ()) if m.to not in there]
                assert move.loop == (number in there)
                loops += move.loop
    assert loops


# ── the drawings ─────────────────────────────────────────────────────────────────────────────────────

Edges = set[tuple[str, str, str]]
"""From, classes, to, by what they are called."""


def expected(drawn: Graph) -> Edges:
    edges = set()
    for node in drawn.nodes:
        for move in node.moves if isinstance(node, Hop) else ():
            edges.add((called(node), class_names(move.classes), called(drawn.nodes[move.to])))
        if isinstance(node, Hop) and (early := returned_early(node)):
            edges.add((called(node), early, RETURNED))
    return edges


def test_the_text_shows_every_move_and_no_other(pictures: list[tuple[Compiled, Graph]]) -> None:
    for _, drawn in pictures:
        stream = io.TextIOWrapper(io.BytesIO(), encoding="utf-8")
        console = Console(stream)
        console.width = 10_000  # so that no walk is broken over lines
        write_text(drawn, console, whole=True)
        stream.seek(0)
        assert read_text(stream.read()) == expected(drawn)


def read_text(text: str) -> Edges:
    """The moves in what a terminal shows: a tree a section, whose lines hold whole walks."""
    edges: Edges = set()
    section, in_errors = "", False
    open_: list[tuple[int, str]] = []  # the ends of the lines above that this one may hang below, by indentation
    for line in text.splitlines():
        if line and not line.startswith(" "):
            section, in_errors = line, False
        elif line.startswith("  errors"):
            in_errors, open_ = True, [(-1, section)]
        if not in_errors or not line.strip():
            in_errors = in_errors and bool(line.strip())
            continue
        line = line[12:]
        indent = len(line) - len(line.lstrip(" │├└─"))
        if " → " not in line:
            continue
        while open_[-1][0] >= indent:
            open_.pop()
        at = open_[-1][1]
        for label, to in re.findall(r"([\w, ]+) → (.+?)(?= ─ [\w, ]+ → |$)", line[indent:]):
            to = re.sub(r", (as above|again: this goes round for ever)$", "", to)
            edges.add((at, label.strip(), to))
            at = to
        open_.append((indent, at))
    return edges


def test_dot_and_mermaid_show_every_move_and_no_other(pictures: list[tuple[Compiled, Graph]]) -> None:
    for _, drawn in pictures:
        moves = {
            (f"n{number}", class_names(move.classes), f"n{move.to}", move.loop)
            for number, node in enumerate(drawn.nodes)
            for move in (node.moves if isinstance(node, Hop) else ())
        }
        early = {
            (f"n{number}", returned_early(node), "client", False)
            for number, node in enumerate(drawn.nodes)
            if isinstance(node, Hop) and returned_early(node)
        }
        led = {(f"r{number}", f"n{to}") for number, entry in enumerate(drawn.entries) for to in entry.to}
        text = dot(drawn)
        found = re.findall(r'^ +(n\d+) -> (\w+) \[label="(.*?)"(.*)\]$', text, re.MULTILINE)
        assert {(a, label, b, "a loop" in rest) for a, b, label, rest in found} == moves | early
        assert set(re.findall(r"^ +(r\d+) -> (n\d+)$", text, re.MULTILINE)) == led
        text = mermaid(drawn)
        edges = re.findall(r'^ +(\w+) -->(?:\|"(.*?)"\|)? (\w+)$', text, re.MULTILINE)
        styled = re.findall(r"linkStyle ([\d,]+) ", text)
        loops = {int(i) for i in styled[0].split(",")} if styled else set()
        assert {(a, label, b, i in loops) for i, (a, label, b) in enumerate(edges) if label} == moves | early
        assert {(a, b) for a, label, b in edges if not label} == led
