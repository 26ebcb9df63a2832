"""``interlock graph``."""

from __future__ import annotations

import io
import itertools
import re
import xml.etree.ElementTree as ET
from pathlib import Path

import pytest

from interlock.cli.render.layers import Box, Edge, layout
from tests.cli.conftest import BROKEN, POLICY, Cli

SVG = "{http://www.w3.org/2000/svg}"

CHAINS = """\
policy chains
enum region = east, west
request { home : region per session; n : int(0..=9) rising; key : string per session }
model small { }
model large { }
upstream first[r in region] { provider "one & only"; account main; region r }
upstream second { provider two }
pool a[r in region] { serve first[r] with small }
pool b { serve second with small; retry 1 }
pool mixed { serve second with small weight 3; serve second with large; sticky by key }
pool lost { serve second with large }
fallback a[east] -> a[west] -> follow b on overloaded, timeout
fallback a[east] -> fail 451 "not <here>" on refused
fallback a[west] -> follow b
fallback b -> follow mixed
fallback mixed -> follow b on overloaded
fallback mixed -> fail 503 on rate_limited, server_error, timeout, unreachable
rule few match n { ..3 -> a[home]; 3..6 -> b }
rule many when n < 9 -> mixed
rule otherwise -> fail 413
"""


@pytest.fixture
def chains(folder: Path) -> str:
    """A file with a policy of branches, a loop, an open chain and a pool of several members."""
    (folder / "chains.route").write_text(CHAINS)
    return "chains.route"


def test_the_walks_of_a_policy(cli: Cli, folder: Path) -> None:
    (folder / "p.route").write_text(POLICY)
    ran = cli("graph", "p.route")
    assert ran.code == 0
    assert ran.err == ""
    # Both copies of `small` go on alike, those of `large` do not.
    assert ran.out == (
        "sizes  2 rules, 4 pools\n"
        "\n"
        "large[us_east]\n"
        "  from      big\n"
        "  serves     99%  egress[us_east] with opus  anthropic · platform · us_east\n"
        "              1%  spare[us_east] with opus  bedrock · us_east · eu_central\n"
        "            sticky by session_id\n"
        "  errors    ─ unavailable → large[us_west]\n"
        '            ─ unavailable → fail 503 "every region is down"\n'
        "\n"
        "large[us_west]\n"
        "  from      big\n"
        "  serves     99%  egress[us_west] with opus  anthropic · platform · us_west\n"
        "              1%  spare[us_west] with opus  bedrock · us_west · eu_central\n"
        "            sticky by session_id\n"
        "  errors    ─ unavailable → fail 503\n"
        "\n"
        "small[us_east, us_west]\n"
        "  from      otherwise\n"
        "  serves    egress[us_east, us_west] with haiku\n"
        "  errors    ─ unavailable → large[us_east, us_west] ─ unavailable → fail 503\n"
        "\n"
        "fail 400\n"
        "  from      invalid requests\n"
        "\n"
        "unavailable is overloaded, rate_limited, server_error, timeout, unreachable\n"
        "an error that is not shown is returned to the client\n"
        "copies of a family in one place behave alike: the first leads to the first, and\n"
        "so on\n"
    )


def test_branches_loops_members_and_open_chains(cli: Cli, chains: str) -> None:
    ran = cli("graph", chains)
    assert ran.code == 0
    assert (
        "a[east]\n"
        "  from      few/1\n"
        "  serves    first[east] with small  one & only · main · east\n"
        "  errors    ├─ overloaded, timeout → a[west] ─ unavailable → b\n"
    ) in ran.out
    assert '            ├─ refused → fail 451 "not <here>"\n' in ran.out
    assert "            └─ rate_limited, server_error, unreachable → returned to the client\n" in ran.out
    assert (
        "b\n"
        "  from      few/2\n"
        "  serves    second with small  two\n"
        "            retry 1\n"
        "  errors    ─ unavailable → mixed\n"
        "            ├─ overloaded → b, again: this goes round for ever\n"
        "            └─ rate_limited, server_error, timeout, unreachable → fail 503\n"
    ) in ran.out
    assert "  serves     25%  second with large  two\n             75%  second with small  two\n" in ran.out
    assert "sticky by key" in ran.out
    assert "no walk comes to\n  lost\n" in ran.out


