"""The stack machine that runs the LALR(1) table over a list of tokens.

It is the textbook's (Aho, Sethi, Ullman, *Compilers*, 4.7), with two things of its own: which of the
language's words a word is depends on the state, as in lark's contextual lexer; and it can be asked what would
fit next, on which recovery and messages rest.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from interlock.dsl.forms import DECLARATIONS, MEMBERS
from interlock.dsl.lex import Tokens
from interlock.dsl.source import Source, Span
from interlock.dsl.tables import END, Tables

STARTERS = frozenset([*DECLARATIONS, *MEMBERS])

Method = Callable[..., Any]
View = tuple[int, tuple[int, ...]]
"""A stack that is thought of, not built: how much of the machine's own to keep, and the states on top of it."""


class Machine:
    """One run over one list of tokens.

    ``states`` is the stack; ``values``, ``starts`` and ``ends`` run along it, one shorter (the first
    state has no symbol): what was built, and the offsets where it begins and ends.
    """

    def __init__(self, tables: Tables, builder: object, source: Source, tokens: Tokens) -> None:
        self.tables = tables
        self.tokens = tokens
        self.source = source
        self.states = [tables["start"]]
        self.values: list[Any] = []
        self.starts: list[int] = []
        self.ends: list[int] = []
        self.before_name: tuple[int, list[int], list[Any], list[int], list[int]] | None = None
        self.literals: dict[str, Method] = {
            kind: getattr(builder, kind) for kind, _ in tables["tokens"] if hasattr(builder, kind)
        }
        self.rules: list[tuple[str, int, Method | None, list[int], bool]] = [
            (
                origin,
                size,
                getattr(builder, method) if method and not (alone and len(plan) == 1) else None,
                plan,
                alone,
            )
            for origin, size, method, plan, alone in tables["rules"]
        ]

    def run(self, at: int) -> int:
        """Feeds tokens from number ``at`` on; gives the number of the first that does not fit, or
        the number of tokens when all fit. Then ``values[-1]`` is the whole."""
        kinds = self.tokens.kinds
        words = self.tokens.words
        opens_line = self.tokens.opens_line
        rows = self.tables["rows"]
        states = self.states
        count = len(kinds)
        while at < count:
            kind = kinds[at]
            word = words[at]
            if word is not None:
                row = rows[states[-1]]
                # States merged by LALR may list a word that does not fit here (`model` after a string ends an
                # import, but not an attribute), so where both readings are listed the stack is asked.
                if word in row and (kind not in row or self.fits(word, self.here()) is not None):
                    kind = word
                elif opens_line[at] and word in STARTERS:
                    self._remember(at)
            if not self.feed(kind, at):
                return at
            at += 1
        return at

    def _remember(self, at: int) -> None:
        # A word that starts a declaration, at the start of a line, is read as a name. If what follows does
        # not fit, the name was missing and this is the next declaration: `rule a ->`, end of line, `rule b`.
        if len(self.states) < 100:  # deeper than any sound text, and copying would take quadratic time
            self.before_name = (at, self.states[:], self.values[:], self.starts[:], self.ends[:])

    def unread_name(self, at: int) -> bool:
        """Goes back to before token number ``at`` if it was read as a name though it may start something."""
        if self.before_name is None or self.before_name[0] != at:
            return False
        _, self.states, self.values, self.starts, self.ends = self.before_name
        self.before_name = None
        return True

    def feed(self, kind: str, at: int | None) -> bool:
        """Shifts a token of this kind after the reductions it calls for, and says whether it fits. A token
        that does not fit leaves the reductions that were made. ``at`` None: nothing is shifted."""
        rows = self.tables["rows"]
        states, values, starts, ends = self.states, self.values, self.starts, self.ends
        code = rows[states[-1]].get(kind)
        while code is not None and code < 0:
            self._reduce(~code)
            if kind == END and states[-1] == self.tables["end"]:
                return True
            code = rows[states[-1]].get(kind)
        if code is None:
            return False
        if at is not None:
            literal = self.literals.get(kind)
            values.append(None if literal is None else literal(at))
            states.append(code)
            starts.append(self.tokens.starts[at])
            ends.append(self.tokens.ends[at])
        return True

    def shift(self, kind: str) -> None:
        """Shifts a token that is not in the text, where it fits."""
        if self.feed(kind, None):
            end = self.ends[-1]
            self.states.append(self.tables["rows"][self.states[-1]][kind])
            self.values.append(None)
            self.starts.append(end)
            self.ends.append(end)

    def _reduce(self, number: int) -> None:
        states, values, starts, ends = self.states, self.values, self.starts, self.ends
        origin, size, method, plan, alone = self.rules[number]
        children = values[len(values) - size :]
        kids: list[Any] = []
        for step in plan:
            if step < 0:
                kids.append(None)
            elif not step & 1:
                kids.append(children[step >> 1])
            elif kids:
                kids += children[step >> 1]
            else:  # the list of a repetition grows in place, or a long block would take quadratic time
                kids = children[step >> 1]
        if size:
            start, end = starts[-size], ends[-1]
            del states[-size:], values[-size:], starts[-size:], ends[-size:]
        else:
            start = end = ends[-1] if ends else 0
        value: Any
        if alone and len(kids) == 1:
            value = kids[0]
        elif method is None:
            value = kids
        else:
            value = method(Span(self.source, start, end), *kids)
        states.append(self.tables["gotos"][states[-1]][origin])
        values.append(value)
        starts.append(start)
        ends.append(end)

    def here(self) -> View:
        """The stack as it is."""
        return len(self.states), ()

    def top(self, view: View) -> int:
        """The uppermost state of a view."""
        return view[1][-1] if view[1] else self.states[view[0] - 1]

    def fits(self, kind: str, view: View) -> View | None:
        """The stack after a token of this kind has been added to ``view``, or None if it does not fit.
        Builds nothing and changes nothing."""
        rows, gotos, rules = self.tables["rows"], self.tables["gotos"], self.tables["rules"]
        keep, top = view[0], list(view[1])
        while True:
            state = top[-1] if top else self.states[keep - 1]
            code = rows[state].get(kind)
            if code is None:
                return None
            if code >= 0:
                return keep, (*top, code)
            origin, size = rules[~code][:2]
            if size <= len(top):
                del top[len(top) - size :]
            else:
                keep -= size - len(top)
                top.clear()
            state = top[-1] if top else self.states[keep - 1]
            top.append(gotos[state][origin])
            if kind == END and top[-1] == self.tables["end"]:
                return keep, tuple(top)
