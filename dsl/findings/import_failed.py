"""T007 import-failed."""

from __future__ import annotations

from interlock.dsl.finding import Finding, Kind, Related
from interlock.dsl.source import Span

DOC = """\
A file cannot be imported: it is missing, cannot be read, lies outside the root, is a policy rather than a module, or
imports its importer.

## Why it hurts
A policy that loads different files on different machines cannot be reviewed.

## Example
```route
import "../../secrets/limits"
```

## What to write instead
A path that starts with `std/`, `./` or `../` and stays below the policy's folder, or below `--root`.

```route
import "std/models"
```
"""

KIND = Kind("T007", "import-failed", "error", DOC)


def import_failed(span: Span, path: str, why: str, help_: str, related: tuple[Related, ...] = ()) -> Finding:
    """``why`` completes "cannot import `path`: …"."""
    return Finding(KIND, f"cannot import `{path}`: {why}", span, help_, related)