def test_a_compiled_table_gives_the_same_picture(cli: Cli, folder: Path) -> None:
    (folder / "p.route").write_text(POLICY)
    assert cli("compile", "p.route").code == 0
    for format_ in ("text", "mermaid", "dot", "svg"):
        of_policy, of_table = (cli("graph", file, "--format", format_) for file in ("p.route", "sizes.table.json"))
        assert of_policy == of_table
        assert of_policy.out


def test_what_is_wrong_only_in_behaviour_is_drawn(cli: Cli, chains: str) -> None:
    assert cli("check", chains).code == 1
    assert cli("graph", chains).code == 0


def test_a_policy_with_t_findings_is_not(cli: Cli, folder: Path) -> None:
    (folder / "broken.route").write_text(BROKEN)
    ran = cli("graph", "broken.route")
    assert ran.code == 2
    assert ran.out == ""
    assert "T002" in ran.err


def test_a_module_is_not(cli: Cli, folder: Path) -> None:
    (folder / "m.route").write_text("enum zone = a, b\n")
    ran = cli("graph", "m.route")
    assert ran.code == 2
    assert "is a module" in ran.err


@pytest.mark.parametrize(
    ("name", "start"), [("g.svg", "<svg "), ("g.mmd", "%%{init"), ("g.DOT", "digraph "), ("g.txt", "sizes  2 rules")]
)
def test_the_name_of_the_output_says_how_to_draw(cli: Cli, folder: Path, name: str, start: str) -> None:
    (folder / "p.route").write_text(POLICY)
    ran = cli("graph", "p.route", "-o", name)
    assert (ran.code, ran.out, ran.err) == (0, "", "")
    assert (folder / name).read_text(encoding="utf-8").startswith(start)
    assert [path.name for path in folder.iterdir() if path.name.startswith(".")] == []


def test_an_output_that_cannot_be_written(cli: Cli, folder: Path) -> None:
    (folder / "p.route").write_text(POLICY)
    ran = cli("graph", "p.route", "-o", "nowhere/g.svg")
    assert ran.code == 2
    assert "cannot write `nowhere/g.svg`" in ran.err


def test_an_unknown_format(cli: Cli, folder: Path) -> None:
    ran = cli("graph", "p.route", "--format", "png")
    assert ran.code == 2
    assert "text, mermaid, dot, svg" in ran.err


# ── a part of it ─────────────────────────────────────────────────────────────────────────────────────


def sections(out: str) -> list[str]:
    """The pools whose walks are shown."""
    return re.findall(r"(?m)^(\S.*)\n  from", out)


def test_only_walks_that_come_to_a_pool(cli: Cli, folder: Path) -> None:
    (folder / "p.route").write_text(POLICY)
    assert sections(cli("graph", "p.route", "--pool", "large[us_east]").out) == ["large[us_east]", "small[us_east]"]
    assert sections(cli("graph", "p.route", "--pool", "small").out) == ["small[us_east, us_west]"]


def test_only_walks_of_a_rule_or_a_ladder(cli: Cli, chains: str) -> None:
    assert sections(cli("graph", chains, "--rule", "many").out) == ["mixed"]
    assert sections(cli("graph", chains, "--rule", "few/2").out) == ["b"]
    assert sections(cli("graph", chains, "--rule", "few").out) == ["a[east]", "a[west]", "b"]
    assert sections(cli("graph", chains, "--rule", "few", "--pool", "a").out) == ["a[east]", "a[west]"]


def test_a_pool_no_walk_comes_to(cli: Cli, chains: str) -> None:
    ran = cli("graph", chains, "--pool", "lost")
    assert (ran.code, ran.out) == (2, "")
    assert "no walk comes to `lost`" in ran.err
    ran = cli("graph", chains, "--pool", "b", "--rule", "otherwise")
    assert ran.code == 2
    assert "no walk of `otherwise` comes to `b`" in ran.err


def test_an_unknown_pool_or_rule_is_met_with_the_nearest(cli: Cli, chains: str) -> None:
    ran = cli("graph", chains, "--pool", "mixd")
    assert ran.code == 2
    assert "'mixed'" in ran.err
    ran = cli("graph", chains, "--rule", "otherwize")
    assert ran.code == 2
    assert "'otherwise'" in ran.err


