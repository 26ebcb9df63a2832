"""Traffic from files to what is to be said of it, in one pass: read, written where that is wanted, audited.

found = front("policy.route")
with open("spend.jsonl", "rb") as log, open("requests.jsonl", "wb") as out:
    traffic = take(found.policy, found.table, [Source("spend.jsonl", log)], out=("jsonl", out))
for fault in traffic.audit.faults:
    ...
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from contextlib import ExitStack
from typing import BinaryIO, NamedTuple

from interlock.compiler.progress import Progress, silent
from interlock.compiler.table import Table
from interlock.compiler.traffic.audit import Auditor
from interlock.compiler.traffic.found import Audit
from interlock.compiler.traffic.logs import Kind
from interlock.compiler.traffic.read import Read, Reader
from interlock.compiler.traffic.write import Form, writer
from interlock.dsl.policy import Policy
from interlock.dsl.record import record


class Source(NamedTuple):
    """A file of traffic that is open for reading bytes, and its size where that is known. ``name`` is shown, and is the
    path of a Parquet file."""

    name: str
    stream: BinaryIO
    size: int = 0


@record
class Traffic:
    """What was read, and what it says of the policy (None: that was not asked)."""

    read: Read
    audit: Audit | None


def take(
    policy: Policy,
    table: Table,
    sources: Iterable[Source],
    *,
    kind: Kind | None = None,
    pointers: Mapping[str, str] | None = None,
    session: Sequence[str] | None = None,
    out: tuple[Form, BinaryIO] | None = None,
    audit: bool = True,
    progress: Progress = silent,
) -> Traffic:
    """Take the requests from logs, or from files of requests, and audit the policy's declarations against them.

    ``kind`` is what the files are (None: what each looks like), ``pointers`` JSON pointers into the log's records for
    attributes, ``session`` the attributes that make a session (None: what ``session_of`` says), ``out`` what to write
    the requests to. Memory does not grow with the files.

    Raises ``ValueError`` for pointers and sessions that the policy has not, ``UnreadableLog`` for a file that cannot be
    read or does not say what it is, ``MissingDuckDB`` where that is needed and not there, and ``OSError``.
    """
    with ExitStack() as stack:
        reader = Reader(policy, kind, pointers)
        auditor = stack.enter_context(Auditor(policy, table, session)) if audit else None
        written = None if out is None else writer(out[0], policy.attributes, out[1])
        if written is not None:
            stack.callback(written.close)
        for source in sources:
            for request in reader.requests(source.name, source.stream, source.size, progress):
                if written is not None:
                    written.write(request.values, request.facts)
                if auditor is not None:
                    auditor.request(request)
        if written is not None:
            written.finish()
        if auditor is not None:
            progress("looking at sessions", 1, 1)
        return Traffic(reader.read(), None if auditor is None else auditor.audit(reader.place))
