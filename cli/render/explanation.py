"""An explanation for a person at three in the morning: what, why, why nothing else, and what comes next."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from interlock.cli.cells import plain, width, wrap
from interlock.cli.render.decision import decision_lines
from interlock.cli.render.json import dumps
from interlock.cli.render.walk import walk_lines

if TYPE_CHECKING:
    from interlock.cli.console import Console
    from interlock.cli.explained import Explained
    from interlock.runtime import Condition, Earlier, Pick

_SHOWN = 20
_LONGEST = 60
_COLUMN = 44
"""What a request has stands beside what is needed, unless that is longer."""


def write_explanation(explained: Explained, console: Console, every: bool = False) -> None:
    """Write the explanation; with ``every``, all earlier rules however many there are."""
    for line in decision_lines(explained.decision, console):
        console.line(line)
    explanation = explained.explanation
    decision = explanation.decision
    if decision.invalid is None:
        if decision.rule is not None:
            _section("why this rule", _why(explained, console), console)
        earlier = explanation.earlier if every else explanation.earlier[-_SHOWN:]
        more = len(explanation.earlier) - len(earlier)
        title = "why no earlier rule" if decision.rule is not None else "why no rule"
        _section(title, _earlier(earlier, more, console), console)
    _section("what errors lead to", walk_lines(explained, console), console)
    if explanation.pick is not None:
        _section("which member of the pool", _pick(explanation.pick, decision.pool or "", console), console)


def _section(title: str, lines: Sequence[str], console: Console) -> None:
    if not lines:
        return
    console.line()
    console.line(console.paint("strong", title))
    for line in lines:
        console.line(f"  {line}".rstrip())


def _why(explained: Explained, console: Console) -> list[str]:
    place = explained.explanation.place
    rule = explained.rule
    lines: list[str] = []
    if rule is not None:
        line, column = rule.span.first
        lines.append(f"{plain(rule.name)} at {plain(rule.span.file)}:{line}:{column}")
    elif place is not None:
        line, column = place.start
        lines.append(f"{plain(explained.decision.rule or '')} at {plain(place.file)}:{line}:{column}")
    for text in (place.doc or "").splitlines() if place is not None else []:
        lines.append(console.paint("dim", f"  ## {plain(text)}"))
    if rule is not None:
        first, *rest = rule.span.text.splitlines() or [""]
        lines.append("  " + console.paint("code", plain(first) + (console.glyphs.cut if rest else "")))
    conditions = [("", condition) for condition in explained.explanation.matched]
    return lines + (_conditions(conditions, True, console) or ["it holds for every request"])


def _earlier(earlier: Sequence[Earlier], more: int, console: Console) -> list[str]:
    lines = [f"{console.glyphs.cut} {more:,} more before these: --all shows them"] if more else []
    rows: list[tuple[str, Condition | None]] = []
    for rule in earlier:
        # A rule of several columns has failed in each of them; its name is told once.
        rows += [(rule.rule if i == 0 else "", unmet) for i, unmet in enumerate(rule.unmet)] or [(rule.rule, None)]
    return lines + _conditions(rows, False, console)


def _conditions(rows: Sequence[tuple[str, Condition | None]], met: bool, console: Console) -> list[str]:
    """A line a condition, in columns: the rule, what it needs, what the request has. What the request has goes
    below where there is no room for it beside."""
    mark = console.paint("good", console.glyphs.tick) if met else console.paint("bad", console.glyphs.cross)
    needs = [_short(condition.needs) if condition is not None else "can never hold" for _, condition in rows]
    names = max((width(plain(name)) for name, _ in rows), default=0)
    needed = max((width(text) for text in needs if width(text) <= _COLUMN), default=0)
    lines = []
    for (name, condition), text in zip(rows, needs, strict=True):
        value = "" if condition is None else _value(condition.value)
        head = f"{plain(name)}{' ' * (names - width(plain(name)))}  " if names else ""
        shown = mark if name or not names else " " * width(console.glyphs.cross)
        start = width(console.glyphs.cross) + 1 + width(head)
        line = f"{shown} {head}{text}"
        if width(text) <= needed and start + needed + 4 + width(value) <= console.width:
            lines.append(f"{line}{' ' * (needed - width(text) + 2)}{console.paint('dim', value)}".rstrip())
        else:
            lines += [line, f"{' ' * (start + 2)}{console.paint('dim', value)}"] if value else [line]
    return lines


def _pick(pick: Pick, pool: str, console: Console) -> list[str]:
    if pick.sticky is None:
        how = f"{plain(pool)} has no `sticky by`, so every request gets the same member"
    else:
        value = _short(dumps(pick.key)) if pick.key else "the empty text, as it is absent"
        if pick.key is None:
            value = "its value, which the record does not hold,"
        how = f"{plain(pool)} is sticky by {plain(pick.sticky)}, and {value} falls on slot {pick.slot}"
    lines = wrap(how, console.width - 2, console.width - 2)
    names = max(width(plain(member)) for member, _ in pick.shares)
    slots = sum(share for _, share in pick.shares)
    for member, share in pick.shares:
        mine = member == pick.member
        mark = console.paint("good", console.glyphs.tick) if mine else " " * width(console.glyphs.tick)
        name = plain(member)
        lines.append(f"{mark} {name}{' ' * (names - width(name))}  {100 * share / slots:.1f}% of all keys")
    return lines


def _value(value: object) -> str:
    """What a request has, beside what is needed."""
    from interlock.runtime import Holding, Other

    if value is None:
        return "it is absent"
    if isinstance(value, Other):
        met = f": {', '.join(value.holds)}" if value.holds else ""
        return _short(f"it is none that the policy names{met}")
    if isinstance(value, Holding):
        held = ", ".join(text if text.isidentifier() else dumps(text) for text in value.elements)
        return _short(f"it holds {held or 'none that the policy names'}")
    if isinstance(value, tuple):
        value = list(value)
    return f"it is {_short(value if isinstance(value, str) and value.isidentifier() else dumps(value))}"


def _short(text: str) -> str:
    text = plain(text)
    return text if len(text) <= _LONGEST else f"{text[:_LONGEST]}…"
