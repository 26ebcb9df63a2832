"""The text of a policy, with the place in the original file that each part of it comes from."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterable

from interlock.compiler.sources.plan import Chain, Plan, Pool, Upstream
from interlock.dsl.record import record
from interlock.dsl.source import Span


@record
class Piece:
    """From ``start`` on, the text comes from ``span`` of the original."""

    start: int
    span: Span | None


@record
class Draft:
    """The finished text of a policy, with its pieces in order."""

    text: str
    pieces: tuple[Piece, ...]

    def origin(self, start: int, end: int) -> Span | None:
        """The place in the original of what stands from ``start`` to ``end``: of its first part that has one."""
        first = bisect_right(self.pieces, start, key=lambda piece: piece.start) - 1
        for piece in self.pieces[first:]:
            if piece.start >= max(end, start + 1):
                break
            if piece.span is not None:
                return piece.span
        return None


class Names:
    """Names of the language for names of a gateway: as alike as possible, each used once."""

    def __init__(self, taken: Iterable[str] = ()) -> None:
        """``taken``: names that may not be given."""
        self._given: set[str] = set(taken)

    def give(self, wanted: str) -> str:
        """A new name like ``wanted``."""
        base = word(wanted)
        name, n = base, 2
        while name in self._given:
            name, n = f"{base}-{n}", n + 1
        self._given.add(name)
        return name


def word(wanted: str) -> str:
    """A name of the language that is like a text."""
    base = re.sub(r"[^A-Za-z0-9_]+", "-", wanted).strip("-") or "unnamed"
    plain = (base[0].isalpha() or base[0] == "_") and base not in ("fail", "follow")  # which follow an arrow, too
    return base if plain else "m-" + base


def quoted(text: str) -> str:
    """A string of the language."""
    named = {"\\": "\\\\", '"': '\\"', "\n": "\\n", "\t": "\\t"}
    return '"' + "".join(named.get(c) or (c if c.isprintable() else f"\\u{{{ord(c):X}}}") for c in text) + '"'


def duration(milliseconds: int) -> str:
    """A duration of the language, in the largest unit that says it exactly."""
    for size, unit in ((3_600_000, "h"), (60_000, "m"), (1_000, "s")):
        if milliseconds % size == 0:
            return f"{milliseconds // size}{unit}"
    return f"{milliseconds}ms"


def write(plan: Plan) -> Draft:
    """The policy that a plan stands for."""
    pen = _Pen()
    for line in plan.about:
        pen.write(f"## {line}".rstrip() + "\n")
    pen.write(f"policy {plan.name}\n\n")
    if plan.remarks:
        pen.write("# What the gateway does and this policy does not say:\n")
        for remark in plan.remarks:
            pen.write(f"# - {_line(remark.text)}\n", remark.span)
        pen.write("\n")
    pen.write("request {\n")
    for attribute in plan.attributes:
        pen.write(f"    ## {_line(attribute.note)}\n")
        pen.write(f"    {attribute.name} : {attribute.type} {attribute.options}\n", attribute.span)
    pen.write("}\n\n")
    for model in plan.models:
        pen.write(model.text + "\n")
    for upstream in plan.upstreams:
        _upstream(pen, upstream)
    for pool in plan.pools:
        _pool(pen, pool)
    for chain in plan.chains:
        _chain(pen, chain)
    if plan.chains:
        pen.write("\n")
    for rule in plan.rules:
        if rule.note:
            pen.write(f"## {rule.note}\n")
        when = "" if rule.when is None else f" when {rule.when}"
        pen.write(f"rule {rule.name}{when} -> {rule.destination}\n", rule.span)
    if plan.invalid:
        pen.write(f"\ninvalid -> {plan.invalid}\n")
    if plan.obligations:
        pen.write("\n")
    for obligation in plan.obligations:
        pen.write(f"require {obligation.text}\n", obligation.span)
    return pen.done()


def _line(text: str) -> str:
    """A text as a comment has it: names of a configuration may have line breaks in them."""
    return " ".join(text.split())


class _Pen:
    def __init__(self) -> None:
        self._parts: list[str] = []
        self._length = 0
        self._pieces: list[Piece] = [Piece(0, None)]

    def write(self, text: str, origin: Span | None = None) -> None:
        """Add text; ``origin`` is what says it in the original."""
        self._pieces.append(Piece(self._length, origin))
        self._parts.append(text)
        self._length += len(text)

    def done(self) -> Draft:
        """The text and where it comes from."""
        return Draft("".join(self._parts), tuple(self._pieces))


def _upstream(pen: _Pen, upstream: Upstream) -> None:
    pen.write(f"upstream {upstream.name} {{\n    provider {upstream.provider}\n", upstream.span)
    if upstream.account:
        pen.write(f"    account {upstream.account}\n", upstream.span)
    if upstream.region:
        pen.write(f"    region {upstream.region}\n", upstream.span)
    if upstream.endpoint:
        pen.write(f"    endpoint {upstream.endpoint}\n", upstream.endpoint_span or upstream.span)
    if upstream.timeouts:
        said = ", ".join(f"{kind} {duration(length)}" for kind, length in upstream.timeouts)
        pen.write(f"    timeout {said}\n", upstream.span)
    if upstream.breaker:
        pen.write(f"    breaker {upstream.breaker}\n", upstream.span)
    pen.write("}\n\n")


def _pool(pen: _Pen, pool: Pool) -> None:
    if pool.note:
        pen.write(f"## {pool.note}\n")
    pen.write(f"pool {pool.name} {{\n", pool.span)
    for member in pool.members:
        weight = f" weight {member.weight}" if member.weight != 1 else ""
        pen.write(f"    serve {member.upstream} with {quoted(member.model)}{weight}\n", member.span)
    if pool.sticky:
        pen.write(f"    sticky by {pool.sticky}\n", pool.span)
    if pool.retry:
        pen.write(f"    retry {pool.retry}\n", pool.retry_span or pool.span)
    pen.write("}\n\n")


def _chain(pen: _Pen, chain: Chain) -> None:
    pen.write(f"fallback {chain.pool.pool} ", chain.pool.span)
    for hop in chain.hops:
        pen.write(f"-> {hop.pool} ", hop.span)
    pen.write(f"-> {chain.end}", chain.end_span)
    pen.write(f" on {', '.join(chain.classes)}\n" if chain.classes else "\n")
