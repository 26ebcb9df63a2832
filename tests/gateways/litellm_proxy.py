"""Runs in the gateway's own environment: imports LiteLLM's proxy once, then serves each configuration in a process of
its own, so that nothing of one is left in the next. Reads a line `CONFIG PORT` for each and writes `ready`; an empty
line ends it.
"""

from __future__ import annotations

import importlib
import json
import os
import signal
import sys


def serve(app: object, config: str, port: int) -> None:
    """Serve a configuration until the process is ended."""
    quiet = os.open(config + ".log", os.O_WRONLY | os.O_CREAT)
    os.dup2(quiet, 1)
    os.dup2(quiet, 2)
    os.environ["CONFIG_FILE_PATH"] = config
    os.environ["WORKER_CONFIG"] = json.dumps({"config": config})
    try:
        importlib.import_module("uvicorn").run(app, host="127.0.0.1", port=port, log_level="error", loop="asyncio")
    finally:
        os._exit(0)


def main() -> None:
    """Serve one configuration after the other."""
    app = importlib.import_module("litellm.proxy.proxy_server").app
    print("ready", flush=True)
    child = 0
    for line in sys.stdin:
        if child:
            os.kill(child, signal.SIGKILL)
            os.waitpid(child, 0)
        if not line.strip():
            return
        config, port = line.rsplit(" ", 1)
        child = os.fork()
        if child == 0:
            serve(app, config, int(port))
        print("ready", flush=True)


if __name__ == "__main__":
    main()
