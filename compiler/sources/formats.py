"""The gateways whose configurations are understood, and how one is told from another."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import Literal, get_args

from interlock.compiler.sources.document import Malformed, Mapping, Node, Scalar, Sequence, embedded, read, walk
from interlock.compiler.sources.plan import Given, Pool, Reading
from interlock.dsl.finding import Finding
from interlock.dsl.source import Source

Format = Literal["litellm", "kong", "envoy-ai-gateway", "portkey"]
FORMATS: tuple[Format, ...] = get_args(Format)

TITLES = {"litellm": "LiteLLM", "kong": "Kong", "envoy-ai-gateway": "Envoy AI Gateway", "portkey": "Portkey"}
"""What people call them."""

TOGETHER: frozenset[Format] = frozenset({"envoy-ai-gateway"})
"""Those whose configuration is spread over files: what is given at once is one configuration."""


def reader_of(format_: Format) -> Callable[[Given], Reading]:
    """What reads a format."""
    match format_:
        case "litellm":
            from interlock.compiler.sources.litellm.importer import read_litellm

            return read_litellm
        case "kong":
            from interlock.compiler.sources.kong.importer import read_kong

            return read_kong
        case "envoy-ai-gateway":
            from interlock.compiler.sources.envoy.importer import read_envoy

            return read_envoy
        case "portkey":
            from interlock.compiler.sources.portkey.importer import read_portkey

            return read_portkey


def advice_of(format_: Format) -> Callable[[Finding, Pool | None], Finding | None]:
    """What makes a finding about the policy, at its place in the configuration and with the pool it names, one about
    the configuration; None where it says nothing to the author."""
    match format_:
        case "litellm":
            from interlock.compiler.sources.litellm.advice import advise

            return advise
        case "kong":
            from interlock.compiler.sources.kong.advice import advise as advise_kong

            return advise_kong
        case "envoy-ai-gateway":
            from interlock.compiler.sources.envoy.advice import advise as advise_envoy

            return advise_envoy
        case "portkey":
            from interlock.compiler.sources.portkey.advice import advise as advise_portkey

            return advise_portkey


def recognized(source: Source) -> Format | None:
    """The format of a file, where that is unmistakable. One that cannot be read may still say what it is to be."""
    try:
        parts = [part for document in read(source) for part in _told_by(document)]
    except Malformed:
        return next((format_ for format_, mark in _MARKS.items() if re.search(mark, source.text)), None)
    return next((found for part in parts if isinstance(part, Mapping) and (found := _format(part)) is not None), None)


def may_belong(source: Source) -> bool:
    """Whether a file that does not say which gateway it is for may belong to one that does, as a resource beside."""
    return re.search(r"(?m)^\s*\"?apiVersion\"?\s*:\s*\"?(gateway\.[\w.]+/|v1\b)", source.text) is not None


_MARKS: dict[Format, str] = {
    "litellm": r"(?m)^\s*\"?model_list\"?\s*:",
    "kong": r"(?m)^\"?_format_version\"?\s*:[\s\S]*\bai-proxy\b",
    "envoy-ai-gateway": r"(?m)^\s*\"?apiVersion\"?\s*:\s*\"?aigateway\.envoyproxy\.io/",
    "portkey": r"^\s*\{[\s\S]*\"strategy\"\s*:\s*\{\s*\"mode\"\s*:\s*\"(fallback|loadbalance|conditional|single)\"",
}
"""What a text that cannot be read has, if it was meant as a configuration of a gateway."""


def _format(root: Mapping) -> Format | None:
    if any(isinstance(e, Mapping) and e.get("litellm_params") is not None for e in root.list("model_list")):
        return "litellm"
    if root.get("_format_version") is not None and _names_plugin(root, ("ai-proxy", "ai-proxy-advanced")):
        return "kong"
    items = [root, *(item for item in root.list("items") if isinstance(item, Mapping))]
    if any((item.text("apiVersion") or "").startswith("aigateway.envoyproxy.io/") for item in items):
        return "envoy-ai-gateway"
    return "portkey" if is_portkey(root) else None


def is_portkey(root: Mapping) -> bool:
    """Whether a mapping has what is unmistakably Portkey's: a strategy with a mode, and targets to choose among."""
    inner = root.get("config")
    config = inner if isinstance(inner, Mapping) and root.get("targets") is None else root
    mode = config.mapping("strategy").scalar("mode")
    return mode is not None and isinstance(config.get("targets"), Sequence)


def _names_plugin(root: Mapping, names: tuple[str, ...]) -> bool:
    return any(isinstance(node, Mapping) and node.text("name") in names for node in walk(root))


def _told_by(document: Node) -> Iterator[Node]:
    # A cluster does not take resources out of a ConfigMap: what is in one is another gateway's file, or nobody's.
    for part in embedded_in(document, None):
        if part is document or not isinstance(part, Mapping) or _format(part) != "envoy-ai-gateway":
            yield part


def embedded_in(document: Node, format_: Format | None) -> Iterator[Node]:
    """The configurations of a format (None: of any) in a document: itself, or what a Kubernetes ConfigMap or the values
    of LiteLLM's Helm chart hold. Raises ``Malformed``."""
    if isinstance(document, Mapping) and document.text("kind") == "ConfigMap":
        if format_ != "envoy-ai-gateway":
            yield from _configured(document, format_)
    elif isinstance(document, Mapping) and document.mapping("proxy_config").get("model_list") is not None:
        yield document.mapping("proxy_config")
    else:
        yield document


def _configured(document: Mapping, format_: Format | None) -> Iterator[Node]:
    """The files in a ConfigMap. It may hold anything beside: scripts, certificates, templates. What is no YAML is a
    fault if it was meant as a configuration, or if nothing else is there."""
    faults, found = [], False
    marks = [mark for name, mark in _MARKS.items() if name == format_ or (format_ is None and name not in TOGETHER)]
    for _, value in document.mapping("data").items:
        if not isinstance(value, Scalar) or not isinstance(value.value, str) or "\n" not in value.value:
            continue
        try:
            parts = [part for part in read(embedded(value.span)) if isinstance(part, Mapping)]
        except Malformed as fault:
            if any(re.search(mark, value.value) for mark in marks):
                raise
            faults.append(fault)
            continue
        found = found or bool(parts)
        yield from parts
    if faults and not found and format_ is not None:
        raise faults[0]
