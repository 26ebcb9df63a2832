"""The documented size limits. Past one, the finding is T010: a message, never a hang or a crash."""

from __future__ import annotations

MAX_FILE_BYTES = 8 * 1024 * 1024
"""Size of one source file."""

MAX_DEPTH = 64
"""Nesting of parentheses, ``not`` and ``within`` around one predicate, lets counted through."""

MAX_IMPORTS = 256
"""Modules one policy may load, all of them together."""

MAX_FAMILY = 1_000
"""Values of an enum that a family or an indexed destination ranges over."""

MAX_PREDICATE = 20_000
"""Comparisons in one predicate after its lets are filled in."""

MAX_RULE_COLUMNS = 4_096
"""Columns (conjunctions) one rule may expand to."""

MAX_COLUMNS = 100_000
"""Columns of one policy."""
