"""Parse: from text to the syntax tree.

Text becomes tokens (``lex``), tokens drive the table of ``policy.lark`` (``lalr``), every rule read becomes a
"""

from __future__ import annotations

from interlock.dsl.build import Builder
from interlock.dsl.docs import docs
from interlock.dsl.finding import Finding
from interlock.dsl.findings.syntax_error import many_more
from interlock.dsl.lalr import Machine
from interlock.dsl.lex import MAX_MISTAKES, lex
from interlock.dsl.parser_cache import tables
from interlock.dsl.source import Source
from interlock.dsl.syntax import Module

SHOWN = 50
"""So many mistakes of one file are shown; the rest are counted."""


def parse(source: Source) -> tuple[Module, list[Finding]]:
    """The syntax tree of a source, and every mistake in its text (T001, and T010 for nesting), in order.

    What could be read despite mistakes is in the tree. Never raises, whatever the text.
    """
    grammar = tables()
    tokens = lex(source, grammar)
    builder = Builder(tokens, docs(tokens))
    machine = Machine(grammar, builder, source, tokens)
    at = machine.run(0)
    mistakes = _recover(machine, builder, at) if at < len(tokens.kinds) else []
    findings = sorted([*tokens.findings, *builder.findings, *mistakes], key=lambda finding: finding.sort_key)
    if len(findings) > SHOWN:
        findings[SHOWN - 1 :] = [many_more(len(findings) - SHOWN, findings[SHOWN - 1])]
    declarations = machine.values[-1]
    return Module(source, declarations, tuple(tokens.comments), frozenset(builder.broken)), findings


def _recover(machine: Machine, builder: Builder, at: int) -> list[Finding]:
    """Describes each mistake from token ``at`` on and reads on behind it."""
    # Nobody pays for these who makes no mistakes.
    from interlock.dsl.mistakes import describe
    from interlock.dsl.recover import Recovery
    from interlock.dsl.repairs import apply_repair

    tokens = machine.tokens
    recovery = Recovery(machine, builder)
    found: list[Finding] = []
    while at < len(tokens.kinds):
        misread = recovery.misread(at)
        at -= misread
        mend = None
        if at not in tokens.doubtful:
            more = len(found) < SHOWN
            finding, mend = describe(machine, recovery, at, repairs=not misread) if more else (found[-1], None)
            found.append(finding)
            if mend is not None and not mend.sure:
                builder.doubts.append(tokens.starts[mend.first])
        at = len(tokens.kinds) - 1 if len(found) >= MAX_MISTAKES else at
        at = machine.run(recovery.resume(at) if mend is None else apply_repair(machine, mend))
    return found
