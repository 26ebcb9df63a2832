"""Checking every file that the user named, each under the settings that hold for it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from interlock.cli.console import Color, complain
from interlock.cli.files import STDIN, Unusable, read_text_of_stdin
from interlock.cli.progress import Bar
from interlock.dsl.record import record

if TYPE_CHECKING:
    from interlock.cli.settings import Effective, Resolver
    from interlock.compiler.settings import Settings
    from interlock.compiler.sources.formats import Format
    from interlock.dsl.finding import Finding, Kind


@record
class Run:
    """What a check of files gave, before anybody has chosen what to show of it.

    ``found`` holds each finding once, sorted, with the file that was asked about; ``read`` the files that could be
    checked, ``unread`` those that could not, each with what to say of it; ``settings`` those of each file. ``decided``
    are the settings of the files of which all is known: no T finding and no limit has kept anything back.
    """

    found: tuple[tuple[str, Finding], ...]
    read: tuple[str, ...]
    unread: tuple[tuple[str, str], ...]
    settings: Mapping[str, Effective]
    decided: Mapping[str, Settings]


def check_files(
    names: Sequence[str],
    resolver: Resolver,
    color: Color,
    stdin: str | None = None,
    also: Kind | None = None,
    from_: Format | None = None,
) -> Run:
    """Check files; says on standard error which of them cannot be. ``stdin`` is the text of standard input, where it
    has been read already; ``also`` is looked for even where settings switch it off; ``from_`` is the gateway whose
    configurations the files are."""
    from interlock.cli.configurations import configuration, together
    from interlock.compiler.pipeline import Unreadable, check

    found: dict[tuple[object, ...], tuple[str, Finding]] = {}
    read: list[str] = []
    unread: list[tuple[str, str]] = []
    settings: dict[str, Effective] = {}
    decided: dict[str, Settings] = {}
    for parts in together(names, from_):
        name = parts[0]
        try:
            settings.update({part: resolver.of(part) for part in parts})
            own = settings[name]
            chosen = own.settings if also is None else own.settings.looking_for(also)
            imported = configuration(parts, from_, own.models)
            if imported is not None:
                from interlock.compiler.sources.check import check_imported

                with Bar(name) as bar:
                    findings = check_imported(imported, chosen, bar)
            elif name == STDIN:
                text = read_text_of_stdin() if stdin is None else stdin
                findings = check("<stdin>", root=own.root, text=text, models=own.models, settings=chosen).findings
            else:
                with Bar(name) as bar:
                    checked = check(name, root=own.root, models=own.models, settings=chosen, progress=bar)
                    findings = checked.findings
        except (Unreadable, Unusable) as error:
            if all(str(error) != told for _, told in unread):  # settings that many files share are named once
                complain(str(error), color)
            unread.extend((part, str(error)) for part in parts)
            continue
        read.extend(parts)
        if all(finding.kind.code[0] != "T" and finding.kind.code != "S504" for finding in findings):
            decided.update(dict.fromkeys(parts, own.settings))
        for finding in findings:
            place = finding.span.file if finding.span.file in parts else name
            # A module that two policies import is found twice.
            found.setdefault((finding.sort_key, finding.span.file), (place, finding))
    ordered = sorted(found.values(), key=lambda item: item[1].sort_key)
    return Run(tuple(ordered), tuple(read), tuple(unread), settings, decided)
