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
        scope.report(missing_index(ref, what, family, index))
        return None
    if index is not None and ref.index.text == index.variable and not ref.index.quoted:
        if index.enum == family.enum or index.value in family.enum.values:
            return full_name(name, index.value)
        scope.report(
            family_mismatch(
                ref.index.span,
                f"`{index.variable}` is a value of `{index.enum.name}`, but `{name}` is a family over `{family.enum.name}`",
                f"index it with a value of `{family.enum.name}`",
                family.span,
            )
        )
        return None
    if ref.index.text in family.enum.values:
        return full_name(name, ref.index.text)
    scope.report(not_in_family(ref, ref.index, family.enum, family))
    return None


def missing_index(ref: s.Ref, what: str, family: FamilyInfo, index: Index | None = None) -> Finding:
    """`opus` where `opus[us_east]` is meant."""
    assert family.enum is not None
    example = index.variable if index else family.enum.values[0]
    return family_mismatch(
        ref.name.span,
        f"`{ref.name.text}` is a family of {what}s over `{family.enum.name}`, so it needs an index",
        f"write `{ref.name.text}[{example}]`",
        family.span,
    )


def not_in_family(ref: s.Ref, index: s.Name, enum: p.EnumType, family: FamilyInfo) -> Finding:
    """`opus[mars]`."""
    close = nearest(index.text, enum.values)
    help_ = f"did you mean `{ref.name.text}[{close}]`?" if close else f"its values are {', '.join(enum.values[:8])}"
    return family_mismatch(
        index.span,
        f"`{index.text}` is not a value of `{enum.name}`, over which `{ref.name.text}` is a family",
        help_,
        family.span,
    )


def resolve_destination(
    scope: Scope, to: s.Destination, *, attributes: bool = False, index: Index | None = None
) -> p.Destination | None:
    """Where a rule, an arm, `invalid` or an expectation leads; only with ``attributes`` may an index be one."""
    if isinstance(to, s.Fail):
        return resolve_fail(scope, to)
    family = scope.pool_families.get(to.name.text)
    if attributes and family and family.enum and to.index and to.index.text not in family.enum.values:
        attribute = scope.attributes.get(to.index.text)
        if attribute is not None:
            return _by_attribute(scope, to, to.index, attribute, family, family.enum)
    pool = resolve_ref(scope, "pool", to, scope.pool_families, index)
    return None if pool is None else p.To(pool)


def _by_attribute(
    scope: Scope, to: s.Ref, index: s.Name, attribute: p.Attribute, family: FamilyInfo, enum: p.EnumType
) -> p.Destination | None:
    name = to.name.text
    if attribute.type != enum:
        scope.report(
            family_mismatch(
                index.span,
                f"`{index.text}` is no `{enum.name}`, over which `{name}` is a family",
                f"index it with an attribute of type `{enum.name}`, or a value of it",
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
