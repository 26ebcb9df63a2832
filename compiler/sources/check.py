"""Checking the configuration of a gateway: what is wrong with it as it stands, and with the policy it means, at the
lines of the configuration."""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Sequence
from dataclasses import replace

from interlock.compiler.pipeline import Front, front
from interlock.compiler.progress import Progress, silent
from interlock.compiler.settings import DEFAULTS, Settings
from interlock.compiler.source_findings import inexact_import, refused_configuration
from interlock.compiler.sources.document import Malformed, Mapping, Node, read
from interlock.compiler.sources.draft import Draft, write
from interlock.compiler.sources.formats import Format, embedded_in
from interlock.compiler.sources.plan import Given, Load, Plan, Reading
from interlock.dsl.credentials import credentials, hide
from interlock.dsl.finding import Finding, Related
from interlock.dsl.limits import MAX_FILE_BYTES
from interlock.dsl.load import DISK, Files
from interlock.dsl.record import record
from interlock.dsl.source import Source, Span


@record
class Imported:
    """A configuration as a policy. Without a ``draft`` it was refused, and the findings say why."""

    format: Format
    sources: tuple[Source, ...]
    plan: Plan | None
    draft: Draft | None
    findings: tuple[Finding, ...]

    @property
    def title(self) -> str:
        """The name of the policy's text, where one is needed."""
        return self.sources[0].name


def import_sources(
    format_: Format, given: Sequence[Source], models: str | None = None, files: Files = DISK
) -> Imported:
    """The policy that a configuration of one or several files means, and what is wrong with it as it is written.
    ``models`` is the file of model facts (default: the one that ships), ``files`` where what it includes is read
    from."""
    sources = list(given)

    def load(path: str) -> Source | None:
        name = os.path.normpath(os.path.join(os.path.dirname(given[0].name), path))
        try:
            text = files.read(name)[:MAX_FILE_BYTES].decode("utf-8-sig", "replace")
        except (OSError, ValueError):
            return None
        sources.append(Source(name, text))
        return sources[-1]

    try:
        documents = [part for source in given for node in read(source) for part in embedded_in(node, format_)]
        reading = _reading(format_, given[0], documents, load, models)
    except Malformed as error:
        help_ = "correct the text: YAML 1.1 and JSON are read, as the gateways read them"
        reading = Reading(None, (Finding(refused_configuration.KIND, error.message, error.span, help_),))
    draft = None if reading.plan is None else _without_credentials(write(reading.plan))
    findings = hide(list(reading.findings), sources)
    return Imported(format_, tuple(sources), reading.plan, draft, _sorted(findings))


def check_imported(
    imported: Imported, settings: Settings = DEFAULTS, progress: Progress = silent
) -> tuple[Finding, ...]:
    """Everything that is found about a configuration, at its own lines, sorted."""
    findings = list(imported.findings)
    if imported.draft is not None and imported.plan is not None:
        from interlock.compiler.analyses import analyse

        made = policy_of(imported)
        found = list(made.findings)
        if not found:
            found = list(analyse(made.table, made.program, settings, progress))
        findings += _translated(imported, imported.plan, imported.draft, found)
        findings += [
            Finding(inexact_import.KIND, remark.text, remark.span, "see where it matters; the rest is exact")
            for remark in imported.plan.remarks
        ]
    kept = [f for f in findings if settings.severity(f.kind) != "off"]
    return _sorted([settings.graded(f) for f in hide(kept, imported.sources)])


def policy_of(imported: Imported) -> Front:
    """The policy that a configuration means, as far as its text goes."""
    assert imported.draft is not None
    return front(imported.title, text=imported.draft.text)


def policy_text(imported: Imported) -> tuple[str | None, tuple[Finding, ...]]:
    """The policy as a file of its own, laid out as policies are; None, with what keeps it from being one, where the
    configuration was refused or a policy cannot be that large."""
    if imported.draft is None or imported.plan is None:
        return None, imported.findings
    made = policy_of(imported)
    if made.findings:
        return None, _sorted(_translated(imported, imported.plan, imported.draft, made.findings))
    from interlock.dsl.format import format_module

    return format_module(made.program.main), ()


def _reading(format_: Format, source: Source, documents: list[Node], load: Load, models: str | None) -> Reading:
    from interlock.compiler.sources.formats import reader_of

    mappings = [node for node in documents if isinstance(node, Mapping)]
    if not mappings:
        message = "there is no mapping of keys to values in this file"
        help_ = f"a configuration of {format_} starts with one"
        return Reading(None, (Finding(refused_configuration.KIND, message, Span(source, 0, 0), help_),))
    title = os.path.splitext(os.path.basename(source.name))[0] or "imported"
    return reader_of(format_)(Given(tuple(mappings), title, load, models))


def _without_credentials(draft: Draft) -> Draft:
    """The draft with something as long in the place of each credential, as one may stand where a name should."""
    text, known = draft.text, dict[str, str]()
    for found in credentials(text):
        secret = text[found.secret : found.end]
        hidden = known.setdefault(secret, f"hidden{len(known) or ''}"[: len(secret)].ljust(len(secret), "x"))
        text = text[: found.secret] + hidden + text[found.end :]
    return draft if not known else Draft(text, draft.pieces)


def _translated(imported: Imported, plan: Plan, draft: Draft, found: Iterable[Finding]) -> list[Finding]:
    """Findings about the text of the policy as findings about the configuration: its places, and its names."""
    from interlock.compiler.sources.formats import advice_of

    advise = advice_of(imported.format)
    pools = {pool.name: pool for pool in plan.pools}
    shown = {pool.name: pool.shown for pool in plan.pools if pool.name != pool.shown}
    whole = Span(imported.sources[0], 0, 0)
    merged: dict[tuple[object, ...], Finding] = {}
    for finding in found:
        span = draft.origin(finding.span.start, finding.span.end) or whole
        related = []
        for other in finding.related:
            at = draft.origin(other.span.start, other.span.end)
            if at is not None and (at.start, at.end) != (span.start, span.end):
                related.append(Related(_renamed(other.message, shown), at))
        translated = replace(
            finding,
            message=_renamed(finding.message, shown),
            notes=tuple(_renamed(note, shown) for note in finding.notes),
            span=span,
            related=tuple(related),
            fix=None,
        )
        named = [pools[name] for name in re.findall(r"`([\w-]+)`", finding.message) if name in pools]
        advised = advise(translated, named[0] if named else None)
        if advised is not None:
            key = (advised.kind.code, advised.message, advised.span.file, advised.span.start)
            merged.setdefault(key, advised)
    return list(merged.values())


def _renamed(text: str, shown: dict[str, str]) -> str:
    return re.sub(r"`([\w-]+)`", lambda match: f"`{shown.get(match[1], match[1])}`", text) if shown else text


def _sorted(findings: Iterable[Finding]) -> tuple[Finding, ...]:
    return tuple(sorted(findings, key=lambda f: f.sort_key))
