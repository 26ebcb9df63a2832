"""The grammar turned into tables: what the lexer and the parser run on, as plain data.

Lark reads ``policy.lark`` and computes the LALR(1) table. What is kept of it is lists, dicts, strings and
numbers, so that it can be stored as JSON and a warm start need not import lark at all: its import and the
table took 0.25 s, loading these tables takes some milliseconds. ``tests/test_parse.py`` holds the
result against lark's own parser.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypedDict

if TYPE_CHECKING:
    from lark import Lark
    from lark.grammar import Rule as LarkRule

END = "$END"
"""The terminal that stands after the last token."""


class Tables(TypedDict):
    """Everything the grammar says.

    ``tokens``: (terminal, regular expression) in the order of trying; ``ignored``: those of them that only
    separate; ``words``: the terminal of each word of the language; ``spelling``: how each word or mark looks.
    ``rows[state]``: terminal to action, the next state for a shift or ``~rule`` for a reduction.
    ``gotos[state]``: nonterminal to next state. ``rules``: (nonterminal, length, builder method, plan); without a
    method the children are the value, as a list. A plan says what of the children to hand over: ``2 * i``
    for child i, ``2 * i + 1`` for the items of the list at i, -1 for the None of an optional part left out.
    ``alone``: such a rule's single child is its value.
    """

    tokens: list[tuple[str, str]]
    ignored: list[str]
    words: dict[str, str]
    spelling: dict[str, str]
    start: int
    end: int
    rows: list[dict[str, int]]
    gotos: list[dict[str, int]]
    rules: list[tuple[str, int, str, list[int], bool]]


def build(grammar: str) -> Tables:
    """The tables of a grammar in lark's notation.

    Raises ``lark.exceptions.GrammarError`` if it is not LALR(1); conflicts of shift and reduce are errors too.
    """
    from lark import Lark
    from lark.parsers.lalr_analysis import LALR_Analyzer, Shift

    lark = Lark(grammar, parser="lalr", lexer="contextual", maybe_placeholders=True)
    # Lark's own table prefers to shift where the grammar is ambiguous; `strict` refuses such a grammar.
    analysis: Any = LALR_Analyzer(lark.parser.parser_conf, strict=True)
    analysis.compute_lalr()
    table = analysis.parse_table

    rules = list(lark.rules)
    index = {rule: number for number, rule in enumerate(rules)}
    rows: list[dict[str, int]] = []
    gotos: list[dict[str, int]] = []
    order = {terminal.name: number for number, terminal in enumerate(lark.terminals)}
    nonterminals = {rule.origin.name for rule in rules}
    for state in range(len(table.states)):
        row: dict[str, int] = {}
        goto: dict[str, int] = {}
        # Lark's order follows the hashes of strings; in the grammar's order, messages are the same every time.
        actions = sorted(table.states[state].items(), key=lambda action: order.get(action[0], 0))
        for symbol, (action, argument) in actions:
            if symbol in nonterminals:
                goto[str(symbol)] = argument
            elif action is Shift:
                row[str(symbol)] = argument
            else:
                row[str(symbol)] = ~index[argument]
        rows.append(row)
        gotos.append(goto)

    tokens, words, spelling = _terminals(lark)
    return Tables(
        tokens=tokens,
        ignored=sorted(lark.ignore_tokens),
        words=words,
        spelling=spelling,
        start=table.start_states["start"],
        end=table.end_states["start"],
        rows=rows,
        gotos=gotos,
        rules=[_rule(rule) for rule in rules],
    )


def _terminals(lark: Lark) -> tuple[list[tuple[str, str]], dict[str, str], dict[str, str]]:
    import re

    from lark.lexer import PatternStr

    name = re.compile(next(t.pattern.to_regexp() for t in lark.terminals if t.name == "NAME"))
    words: dict[str, str] = {}
    spelling: dict[str, str] = {}
    literals: list[tuple[str, str]] = []
    marks: list[tuple[str, str]] = []
    for terminal in lark.terminals:
        pattern = terminal.pattern
        if not isinstance(pattern, PatternStr):
            literals.append((terminal.name, pattern.to_regexp()))
        else:
            spelling[terminal.name] = pattern.value
            if name.fullmatch(pattern.value):
                words[pattern.value] = terminal.name
            else:
                marks.append((terminal.name, pattern.value))
    # Longest mark first, so that `..=` is not read as `..`. Literals cannot be mistaken for one another.
    marks.sort(key=lambda mark: (-len(mark[1]), mark[1]))
    return literals + [(term, re.escape(text)) for term, text in marks], words, spelling


def _rule(rule: LarkRule) -> tuple[str, int, str, list[int], bool]:
    plan: list[int] = []
    absent = [0] * (len(rule.expansion) + 1)  # how many optional parts are left out before each child
    if rule.options.empty_indices:
        at = 0
        for empty in rule.options.empty_indices:
            if empty:
                absent[at] += 1
            else:
                at += 1
    for number, symbol in enumerate(rule.expansion):
        plan += [-1] * absent[number]
        if symbol.is_term and getattr(symbol, "filter_out", False) and not rule.options.keep_all_tokens:
            continue
        spliced = not symbol.is_term and symbol.name.startswith("_")
        plan.append(2 * number + spliced)
    plan += [-1] * absent[-1]
    origin = str(rule.origin.name)
    method = "" if origin.startswith("_") else str(rule.alias or origin)
    return origin, len(rule.expansion), method, plan, bool(rule.options.expand1 and not rule.alias)
