"""What becomes of each part of a policy at a gateway, and what is written for it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

from interlock.dsl.record import record
from interlock.dsl.source import Span

How = Literal["native", "extension", "impossible"]


class Unemittable(Exception):
    """A policy that a gateway cannot serve at all; the message says why, and what to write instead."""


def refusal(kind: str, name: str, span: Span, why: str) -> Unemittable:
    """What refuses one part of a policy, with its place. ``kind`` is its word in the language: rule, upstream, …"""
    line, column = span.first
    return Unemittable(f"{span.file}:{line}:{column}: {kind} `{name}`: {why}")


@record
class Fact:
    """One part of the policy. ``kind`` is its word in the language (rule, chain, timeout, …), ``what`` its name;
    ``how`` says who does it: the gateway's own configuration, our runtime in its extension point, or nobody.
    ``note`` says in which setting, or what happens instead."""

    kind: str
    what: str
    how: How
    note: str


@record
class Fidelity:
    """The report of one emit. ``environment`` are the variables that the configuration refers to, with what each
    holds: no secret is ever written."""

    target: str
    policy: str
    version: str
    facts: tuple[Fact, ...]
    environment: Mapping[str, str]

    @property
    def losses(self) -> tuple[Fact, ...]:
        """What the gateway cannot do."""
        return tuple(fact for fact in self.facts if fact.how == "impossible")


@record
class Emitted:
    """``files`` by their path below the folder, with ``/``; the same policy gives the same bytes."""

    files: Mapping[str, bytes]
    fidelity: Fidelity
