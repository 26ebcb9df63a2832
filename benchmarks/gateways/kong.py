"""nginx with the plugin that `interlock emit kong` wrote, and nginx that passes requests on.

Not Kong, which is in no package registry: as much of it as runs a plugin (tests/gateways/kong_nginx.py). What Kong
itself costs is on neither side.
"""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.gateways.kong_nginx import running, started
from tests.gateways.mock import closed_port

from benchmarks.gateways.policies import LOAD, burst_policy, compiled
from benchmarks.gateways.requests import HEADERS, PATH, body
from benchmarks.gateways.served import Bursting, Served
from interlock.compiler.targets.kong import emit

NOTE = "This is nginx with our plugin and as much of Kong as runs one, against nginx that passes on. It is not Kong."
WORKERS, BUFFER = 2, "4m"
"""On both sides; the buffer is what docs/gateways/kong.md advises."""
PLAIN = """
daemon off;
worker_processes {workers};
error_log log notice;
pid pid;
events {{}}
http {{
  access_log off;
  client_body_temp_path body;
  proxy_temp_path proxy;
  fastcgi_temp_path fastcgi;
  scgi_temp_path scgi;
  uwsgi_temp_path uwsgi;
  client_max_body_size 0;
  client_body_buffer_size {buffer};
  upstream upstream {{ server 127.0.0.1:{upstream}; keepalive 60; }}
  server {{
    listen 127.0.0.1:{port};
    location / {{
      proxy_pass http://upstream;
      proxy_http_version 1.1;
      proxy_set_header connection "";
    }}
  }}
}}
"""
KEY = {"ANTHROPIC_API_KEY": "sk-anthropic"}


@contextmanager
def _plain(upstream: int) -> Iterator[int]:
    with tempfile.TemporaryDirectory() as name:
        folder, port = Path(name), closed_port()
        folder.chmod(0o755)  # nginx's workers are another user
        text = PLAIN.format(workers=WORKERS, buffer=BUFFER, upstream=upstream, port=port)
        process = started(folder, text, port, {})
        try:
            yield port
        finally:
            process.terminate()
            process.wait(20)


@contextmanager
def served(upstream: int) -> Iterator[Served]:
    """Both, asking the upstream at this port."""
    files = emit(compiled(LOAD, upstream)).files
    with _plain(upstream) as without, running(files, KEY, workers=WORKERS, buffer=BUFFER) as ours:
        yield Served(PATH, (without, HEADERS, body), (ours.port, HEADERS, body), note=NOTE)


@contextmanager
def bursting(upstream: int) -> Iterator[Bursting]:
    """The policy of the burst, at one worker: each has limits of its own. It does not tell what is under way."""
    with running(emit(compiled(burst_policy(50), upstream)).files, KEY, buffer=BUFFER) as ours:
        yield Bursting(PATH, (ours.port, HEADERS, body), 50, note=NOTE)
