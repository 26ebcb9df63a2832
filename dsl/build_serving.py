"""The tree builder, third part: models, upstreams, pools and fallback chains."""

from __future__ import annotations

from typing import Literal

from interlock.dsl import syntax as s
from interlock.dsl.build_predicates import Predicates
from interlock.dsl.lex import Tokens
from interlock.dsl.source import Span

Spill = Literal["spill"] | s.Int
Names = tuple[s.Name, ...]
Link = s.Ref | s.Fail | s.Follow | Names | None
"""A part of a chain after its start: hops, then the end, then the classes or None."""


class Serving(Predicates):
    """What serves requests.

    ``docs``: doc comments by the offset of what they belong to. ``last_error``: the offset of the last
    mistake that recovery met; it only grows. ``broken``: names of declarations given up.
    """

    def __init__(self, tokens: Tokens, docs: dict[int, str]) -> None:
        super().__init__(tokens)
        self.docs = docs
        self.broken: set[str] = set()
        self.last_error = -1

    def _spoilt(self, at: Span, name: s.Name) -> bool:
        """Whether something in the declaration was wrong; its name is then broken."""
        if self.last_error < at.start:
            return False
        self.broken.add(name.text)
        return True

    def model(self, at: Span, name: s.Name, *members: s.Context | s.Price | s.Supports) -> s.Model | None:
        return None if self._spoilt(at, name) else s.Model(name, members, at, self.docs.get(at.start))

    def context(self, at: Span, tokens: s.Int) -> s.Context:
        return s.Context(tokens, at)

    def price(self, at: Span, *items: tuple[s.Name, s.Money]) -> s.Price:
        return s.Price(items, at)

    def priced(self, at: Span, what: s.Name, amount: s.Money) -> tuple[s.Name, s.Money]:
        return what, amount

    def supports(self, at: Span, *capabilities: s.Name) -> s.Supports:
        return s.Supports(capabilities, at)

    def upstream(
        self, at: Span, name: s.Name, family: s.Family | None, *members: s.UpstreamMember
    ) -> s.Upstream | None:
        if self._spoilt(at, name):
            return None
        return s.Upstream(name, family, members, at, self.docs.get(at.start))

    def provider(self, at: Span, value: s.Name) -> s.Label:
        return s.Label("provider", value, at)

    def account(self, at: Span, value: s.Name) -> s.Label:
        return s.Label("account", value, at)

    def region(self, at: Span, value: s.Name) -> s.Label:
        return s.Label("region", value, at)

    def endpoint_url(self, at: Span, url: s.Name) -> s.Endpoint:
        return s.Endpoint(url, False, at)

    def endpoint_env(self, at: Span, variable: s.Name) -> s.Endpoint:
        return s.Endpoint(variable, True, at)

    def timeout(self, at: Span, *items: tuple[s.Name, s.Duration]) -> s.Timeout:
        return s.Timeout(items, at)

    def timed(self, at: Span, kind: s.Name, duration: s.Duration) -> tuple[s.Name, s.Duration]:
        return kind, duration

    def limit(self, at: Span, rate: s.Rate, burst: s.Int, spill: Spill | None) -> s.Limit:
        return s.Limit(rate, burst, spill, at)

    def spill(self, at: Span) -> Spill:
        return "spill"

    def spill_fail(self, at: Span, status: s.Int) -> Spill:
        return status

    def breaker(self, at: Span, share: s.Percent, requests: s.Int, window: s.Duration, probe: s.Duration) -> s.Breaker:
        return s.Breaker(share, requests, window, probe, at)

    def pool(
        self, at: Span, name: s.Name, family: s.Family | None, *members: s.Serve | s.Sticky | s.Retry
    ) -> s.Pool | None:
        if self._spoilt(at, name):
            return None
        return s.Pool(name, family, members, at, self.docs.get(at.start))

    def serve(self, at: Span, upstream: s.Ref, model: s.Name, weight: s.Int | None) -> s.Serve:
        return s.Serve(upstream, model, weight, at)

    def sticky(self, at: Span, attribute: s.Name) -> s.Sticky:
        return s.Sticky(attribute, at)

    def retry(self, at: Span, count: s.Int) -> s.Retry:
        return s.Retry(count, at)

    def fallback(self, at: Span, start: s.Ref, *links: Link) -> s.Fallback:
        return self._chain(at, start, None, links)

    def fallback_family(self, at: Span, name: s.Name, family: s.Family, *links: Link) -> s.Fallback:
        return self._chain(at, s.Ref(name, None, name.span), family, links)

    def _chain(
        self,
        at: Span,
        start: s.Ref,
        family: s.Family | None,
        links: tuple[Link, ...],
    ) -> s.Fallback:
        hops = tuple(hop for hop in links if isinstance(hop, s.Ref))
        end = next(end for end in links if isinstance(end, s.Fail | s.Follow))
        classes = next((names for names in links if isinstance(names, tuple)), ())
        return s.Fallback(start, family, hops, end, classes, at, self.docs.get(at.start))

    def on(self, at: Span, *classes: s.Name) -> tuple[s.Name, ...]:
        return classes
