"""The deciding rule as a `CASE` with a `WHEN` for each rule: the policy as it was written, for people and engines."""

from __future__ import annotations

from sqlglot import exp

from interlock.compiler.targets.sql.decision import Decision
from interlock.compiler.targets.sql.dialects import Dialect
from interlock.compiler.targets.sql.expressions import case, number, text
from interlock.compiler.targets.sql.outcomes import Outcome, not_by_rule, with_faults
from interlock.compiler.targets.sql.predicates import Predicates
from interlock.dsl import policy as p


def by_rule(policy: p.Policy, dialect: Dialect) -> Decision:
    """The decision of a policy. Outcomes of rules are numbered from 1 in their order; a rule into a family has one for
    each of its pools. Raises ``Unsupported``."""
    predicates = Predicates(policy, dialect)
    outcomes = not_by_rule(policy)
    branches: list[tuple[exp.Expr, exp.Expr]] = []
    otherwise = number(0)
    last = 0
    for rule in policy.rules:
        if isinstance(rule.to, p.ToIndexed):
            chosen = []
            for index, pool in rule.to.pools:
                last += 1
                outcomes[last] = Outcome(rule.name, p.To(pool), None)
                chosen.append((text(index), number(last)))
            then = case(chosen, None, predicates.value(rule.to.attribute))
        else:
            last += 1
            outcomes[last] = Outcome(rule.name, rule.to, None)
            then = number(last)
        if isinstance(rule.when, p.Const) and rule.when.value:
            otherwise = then
            break  # no request comes to a rule after this one
        branches.append((predicates.holds(rule.when), then))
    return Decision(with_faults(policy, case(branches, otherwise)), outcomes, {})
