"""Credentials in Kubernetes resources."""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Iterator

from interlock.compiler.source_findings import inline_credential
from interlock.compiler.sources.document import Mapping, Node, Scalar, Sequence, walk
from interlock.compiler.sources.envoy.objects import Objects
from interlock.compiler.sources.secrets import is_secret, report_secrets
from interlock.dsl.credentials import credentials
from interlock.dsl.finding import Finding

INSTEAD = "make the secret outside of the repository, and replace the credential if others have seen it"


def check_secrets(objects: Objects) -> Iterator[Finding]:
    """A finding for each credential. Notes in the sources what is not to be shown."""
    for object_ in objects.all:
        found = list(report_secrets(object_.root, INSTEAD))
        yield from found
        told = {finding.span.start for finding in found}
        for value, what in _more(object_.kind, object_.root):
            if value.span.start not in told:
                source = value.span.source
                source.secrets = (*source.secrets, (value.span.start, value.span.end))
                yield Finding(inline_credential.KIND, f"{what} stands here as it is", value.span, INSTEAD)


def without_credentials(root: Mapping, known: dict[str, str]) -> Mapping:
    """A document in which each credential, wherever it stands, is only a name: no policy is to show one. ``known`` has
    the names by the credentials, and is added to."""

    def put(node: Node) -> Node:
        if isinstance(node, Mapping):
            return Mapping(tuple((key, put(value)) for key, value in node.items), node.span)
        if isinstance(node, Sequence):
            return Sequence(tuple(put(item) for item in node.items), node.span)
        if isinstance(node.value, str) and credentials(node.value):
            return Scalar(known.setdefault(node.value, f"credential-{len(known) + 1}"), node.span)
        return node

    found = put(root)
    assert isinstance(found, Mapping)
    return found


def is_credential(text: str) -> bool:
    """Whether a text is the name of a credential that stood in its place."""
    return re.fullmatch(r"credential-\d+", text) is not None


def _more(kind: str, root: Mapping) -> Iterator[tuple[Scalar, str]]:
    """What is a credential by where it stands: all that a Secret holds, and the value of a header that carries one."""
    if kind == "Secret":
        for section in ("stringData", "data"):
            for key, held in root.mapping(section).items:
                if isinstance(held, Scalar) and isinstance(held.value, str):
                    text = _decoded(held.value) if section == "data" else held.value
                    if any(is_secret(part) for part in _parts(text)):
                        yield held, f"the value of `{key.value}` of a Secret"
        return
    for mapping in walk(root):
        if isinstance(mapping, Mapping):
            name, value = mapping.text("name"), mapping.scalar("value")
            if name is not None and value is not None and re.fullmatch(r"(?i)authorization|(x-)?api-key", name):
                text = re.sub(r"(?i)^(bearer|basic)\s+", "", str(value.value))
                if is_secret(text):
                    yield value, f"the value of the header `{name}`"


def _decoded(text: str) -> str:
    try:
        return base64.b64decode(text, validate=False).decode("utf-8", "replace")
    except (binascii.Error, ValueError):
        return text


def _parts(text: str) -> Iterator[str]:
    """The values in a text: of a file of settings those after `=`, of others each line."""
    for line in text.splitlines():
        part = line.partition("=")[2] or line if " = " in line or re.match(r"\w+=\S+$", line) else line
        part = part.strip()
        if part and not part.startswith(("[", "#")):
            yield part
