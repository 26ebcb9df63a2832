"""The attributes of two versions as attributes of one space: every request that is valid in either is a request there.

Where an attribute means the same in both, it is that attribute. Elsewhere a joint attribute can take what either takes,
and each version has a predicate that says when it takes it, and its own predicates put in terms of the joint one.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping

from interlock.compiler.reference_predicates import holds
from interlock.dsl import policy as p
from interlock.dsl.record import record
from interlock.dsl.source import Source, Span

NOWHERE = Span(Source("", "", ""), 0, 0)
TRUE = p.Const(True, NOWHERE)

Rewrite = Callable[[p.Expr], p.Expr]
"""A comparison of one version's attribute, in terms of joint attributes."""


@record
class View:
    """How one version sees an attribute: ``valid`` where it takes the value (None: always), ``rewrite`` for its
    comparisons (None: as they are)."""

    valid: p.Expr | None = None
    rewrite: Rewrite | None = None


@record
class Shared:
    """An attribute of either version: the joint attributes it becomes, and how each version sees it. ``missing`` is a
    joint bool that says that a set is missing, ``other`` a joint attribute that holds the values of the new version's
    type, where no value can be of both types."""

    name: str
    attributes: tuple[p.Attribute, ...]
    old: View
    new: View
    missing: str | None = None
    other: str | None = None

    def value(self, request: dict[str, object]) -> None:
        """From a joint request to one that the versions take, in place."""
        if self.missing is not None and request.pop(self.missing, False) is True:
            request.pop(self.name, None)
        elif self.missing is not None:
            request.setdefault(self.name, [])
        if self.other is not None and self.other in request:
            request[self.name] = request.pop(self.other)


def share(name: str, old: p.Attribute | None, new: p.Attribute | None, mentioned: Collection[str] = ()) -> Shared:
    """The attribute ``name`` of two versions, of which at least one has it. ``mentioned`` are the elements that either
    asks a set for."""
    if old is None or new is None:
        return _alone(name, old, new)
    if means(old) == means(new):
        return Shared(name, (new,), View(), View())
    if isinstance(old.type, p.SetType) or isinstance(new.type, p.SetType):
        return _sets(name, old, new, mentioned)
    return _scalars(name, old, new)


def means(attribute: p.Attribute) -> tuple[object, ...]:
    """What a request may hold for the attribute, and what stands in where it holds nothing."""
    type_ = attribute.type
    kind: object = type_
    if isinstance(type_, p.EnumType):
        kind = ("enum", frozenset(type_.values), type_.open)
    elif isinstance(type_, p.SetType):
        element = type_.element
        kind = ("set", frozenset(element.values) if isinstance(element, p.EnumType) and not element.open else None)
    default = attribute.default
    return kind, attribute.optional, frozenset(default) if isinstance(default, tuple) else default


def _alone(name: str, old: p.Attribute | None, new: p.Attribute | None) -> Shared:
    """An attribute that only one version has: the other ignores it, whatever it holds."""
    attribute = new if old is None else old
    assert attribute is not None
    if attribute.optional or attribute.default is not None or isinstance(attribute.type, p.SetType):
        return Shared(name, (attribute,), View(), View())
    joint = _attribute(name, attribute.type, optional=True, like=attribute)
    needs = View(p.Has(name, NOWHERE))
    return Shared(name, (joint,), View() if old is None else needs, View() if new is None else needs)


# ── numbers, words and flags ─────────────────────────────────────────────────────────────────────────────


def _scalars(name: str, old: p.Attribute, new: p.Attribute) -> Shared:
    joint = _joint_type(old.type, new.type)
    if joint is None:
        return _unlike(name, old, new)
    default = old.default if old.default is not None and old.default == new.default else None
    both_need = not _may_lack(old) and not _may_lack(new)
    attribute = _attribute(name, joint, optional=default is None and not both_need, like=new, default=default)

    def view(own: p.Attribute) -> View:
        fits, here = _fits(own), p.Has(name, NOWHERE)
        if own.default is not None:
            # It stands in for what is illegal too, so the version takes any value.
            return View(None, _with_default(own, here if fits is None else fits, fits))
        if own.optional:
            return View(None if fits is None else p.Or((fits, p.Not(here, NOWHERE)), NOWHERE))
        # A comparison is false where there is nothing.
        return View(fits if fits is not None or not attribute.optional else here)

    return Shared(name, (attribute,), view(old), view(new))


