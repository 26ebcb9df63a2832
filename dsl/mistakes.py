"""What to say of a token that does not fit.

First come the mistakes that have an answer of their own, taught by broken samples (``taught.py``), then those
that one other token would mend (``repairs.py``). The rest is worked out from the table: what would have fitted,
named as people name it, and the shape of the member or declaration that is being read.
"""

from __future__ import annotations

from interlock.dsl import forms
from interlock.dsl.build import RESERVED
from interlock.dsl.finding import Finding, Related
from interlock.dsl.findings.syntax_error import reserved_word, syntax_error
from interlock.dsl.lalr import Machine
from interlock.dsl.recover import Recovery
from interlock.dsl.repairs import WORDS_ELSEWHERE, Repair, misspelling_of, place_of, repair
from interlock.dsl.source import Span
from interlock.dsl.syntax import Name, Ref
from interlock.dsl.tables import END
from interlock.dsl.taught import lesson

_SHAPES = {**forms.DECLARATIONS, **forms.MEMBERS, **forms.PARTS}
_ENOUGH = 4
"""A list of more than this many things that would fit says less than the shape of the whole."""


def describe(machine: Machine, recovery: Recovery, at: int, *, repairs: bool) -> tuple[Finding, Repair | None]:
    """The finding for token number ``at``, which does not fit the machine as it stands, and how to go on as if
    that were put right, if it can be and ``repairs`` are asked for."""
    mend = repair(machine, at) if repairs else None
    finding, taught = _described(machine, recovery, at, mend)
    # What a lesson is about may be another mistake than a token left out.
    return finding, None if taught and mend is not None and mend.inserts else mend


def _described(machine: Machine, recovery: Recovery, at: int, mend: Repair | None) -> tuple[Finding, bool]:
    """The finding, and whether it is one that was taught."""
    tokens = machine.tokens
    previous = tokens.text(at - 1) if at else ""
    if tokens.kinds[at] == "COLON" and previous in RESERVED and recovery.brace() and _attribute(machine, at - 1):
        return reserved_word(tokens.span(at - 1), "attribute", previous), True
    if mend is not None and mend.first < at:
        return _mended(machine, at, mend), False
    if not recovery.brace() and tokens.kinds[at] in ("RBRACE", "SEMICOLON"):
        if tokens.kinds[at] == "RBRACE":
            message, help = "this `}` closes nothing", "remove it, or look for a missing `{`"
        else:
            message, help = "`;` stands only inside braces", "remove it; a declaration needs no end mark"
        return syntax_error(tokens.span(at), message, help), True
    fitting = [kind for kind in machine.tables["rows"][machine.states[-1]] if machine.fits(kind, machine.here())]
    close = _close(machine, recovery, at, fitting)
    complete = _complete(machine, recovery, fitting) or previous == ";"
    caret = _caret(machine, at, complete)
    taught = lesson(machine, at, recovery.brace() if complete and "EXPECT" not in fitting else None, any_name=not close)
    if taught is not None:
        return syntax_error(caret, *taught), True
    if unclosed := _unclosed(machine, recovery, at, fitting):
        return unclosed, True
    if unfinished := _unfinished(machine, recovery, at, fitting):
        return syntax_error(caret, *unfinished), True
    found = _found(machine, at)
    if close:
        return syntax_error(caret, f"{found} means nothing here", f"did you mean `{close}`?"), False
    if mend is not None:
        return _mended(machine, at, mend), False
    expected = _expected(machine, fitting)
    help = _help(machine, recovery, at, fitting)
    if tokens.opens_line[at] and at and not complete:
        message = f"expected {expected or 'more'} after {_quoted(previous)}"
    elif complete and not recovery.brace() and tokens.kinds[at] == "NAME" and tokens.opens_line[at]:
        if tokens.kinds[at + 1] == "COLON":
            message = f"the attribute {found} stands outside of `request`"
            help = f"write `request {{ {tokens.text(at)} : TYPE }}`"
        else:
            message = f"no declaration starts with {found}"
    elif not expected or complete:
        message = f"{found} does not belong here"
    else:
        message = f"expected {expected}, found {found}"
    return syntax_error(caret, message, help), False


