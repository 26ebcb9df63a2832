"""What to say of a token that does not fit.

First come the mistakes that have an answer of their own, taught by broken samples (``taught.py``). The rest
is worked out from the table: what would have fitted, named as people name it, and the shape of the
member or declaration that is being read.
"""

from __future__ import annotations

from interlock.dsl import forms
from interlock.dsl.build import RESERVED
from interlock.dsl.finding import Finding, Related
from interlock.dsl.findings.syntax_error import reserved_word, syntax_error
from interlock.dsl.lalr import Machine
from interlock.dsl.nearest import nearest
from interlock.dsl.recover import Recovery
from interlock.dsl.source import Span
from interlock.dsl.syntax import Name
from interlock.dsl.tables import END
from interlock.dsl.taught import lesson

_SHAPES = {**forms.DECLARATIONS, **forms.MEMBERS, **forms.PARTS}
_ENOUGH = 4
"""A list of more than this many things that would fit says less than the shape of the whole."""


def describe(machine: Machine, recovery: Recovery, at: int) -> Finding:
    """The finding for token number ``at``, which does not fit the machine as it stands."""
    tokens = machine.tokens
    previous = tokens.text(at - 1) if at else ""
    if tokens.kinds[at] == "COLON" and previous in RESERVED and recovery.brace():
        return reserved_word(tokens.span(at - 1), "attribute", previous)
    if not recovery.brace() and tokens.kinds[at] in ("RBRACE", "SEMICOLON"):
        if tokens.kinds[at] == "RBRACE":
            message, help = "this `}` closes nothing", "remove it, or look for a missing `{`"
        else:
            message, help = "`;` stands only inside braces", "remove it; a declaration needs no end mark"
        return syntax_error(tokens.span(at), message, help)
    fitting = [kind for kind in machine.tables["rows"][machine.states[-1]] if machine.fits(kind, machine.here())]
    close = _close(machine, at, fitting)
    complete = _complete(machine, recovery, fitting)
    caret = _caret(machine, at, complete)
    taught = lesson(machine, at, any_name=not close)
    if taught is not None:
        return syntax_error(caret, taught[0], taught[1])
    if unclosed := _unclosed(machine, recovery, at, fitting):
        return unclosed
    expected = _expected(machine, fitting)
    found = _found(machine, at)
    help = f"did you mean `{close}`?" if close else _help(machine, recovery, at, fitting)
    if tokens.opens_line[at] and at and not complete:
        message = f"expected {expected or 'more'} after {_quoted(previous)}"
    elif "ARROW" in fitting and "COMMA" not in fitting and tokens.kinds[at] == "NAME" and not close:
        message, help = f"`->` is missing before {found}", "write `-> POOL`"
    elif not expected or complete:
        message = f"{found} does not belong here"
    else:
        message = f"expected {expected}, found {found}"
    return syntax_error(caret, message, help)


def _close(machine: Machine, at: int, fitting: list[str]) -> str | None:
    """The word that the token seems to be a misspelling of."""
    tokens, known = machine.tokens, machine.tables
    if tokens.kinds[at] != "NAME" or tokens.words[at]:
        return None
    words = [known["spelling"][kind] for kind in fitting if known["spelling"].get(kind, "") in known["words"]]
    return nearest(tokens.text(at), words)


def _complete(machine: Machine, recovery: Recovery, fitting: list[str]) -> bool:
    """Whether what is being read could end here: then the token is the mistake, not something left out."""
    between = recovery.pending(recovery.brace()) == len(machine.states)
    return between or "SEMICOLON" in fitting or "LET" in fitting


def _caret(machine: Machine, at: int, complete: bool) -> Span:
    """The token; or, where something is left out at the end of a line, the word it is missing after."""
    tokens = machine.tokens
    left_out = tokens.opens_line[at] and not complete
    return tokens.span(at - 1) if at and (left_out or tokens.kinds[at] == END) else tokens.span(at)


def _unclosed(machine: Machine, recovery: Recovery, at: int, fitting: list[str]) -> Finding | None:
    """A `{` whose `}` is missing, shown at the `{`."""
    tokens = machine.tokens
    brace = recovery.brace()
    if not brace or "RBRACE" not in fitting:
        return None
    at_end = tokens.kinds[at] == END
    if not at_end and tokens.words[at] not in forms.DECLARATIONS and not recovery.ends_before(at):
        return None
    what = _owner(machine, recovery, brace)
    return syntax_error(
        tokens.span(tokens.before(machine.starts[brace - 1])),
        f"the `{{` of {what} is never closed",
        f"write `}}` where {what} ends",
        () if at_end else (Related("this is read as a part of it", tokens.span(at)),),
    )


def _owner(machine: Machine, recovery: Recovery, brace: int) -> str:
    """What a block belongs to, in the words it starts with: `pool opus`."""
    for place in range(brace - 1, 0, -1):
        symbol = recovery.symbol_of[machine.states[place]]
        if symbol in forms.DECLARATIONS:
            name = machine.values[place]  # what stands behind the word: values are one place behind states
            words = [machine.tables["spelling"][symbol], name.text if isinstance(name, Name) else ""]
            return f"`{' '.join(words).strip()[:60]}`"
    return "this block"


def _expected(machine: Machine, fitting: list[str]) -> str:
    """What would fit, in the user's words; empty where that would be too much to take in."""
    left = set(fitting) - {"SEMICOLON", END}
    names: list[str] = []
    for group, name in forms.GROUPS:
        if group <= left:
            left -= group
            names.append(name)
    spelling = machine.tables["spelling"]
    names += [forms.LITERALS.get(kind) or f"`{spelling[kind]}`" for kind in fitting if kind in left]
    if len(names) > _ENOUGH:
        return ""
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} or {names[-1]}" if names else ""


def _found(machine: Machine, at: int) -> str:
    tokens = machine.tokens
    return "the end of the file" if tokens.kinds[at] == END else _quoted(tokens.span(at).text)


def _quoted(text: str) -> str:
    return f"`{text}`" if len(text) <= 40 else f"`{text[:36]}…`"


def _help(machine: Machine, recovery: Recovery, at: int, fitting: list[str]) -> str:
    """The mark that closes; else the shape of what is being read; else what there is to choose from."""
    spelling = machine.tables["spelling"]
    for mark in ("RPAR", "RSQB"):
        if mark in fitting:
            return f"write `{spelling[mark]}` where the list or the parenthesis ends"
    brace = recovery.brace()
    place = recovery.pending(brace)
    for state in reversed(machine.states[place:]):
        if shape := _SHAPES.get(recovery.symbol_of[state]):
            return f"write it as in `{shape}`"
    if not brace:
        return f"a declaration starts with {_listed([spelling[kind] for kind in forms.DECLARATIONS])}"
    members = [spelling[kind] for kind in fitting if kind in _SHAPES]
    if members and "NAME" not in fitting:
        return f"here may stand {_listed(members)}"
    return f"write it as in `{_member(machine, recovery, brace)}`"


def _member(machine: Machine, recovery: Recovery, brace: int) -> str:
    """The shape of the members of a block whose members start with no word of their own."""
    before = [recovery.symbol_of[state] for state in machine.states[:brace]]
    if "MATCH" in before[-2:]:
        return forms.ARM
    return forms.GIVEN if "LBRACE" in before else forms.ATTRIBUTE


def _listed(words: list[str]) -> str:
    quoted = [f"`{word}`" for word in words]
    return f"{', '.join(quoted[:-1])} or {quoted[-1]}" if len(quoted) > 1 else quoted[0]
