"""Files of traffic that a command is given."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator, Sequence

from interlock.cli.files import STDIN, Unusable, reason
from interlock.compiler.traffic.whole import Source


def opened(names: Sequence[str]) -> Iterator[Source]:
    """The files, opened one after the other. Raises ``Unusable``."""
    for name in names:
        if name == STDIN:
            yield Source("<stdin>", sys.stdin.buffer)
            continue
        try:
            with open(name, "rb") as stream:
                yield Source(name, stream, os.fstat(stream.fileno()).st_size)
        except (OSError, ValueError) as error:
            raise Unusable(f"cannot read `{name}`: {reason(error)}") from error
