"""What looks like a credential and what does not, and that it is never shown."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from interlock.dsl.credentials import credentials, in_source, masked, starred
from interlock.dsl.source import Source
from tests.cli.conftest import Cli, cli, folder

__all__ = ["cli", "folder"]

# Put together here, so that nobody's scanner finds credentials in this file: the open part and the secret one.
SECRET = [
    ("sk-ant-", "api03-" + "aB3_-" * 16),
    ("sk-ant-", "oat01-abcdefgh"),
    ("sk-proj-", "ab_cd-" * 10),
    ("sk-", "a" * 48),
    ("sk-or-v1-", "0f" * 32),
    ("sk-lf-", "123e4567-e89b-12d3-a456-426614174000"),
    ("AKIA", "IOSFODNN7EXAMPLE"),
    ("ASIA", "A" * 16),
    ("ghp_", "a" * 36),
    ("gho_", "a1" * 18),
    ("github_pat_", "11ABCDEFG0_" + "a" * 59),
    ("glpat-", "abcdefghij0123456789"),
    ("xoxb-", "123456789012-abcdef"),
    ("xoxp-", "123456789012-abcdef"),
    ("AIza", "b" * 35),
    ("hf_", "a" * 34),
    ("gsk_", "a1" * 26),
    ("eyJ", "hbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.abc123def"),
    ("Bearer ", "abcdef123456"),
    ("Bearer ", "abcdefghijklmnopqrstuvwxyz"),
    ("-----BEGIN RSA PRIVATE KEY-----", "MIIEpAIBAAKCAQEA"),
    ("https://user:", "hunter2"),
    ("redis://:", "hunter2"),
    ("https://h/?api_key=", "hunter2"),
    ("https://h/?a=b&client-secret=", "hunter2"),
    ("/v1?key=", "0123456789abcdefgh"),
]

OPEN = [
    "claude-opus-4-7",
    "anthropic.claude-sonnet-4-6-v1:0",
    "gpt-4o-mini-2024-07-18",
    "sk-telecom-ax-4-0-light-2025",
    "123e4567-e89b-12d3-a456-426614174000",
    "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08",
    "da39a3ee5e6b4b0d3255bfef95601890afd80709",
    "arn:aws:bedrock:us-east-1:123456789012:inference-profile/us.anthropic.claude-sonnet-4-6-v1:0",
    "sk-ant-",
    "sk-ant-admin01-",
    "sk-",
    "task-abcdefghijklmnopqrstuvwxyz",
    "AKIA",
    "AKIAIOSFODNN7EXAMPLES",
    "hf_inference",
    "Bearer token",
    "bearer authentication-required",
    "x-api-key",
    "/metadata/user_id",
    "https://egress.internal:8443/a@b",
    "https://user@egress.internal",
    "https://{r}:{r}@egress.internal",
    "https://h/?api_key={key}",
    "https://h/?api-version=2024-02-01",
    "https://h/?key=short",
    "-----BEGIN PUBLIC KEY-----",
]


def whole(parts: tuple[str, str]) -> str:
    return "".join(parts) + ("@h" if parts[0].endswith(":") else "")


@pytest.mark.parametrize("parts", SECRET, ids=whole)
def test_a_credential_is_seen_and_its_secret_part_hidden(parts: tuple[str, str]) -> None:
    for text in (whole(parts), f"({whole(parts)})"):
        found = credentials(text)
        assert len(found) == 1
        assert parts[1] not in masked(text)
        assert text[: found[0].secret] in masked(text)


@pytest.mark.parametrize("text", OPEN)
def test_what_is_no_credential(text: str) -> None:
    assert credentials(text) == []
    assert masked(text) == text


@pytest.mark.parametrize("parts", SECRET, ids=whole)
def test_a_message_cut_short_does_not_show_it_either(parts: tuple[str, str]) -> None:
    known = [("".join(parts), len(parts[0]))]
    for length in range(6, len(parts[1])):
        assert parts[1][:length] not in masked(f"`{parts[0]}{parts[1][:length]}…` is no name", known)


def test_a_shown_line_keeps_its_places() -> None:
    source = Source("a", 'x "AKIAIOSFODNN7EXAMPLE" y\n"\\u{41}KIAIOSFODNN7EXAMPLE" z # ghp_' + "a" * 30 + "\n")
    assert len(in_source(source)) == 3
    assert starred(source).line(1) == 'x "AKIA' + "*" * 16 + '" y'
    assert starred(source).line(2) == '"' + "*" * 25 + '" z # ghp_' + "*" * 30


POSITIONS = [
    'request {{ a : string from header "{0}" }}',
    'request {{ a : enum("{0}", b) }}',
    'request {{ a : string default "{0}" }}',
    'upstream u {{ provider "{0}" }}',
    'upstream u {{ provider a; account "{0}" }}',
    'model "{0}" {{}}',
    'enum e = "{0}"',
    'request {{ a : string }} let l = a == "{0}"',
    'request {{ a : string }} let l = a like "*{0}"',
    'request {{ a : string }} let l = sample(a, "{0}") < 5%',
    'request {{ a : set(string) }} let l = a contains any ["{0}"]',
    'assert x every hop.region == "{0}"',
    'fallback p -> fail 503 "{0}"\nupstream u {{ provider a }} model m {{}} pool p {{ serve u with m }}',
    'import "./{0}"',  # and that import fails
    'request {{ a : int(0..=1) }} let l = a == "{0}"',  # a string that does not fit
    'request {{ a : enum(b) }} let l = a == "{0}"',
    'upstream u {{ provider a; endpoint "{0}" }}',
    'pool p {{ serve u with "{0}" }}',
    'request {{ a : enum("{0}x") }} let l = a == "{0}" or a == nothing',  # the nearest value is one, too
    'let l = nothing == "{0}',  # a string that does not end
    '"{0}" "{0}"',  # no declaration at all
    "enum e = a # {0}\nenum e = b",
]

FORMATS = ["text", "json", "sarif", "github", "junit"]


@pytest.mark.parametrize("position", POSITIONS)
@pytest.mark.parametrize("format_", FORMATS)
def test_no_finding_shows_it(position: str, format_: str, cli: Cli, folder: Path) -> None:
    first = POSITIONS.index(position) + 3 * FORMATS.index(format_)
    for parts in SECRET[first % 13 :: 13]:  # all of them everywhere would take minutes
        (folder / "a.route").write_text(position.format(whole(parts)) + "\n")
        ran = cli("check", "a.route", "--format", format_)
        assert ran.code == 1, (position, parts)
        for length in range(6, len(parts[1]) + 1):
            assert parts[1][:length] not in ran.out + ran.err, (ran.out, parts)


def test_the_witness_does_not_show_it(cli: Cli, folder: Path) -> None:
    secret = "0123456789abcdef"
    (folder / "a.route").write_text(
        "policy p\nrequest { a : string }\n"
        f'rule one when a == "Bearer {secret}" -> fail 400\nrule two when a == "Bearer {secret}" -> fail 400\n'
    )
    ran = cli("check", "a.route", "--format", "json")
    assert secret not in ran.out
    (witness,) = [f["witness"] for f in json.loads(ran.out)["findings"] if f["code"] == "R101"]
    assert witness["requests"] == [{"a": "Bearer ********"}]
    assert secret not in cli("check", "a.route").out


def test_fmt_does_not_show_it(cli: Cli, folder: Path) -> None:
    for parts in SECRET:
        (folder / "a.route").write_text(f'policy p\nrule "{whole(parts)}" -> "{whole(parts)}" fail\n')
        ran = cli("fmt", "a.route")
        assert ran.code == 2
        for length in range(6, len(parts[1]) + 1):
            assert parts[1][:length] not in ran.out + ran.err, (ran.err, parts)
