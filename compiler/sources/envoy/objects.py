"""The Kubernetes objects in a configuration."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from interlock.compiler.sources.document import Mapping, Scalar
from interlock.dsl.record import record
from interlock.dsl.source import Span

AI = "aigateway.envoyproxy.io"
ENVOY = "gateway.envoyproxy.io"
STANDARD = "gateway.networking.k8s.io"
ROUTE = "AIGatewayRoute"
GROUPS = {
    ROUTE: AI,
    "AIServiceBackend": AI,
    "BackendSecurityPolicy": AI,
    "Backend": ENVOY,
    "BackendTrafficPolicy": ENVOY,
}
"""Whose the kinds are that decide where requests go."""


@record
class Object:
    """One resource. ``namespace`` is `default` where none is said; ``created`` says when, in a text that sorts, and is
    empty for one that is yet to be; ``span`` is where its name stands, or its start."""

    group: str
    kind: str
    namespace: str
    name: str
    created: str
    labels: tuple[tuple[str, str], ...]
    root: Mapping
    spec: Mapping
    span: Span


@record
class Objects:
    """All resources that were given, in their order. Of several with one name the last one counts, as when they are
    applied; ``lost`` has the others, each with the one that counts."""

    all: tuple[Object, ...]
    lost: tuple[tuple[Object, Object], ...]

    def of(self, kind: str) -> list[Object]:
        """Those of a kind. Another group's kind of the same name is another kind."""
        return [found for found in self.all if found.kind == kind and found.group == GROUPS.get(kind, found.group)]

    def find(self, kind: str, namespace: str, name: str) -> Object | None:
        """The resource of that name."""
        return next((o for o in self.of(kind) if (o.namespace, o.name) == (namespace, name)), None)


def read_objects(documents: Iterable[Mapping]) -> Objects:
    """The resources in documents; a `List` stands for its items. What is no resource is left out."""
    given = [found for document in documents for found in _objects(document)]
    last = {(o.group, o.kind, o.namespace, o.name): o for o in given if o.name}
    lost = []
    for object_ in given:
        kept = last.get((object_.group, object_.kind, object_.namespace, object_.name), object_)
        if kept is not object_:
            lost.append((object_, kept))
    gone = {id(object_) for object_, _ in lost}
    return Objects(tuple(object_ for object_ in given if id(object_) not in gone), tuple(lost))


def _objects(root: Mapping) -> Iterator[Object]:
    kind = root.text("kind")
    if kind == "List":
        for item in root.list("items"):
            if isinstance(item, Mapping):
                yield from _objects(item)
        return
    version = root.text("apiVersion")
    if kind is None or version is None:
        return
    metadata = root.mapping("metadata")
    name = metadata.scalar("name")
    labels = tuple((str(k.value), str(v.value)) for k, v in metadata.mapping("labels").items if isinstance(v, Scalar))
    yield Object(
        group=version.rpartition("/")[0],
        kind=kind,
        namespace=metadata.text("namespace") or "default",
        name="" if name is None else str(name.value),
        created=metadata.text("creationTimestamp") or "",
        labels=labels,
        root=root,
        spec=root.mapping("spec"),
        span=root.span if name is None else name.span,
    )