def many_pools(count: int) -> str:
    """A policy in which pool i falls back to the three after it."""
    lines = ["policy many", "request { n : int(0..=100K) }", "model m { }", "upstream u { provider p }"]
    for i in range(count):
        lines.append(f"pool p{i} {{ serve u with m }}")
        hops = [f"p{j}" for j in range(i + 1, min(i + 4, count))]
        lines.append(f"fallback {' -> '.join([f'p{i}', *hops, 'fail 503'])}")
        lines.append(f"rule r{i} when n == {i} -> p{i}")
    return "\n".join([*lines, "rule otherwise -> fail 404"]) + "\n"


def test_a_thousand_pools(cli: Cli, folder: Path) -> None:
    (folder / "many.route").write_text(many_pools(1_000))
    for format_ in ("text", "svg", "mermaid"):
        ran = cli("graph", "many.route", "--format", format_)
        assert ran.code == 0
        assert ("500 edges" in ran.err) == (format_ == "mermaid")
    assert len(cli("graph", "many.route", "--rule", "r7").out.splitlines()) < 30


def test_a_long_tree_is_cut_unless_it_was_asked_for(cli: Cli, folder: Path) -> None:
    lines = ["policy deep", "request { n : int(0..=9) }", "model m { }", "upstream u { provider p }"]
    for i in range(80):
        lines.append(f"pool p{i} {{ serve u with m }}")
        lines.append(f"fallback p{i} -> {f'follow p{i + 1}' if i < 79 else 'fail 503'} on overloaded, refused")
        lines.append(f"fallback p{i} -> fail 504 on timeout")
    (folder / "deep.route").write_text("\n".join([*lines, "rule r -> p0"]) + "\n")
    cut, whole = cli("graph", "deep.route").out, cli("graph", "deep.route", "--pool", "p0").out
    assert "… more lines: --pool 'p0' shows more of them" in cut
    assert "p79" not in cut.partition("reached by errors only")[0]
    assert "p79" in whole.partition("reached by errors only")[0]


def test_chains_that_all_lead_on_and_back(cli: Cli, folder: Path) -> None:
    """A policy that nobody writes: every pool leads to three others, and all of it is one loop."""
    lines = ["policy ring", "request { n : int(0..=9) }", "model m { }", "upstream u { provider p }"]
    for i in range(300):
        lines.append(f"pool p{i} {{ serve u with m }}")
        lines.append(f"fallback p{i} -> p{(i * 7 + 3) % 300} -> follow p{(i + 1) % 300} on overloaded, timeout")
        lines.append(f"fallback p{i} -> follow p{(i * 31) % 300} on rate_limited, refused")
    (folder / "ring.route").write_text("\n".join([*lines, "rule r -> p0", "rule s -> p7"]) + "\n")
    for words in ((), ("--pool", "p250"), ("--format", "svg")):
        ran = cli("graph", "ring.route", *words)
        assert (ran.code, ran.err) == (0, "")
        assert len(ran.out) < 3_000_000
        assert "p0" in ran.out


# ── the drawings ─────────────────────────────────────────────────────────────────────────────────────


def test_the_svg_needs_nothing_and_says_what_it_is(cli: Cli, chains: str) -> None:
    text = cli("graph", chains, "--format", "svg").out
    root = ET.parse(io.StringIO(text)).getroot()
    assert root.get("role") == "img"
    assert "chains: 4 rules, 5 pools" in str(root.get("aria-label"))
    assert "http" not in text.replace("http://www.w3.org/2000/svg", "")
    assert not [node for node in root.iter() if node.tag.removeprefix(SVG) in ("script", "image", "foreignObject", "a")]
    assert "prefers-color-scheme: dark" in text
    words = {str(node.text) for node in root.iter(f"{SVG}text")}
    assert {"few/1", "a[east]", "fail 451", "not <here>", "one & only", "sticky by key", "retry 1"} <= words
    ways_on = {"a[east]": 2, "a[west]": 1, "b": 1, "mixed": 2}  # a[west] goes on alike wherever one comes from
    entries = 6  # a rule for each of the four, one that fails, and invalid requests
    edges = [node for node in root.iter(f"{SVG}path") if "edge" in str(node.get("class"))]
    assert len(edges) == entries + sum(ways_on.values())
    assert len([edge for edge in edges if "loop" in str(edge.get("class"))]) == 2


