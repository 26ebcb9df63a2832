"""The tree builder, complete: one method for each rule of the grammar, named alike, that makes the type of
``syntax.py`` it stands for. Methods in capitals make the values of tokens (``build_words.py``).

A declaration in which something was wrong gives None and leaves its name in ``broken``. Two kinds keep what
could be read, because leaving it out would make good text elsewhere look wrong: ``request`` its good
attributes, ``within`` its good rules.
"""

from __future__ import annotations

from typing import Any

from interlock.dsl import syntax as s
from interlock.dsl.build_predicates import Deep
from interlock.dsl.build_routing import Routing
from interlock.dsl.findings.syntax_error import reserved_word
from interlock.dsl.lex import Tokens
from interlock.dsl.source import Span

OPERATORS = frozenset(["and", "or", "not", "in", "like", "has", "contains", "sample", "true", "false"])
RESERVED = OPERATORS | {"per", "rising", "from", "default", "error"}
"""What no attribute may be called: where a name of one can stand, each of these could be meant as itself."""


class Builder(Routing):
    """Builds the tree of one source. ``rescued``: declarations that recovery made out all the same. ``doubts``:
    offsets where a mistake was put right in one of several ways; what they are in is read, but not kept."""

    def __init__(self, tokens: Tokens, docs: dict[int, str]) -> None:
        super().__init__(tokens, docs)
        self.rescued: list[s.Declaration] = []
        self.doubts: list[int] = []

    def start(self, at: Span, *declarations: s.Declaration | None) -> tuple[s.Declaration, ...]:
        kept = [declaration for declaration in declarations if declaration is not None]
        if self.doubts:
            kept = [left for declaration in kept if (left := self._certain(declaration)) is not None]
        return tuple(sorted([*kept, *self.rescued], key=lambda d: d.span.start) if self.rescued else kept)

    def _certain(self, node: Any) -> Any:
        """A declaration, a rule or an attribute without what is in doubt; if that is all of it, its name is broken."""
        if not any(node.span.start <= doubt < node.span.end for doubt in self.doubts):
            return node
        match node:
            case s.Request(attributes=attributes):
                certain = tuple(a for each in attributes if (a := self._certain(each)) is not None)
                return s.Request(certain, node.span, node.doc)
            case s.Within(rules=rules):
                left = tuple(r for each in rules if (r := self._certain(each)) is not None)
                return s.Within(node.name, node.when, left, node.span, node.doc)
        name = getattr(node, "name", None)
        self.broken.update([name.text] if isinstance(name, s.Name) else [])
        return None

    def _doc(self, at: Span) -> str | None:
        return self.docs.get(at.start)

    # ── what a policy is made of ──────────────────────────────────────────────────────────────────

    def policy(self, at: Span, name: s.Name) -> s.Policy:
        return s.Policy(name, at, self._doc(at))

    def import_(self, at: Span, path: s.Str) -> s.Import:
        return s.Import(path, at, self._doc(at))

    def enum(self, at: Span, name: s.Name, values: tuple[s.Name, ...]) -> s.Enum:
        return s.Enum(name, values, at, self._doc(at))

    def let(self, at: Span, name: s.Name, expr: Deep) -> s.Let | None:
        if name.text in OPERATORS:
            self._reserved("let", name)
            return None
        return s.Let(name, expr[0], at, self._doc(at))

    # ── attributes ────────────────────────────────────────────────────────────────────────────────

    def request(self, at: Span, *attributes: s.Attribute | None) -> s.Request:
        return s.Request(tuple(a for a in attributes if a is not None), at, self._doc(at))

    def attribute(
        self,
        at: Span,
        name: s.Name,
        type_: s.Type,
        optional: bool | None,
        stability: s.Stability | None,
        source: s.From | None,
        default: s.Value | tuple[s.Name, ...] | None,
        error: s.Percent | None,
    ) -> s.Attribute | None:
        if name.text in RESERVED:
            self._reserved("attribute", name)
            return None
        return s.Attribute(name, type_, bool(optional), stability, source, default, error, at, self._doc(at))

    def _reserved(self, what: str, name: s.Name) -> None:
        self.findings.append(reserved_word(name.span, what, name.text))
        self.broken.add(name.text)

    def optional(self, at: Span) -> bool:
        return True

    def bool_type(self, at: Span) -> s.BoolType:
        return s.BoolType(at)

    def int_type(self, at: Span, range_: s.Range) -> s.IntType:
        return s.IntType(range_, at)

    def string_type(self, at: Span) -> s.StringType:
        return s.StringType(at)

    def named_type(self, at: Span, name: s.Name) -> s.NamedType:
        return s.NamedType(name, at)

    def set_type(self, at: Span, element: s.StringType | s.EnumType | s.NamedType) -> s.SetType:
        return s.SetType(element, at)

    def enum_type(self, at: Span, *values: s.Name | bool | None) -> s.EnumType:
        return s.EnumType(tuple(v for v in values if isinstance(v, s.Name)), values[-1] is True, at)

    def open(self, at: Span) -> bool:
        return True

    def per_session(self, at: Span) -> s.Stability:
        return "per session"

    def rising(self, at: Span) -> s.Stability:
        return "rising"

    def per_turn(self, at: Span) -> s.Stability:
        return "per turn"

    def from_header(self, at: Span, name: s.Str) -> s.From:
        return s.From("header", name, at)

    def from_body(self, at: Span, name: s.Str) -> s.From:
        return s.From("body", name, at)

    def from_metadata(self, at: Span, name: s.Str) -> s.From:
        return s.From("metadata", name, at)

    def from_gateway(self, at: Span, name: s.Str) -> s.From:
        return s.From("gateway", name, at)

    def default(self, at: Span, value: s.Value) -> s.Value:
        return value

    def default_set(self, at: Span, values: tuple[s.Name, ...] | None) -> tuple[s.Name, ...]:
        return values or ()

    def error(self, at: Span, share: s.Percent) -> s.Percent:
        return share
