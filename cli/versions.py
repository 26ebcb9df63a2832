"""From what the user named to a version that can be compared: a policy, a compiled table, a gateway's configuration;
as a file, or as it was at a revision."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from interlock.cli.configurations import configuration_of, may_be_configuration, read_source
from interlock.cli.files import STDIN, Unusable, read_bytes
from interlock.cli.git import Revision, at_revision, names_revision
from interlock.cli.tables import is_table, read_once
from interlock.dsl.limits import MAX_FILE_BYTES

if TYPE_CHECKING:
    from collections.abc import Sequence

    from interlock.cli.settings import Effective, Resolver
    from interlock.compiler.diff.side import Side
    from interlock.compiler.progress import Progress
    from interlock.compiler.sources.check import Imported
    from interlock.compiler.sources.formats import Format
    from interlock.dsl.finding import Finding


class Refused(Unusable):
    """A version that is no policy yet: ``findings`` say why."""

    def __init__(self, title: str, findings: Sequence[Finding]) -> None:
        number = sum(finding.severity == "error" for finding in findings)
        super().__init__(f"`{title}` cannot be compared: {number:,} error{'' if number == 1 else 's'}; fix these first")
        self.title = title
        self.findings = tuple(findings)


def version(name: str, resolver: Resolver, from_: Format | None) -> Side:
    """The version that ``name`` names. Raises ``Unusable``."""
    if names_revision(name):
        at = at_revision(name)
        own = resolver.of(at.on_disk)
        return side_of_data(name, at.shown, at.read(), own, from_, revision=at)
    own = resolver.of(name)
    data = read_once(name)
    if data is None:
        data = read_bytes(name, 64 * 1024 * 1024 + 1)
        return side_of_data(name, name, data, own, from_)
    return side_of_data(name, "<stdin>" if name == STDIN else name, data, own, from_, piped=True)


def side_of_data(
    title: str,
    file: str,
    data: bytes,
    own: Effective,
    from_: Format | None,
    *,
    revision: Revision | None = None,
    piped: bool = False,
) -> Side:
    """The version whose content is ``data``: ``title`` is what the user called it, ``file`` its name in messages.

    With ``revision``, what it imports is from there too; ``piped`` data is not what the file has now. Raises
    ``Unusable``."""
    from interlock.compiler.pipeline import Unreadable, front
    from interlock.runtime import TableError

    configured = from_ is not None or (may_be_configuration(file) and not _holds_table(file, data))
    if not configured and is_table(data):
        from interlock.compiler.diff.tables import side_of_table

        try:
            return side_of_table(title, data)
        except TableError as error:
            raise Unusable(f"`{title}` is no usable table: {error}") from error
    if configured:
        files = None if revision is None else revision.files
        return _of_configuration(title, configuration_of([read_source(file, data)], from_, own.models, files), own)
    try:
        if revision is not None:
            root = os.path.realpath(own.root) if own.root else os.path.dirname(revision.on_disk)
            found = front(file, root=root, models=own.models, files=revision.files)
        elif piped:
            text = data[: MAX_FILE_BYTES + 1].decode("utf-8", "surrogateescape")
            found = front(file, root=own.root or os.path.dirname(file) or None, text=text, models=own.models)
        else:
            found = front(file, root=own.root, models=own.models)
    except Unreadable as error:
        raise Unusable(str(error)) from error
    if found.findings:
        raise Refused(title, found.findings)
    if found.policy is None:
        raise Unusable(f"`{title}` is a module: it has no rules to compare")
    from interlock.compiler.diff.sides import side_of

    return side_of(title, found, own.settings)


def _holds_table(file: str, data: bytes) -> bool:
    """Whether JSON is to be a table: it says so, or is nothing else that is known."""
    if not is_table(data) or b'"interlock-table"' in data:
        return is_table(data)
    from interlock.compiler.sources.formats import recognized

    return recognized(read_source(file, data)) is None


def _of_configuration(title: str, imported: Imported, own: Effective) -> Side:
    from interlock.compiler.diff.sides import side_of
    from interlock.compiler.sources.check import check_imported, policy_of

    if imported.draft is None:
        raise Refused(title, imported.findings)
    made = policy_of(imported)
    if made.findings:
        raise Refused(title, check_imported(imported, own.settings))

    def findings(progress: Progress) -> tuple[Finding, ...]:
        return check_imported(imported, own.settings, progress)

    return side_of(title, made, own.settings, findings)
