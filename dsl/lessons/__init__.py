"""Mistakes that have an answer of their own, as (message, help, samples): broken text, with ` | ` between samples.

A sample ends with the mistake. In it ``anything`` stands for any name, a literal for any of its kind, and the
end, `}` or `;` for every end of a member or a line; every other word means itself. In message and help
``{found}`` is the token that does not fit and ``{before}`` the one before it. ``taught.py`` learns from them.
"""

from __future__ import annotations

from interlock.dsl.lessons.attributes import ATTRIBUTES
from interlock.dsl.lessons.claims import CLAIMS
from interlock.dsl.lessons.conditions import CONDITIONS
from interlock.dsl.lessons.routing import ROUTING
from interlock.dsl.lessons.serving import SERVING

LESSONS: tuple[tuple[str, str, str], ...] = (*CONDITIONS, *ATTRIBUTES, *ROUTING, *SERVING, *CLAIMS)
