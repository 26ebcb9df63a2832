"""References to pools and upstreams, with or without an index."""

from __future__ import annotations

from collections.abc import Mapping

from interlock.dsl import policy as p
from interlock.dsl import syntax as s
from interlock.dsl.finding import Finding
from interlock.dsl.findings.bad_setting import bad_setting
from interlock.dsl.findings.family_mismatch import family_mismatch
from interlock.dsl.findings.limit_exceeded import limit_exceeded
from interlock.dsl.limits import MAX_FAMILY
from interlock.dsl.nearest import nearest
from interlock.dsl.resolve_attributes import an
from interlock.dsl.scope import Declared, FamilyInfo, Index, Scope, full_name


def resolve_ref(
    scope: Scope, what: str, ref: s.Ref, families: Mapping[str, FamilyInfo], index: Index | None = None
) -> str | None:
    """The full name a reference outside of rules means. ``index`` is the family being expanded, if any."""
    family = scope.look_up(what, ref.name, families)
    if family is None:
        return None
    name = ref.name.text
    if family.enum is None:
        if ref.index is None:
            return name
        scope.report(
            family_mismatch(
                ref.index.span,
                f"`{name}` is a single {what}, not a family",
                f"write `{name}` without an index",
                family.span,
            )
        )
        return None
    if ref.index is None:
        fits = index is not None and index.enum == family.enum
        scope.report(_missing_index(ref, what, family, index.variable if index and fits else family.enum.values[0]))
        return None
    if index is not None and ref.index.text == index.variable and not ref.index.quoted:
        if index.enum == family.enum or index.value in family.enum.values:
            return full_name(name, index.value)
        # The first such value, whichever copy this is: one mistake, one finding.
        outside = next(v for v in index.enum.values if v not in family.enum.values)
        scope.report(
            family_mismatch(
                ref.index.span,
                f"`{index.variable}` can be `{outside}`, which is not a value of `{family.enum.name}`, "
                f"over which `{name}` is a family",
                f"index it with a value of `{family.enum.name}`, or range over `{family.enum.name}` here too",
                family.span,
            )
        )
        return None
    if ref.index.text in family.enum.values:
        return full_name(name, ref.index.text)
    if not ref.index.quoted and ref.index.text in scope.attributes:
        scope.report(
            family_mismatch(
                ref.index.span,
                f"`{ref.index.text}` is an attribute, and only a rule may index with one",
                f"index it with a value, such as `{name}[{family.enum.values[0]}]`",
                scope.attributes[ref.index.text].span,
            )
        )
    elif ref.index.text not in scope.broken and not scope.incomplete:
        scope.report(_not_in_family(ref, ref.index, family.enum, family, index))
    return None


def _missing_index(ref: s.Ref, what: str, family: FamilyInfo, example: str) -> Finding:
    """`opus` where `opus[us_east]` is meant."""
    assert family.enum is not None
    return family_mismatch(
        ref.name.span,
        f"`{ref.name.text}` is a family of {what}s over `{family.enum.name}`, so it needs an index",
        f"write `{ref.name.text}[{example}]`",
        family.span,
    )


def _not_in_family(ref: s.Ref, written: s.Name, enum: p.EnumType, family: FamilyInfo, index: Index | None) -> Finding:
    """`opus[mars]`."""
    close = nearest(written.text, enum.values)
    if close is None and index is not None and index.enum == enum:
        close = index.variable
    help_ = f"did you mean `{ref.name.text}[{close}]`?" if close else f"write one of {', '.join(enum.values[:8])}"
    return family_mismatch(
        written.span,
        f"`{written.text}` is not a value of `{enum.name}`, over which `{ref.name.text}` is a family",
        help_,
        family.span,
    )


def resolve_destination(scope: Scope, to: s.Destination, *, attributes: bool = False) -> p.Destination | None:
    """Where a rule, an arm, `invalid` or an expectation leads; only with ``attributes`` may an index be one."""
    if isinstance(to, s.Fail):
        return resolve_fail(scope, to)
    family = scope.pool_families.get(to.name.text)
    if attributes and family and family.enum:
        if to.index is None:
            scope.report(_missing_index(to, "pool", family, _fitting(scope, family.enum) or family.enum.values[0]))
            return None
        attribute = None if to.index.quoted else scope.attributes.get(to.index.text)
        if attribute is not None and to.index.text not in family.enum.values:
            return _by_attribute(scope, to, to.index, attribute, family, family.enum)
    pool = resolve_ref(scope, "pool", to, scope.pool_families)
    return None if pool is None else p.To(pool)


def _fitting(scope: Scope, enum: p.EnumType) -> str | None:
    """An attribute that may index a family over an enum."""
    return next((a.name for a in scope.attributes.values() if a.type == enum and not a.optional), None)


def _by_attribute(
    scope: Scope, to: s.Ref, index: s.Name, attribute: p.Attribute, family: FamilyInfo, enum: p.EnumType
) -> p.Destination | None:
    name = to.name.text
    if attribute.type != enum:
        scope.report(
            family_mismatch(
                index.span,
                f"`{name}` is a family over `{enum.name}`, and `{index.text}` is {an(attribute.type)}",
                f"write `{name}[{_fitting(scope, enum) or enum.values[0]}]`, or declare `{index.text} : {enum.name}`",
                attribute.span,
            )
        )
        return None
    if attribute.optional:
        scope.report(
            family_mismatch(
                index.span,
                f"`{index.text}` may be absent, and then `{name}[{index.text}]` is no pool",
                "make the attribute required, or give it a default",
                attribute.span,
            )
        )
        return None
    return p.ToIndexed(name, attribute.name, tuple((v, full_name(name, v)) for v in enum.values))


def resolve_fail(scope: Scope, fail: s.Fail) -> p.Fail | None:
    """A failure, or None where its status is no HTTP error."""
    return (
        None
        if not check_status(scope, fail.status)
        else p.Fail(fail.status.value, fail.message.text if fail.message else None)
    )


def check_status(scope: Scope, status: s.Int) -> bool:
    """Whether this is an HTTP error; a finding if not."""
    if 400 <= status.value <= 599:
        return True
    scope.report(
        bad_setting(
            status.span,
            f"`{status.span.text[:40]}` is no HTTP error",
            "write a status from 400 to 599, such as `fail 503`",
        )
    )
    return False


def indices(scope: Scope, family: s.Family | None) -> list[Index | None]:
    """One index for each copy of a declaration: ``[None]`` for a single one, ``[]`` after a finding."""
    if family is None:
        return [None]
    declared: Declared | None = scope.look_up("enum", family.enum, scope.enums)
    if declared is None:
        return []
    values = declared.enum.values
    if len(values) > MAX_FAMILY:
        scope.report(
            limit_exceeded(
                family.span,
                f"`{family.enum.text}` has more than {MAX_FAMILY:,} values to range over",
                "range over a smaller enum",
            )
        )
        return []
    return [Index(family.variable.text, value, declared.enum) for value in values]
