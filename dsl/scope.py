"""The names a policy declares, and what went wrong while looking them up."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import TypeVar

from interlock.dsl import policy as p
from interlock.dsl import syntax as s
from interlock.dsl.finding import Finding
from interlock.dsl.findings.bad_setting import bad_setting
from interlock.dsl.findings.duplicate_name import duplicate_name
from interlock.dsl.findings.unknown_name import unknown_name
from interlock.dsl.record import record
from interlock.dsl.source import Span

T = TypeVar("T")


@record
class Declared:
    """An enum declaration, or the index of a family."""

    enum: p.EnumType
    span: Span


@record
class FamilyInfo:
    """What is known of a declared pool or upstream: ``enum`` is None for a single one."""

    enum: p.EnumType | None
    span: Span


@record
class Index:
    """The variable of the family being expanded, and its value in this copy."""

    variable: str
    value: str
    enum: p.EnumType


@dataclass(slots=True)
class Scope:
    """Filled in the order of the declarations below; each later kind refers only to earlier ones."""

    findings: list[Finding] = field(default_factory=list)
    # Names of declarations that did not parse or resolve: not reported again where they are used.
    broken: set[str] = field(default_factory=set)
    # Whether an import failed: what is unknown then may be declared there.
    incomplete: bool = False
    # Models that could be named besides the declared ones: with ``imports_models`` as they are, else once they are
    # imported.
    known_models: tuple[str, ...] = ()
    imports_models: bool = True
    enums: dict[str, Declared] = field(default_factory=dict)
    attributes: dict[str, p.Attribute] = field(default_factory=dict)
    lets: dict[str, Sized | None] = field(default_factory=dict)
    let_spans: dict[str, Span] = field(default_factory=dict)
    models: dict[str, p.Model] = field(default_factory=dict)
    upstream_families: dict[str, FamilyInfo] = field(default_factory=dict)
    pool_families: dict[str, FamilyInfo] = field(default_factory=dict)
    upstreams: dict[str, p.Upstream] = field(default_factory=dict)
    pools: dict[str, p.Pool] = field(default_factory=dict)
    _reported: set[tuple[int, int, int, str]] = field(default_factory=set)

    def report(self, finding: Finding) -> None:
        """Keep a finding; a family's copies say the same thing once."""
        key = (id(finding.span.source), finding.span.start, finding.span.end, finding.message)
        if key not in self._reported:
            self._reported.add(key)
            self.findings.append(finding)

    def unknown(self, what: str, name: s.Name, known: Iterable[str]) -> None:
        """Report an unknown name, unless its declaration was already found broken."""
        if name.text not in self.broken:
            self.report(unknown_name(name.span, what, name.text, known, self._other_kind(name.text)))

    def look_up(self, what: str, name: s.Name, table: Mapping[str, T]) -> T | None:
        """The thing declared by a name, or None with a finding."""
        found = table.get(name.text)
        if found is None and not self.incomplete:
            self.unknown(what, name, table)
        return found

    def look_up_model(self, name: s.Name) -> p.Model | None:
        """The model declared by a name, or None with a finding."""
        found = self.models.get(name.text)
        if found is None and not self.incomplete and name.text not in self.broken:
            known = [*self.models, *(self.known_models if self.imports_models else ())]
            module = "std/models" if name.text in self.known_models else None
            self.report(unknown_name(name.span, "model", name.text, known, self._other_kind(name.text), module))
        return found

    def _other_kind(self, name: str) -> str | None:
        """What else is declared by a name."""
        kinds: tuple[tuple[str, Mapping[str, object]], ...] = (
            ("a pool", self.pool_families),
            ("an upstream", self.upstream_families),
            ("a model", self.models),
            ("an enum", self.enums),
            ("a let", self.let_spans),
            ("an attribute", self.attributes),
        )
        return next((kind for kind, table in kinds if name in table), None)

    def declare(self, what: str, name: s.Name, spans: dict[str, Span]) -> bool:
        """Note a declared name; false, with a finding, if it is taken."""
        first = spans.setdefault(name.text, name.span)
        if first is not name.span:
            self.report(duplicate_name(name.span, what, name.text, first))
            return False
        return True

    def once(self, seen: dict[str, Span], what: str, span: Span) -> bool:
        """Note a setting of one declaration; false, with a finding, if it is given twice."""
        first = seen.setdefault(what, span)
        if first is not span:
            self.report(bad_setting(span, f"`{what}` is given twice", "remove one of the two", first))
            return False
        return True


@record
class Sized:
    """A resolved predicate with its nesting depth and its number of comparisons, lets filled in."""

    expr: p.Expr
    depth: int
    size: int


def full_name(family: str, value: str | None) -> str:
    """``opus[us_east]``, or the name alone."""
    return family if value is None else f"{family}[{value}]"
