"""What was counted, as faults in words: each at its declaration, with numbers, an example and what to do."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping, Sequence

from interlock.compiler.traffic.found import Example, Fault, Slug
from interlock.compiler.traffic.sessions import SessionsFound
from interlock.compiler.traffic.tally import Seen
from interlock.dsl.credentials import masked
from interlock.dsl.policy import MAX_INT, Attribute, Fail, IntType, Policy, SetType

Place = Callable[[int, int], str]
_SLUGS: Mapping[str, Slug] = {
    "missing": "missing",
    "wrong_type": "wrong-type",
    "out_of_range": "out-of-range",
    "unknown_value": "unknown-value",
}


def value_faults(
    policy: Policy, attribute: Attribute, seen: Mapping[str, Seen], total: int, place: Place
) -> Iterator[Fault]:
    """What is wrong with single values of an attribute, out of ``total`` requests."""
    name = attribute.name
    if attribute.default is not None:
        then = "its default stands in for it"
    else:
        then = f"such a request is invalid and gets {_invalid(policy)}"
    for fault, found in sorted(seen.items(), key=lambda item: list(_SLUGS).index(item[0])):
        words, help_ = _said(attribute, fault, found)
        yield Fault(
            _SLUGS[fault],
            name,
            attribute.span,
            f"`{name}` {words} in {_share(found.requests, total, 'request')}; {then}",
            found.requests,
            total,
            "requests",
            Example(_examples(fault, found), (place(found.file, found.line),)),
            help_,
        )


def _said(attribute: Attribute, fault: str, found: Seen) -> tuple[str, str]:
    type_ = attribute.type
    if fault == "missing":
        help_ = f"write `{attribute.name} : {type_}?` if it may be absent, or give a `default`"
        return "is required, and missing", help_
    if fault == "wrong_type":
        kind = "a list of strings" if isinstance(type_, SetType) else f"`{type_}`"
        return f"is not {kind}", "have the gateway make it one, or declare the type that it has"
    if fault == "out_of_range":
        assert isinstance(type_, IntType)
        numbers = [number for number in (found.lowest, found.highest) if number is not None]
        lo, hi = min(type_.lo, *numbers), max(type_.hi, *numbers)
        wider = f", or declare `int({lo}..={hi})`" if lo >= -MAX_INT and hi <= MAX_INT else ""
        return f"lies outside `{type_}`", f"have the gateway cap it{wider}"
    help_ = "add the value, or write `...` after the last one for values to come, or give a `default`"
    return f"is no value of `{type_}`", help_


def _examples(fault: str, found: Seen) -> str:
    if fault == "missing":
        return "nothing is there"
    if fault == "out_of_range" and found.lowest is not None and found.lowest != found.highest:
        return f"from {found.lowest:,} to {found.highest:,}"
    if found.common:
        return ", ".join(f"`{_shown(text)}` ({count:,})" for text, count in found.common)
    return f"`{_shown(found.value)}`"


def session_faults(policy: Policy, found: SessionsFound, session: Sequence[str], place: Place) -> Iterator[Fault]:
    """What does not stay or rise within sessions."""
    for moved in found.moved:
        attribute = policy.attributes[moved.attribute]
        rising = attribute.stability == "rising"
        name = moved.attribute
        if rising:
            times = f"{moved.turns:,} time{'' if moved.turns == 1 else 's'}, in "
            message = f"`{name}` is declared `rising`, and falls {times}"
            advice = "if conversations are made shorter here, they are new sessions and need ids of their own"
        else:
            message = f"`{name}` is declared `per session`, and changes in "
            more = ",".join([*session, "ATTRIBUTE"])
            advice = f"if conversations share an id here, say what tells them apart: `--session {more}`"
        yield Fault(
            "not-rising" if rising else "not-per-session",
            name,
            attribute.span,
            message + _share(moved.sessions, found.sessions, "session"),
            moved.sessions,
            found.sessions,
            "sessions",
            Example(
                f"session `{_shown(moved.key)}`: {_turn(moved.before[0])}, then {_turn(moved.after[0])}",
                (place(*moved.before[1:]), place(*moved.after[1:])),
            ),
            f"declare it `per turn`; {advice}",
        )


def rule_faults(policy: Policy, met: Mapping[str | None, int], total: int, first: str | None) -> Iterator[Fault]:
    """Rules and arms that no request met, and requests that meet no rule; ``first`` is the place of one of those."""
    if met.get(None):
        yield Fault(
            "no-rule",
            policy.name,
            policy.span,
            f"no rule takes {_share(met[None], total, 'request')}",
            met[None],
            total,
            "requests",
            None if first is None else Example("one of them", (first,)),
            "add a last rule without `when`; `interlock check` shows what is left out (R103)",
        )
    for rule in policy.rules:
        if not met.get(rule.name):
            what = "arm" if rule.ladder is not None else "rule"
            yield Fault(
                "unmet-arm" if rule.ladder is not None else "unmet-rule",
                rule.name,
                rule.name_span,
                f"no request meets the {what} `{rule.name}`",
                0,
                total,
                "requests",
                None,
                f"it may be for traffic that is rare; if there is none, the {what} can go",
            )


def _share(count: int, total: int, unit: str) -> str:
    return f"{count:,} of {total:,} {unit}{'' if total == 1 else 's'}"


def _turn(value: str | None) -> str:
    return "absent" if value is None else f"`{_shown(value)}`"


def _shown(value: object) -> str:
    """A value on one line, short and without credentials; it may be anything."""
    text = value if isinstance(value, str) else json.dumps(value, default=str)
    text = masked(text.replace("`", "'"))
    return text if len(text) <= 60 else f"{text[:57]}..."


def _invalid(policy: Policy) -> str:
    to = policy.invalid
    return f"`fail {to.status}`" if isinstance(to, Fail) else f"`{to.pool}`"
