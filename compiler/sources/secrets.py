"""Credentials in the configuration of a gateway: found, reported, and never shown."""

from __future__ import annotations

import re
from collections.abc import Iterator

from interlock.compiler.source_findings import inline_credential
from interlock.compiler.sources.document import Mapping, Node, Scalar, walk
from interlock.dsl.credentials import credentials
from interlock.dsl.finding import Finding

_SECRET_KEY = re.compile(
    r"(?i)(^|[_-])(api[_-]?key|apikey|master[_-]?key|salt[_-]?key|secret([_-]?(access[_-]?)?key)?|password|passwd"
    r"|(access|auth|bearer|session|api|security)[_-]?token|client[_-]?secret|private[_-]?key|authorization"
    r"|(param|header)[_-]value|x-api-key)$"
)
_PLACEHOLDER = re.compile(
    r"(?i)^$|^(none|null|empty|dummy|fake|test|any(thing)?|ollama|not[ _-]?(needed|used|required)|placeholder|changeme"
    r"|x{2,}|\*+|string|key|token|secret|password|true|false|bearer)$|fake|dummy|placeholder|no-key"
    r"|not-needed|your[ _-]|^sk-(1234|xxx|fake|no)|^os\.environ/|^env[:.]|\$\{|\{\{|\{vault:"
    r"|^\{|^<|^\$|secretref|^vault:|^arn:"
)
_LEAST = 8


def secrets_in(root: Node) -> Iterator[tuple[Scalar, str]]:
    """The scalars of a document that hold a credential, each with what it looks like: by what it is, or by the key it
    stands under. What names a variable, or stands for a credential, is none."""
    for mapping in walk(root):
        if isinstance(mapping, Mapping):
            for key, value in mapping.items:
                if isinstance(value, Scalar) and isinstance(value.value, str):
                    found = credentials(value.value)
                    if found:
                        yield value, found[0].what
                    elif _SECRET_KEY.search(str(key.value)) and is_secret(value.value):
                        yield value, f"the value of `{key.value}`"


def report_secrets(root: Node, instead: str) -> Iterator[Finding]:
    """A finding for each credential of a document. ``instead`` says where one belongs. Notes in the sources what is
    not to be shown."""
    for value, what in secrets_in(root):
        span = value.span
        span.source.secrets = (*span.source.secrets, (span.start, span.end))
        said = f"{what} stands here as it is" if what.startswith("the value") else f"this looks like {what}"
        yield Finding(inline_credential.KIND, said, span, instead)


def is_secret(value: str) -> bool:
    """Whether a text that stands where a credential belongs is one, rather than what stands for it."""
    # A name in capitals is that of a variable, which is put there later.
    named = re.fullmatch(r"[A-Z]+(_[A-Z0-9]+)+", value.strip())
    return len(value) >= _LEAST and named is None and not _PLACEHOLDER.search(value.strip())
