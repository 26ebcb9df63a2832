"""Going on after a mistake.

A token that does not fit ends what was being read: a member of a block if one is open, else a declaration.
That is dropped, and reading starts again at the next token where, by the table itself, a member or a
declaration can begin. Layout decides where the table cannot: a mistake ends with its line, what is indented
belongs to what is above it, and a declaration that stands as far left as the one with the mistake is a new
one, whatever braces are missing. (Panic mode, as in Aho, Sethi, Ullman, *Compilers*, 4.8, with indentation.)
"""

from __future__ import annotations

import re

from interlock.dsl.build import Builder
from interlock.dsl.lalr import Machine, View
from interlock.dsl.parser_cache import symbols
from interlock.dsl.source import Span
from interlock.dsl.syntax import Import, Str
from interlock.dsl.tables import END

_ANY_DECLARATION = "LET"
"""Stands for what may follow a declaration: looking ahead to it completes one."""

_PATH = re.compile(r"(?:std|\.\.?)/[\w./-]+")
_NAMED = frozenset(["ENUM", "LET", "MODEL", "UPSTREAM", "POOL", "RULE", "WITHIN", "ASSERT", "POLICY"])
"""Words after which the name of a declaration stands."""


class Recovery:
    """What it takes to resume one run of the machine."""

    def __init__(self, machine: Machine, builder: Builder) -> None:
        self.machine = machine
        self.builder = builder
        self.tokens = machine.tokens
        tables = machine.tables
        self.symbol_of = symbols()
        self.reread: set[int] = set()
        self.declaring = {kind for kind in tables["rows"][tables["start"]] if kind != END}

    def resume(self, at: int) -> int:
        """Makes the machine ready to go on after token ``at`` did not fit; gives the token to go on with.

        INVARIANT: that token fits, or is further on, or is the end of the file, which then fits; so every
        mistake moves the reading on.
        """
        tokens, machine = self.tokens, self.machine
        brace = self.brace()
        pending = self.pending(brace)
        reading = pending < len(machine.states)
        edge = self.column(machine.starts[pending - 1]) if reading else self.column(tokens.starts[at])
        if reading and tokens.opens_line[at] and self.column(tokens.starts[at]) <= edge:
            self.complete(brace)
            pending = self.pending(brace)
        if pending == len(machine.states) and tokens.kinds[at] == "NAME":
            self.note_names(at, at + 1, anything=True)
            if not brace and tokens.kinds[at + 1] in ("LBRACE", "LSQB", "EQUAL"):
                self.builder.broken.add(tokens.text(at))  # the word before it is missing
        left_edge = self.left_edge(at)
        self.rescue_import(pending, at)
        # Before the token: it may be the first of a declaration that has nothing wrong with it.
        self.builder.last_error = max(self.builder.last_error, tokens.starts[at] - 1)
        self.drop(pending, at)
        begun = at
        while True:
            found, resumed = self.search(begun, brace, edge, left_edge)
            self.note_names(begun, found)
            if resumed:
                return found
            # The block cannot end here: give up what it belongs to, and go on behind its brace.
            brace = self.brace(brace)
            self.drop(self.pending(brace), found)
            begun, edge = found + 1, 0

    def misread(self, at: int) -> bool:
        """Whether token ``at`` does not fit because the one before it, read as a name, is the start of the
        next member or declaration. Then the machine is back in front of that one."""
        machine, tokens = self.machine, self.tokens
        if machine.before_name is None or machine.before_name[0] != at - 1 or at in self.reread:
            return False
        self.reread.add(at)  # a second time it would go on for ever
        now = machine.states, machine.values, machine.starts, machine.ends
        machine.unread_name(at - 1)
        brace = self.brace()
        pending = self.pending(brace)
        begins: View = (pending if brace else 1, ())
        if pending < len(machine.states):
            edge = self.column(machine.starts[pending - 1])
            if self.column(tokens.starts[at - 1]) <= edge and self.fits(at - 1, 2, begins):
                return True
        if self.ends_before(at - 1):
            return True
        left_edge = self.left_edge(at - 1)
        if brace and self.column(tokens.starts[at - 1]) <= left_edge and self.fits(at - 1, 3, (1, ())):
            return True  # a block that is never closed, whose members start with any name
        machine.states, machine.values, machine.starts, machine.ends = now
        return False

    def search(self, at: int, brace: int, edge: int, left_edge: int) -> tuple[int, bool]:
        """The first token from ``at`` on where reading can go on; False: the `}` of a block that cannot.

        ``edge`` and ``left_edge``: the columns of the member and of the declaration with the mistake.
        """
        tokens = self.tokens
        kinds = tokens.kinds
        depth = 0
        for j in range(at, len(kinds)):
            kind = kinds[j]
            if kind == END:
                self.close()
                return j, True
            if depth == 0 and brace:
                if kind == "RBRACE":
                    return j, self.fits(j, 1)
                if self.ends_before(j):
                    self.machine.shift("RBRACE")
                    return j, True
                if self.member_begins(j, at, edge):
                    return j, True
            if kind == "NAME" and self.declaration_begins(j, at, depth == 0 and not brace, left_edge):
                self.close()
                return j, True
            if kind == "LBRACE":
                depth += 1
            elif kind == "RBRACE" and depth:
                depth -= 1
        raise AssertionError("the end of the file ends every search")

    def ends_before(self, j: int) -> bool:
        """Whether the `}` of a block within another is missing before token ``j``, at the start of a line."""
        if not self.tokens.opens_line[j] or not self.tokens.words[j]:
            return False
        closed = self.machine.fits("RBRACE", self.machine.here())
        return closed is not None and self.brace(self.brace()) > 0 and self.fits(j, 2, closed)

    def member_begins(self, j: int, at: int, edge: int) -> bool:
        """Whether a member of the block begins at token ``j``, or would if it were right."""
        tokens, machine = self.tokens, self.machine
        kind, word = tokens.kinds[j], tokens.words[j]
        known = bool(word and machine.fits(word, machine.here()))
        if tokens.opens_line[j]:
            if known or self.fits(j, 2):
                return True
            aligned = j > at and self.column(tokens.starts[j]) == edge
            return aligned and kind in ("NAME", "STRING", "INT")
        before = tokens.kinds[j - 1] if j > at else ""
        if before == "COMMA":  # only in the request of a test
            return tokens.kinds[j + 1] == "COLON" and self.fits(j, 2)
        return before == "SEMICOLON" and (kind == "NAME" or self.fits(j, 2))

    def declaration_begins(self, j: int, at: int, outside: bool, left_edge: int) -> bool:
        """Whether a declaration begins at token ``j``, though a mistake stands before it. ``outside``: of
        all braces, as far as one can tell."""
        tokens = self.tokens
        declaring = tokens.words[j] in self.declaring
        if tokens.kinds[j + 1] == "COLON":
            return False
        if tokens.opens_line[j]:
            if self.column(tokens.starts[j]) <= left_edge:
                return declaring or (outside and j > at)
            return declaring and outside and j > at and tokens.kinds[j - 1] == "RBRACE"
        return declaring and outside and self.fits(j, 3, (1, ()))

    def fits(self, j: int, count: int, view: View | None = None) -> bool:
        """Whether the tokens from ``j`` on, ``count`` of them, fit the view (by default, the stack)."""
        kinds, words, machine = self.tokens.kinds, self.tokens.words, self.machine
        now = machine.here() if view is None else view
        for k in range(j, min(j + count, len(kinds) - 1)):
            word = words[k]
            after = (word and machine.fits(word, now)) or machine.fits(kinds[k], now)
            if after is None:
                return False
            now = after
        return j < len(kinds) - 1

    # ── the stack ─────────────────────────────────────────────────────────────────────────────────

    def brace(self, below: int | None = None) -> int:
        """The place on the stack of the innermost open brace (under a place); 0 outside all blocks."""
        states = self.machine.states
        closed = 0
        for place in range((len(states) if below is None else below) - 1, 0, -1):
            symbol = self.symbol_of[states[place]]
            if symbol == "RBRACE":
                closed += 1
            elif symbol == "LBRACE" and closed:
                closed -= 1
            elif symbol == "LBRACE":
                return place
        return 0

    def pending(self, brace: int) -> int:
        """The place on the stack of what is being read inside that brace, or the height of the stack."""
        states = self.machine.states
        for place in range(brace + 1, len(states)):
            symbol = self.symbol_of[states[place]]
            # Repetitions are called `__…` by lark; the others are finished parts of a `test` block.
            if not symbol.startswith("__") and symbol not in ("SEMICOLON", "given_request"):
                return place
        return len(states)

    def left_edge(self, at: int) -> int:
        """The column of the declaration being read; of the mistake itself outside all declarations."""
        place = self.pending(0)
        inside = place < len(self.machine.states)
        return self.column(self.machine.starts[place - 1] if inside else self.tokens.starts[at])

    def column(self, offset: int) -> int:
        return self.tokens.source.place(offset)[1]

    def complete(self, brace: int) -> None:
        """Finishes the member or declaration being read if nothing is missing from it."""
        # Looking ahead to `}` takes a member into the list of its block; in a `test` more must come before it.
        for kind in ("RBRACE", "SEMICOLON") if brace else (_ANY_DECLARATION,):
            if self.machine.fits(kind, self.machine.here()):
                self.machine.feed(kind, None)
                return

    def drop(self, place: int, at: int) -> None:
        """Cuts the stack at ``place``; what is named in what was on it is broken."""
        machine = self.machine
        if place < len(machine.states):
            self.note_names(self.tokens.before(machine.starts[place - 1]), at)
            del machine.states[place:]
            del machine.values[place - 1 :], machine.starts[place - 1 :], machine.ends[place - 1 :]

    def close(self) -> None:
        """Ends every open block as if its brace were there, and what it belongs to."""
        machine = self.machine
        while brace := self.brace():
            self.complete(brace)
            last = self.tokens.before(machine.ends[-1])
            self.drop(self.pending(brace), last)
            outer = self.brace(brace)
            if machine.fits("RBRACE", machine.here()):
                machine.shift("RBRACE")
                self.complete(outer)
            if self.brace() == brace:
                self.drop(self.pending(outer), last)
        self.complete(0)
        self.drop(self.pending(0), len(self.tokens.kinds) - 1)

    def note_names(self, first: int, last: int, *, anything: bool = False) -> None:
        """Takes down what is declared in a range of tokens that is left out; with ``anything``, by a word
        that may be a misspelling."""
        tokens, broken = self.tokens, self.builder.broken
        for j in range(first, min(last, len(tokens.kinds) - 1)):
            if (anything or tokens.words[j] in _NAMED) and tokens.kinds[j + 1] in ("NAME", "STRING"):
                broken.add(tokens.text(j + 1).strip('"'))
            elif tokens.kinds[j] == "NAME" and (
                tokens.kinds[j + 1] == "COLON" or tokens.text(j + 1) in ("bool", "int", "enum", "string", "set")
            ):
                broken.add(tokens.text(j))
            elif tokens.words[j] == "POLICY":
                broken.add("policy")

    def rescue_import(self, place: int, at: int) -> None:
        """Takes the path of an import without quotes, or without its word, for what it is, or every name from it would
        be unknown."""
        machine, tokens = self.machine, self.tokens
        if place == len(machine.states) and not self.brace():
            string = at + (tokens.kinds[at] == "NAME")
            path = _PATH.fullmatch(tokens.text(string)[1:-1]) if tokens.kinds[string] == "STRING" else None
            if path:
                self.builder.rescued.append(Import(Str(path[0], tokens.span(string)), tokens.span(string)))
            return
        if place != len(machine.states) - 1 or self.symbol_of[machine.states[place]] != "IMPORT":
            return
        path = _PATH.match(tokens.source.text, tokens.starts[at])
        if path:
            start = Span(tokens.source, machine.starts[place - 1], path.end())
            self.builder.rescued.append(Import(Str(path[0], Span(tokens.source, *path.span())), start))
