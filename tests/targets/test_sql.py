"""A statement's answers in DuckDB are the runtime's, written by rule and by the table's words."""

from __future__ import annotations

import random

import duckdb
import pytest

from interlock.compiler.reference import murmur3 as plain_murmur3
from interlock.compiler.targets.sql.by_rule import by_rule
from interlock.compiler.targets.sql.by_words import by_words
from interlock.compiler.targets.sql.decision import Decision
from interlock.compiler.targets.sql.dialects import TESTED, UNTESTED, Dialect, Unsupported
from interlock.compiler.targets.sql.expressions import all_of, any_of, column, text, write
from interlock.compiler.targets.sql.murmur import murmur3
from interlock.compiler.targets.sql.statement import NoRelation, query, statement
from tests.oracle.compiled import SCALE, examples
from tests.oracle.policies import seeded
from tests.targets import duck
from tests.targets.policies import Case, case, cases
from tests.targets.rows import EDGES

BATCH = 4
FIRST_SEED = 0 if SCALE == 1 else random.SystemRandom().randrange(10**9)
PLACES = "model m { }\nupstream u { provider p }\npool q { serve u with m }\n"
PLAIN = case("plain", f"policy p request {{ n : int(0..=9)? }}\n{PLACES}rule r1 when n > 3 -> q\nrule r2 -> fail 503")


def differs(subject: Case, shape: str, decision: Decision) -> str | None:
    """What DuckDB says otherwise than the runtime."""
    written = query(subject.table, decision, "duckdb", "requests", "interlock_")
    got = duck.answers(subject.table.policy, subject.rows, written)
    for row, found, expected in zip(subject.rows, got, subject.expected, strict=True):
        if found != expected:
            return f"{subject.name}, {shape}: {row}\n  DuckDB  {found}\n  runtime {expected}"
    return None


def check(subject: Case) -> None:
    assert differs(subject, "by rule", by_rule(subject.table.policy, "duckdb")) is None
    assert differs(subject, "by words", by_words(subject.table, "duckdb", "interlock_")) is None


@pytest.mark.parametrize("batch", range(examples(8)))
def test_random_policies_are_decided_alike(batch: int) -> None:
    for seed in range(FIRST_SEED + batch * BATCH, FIRST_SEED + (batch + 1) * BATCH):
        check(case(f"seed {seed}", seeded(seed), seed=seed))


def test_named_policies_are_decided_alike() -> None:
    for subject in cases(0):
        assert len(set(subject.expected)) > 3, f"{subject.name} shows nothing"
        check(subject)


def test_every_string_is_hashed_as_the_reference_does() -> None:
    rng = random.Random(7)
    planes = (range(128), range(0xD800), range(0xE000, 0x110000))
    strings = [*EDGES, *("".join(chr(rng.choice(rng.choice(planes))) for _ in range(k % 14)) for k in range(2_000))]
    for seed in (0, 1, 2**31, 2**32 - 1):
        with duckdb.connect() as connection:
            marks = ", ".join(["(?)"] * len(strings))
            connection.execute("CREATE TABLE r (s VARCHAR)")
            connection.execute(f"INSERT INTO r VALUES {marks}", strings)
            found = connection.execute(
                f"SELECT {write(murmur3(column('s'), seed, 'duckdb'), 'duckdb')} FROM r"
            ).fetchall()
        assert [row[0] for row in found] == [plain_murmur3(string.encode(), seed) for string in strings]


def test_a_rule_of_many_comparisons_is_not_too_deep() -> None:
    names = [f"x{k}" for k in range(600)]
    some = " or ".join(f's like "{name}*"' for name in names)
    subject = case(
        "many",
        f"policy p request {{ s : string }}\n{PLACES}rule r1 when {some} -> q\nrule r2 -> fail 503",
        [{"s": "x599"}, {"s": "x3"}, {"s": "y"}, {"s": None}],
    )
    assert differs(subject, "by rule", by_rule(subject.table.policy, "duckdb")) is None


