"""What Kubernetes would not take, or would drop: keys and values against the definitions of the resources."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from functools import cache
from pathlib import Path
from typing import Any

from interlock.compiler.source_findings import refused_configuration, repeated_key, unknown_key
from interlock.compiler.sources.document import Mapping, Node, Scalar, Sequence, written_twice
from interlock.compiler.sources.envoy.objects import AI, ENVOY, GROUPS, Object, Objects
from interlock.compiler.sources.keys import check_keys
from interlock.dsl.finding import Finding, Related
from interlock.dsl.nearest import nearest
from interlock.dsl.source import Span

_DROPPED = "kubectl refuses it, other clients drop it"
_REFUSED = "Kubernetes refuses this resource"
_TOP = ("apiVersion", "kind", "metadata", "spec", "status")
_METADATA = frozenset(
    {
        "name", "namespace", "labels", "annotations", "finalizers", "generateName", "generation", "uid", "selfLink",
        "resourceVersion", "creationTimestamp", "deletionTimestamp", "deletionGracePeriodSeconds", "ownerReferences",
        "managedFields",
    }
)  # fmt: skip
_OLD = {
    "AIGatewayRoute": {
        "targetRefs": "it is called `parentRefs` since v0.4",
        "schema": "leave it out: since v0.4 clients are told apart by the path they ask",
        "filterConfig": "write a GatewayConfig: this is gone since v0.6",
    },
    "AIServiceBackend": {
        "backendSecurityPolicyRef": "write `targetRefs` in the BackendSecurityPolicy, since v0.4",
        "timeouts": "write `timeouts` in the rules of the AIGatewayRoute, since v0.3",
    },
}
"""Keys that there have been, with what to do now."""
_VERSIONS = {AI: ("v1beta1", "v1alpha1"), ENVOY: ("v1alpha1",)}
_COMMON = frozenset(
    {
        "name", "namespace", "group", "kind", "type", "value", "path", "port", "header", "headers", "set", "remove",
        "key", "from", "status", "unit", "http", "tcp", "request", "response", "percent", "numerator", "interval",
        "timeout", "hostname", "version", "region", "items", "spec",
    }
)  # fmt: skip
"""Keys that stand in so many places that none of them can be meant."""


@cache
def definitions() -> dict[str, Any]:
    """The keys of each kind. A mapping has its keys, `!` after those that it must have, or `*` for any; a list has what
    its items are, and how many there may be; a text is the type of a value, or after `=` what there is to choose."""
    found: dict[str, Any] = json.loads(Path(__file__).with_name("keys.json").read_text("utf-8"))
    return found


def check_schema(objects: Objects) -> Iterator[Finding]:
    """Findings about keys and values."""
    for object_ in objects.all:
        if GROUPS.get(object_.kind) != object_.group:
            yield from _group(object_)
            continue
        yield from _version(object_)
        for lost, kept in written_twice(object_.root):
            message = f"`{lost.value}` is written twice: what stands here is lost"
            related = (Related("this one counts", kept.span),)
            yield Finding(repeated_key.KIND, message, lost.span, "merge the two, or remove one", related)
        elsewhere = _places(object_.kind)
        metadata = object_.root.mapping("metadata")
        for node, where, names in ((object_.root, f"`{object_.kind}`", _TOP), (metadata, "`metadata`", _METADATA)):
            yield from check_keys(node, where, names, _meant(node, names, elsewhere), _DROPPED)
        if not object_.name and metadata.text("generateName") is None:
            yield _refused("a resource needs a `name` in its `metadata`", object_.root, "add `metadata: {name: …}`")
        old = _OLD.get(object_.kind, {})
        for key, _ in object_.spec.items:
            help_ = old.get(str(key.value))
            if help_ is not None:
                message = f"`{key.value}` is no key of `{object_.kind}` any more: {_DROPPED}"
                yield Finding(unknown_key.KIND, message, key.span, help_)
        if object_.root.get("spec") is not None:
            known = {**definitions()[object_.kind], **dict.fromkeys(old, "any")}
            yield from _value(object_.root.get("spec"), known, "spec", elsewhere)


def _group(object_: Object) -> Iterator[Finding]:
    """Kinds that only Envoy AI Gateway has, under another group."""
    wanted = GROUPS.get(object_.kind)
    if wanted == AI or (object_.kind == "BackendTrafficPolicy" and object_.group == AI):
        said = object_.root.scalar("apiVersion")
        message = f"there is no `{object_.kind}` in `{object_.group}`: {_REFUSED}"
        span = object_.span if said is None else said.span
        yield Finding(refused_configuration.KIND, message, span, f"write `{wanted}/{_VERSIONS[str(wanted)][0]}`")


def _version(object_: Object) -> Iterator[Finding]:
    said = object_.root.scalar("apiVersion")
    versions = _VERSIONS[object_.group]
    if said is not None and str(said.value).rpartition("/")[2] not in versions:
        message = f"there is no `{said.value}` of `{object_.kind}`: {_REFUSED}"
        yield Finding(refused_configuration.KIND, message, said.span, f"write `{object_.group}/{versions[0]}`")


def _value(node: Node | None, known: Any, where: str, elsewhere: dict[str, str]) -> Iterator[Finding]:
    if known == "any" or node is None:
        return
    if isinstance(known, dict):
        yield from _mapping(node, known, where, elsewhere)
    elif isinstance(known, list):
        if not isinstance(node, Sequence):
            yield _refused(f"`{_last(where)}` is no list", node, f"write each item of `{_last(where)}` after a `-`")
            return
        if len(known) > 1 and len(node.items) > known[1]:
            count = f"`{where}` has {len(node.items)} items, and {known[1]} are allowed"
            more = " of them to a second resource" if where == "spec.rules" else ""
            yield _refused(count, node.items[known[1]], f"move some{more}" if more else f"leave {known[1]}")
        for item in node.items:
            yield from _value(item, known[0], where, elsewhere)
    elif problem := _scalar(node, known):
        yield _refused(f"`{_last(where)}` {problem[0]}", node, problem[1])


def _mapping(node: Node, known: dict[str, Any], where: str, elsewhere: dict[str, str]) -> Iterator[Finding]:
    if not isinstance(node, Mapping):
        yield _refused(f"`{_last(where)}` is no mapping of keys to values", node, f"write `{_last(where)}: {{…}}`")
        return
    if "*" in known:
        for written, inner in node.items:
            yield from _value(inner, known["*"], f"{where}.{written.value}", elsewhere)
        return
    names = {key.rstrip("!"): key for key in known}
    yield from check_keys(node, f"`{where}`", names, _meant(node, names, elsewhere), _DROPPED)
    for name, key in names.items():
        value = node.get(name)
        if value is not None:
            yield from _value(value, known[key], f"{where}.{name}", elsewhere)
        elif key.endswith("!"):
            yield _refused(f"`{name}` is missing in `{where}`", node, f"add `{name}`")


def _meant(node: Mapping, names: Iterable[str], elsewhere: dict[str, str]) -> dict[str, str]:
    """Where the keys of a mapping belong that are known elsewhere as they are, and are no slip for one of ``names``."""
    present = {str(key.value) for key, _ in node.items} & elsewhere.keys()
    return {name: elsewhere[name] for name in present if nearest(name, names) is None}


def _scalar(node: Node, known: str) -> tuple[str, str] | None:
    """What is wrong with a value, and what to write instead."""
    if not isinstance(node, Scalar):
        return "is no single value", "write one value"
    value = node.value
    if known.startswith("="):
        choices = known[1:].split("|")
        if isinstance(value, str) and value in choices:
            return None
        close = nearest(str(value), choices)
        listed = ", ".join(choices[:8]) + (", …" if len(choices) > 8 else "")
        return f"cannot be `{value}`", f"did you mean `{close}`?" if close else f"write one of {listed}"
    kind, _, bounds = known.partition(" ")
    if kind == "string":
        right = isinstance(value, str)
        return None if right else ("is no text", f'put it in quotes: `"{value}"`')
    if kind == "boolean":
        return None if isinstance(value, bool) else ("is neither true nor false", "write `true` or `false`")
    if isinstance(value, bool) or not isinstance(value, int if kind == "integer" else int | float):
        what = "a whole number" if kind == "integer" else "a number"
        return f"is not {what}", f"write {what}, without quotes"
    least, _, most = bounds.partition("..")
    if least and value < int(least):
        return f"is less than {least}", f"write {least} or more"
    if most and value > int(most):
        return f"is more than {most}", f"write {most} or less"
    return None


def _refused(what: str, node: Node, help_: str) -> Finding:
    return Finding(refused_configuration.KIND, f"{what}: {_REFUSED}", start(node), help_)


def start(node: Node) -> Span:
    """The place of a value; of one that goes over lines, its first line."""
    span = node.span
    end = span.source.text.find("\n", span.start, span.end)
    return span if end < 0 else Span(span.source, span.start, end)


def _last(where: str) -> str:
    return where.rpartition(".")[2]


@cache
def _places(kind: str) -> dict[str, str]:
    """Where keys belong, for those that say it by themselves; the own kind before the others."""
    found: dict[str, str] = {}
    for other in sorted(GROUPS, key=lambda name: (name != kind, list(GROUPS).index(name))):
        of = "" if other == kind else f" of a `{other}`"
        todo = [(definitions()[other], "spec")]
        for known, where in todo:  # grows while it is read: what is higher up comes first
            inner = known[0] if isinstance(known, list) else known
            for key, value in inner.items() if isinstance(inner, dict) else ():
                name = key.rstrip("!")
                if name not in _COMMON and name != "*":
                    found.setdefault(name, f"`{where}`{of}")
                todo.append((value, f"{where}.{name}"))
    return found