def _joint_type(old: p.Type, new: p.Type) -> p.Type | None:
    """A type that has the values of both; None where no value could be of either."""
    match old, new:
        case p.BoolType(), p.BoolType():
            return new
        case p.IntType(), p.IntType():
            return p.IntType(min(old.lo, new.lo), max(old.hi, new.hi))
        case p.EnumType(), p.EnumType():
            return p.EnumType(None, tuple(dict.fromkeys((*old.values, *new.values))), old.open or new.open)
        case (p.StringType(), p.StringType() | p.EnumType()) | (p.EnumType(), p.StringType()):
            return p.StringType()
    return None


def _fits(own: p.Attribute) -> p.Expr | None:
    """When a value that is there is one of a version's own type; None: always."""
    if isinstance(own.type, p.IntType):
        return p.Between(own.name, own.type.lo, own.type.hi, NOWHERE)
    if isinstance(own.type, p.EnumType) and not own.type.open:
        return p.OneOf(own.name, own.type.values, NOWHERE)
    return None


def _may_lack(own: p.Attribute) -> bool:
    return own.optional or own.default is not None


def _with_default(own: p.Attribute, legal: p.Expr, fits: p.Expr | None = None) -> Rewrite | None:
    """Comparisons with the default standing in where a value is not ``legal``. ``fits``: a comparison may hold for
    values that are not, where this does not."""
    default = own.default
    if default is None or isinstance(default, tuple):
        return None

    def rewrite(atom: p.Expr) -> p.Expr:
        if isinstance(atom, p.Has):
            return TRUE
        legally = atom if fits is None else p.And((fits, atom), NOWHERE)
        return p.Or((legally, p.Not(legal, NOWHERE)), NOWHERE) if holds(atom, {own.name: default}) else legally

    return rewrite


# ── what has nothing in common ───────────────────────────────────────────────────────────────────────────


def _unlike(name: str, old: p.Attribute, new: p.Attribute) -> Shared:
    """Two joint attributes, of which a request has one at most."""
    other = f"{name} of the new version"
    attributes = (
        _attribute(name, old.type, optional=True, like=old),
        _attribute(other, new.type, optional=True, like=new),
    )
    here, there = p.Has(name, NOWHERE), p.Has(other, NOWHERE)
    renamed = _renamed(other)

    def view(own: p.Attribute, mine: p.Expr, others: p.Expr) -> View:
        default = _with_default(own, mine)
        if own.default is not None:
            valid: p.Expr = p.Not(p.And((mine, others), NOWHERE), NOWHERE)  # there is no such request
        else:
            valid = p.And((TRUE if own.optional else mine, p.Not(others, NOWHERE)), NOWHERE)
        if own is not new:
            return View(valid, default)
        return View(valid, lambda atom: _both(renamed(atom), atom, default, mine))

    return Shared(name, attributes, view(old, here, there), view(new, there, here), other=other)


def _both(renamed: p.Expr, atom: p.Expr, default: Rewrite | None, mine: p.Expr) -> p.Expr:
    """A renamed comparison that also holds where the default that stands in satisfies it."""
    if default is None:
        return renamed
    said = default(atom)
    if said is atom:
        return renamed
    return TRUE if said is TRUE else p.Or((renamed, p.Not(mine, NOWHERE)), NOWHERE)


def _renamed(name: str) -> Rewrite:
    def rewrite(atom: p.Expr) -> p.Expr:
        fields = {field: getattr(atom, field) for field in type(atom).__match_args__}
        return type(atom)(**{**fields, "attribute": name})

    return rewrite


# ── sets ─────────────────────────────────────────────────────────────────────────────────────────────────


