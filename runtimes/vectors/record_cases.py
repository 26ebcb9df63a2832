"""The requests and errors whose records the vectors ask about."""

from __future__ import annotations

from cases import CLASSES, DECIDE, WALKS, Texts

Asked = list[tuple[str, str, list[str]]]


def _plain(texts: Texts) -> Asked:
    return [(name, text, []) for name, text in texts]


def _errors(text: str, walks: list[list[str]]) -> Asked:
    return [(f"{text} after {', '.join(after) or 'nothing'}", text, after) for after in walks]


HOME = '{"beta": true, "home": "us_east", "tokens": 1}'
LONG = [CLASSES[:n] for n in range(len(CLASSES) + 1)]  # past the end of every chain

RECORD: dict[str, tuple[str, Asked]] = {
    **{kind: ("kinds", _plain(DECIDE[kind][1])) for kind in ("bools", "enums", "ints", "sets", "several")},
    "numbers": ("numbers", _plain([*DECIDE["numbers"][1][:30], *DECIDE["defaulted"][1]])),
    "strings": ("strings", _plain([*DECIDE["strings"][1], *DECIDE["samples"][1], *DECIDE["inherited"][1]])),
    "walks": ("walks", [
        *[case for route in range(8) for case in _errors(f'{{"route": {route}, "session": "s-1"}}', LONG)],
        *[case for text in ('{"route": 10}', "[]", "not JSON") for case in _errors(text, LONG)],
    ]),
    "slots": ("walks", [case for keys in ("string_keys", "int_keys", "other_keys") for case in WALKS[keys]]),
    "to_a_fail": ("kinds", _errors(HOME, LONG[:5])),
}  # fmt: skip
