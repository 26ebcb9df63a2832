"""Parse: from text to the syntax tree.

Text becomes tokens (``lex``), tokens drive the table of ``policy.lark`` (``lalr``), every rule read becomes a
"""

from __future__ import annotations

from interlock.dsl.build import Builder
from interlock.dsl.docs import docs
from interlock.dsl.finding import Finding
from interlock.dsl.findings.syntax_error import syntax_error
from interlock.dsl.lalr import Machine
from interlock.dsl.lex import lex
from interlock.dsl.parser_cache import tables
from interlock.dsl.recover import Recovery
from interlock.dsl.source import Source
from interlock.dsl.syntax import Module


def parse(source: Source) -> tuple[Module, list[Finding]]:
    """The syntax tree of a source, and every mistake in its text (T001, and T010 for nesting), in order.

    What could be read despite mistakes is in the tree. Never raises, whatever the text.
    """
    grammar = tables()
    tokens = lex(source, grammar)
    builder = Builder(tokens, docs(tokens))
    machine = Machine(grammar, builder, source, tokens)
    mistakes: list[Finding] = []
    at = machine.run(0)
    recovery = None
    while at < len(tokens.kinds):
        recovery = recovery or Recovery(machine, builder)
        mistakes.append(syntax_error(tokens.span(at), "unexpected", "?"))
        at = machine.run(recovery.resume(at))
    findings = sorted([*tokens.findings, *builder.findings, *mistakes], key=lambda finding: finding.sort_key)
    declarations = machine.values[-1]
    return Module(source, declarations, tuple(tokens.comments), frozenset(builder.broken)), findings
