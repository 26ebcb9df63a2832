"""An explanation, with how far errors have already led along its walk."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from interlock.dsl.policy import Policy, Rule
    from interlock.runtime import Decision, Explanation, Table


@dataclass(frozen=True, slots=True)
class Loaded:
    """``policy`` is None where a compiled table was given: it carries names and places, not the source."""

    table: Table
    policy: Policy | None


@dataclass(frozen=True, slots=True)
class Explained:
    """``decision`` is the one after the errors ``after``; ``path`` holds the indices of the steps visited.
    ``ended`` is the class whose error ended the walk at the last of them, None while it goes on.
    ``rule`` is the deciding rule where its source is at hand."""

    explanation: Explanation
    decision: Decision
    after: tuple[str, ...]
    path: tuple[int, ...]
    ended: str | None
    rule: Rule | None

    @classmethod
    def along(cls, loaded: Loaded, explanation: Explanation, after: Sequence[str]) -> Explained:
        """Follow the errors ``after``, each one of the seven classes, along the walk of an explanation."""
        decision = explanation.decision
        path = [0] if explanation.walk else []
        ended = None
        for name in after:
            decision = loaded.table.after(decision, name)
            if not path or ended is not None:
                continue  # errors after the end change nothing
            step = explanation.walk[path[-1]]
            to = next(target for classes, target in step.next if name in classes)
            if isinstance(to, int):
                path.append(to)
            else:
                ended = name
        rules = loaded.policy.rules if loaded.policy is not None else ()
        rule = next((rule for rule in rules if rule.name == decision.rule), None)
        return cls(explanation, decision, tuple(after), tuple(path), ended, rule)

    def to_dict(self) -> dict[str, object]:
        """The object of ``explain --format json``."""
        return {
            **self.explanation.to_dict(),
            "decision": self.decision.to_dict(),
            "after": list(self.after),
            "path": list(self.path),
        }
