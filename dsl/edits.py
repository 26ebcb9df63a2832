"""Edits that take something out of a policy and leave no trace of it: what a fix is made of.

A declaration goes with the comments that belong to it, an operand with the word that joins it. Neighbours may have
lined up with what is gone: who applies edits lays the file out again if it was laid out before.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from interlock.dsl import syntax as s
from interlock.dsl.finding import Edit, Fix
from interlock.dsl.source import Span
from interlock.dsl.syntax import Comment, Expr, Module

_JOINING = re.compile(r"\b(?:and|or)\b")
_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*(?:-[A-Za-z0-9_]+)*(?:/[0-9]+)?")
_ALLOW = re.compile(r"#+\s*interlock:")


class _Place(NamedTuple):
    """Where an item stands: among which others, and in the block of which item."""

    at: int
    siblings: Sequence[object]
    block: object | None


def removal(module: Module, span: Span) -> Edit:
    """Takes out the declaration, rule, arm, attribute or member that ``span`` covers, with its doc comments, the
    comments right above it and the one behind it.

    A comment that heads a group (a blank line above it, the next of the same kind right below) stays. A `request`,
    a ladder or a `within` that would be empty goes as a whole. Raises ``ValueError`` if the span is none of these.
    """
    found = _find(module, span)
    while len(found.siblings) == 1 and isinstance(found.block, s.Request | s.Ladder | s.Within):
        found = _find(module, found.block.span)
    return _without(module, found)


def with_blank_lines(text: str, start: int, end: int) -> tuple[int, int]:
    """Whole lines to take out, with the blank lines on one side of them where there are such on both."""
    rest = text[end:]
    below = end + len(rest) - len(rest.lstrip(" \t\r\n"))
    if _parted(text, start) and below < len(text):
        if text[below] == "}":
            before = len(text[:start].rstrip(" \t\r\n"))
            start = text.find("\n", before) + 1 if before else 0
        return start, max(end, _line_start(text, below))
    if below == len(text):
        before = len(text[:start].rstrip(" \t\r\n"))
        return (text.find("\n", before) + 1 if before else 0), below
    return start, end


def operand_removal(module: Module, operand: Span) -> Edit | None:
    """Takes one operand out of the `and` or `or` it stands in, with that word; parentheses that are no longer
    needed go too. ``operand`` may leave out the operand's own parentheses. None if it is no operand of this
    module."""
    for expr in expressions(module):
        if not expr.span.start <= operand.start < expr.span.end:
            continue  # a policy may have thousands
        for inner, around in _nested(expr, None):
            if isinstance(inner, s.And | s.Or):
                for at, part in enumerate(inner.operands):
                    if _same(part.span, operand) or _same(_bare(part).span, operand):
                        return _without_operand(module, inner, at, around, inner is expr)
    return None


def respelling(span: Span, name: str) -> Fix | None:
    """Writes a name instead of a misspelt one, in quotes if that was or if it has to be. A guess."""
    if span.text.startswith('"') or not _NAME.fullmatch(name):
        if not name.isprintable():
            return None
        name = '"' + name.replace("\\", "\\\\").replace('"', '\\"') + '"'
    return Fix(f"write `{name}`", (Edit(span, name),), safe=False)


def expressions(module: Module) -> Iterator[Expr]:
    """Every predicate that is written as a whole in a module, in the order of the text."""
    for item in _items(module.declarations):
        if isinstance(item, s.Let):
            yield item.expr
        elif isinstance(item, s.Rule | s.Ladder | s.Within | s.Require | s.Assert) and item.when is not None:
            yield item.when


# ── items ────────────────────────────────────────────────────────────────────────────────────────────


def _find(module: Module, span: Span) -> _Place:
    block: object | None = None
    siblings: Sequence[object] = module.declarations
    while siblings:
        # In the order of the text, and there may be thousands.
        at = bisect_right(siblings, span.start, key=lambda item: _span(item).start) - 1
        if at < 0:
            break
        own = _span(siblings[at])
        if _same(own, span):
            return _Place(at, siblings, block)
        if span.end > own.end:
            break
        block, siblings = siblings[at], _members(siblings[at])
    raise ValueError(f"nothing that can be taken out stands at {span.first}")


def _span(item: object) -> Span:
    span: Span = item.span  # type: ignore[attr-defined]  # every node has one
    return span


def _items(items: Sequence[object]) -> Iterator[object]:
    for item in items:
        yield item
        if isinstance(item, s.Within):
            yield from _items(item.rules)


def _members(item: object) -> Sequence[object]:
    match item:
        case s.Request(attributes=members) | s.Ladder(arms=members) | s.Within(rules=members):
            return members
        case s.Model(members=members) | s.Upstream(members=members) | s.Pool(members=members):
            return members
        case s.TestCase(expects=expects):
            return expects
        case _:
            return ()


def _without(module: Module, found: _Place) -> Edit:
    source, text = module.source, module.source.text
    item = found.siblings[found.at]
    start, end = item.span.start, item.span.end  # type: ignore[attr-defined]
    mark = re.compile(r"[ \t]*;").match(text, end)
    if mark:
        end = mark.end()
    opens = not text[_line_start(text, start) : start].strip()
    remark = next((c for c in module.comments if c.span.start >= end), None) if opens else None
    if remark is not None and not text[end : remark.span.start].strip() and not remark.own_line:
        end = remark.span.end
    closes = not text[end : _line_end(text, end)].strip()
    if opens and closes:
        start = _line_start(text, start)
        for comment in reversed(_above(module, found, start, end)):
            start = _line_start(text, comment.span.start)
        return Edit(Span(source, *with_blank_lines(text, start, min(len(text), _line_end(text, end) + 1))), "")
    if opens:
        end += len(text[end:]) - len(text[end:].lstrip(" \t"))
    else:
        start = len(text[:start].rstrip(" \t"))
        if not mark and found.at == len(found.siblings) - 1 and text[:start].endswith(";"):
            start -= 1  # the mark that parted it from the one before
    return Edit(Span(source, start, end), "")


def _above(module: Module, found: _Place, start: int, end: int) -> list[Comment]:
    """The comments above an item that go with it."""
    text = module.source.text
    comments: list[Comment] = []
    for comment in reversed(module.comments):
        if comment.span.end <= start and comment.own_line:
            if text[comment.span.end : start].strip(" \t\r") != "\n":
                break
            comments.insert(0, comment)
            start = _line_start(text, comment.span.start)
    # A comment between a blank line and several of a kind speaks of them all.
    after = found.siblings[found.at + 1] if found.at + 1 < len(found.siblings) else None
    if type(after) is type(found.siblings[found.at]) and _parted(text, start):
        below: Span = after.span  # type: ignore[attr-defined]
        if not text[end : below.start].strip() and text.count("\n", end, below.start) == 1:
            own = [c.text.startswith("##") or _ALLOW.match(c.text) is not None for c in comments]
            kept = own.index(True) if True in own else len(own)
            return comments[kept:] if all(own[kept:]) else comments
    return comments


def _parted(text: str, start: int) -> bool:
    """Whether the line that starts here is the first, comes after a blank one, or opens a block."""
    before = text[:start].rstrip(" \t\r\n")
    return not before or text.count("\n", len(before), start) > 1 or before.endswith("{")


def _line_start(text: str, at: int) -> int:
    return text.rfind("\n", 0, at) + 1


def _line_end(text: str, at: int) -> int:
    end = text.find("\n", at)
    return len(text) if end < 0 else end


# ── operands ─────────────────────────────────────────────────────────────────────────────────────────


def _without_operand(module: Module, whole: s.And | s.Or, at: int, around: s.Paren | None, alone: bool) -> Edit:
    source, text, operands = module.source, module.source.text, whole.operands
    gone = operands[at].span
    if len(operands) == 2 and (around is not None or alone):
        # Of the parentheses around the one that stays, and around both, one pair is enough, and often none.
        rest, outer = operands[1 - at], whole if around is None else around
        inside = [c for c in module.comments if outer.span.start < c.span.start < outer.span.end]
        if not inside and isinstance(rest, s.Paren) and (alone or not isinstance(_bare(rest), s.And | s.Or)):
            return Edit(outer.span, _bare(rest).span.text)
        if not inside and around is not None and not isinstance(rest, s.And | s.Or):
            return Edit(outer.span, rest.span.text)
    if at == 0:
        return Edit(Span(source, gone.start, operands[1].span.start), "")
    word = _word_between(module, operands[at - 1].span.end, gone.start)
    start, end = len(text[:word].rstrip()), gone.end
    remark = next((c for c in reversed(module.comments) if c.span.end <= word), None)
    if remark is not None and remark.span.end >= start:
        # A comment of the operand before; what comes after may not follow on its line.
        start = _line_start(text, word)
        own = next((c for c in module.comments if c.span.start >= end), None)
        if not text[start:word].strip() and own and not own.own_line and not text[end : own.span.start].strip():
            end = own.span.end
        if not text[start:word].strip() and not text[end : _line_end(text, end)].strip():
            end = min(len(text), _line_end(text, end) + 1)
        elif not text[start:word].strip():
            start = word
        else:
            start = remark.span.end
    return Edit(Span(source, start, end), "")


def _word_between(module: Module, start: int, end: int) -> int:
    """Where the `and` or `or` between two operands stands."""
    text = module.source.text
    for match in _JOINING.finditer(text, start, end):
        if not any(c.span.start <= match.start() < c.span.end for c in module.comments):
            return match.start()
    raise ValueError("operands are joined by a word")


def _nested(expr: Expr, around: s.Paren | None) -> Iterator[tuple[Expr, s.Paren | None]]:
    """A predicate and all in it, each with the parentheses right around it."""
    yield expr, around
    match expr:
        case s.And(operands=operands) | s.Or(operands=operands):
            for operand in operands:
                yield from _nested(operand, None)
        case s.Not(operand=operand):
            yield from _nested(operand, None)
        case s.Paren(operand=operand):
            yield from _nested(operand, expr)


def _bare(expr: Expr) -> Expr:
    while isinstance(expr, s.Paren):
        expr = expr.operand
    return expr


def _same(one: Span, two: Span) -> bool:
    return one.source is two.source and one.start == two.start and one.end == two.end