def _sets(name: str, old: p.Attribute, new: p.Attribute, mentioned: Collection[str]) -> Shared:
    missing, other = f"{name} is missing", f"{name} of the new version"
    gone = p.OneOf(missing, (True,), NOWHERE)
    flag = _attribute(missing, p.BoolType(), optional=False, like=new)
    if isinstance(old.type, p.SetType) and isinstance(new.type, p.SetType):
        universe = _universe(old.type, new.type)
        joint = _attribute(name, p.SetType(universe), optional=False, like=new)

        def view(own: p.Attribute) -> View:
            assert isinstance(own.type, p.SetType)
            strange = _strange(name, own.type, universe, mentioned)
            if own.default is not None:
                return View(None, _set_default(own, p.Or((gone, *strange), NOWHERE)))
            valid = None if not strange else p.Or((gone, p.Not(p.Or(strange, NOWHERE), NOWHERE)), NOWHERE)
            return View(valid, _set_default(own, gone))

        return Shared(name, (joint, flag), view(old), view(new), missing)
    # One is a set, the other is not: a request has one of the two at most.
    of_set, scalar = (old, new) if isinstance(old.type, p.SetType) else (new, old)
    assert isinstance(of_set.type, p.SetType)
    set_joint = _attribute(name, of_set.type, optional=False, like=of_set)
    scalar_joint = _attribute(other, scalar.type, optional=True, like=scalar)
    there = p.Has(other, NOWHERE)
    one_of_them = p.Or((gone, p.Not(there, NOWHERE)), NOWHERE)
    renamed, default = _renamed(other), _with_default(scalar, there)
    set_valid = p.Not(there, NOWHERE) if of_set.default is None else one_of_them
    set_view = View(set_valid, _set_default(of_set, gone))
    scalar_view = View(
        p.And((gone, TRUE if scalar.optional else there), NOWHERE) if scalar.default is None else one_of_them,
        lambda atom: _both(renamed(atom), atom, default, there),
    )
    views = (set_view, scalar_view) if of_set is old else (scalar_view, set_view)
    return Shared(name, (set_joint, flag, scalar_joint), *views, missing, other)


def _universe(old: p.SetType, new: p.SetType) -> p.StringType | p.EnumType:
    """What elements of either set may be. A closed one needs a word for all that it has not."""
    types = [element for element in (old.element, new.element) if isinstance(element, p.EnumType) and not element.open]
    if len(types) < 2:
        return p.StringType()
    return p.EnumType(None, tuple(dict.fromkeys((*types[0].values, *types[1].values))), False)


def _strange(
    name: str, own: p.SetType, universe: p.StringType | p.EnumType, mentioned: Collection[str]
) -> tuple[p.Expr, ...]:
    """That the set has an element that a version does not know; nothing where it knows all."""
    if not isinstance(own.element, p.EnumType) or own.element.open:
        return ()
    known = own.element.values
    if isinstance(universe, p.EnumType):
        words = [value for value in universe.values if value not in known]
    else:
        named = sorted({*mentioned} - {*known})
        any_other = next(w for n in range(len(known) + len(named) + 1) if (w := f"other-{n}") not in (*known, *named))
        words = [*named, any_other]  # one word stands for all that nobody asks for
    return tuple(p.Contains(name, word, NOWHERE) for word in words)


def _set_default(own: p.Attribute, gone: p.Expr) -> Rewrite:
    """Comparisons with the default, or the empty set, standing in where ``gone`` holds."""
    default = own.default if isinstance(own.default, tuple) else ()

    def rewrite(atom: p.Expr) -> p.Expr:
        if not isinstance(atom, p.Contains):
            return atom
        return p.Or((gone, atom), NOWHERE) if atom.value in default else p.And((p.Not(gone, NOWHERE), atom), NOWHERE)

    return rewrite


# ── the joint space ──────────────────────────────────────────────────────────────────────────────────────


def rewritten(expr: p.Expr, rewrites: Mapping[str, Rewrite]) -> p.Expr:
    """A predicate of one version, in terms of the joint attributes."""
    if not rewrites:
        return expr
    match expr:
        case p.And(operands=operands):
            return p.And(tuple(rewritten(each, rewrites) for each in operands), expr.span)
        case p.Or(operands=operands):
            return p.Or(tuple(rewritten(each, rewrites) for each in operands), expr.span)
        case p.Not(operand=operand):
            return p.Not(rewritten(operand, rewrites), expr.span)
        case p.Const():
            return expr
    rewrite = rewrites.get(expr.attribute)
    return expr if rewrite is None else rewrite(expr)


def _attribute(
    name: str,
    type_: p.Type,
    *,
    optional: bool,
    like: p.Attribute,
    default: p.Scalar | tuple[str, ...] | None = None,
) -> p.Attribute:
    return p.Attribute(name, type_, optional, like.stability, None, default, None, like.span, None, True)
