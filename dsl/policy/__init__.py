"""Policy: what was meant. Imports are loaded, families, ladders and ``within`` expanded, names bound.

Every reference is by the full name of the thing (``opus[us_east]``, ``bedrock``, ``claude-opus-4-7``) and is
a key of the Policy's mapping of that kind, so the rest of the compiler never meets an unknown name.
"""

from interlock.dsl.policy.claims import JSON, Assert, Expect, Field, Measure, Op, Require, TestCase
from interlock.dsl.policy.predicates import And, Between, Const, Contains, Expr, Has, Like, Not, OneOf, Or, Sample
from interlock.dsl.policy.rules import Destination, Rule, To, ToIndexed
from interlock.dsl.policy.serving import (
    CLASSES,
    UNAVAILABLE,
    Breaker,
    Chain,
    Fail,
    Follow,
    Limit,
    Member,
    Model,
    Pool,
    Upstream,
)
from interlock.dsl.policy.types import (
    MAX_INT,
    Attribute,
    BoolType,
    EnumType,
    IntType,
    Scalar,
    SetType,
    Stability,
    StringType,
    Type,
)
from interlock.dsl.policy.whole import Policy

__all__ = [
    "CLASSES",
    "JSON",
    "MAX_INT",
    "UNAVAILABLE",
    "And",
    "Assert",
    "Attribute",
    "Between",
    "BoolType",
    "Breaker",
    "Chain",
    "Const",
    "Contains",
    "Destination",
    "EnumType",
    "Expect",
    "Expr",
    "Fail",
    "Field",
    "Follow",
    "Has",
    "IntType",
    "Like",
    "Limit",
    "Measure",
    "Member",
    "Model",
    "Not",
    "OneOf",
    "Op",
    "Or",
    "Policy",
    "Pool",
    "Require",
    "Rule",
    "Sample",
    "Scalar",
    "SetType",
    "Stability",
    "StringType",
    "TestCase",
    "To",
    "ToIndexed",
    "Type",
    "Upstream",
]
