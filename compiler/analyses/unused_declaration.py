"""R107 unused-declaration."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping

from interlock.compiler.facts import Facts
from interlock.compiler.uses import Declared, Key, declarations, mentions, used, walked
from interlock.dsl import syntax as s
from interlock.dsl.edits import removal
from interlock.dsl.finding import Finding, Fix, Kind, Related
from interlock.dsl.policy import SetType
from interlock.dsl.source import Span

DOC = """\
Nothing uses a let, pool, upstream, model, enum, fallback chain or attribute that this file declares. What is mentioned
only by something unused is unused too. Rules, `invalid`, claims and tests use what they mention; a fallback chain is
used if some request can come to take it; and the enum of an attribute is used, as requests are checked against it.

## Why it hurts
A reader takes it for part of the routing: a spare pool that no chain leads to is not a spare, and a chain from a pool
that nothing reaches helps nobody in an outage.

## Example
```route
let large = input_tokens >= 40K
rule otherwise -> haiku
```

## What to write instead
Use it, or remove it; `interlock check --fix` does so. What an import declares need not be used.

```route
let large = input_tokens >= 40K
rule large when large -> opus
rule otherwise -> haiku
```
"""

KIND = Kind("R107", "unused-declaration", "warning", DOC)

# The comment, and whatever comments and spaces are between it and what it stands above.
_ALLOW = re.compile(r"#\s*interlock:\s*allow\b[^\n]*\b(?:unused-declaration|R107)\b[^\n]*\n(?:\s*#[^\n]*\n)*\s*")
Named = s.Let | s.Attribute | s.Pool | s.Upstream | s.Model | s.Enum

_NOUNS: Mapping[type, str] = {
    s.Let: "let",
    s.Attribute: "attribute",
    s.Pool: "pool",
    s.Upstream: "upstream",
    s.Model: "model",
    s.Enum: "enum",
}


def check(facts: Facts) -> Iterator[Finding]:
    """One finding for each unused declaration of the main file."""
    declared = declarations(facts.program.main)
    in_use = used(facts.table, facts.program)
    allowed = _allowed(facts, [declaration for key, declaration in declared.items() if key not in in_use])
    if allowed:
        in_use = used(facts.table, facts.program, allowed)  # what is allowed to stay needs what it mentions
    unused = _Unused(facts, {key: declaration for key, declaration in declared.items() if key not in in_use})
    for key, declaration in unused.declared.items():
        yield unused.chain(key, declaration) if isinstance(declaration, s.Fallback) else unused.named(key, declaration)


def _allowed(facts: Facts, declared: Iterable[Declared]) -> list[Declared]:
    """The declarations that stand below an allow of this finding, alone or with their block. Whether the allow is well
    formed is not for here: one that is not silences nothing, and is found."""
    main = facts.program.main
    below = {match.end() for match in _ALLOW.finditer(main.source.text)}
    blocks = [d for d in main.declarations if isinstance(d, s.Request) and d.span.start in below]
    return [d for d in declared if d.span.start in below or any(d in block.attributes for block in blocks)]


_MOST_AT_ONCE = 100
"""Declarations that one fix removes."""


class _Unused:
    """What is unused, and which of it mentions which."""

    def __init__(self, facts: Facts, declared: Mapping[Key, Declared]) -> None:
        self.declared = declared
        self._facts = facts
        self._main = facts.program.main
        self._requests = [d for d in self._main.declarations if isinstance(d, s.Request)]
        self._reached = walked(facts.table)[1]
        self._by: dict[Key, list[tuple[Key, Span]]] = {}
        for own, declaration in declared.items():
            for mention in mentions(declaration):
                if mention.key != own:
                    self._by.setdefault(mention.key, []).append((own, mention.span))

    def named(self, key: Key, declaration: Named) -> Finding:
        """The finding about anything but a chain."""
        noun, name = _NOUNS[type(declaration)], declaration.name
        help_ = f"remove it, or use `{name.text}`"
        notes: tuple[str, ...] = ()
        fix: Fix | None = None
        if isinstance(declaration, s.Attribute) and declaration.default is None:
            attribute = self._facts.policy.attributes[name.text]
            may_lack = attribute.optional or isinstance(attribute.type, SetType)
            invalid = "in which it is malformed" if may_lack else "without it"
            notes = (f"a request {invalid} is invalid, so removing it lets more requests in",)
            help_ = f"remove it unless it is there to be checked, or use `{name.text}`"
        else:
            fix = self._fix(key, f"the unused {noun} `{name.text}`")
        # That a chain starts at a pool is no use of it, and needs no telling.
        places = [span for by, span in self._by.get(key, []) if not self._starts(by, span)]
        return Finding(
            KIND,
            f"nothing uses the {noun} `{name.text}`",
            name.span,
            help_,
            tuple(Related("what names it here is unused too", span) for span in places[:3]),
            notes=notes,
            fix=fix,
        )

    def chain(self, key: Key, chain: s.Fallback) -> Finding:
        """The finding about a chain."""
        pools = {copy.pool for copy in self._facts.policy.chains if copy.span == chain.span}
        name = chain.start.span.text
        if pools & self._reached:
            why = f"who comes to `{name}` is on a chain already that covers these errors"
        else:
            why = f"no request comes to `{name}`"
        fix = self._fix(key, f"the unused fallback of `{name}`")
        return Finding(KIND, f"nothing takes this fallback: {why}", chain.start.span, "remove it", fix=fix)

    def _starts(self, by: Key, span: Span) -> bool:
        chain = self.declared[by]
        return isinstance(chain, s.Fallback) and chain.start.name.span == span

    def _fix(self, key: Key, what: str) -> Fix | None:
        """Removes a declaration with all that mentions it, as that could not be without it. None where that is very
        much: what mentions it has fixes of its own, and once those are made this one is small."""
        gone = {key: None}
        todo = [key]
        for each in todo:  # grows while it is read
            for by, _ in self._by.get(each, []):
                if by not in gone:
                    gone[by] = None
                    todo.append(by)
            if len(gone) > _MOST_AT_ONCE:
                return None
        edits = dict.fromkeys(removal(self._main, self._whole(self.declared[each])) for each in gone)
        return Fix(f"remove {what}" + (" and what names it" if len(gone) > 1 else ""), tuple(edits), True)

    def _whole(self, declaration: Declared) -> Span:
        """What to remove: of attributes that all go, their block."""
        for block in self._requests:
            if declaration in block.attributes:
                gone = [self.declared.get(("name", a.name.text)) for a in block.attributes]
                if all(isinstance(a, s.Attribute) and a.default is not None for a in gone):
                    return block.span
        return declaration.span
