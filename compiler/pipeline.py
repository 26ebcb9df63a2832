"""The straight line, from text to a checked table. Each step is a function from one frozen type to the next."""

from __future__ import annotations

from interlock.compiler.lower import lower
from interlock.compiler.progress import Progress, silent
from interlock.compiler.settings import DEFAULTS, Settings
from interlock.compiler.table import Table
from interlock.dsl.finding import Finding
from interlock.dsl.load import DISK, Files, Program, load
from interlock.dsl.load import Unreadable as Unreadable
from interlock.dsl.policy import Policy
from interlock.dsl.record import record
from interlock.dsl.resolve import is_module, resolve


@record
class Front:
    """A file as far as its text goes: ``findings`` are the T findings; policy and table are None if there
    are any, or if the file is a module."""

    program: Program
    policy: Policy | None
    table: Table | None
    findings: tuple[Finding, ...]
    is_module: bool


@record
class Checked:
    """A file with everything that was found, sorted by file and place."""

    front: Front
    findings: tuple[Finding, ...]


def front(
    file: str, *, root: str | None = None, text: str | None = None, models: str | None = None, files: Files = DISK
) -> Front:
    """Parse, resolve and lower a file; with ``text``, that text under the name ``file``.

    ``root`` is the folder no import may leave, ``models`` the file of model facts, ``files`` where they are read from.
    Raises ``Unreadable``."""
    program = load(file, root=root, text=text, models=models, files=files)
    policy, findings = resolve(program)
    table = None
    if policy is not None:
        table, findings = lower(policy)
    return Front(
        program,
        policy if table is not None else None,
        table,
        _ready(program, findings),
        is_module(program.main),
    )


def check(
    file: str,
    *,
    root: str | None = None,
    text: str | None = None,
    models: str | None = None,
    settings: Settings = DEFAULTS,
    progress: Progress = silent,
) -> Checked:
    """A file with every finding about it that ``settings`` look for. ``progress`` is told how far it has come; the
    rest is as for ``front``. Raises ``Unreadable``."""
    found = front(file, root=root, text=text, models=models)
    return Checked(found, findings_of(found, settings, progress))


def findings_of(found: Front, settings: Settings = DEFAULTS, progress: Progress = silent) -> tuple[Finding, ...]:
    """Every finding about a file that ``settings`` look for, sorted. ``progress`` is told how far it has come."""
    if found.findings:
        return found.findings
    from interlock.compiler.allows import judge
    from interlock.compiler.analyses import analyse  # the front alone serves `decide` and `test`

    left = judge(found.program, analyse(found.table, found.program, settings, progress), settings)
    return _ready(found.program, [settings.graded(finding) for finding in left])


def _ready(program: Program, findings: list[Finding]) -> tuple[Finding, ...]:
    """Findings as they may be shown: sorted by file and place, no credential in their words."""
    if findings:
        from interlock.dsl.credentials import hide  # who has no findings need not wait for it

        findings = hide(findings, [module.source for module in program.modules])
    return tuple(sorted(findings, key=lambda f: f.sort_key))
