"""A whole file."""

from __future__ import annotations

from interlock.dsl.record import record
from interlock.dsl.source import Source, Span
from interlock.dsl.syntax.claims import Assert, Require, TestCase
from interlock.dsl.syntax.requests import Enum, Import, Let, Policy, Request
from interlock.dsl.syntax.routing import Invalid, Ladder, Rule, Within
from interlock.dsl.syntax.serving import Fallback, Model, Pool, Upstream

Declaration = (
    Policy | Import | Enum | Request | Let | Model | Upstream | Pool | Fallback
    | Rule | Ladder | Within | Require | Assert | TestCase | Invalid
)  # fmt: skip


@record
class Comment:
    """``# …`` or ``## …``, the text with its hashes. ``own_line``: nothing stands before it on its line."""

    text: str
    span: Span
    own_line: bool


@record
class Module:
    """One parsed file. ``broken`` holds the names of declarations that could not be parsed, so that a
    reference to one is not reported as unknown on top."""

    source: Source
    declarations: tuple[Declaration, ...]
    comments: tuple[Comment, ...]
    broken: frozenset[str]