def test_the_boxes_of_the_svg_hold_their_text_and_lie_apart(cli: Cli, chains: str) -> None:
    root = ET.parse(io.StringIO(cli("graph", chains, "--format", "svg").out)).getroot()
    boxes = []
    for group in root.iter(f"{SVG}g"):
        frame = group.find(f"{SVG}rect")
        if frame is None:
            continue
        x, y = map(float, re.findall(r"-?[\d.]+", str(group.get("transform"))))
        wide, high = float(frame.get("width", "")), float(frame.get("height", ""))
        boxes.append((x, y, x + wide, y + high))
        for line in group.iter(f"{SVG}text"):
            size = 13 if "name" in str(line.get("class")) else 11
            length = 0.602 * size * len(str(line.text))
            start = float(line.get("x", "")) - (length if "right" in str(line.get("class")) else 0)
            assert start >= 8
            assert start + length <= wide - 8
            assert size / 2 < float(line.get("y", "")) < high - size / 2
    assert len(boxes) > 8
    for (ax, ay, bx, by), (cx, cy, dx, dy) in itertools.combinations(boxes, 2):
        assert bx < cx or dx < ax or by < cy or dy < ay, "two boxes overlap"
    width, height = map(float, str(root.get("viewBox")).split()[2:])
    assert all(x >= 0 and y >= 0 and right <= width and below <= height for x, y, right, below in boxes)


def test_names_cannot_break_out_of_a_drawing(cli: Cli, folder: Path) -> None:
    evil = r"""\"]; x -- y <script>alert(1)</script> \\n #quot; `b` %% |"""
    (folder / "p.route").write_text(
        "policy end\nrequest { n : int(0..=9) }\n"
        f'model "{evil}" {{ }}\nupstream graph {{ provider "{evil}" }}\n'
        f'pool subgraph {{ serve graph with "{evil}" }}\nfallback subgraph -> fail 503 "{evil}"\n'
        "rule click -> subgraph\n"
    )
    svg = cli("graph", "p.route", "--format", "svg").out
    assert "<script" not in svg
    ET.parse(io.StringIO(svg))
    for line in cli("graph", "p.route", "--format", "mermaid").out.splitlines()[2:]:
        if '"' in line:
            inner = line.partition('"')[2].rpartition('"')[0]
            assert not set('"`\\') & set(inner)
            assert set(re.findall(r"<[^>]*>", inner)) <= {"<br>"}
    for line in cli("graph", "p.route", "--format", "dot").out.splitlines():
        # A backslash or a quote stands in a string only behind a backslash.
        assert re.fullmatch(r'[^"]*("([^"\\]|\\.)*"[^"]*)*', line)


def test_a_layout_keeps_boxes_apart_and_edges_onward() -> None:
    boxes = [Box(50, 20 + 7 * (i % 5), 10, first=i < 3) for i in range(40)]
    edges = [
        Edge(a, b, 5 * (k + 1)) for a in range(37) for k, b in enumerate({3 + (a * 7) % 37, 3 + (a * 11 + 5) % 37})
    ]
    placed = layout(boxes, edges, 30, 8)
    spots = [(placed.layer[i], placed.top[i], placed.top[i] + box.height) for i, box in enumerate(boxes)]
    for (layer, top, below), (other, above, under) in itertools.combinations(spots, 2):
        assert layer != other or below + 8 <= above + 1e-6 or under + 8 <= top + 1e-6
    back = [edge for edge, route in zip(edges, placed.routes, strict=True) if route.lane is not None]
    assert back
    assert len({route.lane for route in placed.routes}) == len(back) + 1
    for edge, route in zip(edges, placed.routes, strict=True):
        if route.lane is None:
            assert len(route.heights) == placed.layer[edge.target] - placed.layer[edge.source] + 1 >= 2
        assert route.heights[0] == placed.top[edge.source] + edge.port
    # Without the edges that lead back there is no loop left.
    assert layout(boxes, [edge for edge in edges if edge not in back], 30, 8).layer == placed.layer


def test_a_walk_without_branches_is_a_straight_line() -> None:
    boxes = [Box(50, 30, 15, first=i == 0) for i in range(5)]
    placed = layout(boxes, [Edge(i, i + 1, 15) for i in range(4)], 30, 8)
    assert placed.layer == (0, 1, 2, 3, 4)
    assert {height for route in placed.routes for height in route.heights} == {15.0}
