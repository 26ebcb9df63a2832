"""MurmurHash3_x86_32 of a string's UTF-8, in SQL: what picks a member of a pool and what a `sample` asks.

No engine has it. DuckDB's `hash` is another function. Spark's `hash` is MurmurHash3 with seed 42, but mixes each byte
after the last whole word as if it were a word of its own, which gives other numbers for three lengths of four. So it is
computed here: the bytes are cut into words, the words scrambled, folded and finished with 64-bit arithmetic. Each
step is a function of lists, because a step needs a number twice and only a lambda gives it a name.
"""

from __future__ import annotations

from collections.abc import Callable

from sqlglot import exp

from interlock.compiler.targets.sql.dialects import TESTED, Dialect, Unsupported
from interlock.compiler.targets.sql.expressions import function, number, text

_C1, _C2, _C3 = 0xCC9E2D51, 0x1B873593, 0xE6546B64
_F1, _F2 = 0x85EBCA6B, 0xC2B2AE35


def murmur3(value: exp.Expr, seed: int, dialect: Dialect) -> exp.Expr:
    """The hash of a string; NULL of NULL. Raises ``Unsupported``."""
    if dialect not in TESTED:
        raise Unsupported(
            f"the policy cannot be written for {dialect}: a `sample` and a pool of several members choose by "
            f"MurmurHash3, which is only written for {' and '.join(TESTED)}"
        )
    words, rest, length = _duckdb(value) if dialect == "duckdb" else _spark(value)
    folded = exp.Reduce(
        this=_scrambled(words, dialect),
        initial=exp.cast(number(seed), "UBIGINT" if dialect == "duckdb" else "BIGINT", dialect=dialect),
        merge=exp.Lambda(this=_fold("h", "k"), expressions=[exp.to_identifier("h"), exp.to_identifier("k")]),
    )
    # What is left after the last whole word is scrambled as a word is; nothing left is 0, which stays 0.
    tail = _first(_scrambled(exp.Array(expressions=[rest]), dialect), dialect)
    mixed: exp.Expr = exp.Array(expressions=[_xor(_xor(folded, tail), length)])
    mixed = _each(mixed, lambda h: _times(_xor(h, _right(h, 16)), _F1, dialect))
    mixed = _each(mixed, lambda h: _times(_xor(h, _right(h, 13)), _F2, dialect))
    return _first(_each(mixed, lambda h: _xor(h, _right(h, 16))), dialect)


def _duckdb(value: exp.Expr) -> tuple[exp.Expr, exp.Expr, exp.Expr]:
    """The whole words, what is left, and the length in bytes. NULs after the end make a word of what is left."""
    length = function("STRLEN", value)  # of bytes
    end = _binary(exp.Sub, length, _binary(exp.Mod, length, number(4)))
    starts = function("RANGE", number(1), _plus(end, number(1)), number(4))
    padded = exp.DPipe(this=value.copy(), expression=text("\0\0\0"))

    def word(of: exp.Expr, start: exp.Expr) -> exp.Expr:
        four = function("ARRAY_SLICE", exp.Encode(this=of.copy()), start, _plus(start, number(3)))
        return exp.cast(exp.cast(four, "BIT", dialect="duckdb"), "UBIGINT", dialect="duckdb")

    return _each(starts, lambda k: word(value, k)), word(exp.paren(padded), _plus(end, number(1))), length


def _spark(value: exp.Expr) -> tuple[exp.Expr, exp.Expr, exp.Expr]:
    """The same through hexadecimal digits."""
    digits = exp.Hex(this=exp.Encode(this=value.copy(), charset=exp.Literal.string("utf-8")))
    length = exp.Length(this=digits.copy())
    start = _plus(_binary(exp.Sub, length, _binary(exp.Mod, length, number(8))), number(1))
    rest = exp.Substring(this=digits.copy(), start=start)
    padded = exp.Pad(this=rest, expression=number(8), fill_pattern=text("0"), is_left=False)

    def word(hexadecimal: exp.Expr) -> exp.Expr:
        return exp.cast(function("CONV", hexadecimal, number(16), number(10)), "BIGINT")

    words = function("REGEXP_EXTRACT_ALL", digits, text(".{8}"), number(0))
    return _each(words, word), word(padded), exp.cast(_right(length, 1), "BIGINT")


def _scrambled(words: exp.Expr, dialect: Dialect) -> exp.Expr:
    words = _each(words, lambda k: _times(_swapped(k), _C1, dialect))
    return _each(words, lambda k: _times(_rotated(k, 15), _C2, dialect))


def _fold(h: str, k: str) -> exp.Expr:
    mixed = _rotated(_xor(exp.column(h), exp.column(k)), 13)
    return _low(_plus(_binary(exp.Mul, mixed, number(5)), number(_C3)))


def _swapped(word: exp.Expr) -> exp.Expr:
    """The four bytes in the other order: words were read with the first byte on top."""
    middle = _binary(exp.BitwiseOr, _left(_and(word, 0xFF00), 8), _and(_right(word, 8), 0xFF00))
    ends = _binary(exp.BitwiseOr, _left(_and(word, 0xFF), 24), _right(word, 24))
    return _binary(exp.BitwiseOr, ends, middle)


def _times(a: exp.Expr, constant: int, dialect: Dialect) -> exp.Expr:
    """The low 32 bits of a product of two numbers of 32 bits."""
    if dialect == "duckdb":
        return _low(_binary(exp.Mul, a, number(constant)))  # UBIGINT holds 64 bits
    # In two halves where there is only BIGINT, which holds 63.
    low = _binary(exp.Mul, _and(a, 0xFFFF), number(constant))
    high = _left(_and(_binary(exp.Mul, _right(a, 16), number(constant)), 0xFFFF), 16)
    return _low(_plus(low, high))


def _rotated(a: exp.Expr, by: int) -> exp.Expr:
    return _low(_binary(exp.BitwiseOr, _left(a, by), _right(a, 32 - by)))


def _low(a: exp.Expr) -> exp.Expr:
    return _and(a, 0xFFFFFFFF)


def _and(a: exp.Expr, mask: int) -> exp.Expr:
    return _binary(exp.BitwiseAnd, a, number(mask))


def _left(a: exp.Expr, by: int) -> exp.Expr:
    return _binary(exp.BitwiseLeftShift, a, number(by))


def _right(a: exp.Expr, by: int) -> exp.Expr:
    return _binary(exp.BitwiseRightShift, a, number(by))


def _xor(a: exp.Expr, b: exp.Expr) -> exp.Expr:
    return _binary(exp.BitwiseXor, a, b)


def _plus(a: exp.Expr, b: exp.Expr) -> exp.Expr:
    return _binary(exp.Add, a, b)


def _binary(kind: type[exp.Binary], a: exp.Expr, b: exp.Expr) -> exp.Expr:
    return exp.paren(kind(this=a.copy(), expression=b.copy()), copy=False)


def _each(elements: exp.Expr, change: Callable[[exp.Expr], exp.Expr]) -> exp.Expr:
    return exp.Transform(
        this=elements, expression=exp.Lambda(this=change(exp.column("k")), expressions=[exp.to_identifier("k")])
    )


def _first(elements: exp.Expr, dialect: Dialect) -> exp.Expr:
    return function("LIST_EXTRACT" if dialect == "duckdb" else "ELEMENT_AT", elements, number(1))