def _mended(machine: Machine, at: int, mend: Repair) -> Finding:
    """The finding for a token in whose place another would do."""
    tokens = machine.tokens
    place = place_of(machine, mend)
    found, next_ = _quoted(place.text), tokens.span(mend.last + 1).text[:40]
    if mend.kind == "STRING":
        return syntax_error(place, f"{found} is no name without quotes", f"write `{mend.text}`")
    if mend.kind in forms.LITERALS:
        what = "numbers are written without commas" if "," in place.text else "a number and its unit stand together"
        return syntax_error(place, what, f"write `{mend.text}`")
    by_mistake = mend.text in machine.tables["words"] and tokens.kinds[mend.first] == "NAME"
    if by_mistake and not mend.inserts and place.text not in WORDS_ELSEWHERE:
        return syntax_error(place, f"{found} means nothing here", f"did you mean `{mend.text}`?")
    if not mend.kind:
        return syntax_error(place, f"{found} does not belong here", "remove it")
    if mend.kind == "SEMICOLON":
        what = "members are separated by a new line or `;`, not by `,`"
        return syntax_error(place, what, "remove it" if tokens.opens_line[at + 1] else "write `;` instead")
    if mend.kind == "AND":
        return syntax_error(place, f"`and` or `or` is missing before {found}", "join conditions with `and` or `or`")
    if mend.inserts:
        gap = "" if mend.kind == "DOT" else " "
        return syntax_error(place, f"`{mend.text}` is missing before {found}", f"write `{mend.text}{gap}{next_}`")
    return syntax_error(place, f"expected `{mend.text}`, found {found}", f"write `{mend.text}` instead")


def _attribute(machine: Machine, at: int) -> bool:
    """Whether token ``at``, which a colon follows, is meant as the name of an attribute."""
    tokens = machine.tokens
    first = tokens.opens_line[at] or tokens.kinds[at - 1] in ("LBRACE", "SEMICOLON", "COMMA")
    return first or tokens.text(at + 2) in ("bool", "int", "enum", "string", "set")


def _unfinished(machine: Machine, recovery: Recovery, at: int, fitting: list[str]) -> tuple[str, str] | None:
    """A rule without its destination, or a chain without its end."""
    tokens = machine.tokens
    place = recovery.pending(recovery.brace())
    arrow = tokens.kinds[at - 1] == "ARROW"
    if not tokens.opens_line[at] and tokens.kinds[at] not in ("RBRACE", "SEMICOLON", END):
        return None
    if place >= len(machine.states) - 1 or not (arrow or "ARROW" in fitting):
        return None
    name = machine.values[place]
    named = f"`{''.join(name.span.text.split())[:60]}`" if isinstance(name, Name | Ref) else ""
    match recovery.symbol_of[machine.states[place]]:
        case "RULE":
            message, ends = f"the rule {named} has no destination", ("POOL", "fail 503")
        case "FALLBACK":
            message, ends = f"the chain of {named} has no end", ("fail 503", "follow POOL")
        case _:
            return None
    if arrow:
        return message, f"write `{ends[0]}` or `{ends[1]}` after `->`"
    return message, f"end it with `-> {ends[0]}` or `-> {ends[1]}`"


def _close(machine: Machine, recovery: Recovery, at: int, fitting: list[str]) -> str | None:
    """The word that the token seems to be a misspelling of."""
    tokens, known = machine.tokens, machine.tables
    if tokens.kinds[at] != "NAME" or tokens.words[at]:
        return None
    inline = not tokens.opens_line[at] and at > 0
    kinds = [kind for kind in fitting if not (inline and kind in forms.DECLARATIONS and not recovery.brace())]
    words = [known["spelling"][kind] for kind in kinds if known["spelling"].get(kind, "") in known["words"]]
    return misspelling_of(tokens.text(at), words)


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
        return f"a member starts with {_listed(members)}"
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
