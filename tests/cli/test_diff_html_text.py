"""Whatever stands in a policy is text on the page of a difference, and no credential is on it."""

from __future__ import annotations

import json
import re
from pathlib import Path

from tests.cli.conftest import POLICY, Cli
from tests.cli.pages import compared, grids, sound

HOSTILE = (
    "</code></title></style></script><script>alert(1)</script><img src=https://evil.example/x onerror=alert(1)>"
    "]]> --> {{ 7*7 }} {% raw %} &lt; &#60; \" ' ` = \u202e\u2066 \x1b[31m \n javascript:alert(1)"
)


def hostile() -> str:
    """A policy that says it wherever a policy can."""
    said = "".join({'"': '\\"', "\n": "\\n", "\x1b": "\\u{1B}"}.get(char, char) for char in HOSTILE)
    return (
        POLICY.replace(
            "## Big", f'rule evil when team == "{said}" and input_tokens >= 40K -> fail 503 "{said}"\n## Big'
        )
        .replace(
            "session_id : string per session",
            f'session_id : string per session\n    team : enum("{said}", b, ...)? per session from header "x"',
        )
        .replace("with haiku;", f'with "{said}";')
        .replace("model haiku {", f'model "{said}" {{')
        .replace("region r }", 'region r; endpoint "https://{r}.internal/<b>" }', 1)
    ) + f'\ntest "{said}" {{ request {{ input_tokens: 1, session_id: "a" }} expect fail 599 }}\n'


def test_whatever_a_policy_says_stays_text(cli: Cli) -> None:
    name = "<b>&'\\new.route"
    Path("old.route").write_text(POLICY, encoding="utf-8")
    Path(name).write_text(hostile(), encoding="utf-8")
    ran = cli("diff", "old.route", name, "--format", "html")
    assert ran.code == 1, ran
    page = sound(ran.out)  # knows of no script, no image, no handler, no address
    shown = json.dumps(HOSTILE, ensure_ascii=False).replace("\u202e", "\ufffd").replace("\u2066", "\ufffd")
    assert f"fail 503 {shown}" in {text for tag, _, text in page.elements if tag == "code"}
    assert name in page.all("h1")[0]
    for mark in ("\u202e", "\u2066", "\x1b"):
        assert mark not in "".join(text for _, _, text in page.elements)
        assert all(mark not in value for _, held, _ in page.elements for value in held.values())


def test_a_gateways_names_stay_text(cli: Cli) -> None:
    config = """\
model_list:
  - model_name: "<script>alert(1)</script>"
    litellm_params: {model: anthropic/claude-sonnet-4-6}
  - model_name: "</svg><b onload=x>"
    litellm_params: {model: bedrock/us.anthropic.claude-sonnet-4-6, aws_region_name: us-east-1}
router_settings:
  fallbacks: [{"<script>alert(1)</script>": ["</svg><b onload=x>"]}]
"""
    Path("old.yaml").write_text(config, encoding="utf-8")
    Path("new.yaml").write_text(re.sub(r"fallbacks: .*", "fallbacks: []", config), encoding="utf-8")
    ran = cli("diff", "old.yaml", "new.yaml", "--format", "html")
    assert ran.code == 1, ran
    page = sound(ran.out)
    assert any("<script>" in each for each in page.all("code"))


def test_credentials_are_never_shown(cli: Cli) -> None:
    secret = "sk-ant-api03-" + "Z9" * 20
    rules = [
        f'rule leak when session_id == "{secret}" -> fail 401 "no {secret}"',
        f'rule other when session_id == "{secret}x" -> fail 401 "{secret}"',
    ]
    text = compared(cli, POLICY, POLICY.replace("## Big", "\n".join([*rules, "## Big"])))
    page = sound(text)
    assert "Z9Z9" not in text
    assert any("sk-ant-" in code and "*****" in code for code in page.all("code"))
    assert grids(text)
