"""What Envoy AI Gateway does with a request, as plainly as docs/gateways/envoy-ai-gateway.md says it.

It shares no code with the importer: it goes over the plain YAML, and knows statuses rather than classes of errors.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field, replace
from typing import Any

HANG, CONNECT = "hang", "connect"
Failure = int | str
Document = dict[str, Any]


@dataclass(frozen=True)
class Request:
    """What a client sends, to which Gateway (`namespace/name`), and to which listener of it."""

    model: str
    headers: dict[str, str] = field(default_factory=dict)
    host: str | None = None
    gateway: str = "default/edge"
    listener: str = "http"
    early: bool = False
    """When it comes, and its model is not in a header yet."""


@dataclass(frozen=True)
class Attempt:
    """The backends that one attempt may go to, each with the model it is asked for. ``weights`` are their shares."""

    backends: frozenset[tuple[str, str]]
    weights: dict[tuple[str, str], int] = field(compare=False, default_factory=dict)


class Gateway:
    """Resources, and what becomes of requests."""

    def __init__(self, documents: list[Document]) -> None:
        self.documents = documents

    def of(self, kind: str) -> list[Document]:
        """The resources of a kind."""
        return [document for document in self.documents if document["kind"] == kind]

    # ── which rule ──

    def rule(self, request: Request) -> tuple[Document, Document] | None:
        """The route and the rule that take a request; None: 404."""
        routes = [r for r in self.of("AIGatewayRoute") if at(r, request.gateway, request.listener)]
        hosts = {host for route in routes for host in route["spec"].get("hostnames", ["*"])}
        fitting = [host for host in hosts if host_fits(host, request.host)]
        if not fitting:
            return None
        host = min(fitting, key=lambda h: (h == "*", h.startswith("*"), -len(h)))
        here = [route for route in routes if host in route["spec"].get("hostnames", ["*"])]
        here.sort(key=name_of)
        entries: list[tuple[list[Document], Document, Document | None]] = []
        for route in here:
            for rule in route["spec"]["rules"]:
                entries += [(match.get("headers", []), route, rule) for match in rule.get("matches") or [{}]]
            entries.append(([], route, None))
        entries.sort(key=lambda entry: (-len(entry[0]), -sum(h.get("type", "Exact") == "Exact" for h in entry[0])))
        for headers, route, rule in entries:
            if all(header_fits(header, request) for header in headers):
                return None if rule is None else (route, rule)
        return None

    # ── which backends ──

    def attempts(self, request: Request, failures: list[Failure]) -> list[Attempt] | int:
        """The attempts at a request of which one after the other fails; a status where there is none."""
        found = self.rule(request)
        if found is None:
            return 404
        route, rule = found
        refs = [ref for ref in rule.get("backendRefs", []) if ref.get("weight", 1) > 0]
        if not refs:
            return self.ended(request, 500, local=True)
        policy = self.policy(route, rule, request.gateway, request.listener)
        hashing = policy.get("loadBalancer", {}).get("type") == "ConsistentHash"
        kinds = {self.addressing(ref["name"]) for ref in refs}
        zones = policy.get("loadBalancer", {}).get("zoneAware")
        flat = len(refs) > 1 and (zones or ("ip" in kinds and (len(kinds - {None}) > 1 or kinds == {"ip"})))
        all_ip = len(refs) > 1 and kinds == {"ip"} and not zones
        priorities = [0] if flat else sorted({ref.get("priority", 0) for ref in refs})
        retry = policy.get("retry")
        made = []
        for attempt in range(len(failures) + 1):
            if attempt:
                retries = 0 if retry is None else retry.get("numRetries", 2)
                if attempt > retries or not self.tried_again(rule, retry, failures[attempt - 1]):
                    break
            each = 0 if retry is None or hashing else retry.get("numAttemptsPerPriority", 0)
            level = priorities[attempt // each % len(priorities)] if each else priorities[0]
            here = [ref for ref in refs if flat or ref.get("priority", 0) == level]
            weights: dict[tuple[str, str], int] = {}
            for ref in here:
                said = (refs[0] if all_ip else ref).get("modelNameOverride", request.model)
                key = ref["name"], said
                weights[key] = weights.get(key, 0) + (1 if hashing else ref.get("weight", 1))
            made.append(Attempt(frozenset(weights), weights))
        return made

    def ended(self, request: Request, status: int, *, local: bool) -> int:
        """The status that a client gets where the last attempt, or Envoy itself (``local``), has given one. What
        overrides it is taken up with the route that is found first: the model is not in its header by then."""
        found = self.rule(replace(request, early=True))
        policy = {} if found is None else self.policy(*found, request.gateway, request.listener)
        for each in policy.get("responseOverride", ()):
            codes = [
                code.get("range") or dict.fromkeys(("start", "end"), code["value"])
                for code in each["match"]["statusCodes"]
            ]
            heard = each.get("source", "All") in ("All", "Local" if local else "Backend")
            if heard and any(code["start"] <= status <= code["end"] for code in codes):
                return int(each["response"].get("statusCode", status))
        return status

    def tried_again(self, rule: Document, retry: Document | None, failure: Failure) -> bool:
        """Whether a failure is followed by another attempt, as far as its kind goes."""
        if retry is None:
            return False
        on = retry.get("retryOn")
        triggers = ["connect-failure", "refused-stream", "unavailable", "cancelled", "retriable-status-codes"]
        codes = [503]
        if on is not None:
            triggers = on.get("triggers") or triggers
            codes = on.get("httpStatusCodes", [])
        any_reset = {"5xx", "gateway-error", "reset"} & set(triggers)
        if failure == HANG:
            limits = [seconds(retry.get("perRetry", {}).get("timeout")), seconds(rule.get("streamIdleTimeout"))]
            said = rule.get("timeouts", {})
            whole = seconds(said.get("backendRequest", said.get("request", "60s")))
            given = [limit for limit in limits if limit]
            return bool(any_reset and given and (whole == 0 or min(given) < (whole or 60)))
        if failure == CONNECT:
            return bool(any_reset or {"connect-failure", "reset-before-request"} & set(triggers))
        assert isinstance(failure, int)
        if "5xx" in triggers and 500 <= failure <= 599:
            return True
        if "gateway-error" in triggers and failure in (502, 503, 504):
            return True
        return "retriable-status-codes" in triggers and failure in codes

    def addressing(self, backend: str) -> str | None:
        """Whether a backend has a host name or an address."""
        for document in self.of("AIServiceBackend"):
            if document["metadata"]["name"] == backend:
                wanted = document["spec"]["backendRef"]["name"]
                for behind in self.of("Backend"):
                    if behind["metadata"]["name"] == wanted:
                        return "fqdn" if "fqdn" in behind["spec"]["endpoints"][0] else "ip"
        return None

    def policy(self, route: Document, rule: Document, gateway: str, listener: str) -> Document:
        """What the BackendTrafficPolicy that holds for a rule says: of the most specific one all, of others nothing,
        but for one with `mergeType`, which is put over the one for the listener or the Gateway."""
        found: list[tuple[int, tuple[str, str], Document]] = []
        for policy in self.of("BackendTrafficPolicy"):
            namespace = policy["metadata"].get("namespace", "default")
            for ref in policy["spec"].get("targetRefs", []):
                mine = (namespace, ref["name"]) == name_of(route)
                section = ref.get("sectionName")
                if ref["kind"] == "HTTPRoute" and mine and (section is None or section == rule.get("name")):
                    found.append((section is None, name_of(policy), policy["spec"]))
                elif (
                    ref["kind"] == "Gateway" and f"{namespace}/{ref['name']}" == gateway and section in (None, listener)
                ):
                    found.append((2 + (section is None), name_of(policy), policy["spec"]))
        if not found:
            return {}
        rank, _, own = min(found, key=lambda item: item[:2])
        parents_ = [item for item in found if item[0] >= 2]
        if rank < 2 and "mergeType" in own and parents_:
            if "retry" in own:
                own = {**own, "retry": {"numRetries": 2, **own["retry"]}}  # the default is there from the start
            return over(min(parents_, key=lambda item: item[:2])[2], own)
        return own


def over(below: Document, above: Document) -> Document:
    """One mapping over another, key by key; lists are replaced."""
    found = dict(below)
    for key, value in above.items():
        both = isinstance(value, dict) and isinstance(found.get(key), dict)
        found[key] = over(found[key], value) if both else value
    return found


def parents(route: Document) -> list[str]:
    """The Gateways of a route."""
    own = route["metadata"].get("namespace", "default")
    return [f"{ref.get('namespace', own)}/{ref['name']}" for ref in route["spec"].get("parentRefs", [])]


def at(route: Document, gateway: str, listener: str) -> bool:
    """Whether a route is attached to a listener."""
    own = route["metadata"].get("namespace", "default")
    for ref in route["spec"].get("parentRefs", []):
        if f"{ref.get('namespace', own)}/{ref['name']}" == gateway and ref.get("sectionName") in (None, listener):
            return True
    return False


def name_of(document: Document) -> tuple[str, str]:
    """By what resources of one age are ordered."""
    return document["metadata"].get("namespace", "default"), document["metadata"]["name"]


def host_fits(pattern: str, host: str | None) -> bool:
    """Whether a request for a host goes by the list of a pattern."""
    if pattern == "*":
        return True
    if host is None:
        return False
    return host.endswith(pattern[1:]) if pattern.startswith("*") else host == pattern


def header_fits(header: Document, request: Request) -> bool:
    """Whether a request has a header as a match wants it."""
    name = header["name"].lower()
    known = {**request.headers, **({} if request.early else {"x-ai-eg-model": request.model})}
    value = known.get(name)
    if value is None:
        return False
    if header.get("type", "Exact") == "Exact":
        return bool(value == header["value"])
    return re.fullmatch(header["value"], value) is not None


def seconds(text: str | None) -> float | None:
    """A duration in seconds."""
    if text is None:
        return None
    units = {"h": 3600, "m": 60, "s": 1, "ms": 0.001}
    return sum(int(n) * units[unit] for n, unit in re.findall(r"(\d+)(ms|h|m|s)", text))