def test_a_thousand_rules_are_decided_alike() -> None:
    rng = random.Random(3)
    tests = ('s == "a{}"', 's like "a{}*"', "n >= {}", "n < {}", "e == e{}", "not e in [e{}, e1]", 't contains "p{}"')
    rules = []
    for number in range(1_000):
        some = " and ".join(test.format(rng.randrange(1, 60 if "a{" in test else 9)) for test in rng.sample(tests, 4))
        rules.append(f"rule r{number} when {some} -> fail {400 + number % 100}")
    values = ", ".join(f"e{k}" for k in range(9))
    declared = f"request {{ s : string?; n : int(0..=9); e : enum({values}); t : set(string) }}"
    subject = case(
        "many rules",
        "\n".join(["policy p", declared, *rules, "rule last -> fail 503"]),
        [
            {"s": f"a{rng.randrange(70)}", "n": rng.randrange(10), "e": f"e{rng.randrange(9)}", "t": [f"p{k % 9}"]}
            for k in range(400)
        ],
    )
    assert len(subject.table.columns) > 500  # the rest cannot hold
    written = statement(subject.table, "duckdb", "requests", "interlock_")
    assert "EXCLUDE" in written  # the bit-sets
    assert duck.answers(subject.table.policy, subject.rows, written) == subject.expected
    assert len(set(subject.expected)) > 100


@pytest.mark.parametrize("count", [0, 1, 8, 9, 1_100])
def test_trees_mean_what_chains_do(count: int) -> None:
    with duckdb.connect() as connection:
        for at in {0, count // 2, count - 1}:
            parts = [text("y" if k == at else "x").eq(text("x")) for k in range(count)]
            for tree, expected in ((all_of(parts), count == 0), (any_of(parts), count > 1)):
                assert connection.execute(f"SELECT {write(tree, 'duckdb')}").fetchall() == [(expected,)]


@pytest.mark.parametrize("dialect", [*TESTED, *UNTESTED])
def test_a_policy_that_chooses_nothing_by_hash_is_written_for_every_dialect(dialect: Dialect) -> None:
    written = statement(PLAIN.table, dialect, "requests", "interlock_")
    head, query = written.split("SELECT\n  r.*,\n  CAST(d.rule AS ")
    assert ("UNTESTED" in head) == (dialect in UNTESTED)
    assert all(line.startswith("-- ") for line in head.splitlines())
    assert query.endswith("END\n")


@pytest.mark.parametrize("dialect", UNTESTED)
@pytest.mark.parametrize("name", ["members by key, and of nobody", "samples of strings of every length"])
def test_hashing_is_refused_where_it_is_untested(dialect: Dialect, name: str) -> None:
    subject = next(subject for subject in cases(0) if subject.name == name)
    with pytest.raises(Unsupported, match=r"MurmurHash3, which is only written for duckdb and spark$"):
        statement(subject.table, dialect, "requests", "interlock_")


def test_what_sqlglot_cannot_write_is_refused() -> None:
    """In SQLite, which no command offers."""
    with pytest.raises(Unsupported, match=r"^the policy cannot be written for sqlite: Named columns are not supported"):
        statement(PLAIN.table, "sqlite", "requests", "interlock_")  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("declared", "told"),
    [
        ("Tier : bool?; tier : bool?", "the attributes `Tier` and `tier` cannot be two columns"),
        ("Interlock_Rule : bool?", "the attribute `Interlock_Rule` has the name of a column that is added"),
    ],
)
def test_names_that_clash_are_refused(declared: str, told: str) -> None:
    subject = case("names", f"policy p request {{ {declared} }}\nrule r1 -> fail 503", [])
    with pytest.raises(Unsupported, match=told):
        statement(subject.table, "duckdb", "requests", "interlock_")
    if "Rule" in declared:
        assert "new_rule" in statement(subject.table, "duckdb", "requests", "new_")


@pytest.mark.parametrize(
    "relation", ["", "a b c", "a; DROP TABLE a", "a, b", "a JOIN b ON TRUE", "(SELECT 1", "1", "--", "'a"]
)
def test_what_is_no_relation_is_refused(relation: str) -> None:
    with pytest.raises(NoRelation, match=r"is no name of a table, view or table function in duckdb$"):
        statement(PLAIN.table, "duckdb", relation, "interlock_")


@pytest.mark.parametrize(
    "relation", ["requests", "main.requests", '"requests"', "memory.main.requests", "query('FROM requests')"]
)
def test_relations(relation: str) -> None:
    written = statement(PLAIN.table, "duckdb", relation, "interlock_")
    assert duck.answers(PLAIN.table.policy, PLAIN.rows, written) == PLAIN.expected
