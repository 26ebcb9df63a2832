"""Credentials in Kubernetes resources."""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Iterator

from interlock.compiler.source_findings import inline_credential
from interlock.compiler.sources.document import Mapping, Scalar, walk
from interlock.compiler.sources.envoy.objects import Objects
from interlock.compiler.sources.secrets import is_secret, report_secrets
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
