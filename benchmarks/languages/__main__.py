"""``python -m benchmarks.languages``."""

from __future__ import annotations

from benchmarks.languages.run import main

if __name__ == "__main__":
    raise SystemExit(main())
