"""``python -m benchmarks.gateways``."""

from __future__ import annotations

from benchmarks.gateways.run import main

if __name__ == "__main__":
    raise SystemExit(main())
