"""nginx with Lua, and as much of Kong as runs a plugin. Kong itself is in no package registry.

Debian's nginx and Lua module are unpacked into `.gateways/kong`, and not installed: their LuaJIT would take the place
of the one that is there.
"""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import subprocess
import tempfile
import time
import urllib.request
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import yaml

from tests.gateways.envoy import ROOT
from tests.gateways.logs import whole_lines
from tests.gateways.mock import closed_port

PACKAGES = (
    "nginx",
    "libnginx-mod-http-lua",
    "libnginx-mod-http-ndk",
    "libluajit2-5.1-2",
    "lua-cjson",
    "lua-resty-core",
    "lua-resty-lrucache",
    "libpcre3",
)
CONFIGURATION = """
load_module {root}/usr/lib/nginx/modules/ndk_http_module.so;
load_module {root}/usr/lib/nginx/modules/ngx_http_lua_module.so;
daemon off;
worker_processes {workers};
error_log log notice;
pid pid;
{environment}
events {{}}
http {{
  access_log off;
  client_body_temp_path body;
  proxy_temp_path proxy;
  fastcgi_temp_path fastcgi;
  scgi_temp_path scgi;
  uwsgi_temp_path uwsgi;
  # As Kong's template and defaults have it.
  server_tokens off;
  client_max_body_size 0;
  client_body_buffer_size {buffer};
  underscores_in_headers on;
  lua_socket_log_errors off;
  lua_ssl_verify_depth 1;
  {trusted}
  lua_package_path "{prefix}/?.lua;{root}/usr/share/lua/5.1/?.lua;{root}/usr/share/lua/5.1/?/init.lua;;";
  lua_package_cpath "{root}/usr/lib/x86_64-linux-gnu/lua/5.1/?.so;{root}/usr/lib/aarch64-linux-gnu/lua/5.1/?.so;;";
  init_by_lua_block {{ shim = require("shim") }}
  init_worker_by_lua_block {{ shim.configure() }}
  server {{
    listen 127.0.0.1:{port};
    location / {{
      default_type '';
      access_by_lua_block {{ shim.access() }}
      log_by_lua_block {{ shim.log() }}
    }}
  }}
}}
"""


def installed() -> Path:
    """The folder where nginx and its modules are unpacked; they are fetched where there are none."""
    folder = ROOT / ".gateways" / "kong"
    done = folder / ".ready"
    if not done.exists():
        print("unpacking nginx and its Lua module into .gateways/kong (10 MB; needs apt-get) …", flush=True)
        shutil.rmtree(folder, ignore_errors=True)
        (folder / "packages").mkdir(parents=True)
        download = ["apt-get", "download", "-qq", *PACKAGES]
        if subprocess.run(download, cwd=folder / "packages").returncode != 0:  # a new machine has no lists, or old ones
            subprocess.run(["apt-get", "update", "-qq"], check=True)
            subprocess.run(download, cwd=folder / "packages", check=True)
        for package in (folder / "packages").iterdir():
            subprocess.run(["dpkg", "-x", str(package), str(folder)], check=True)
        done.touch()
    return folder


class Kong:
    """nginx with the plugin, as Kong would run it, in a folder."""

    def __init__(self, folder: Path, environment: Mapping[str, str]) -> None:
        self.folder, self.port = folder, closed_port()
        self._environment = environment

    def place(self, files: Mapping[str, bytes], more: Mapping[str, Any] | None = None) -> None:
        """Write what was emitted: the plugin, and what is configured, with ``more`` over it."""
        for name, data in files.items():
            path = self.folder / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(data)
        (plugin,) = yaml.safe_load(files["kong.yaml"])["routes"][0]["plugins"]
        (self.folder / "conf.json").write_text(json.dumps({**plugin["config"], **(more or {})}), "utf-8")

    def sync(self, files: Mapping[str, bytes], more: Mapping[str, Any] | None = None) -> None:
        """The same while it runs: Kong tells the plugin."""
        self.place(files, more)
        urllib.request.urlopen(f"http://127.0.0.1:{self.port}/configure", timeout=10).close()

    def lines(self) -> list[dict[str, Any]]:
        """The log that Kong's log plugins would write."""
        return [json.loads(line) for line in whole_lines(self.folder / "log.json")]

    def lines_after(self, before: int) -> list[dict[str, Any]]:
        """The lines of the log after so many, once there are more: it is written when an answer has ended."""
        for _ in range(200):
            if len(found := self.lines()) > before:
                break
            time.sleep(0.01)
        return found[before:]

    def start(self, certificate: str | None, workers: int, buffer: str) -> subprocess.Popen[bytes]:
        """Start it, and wait until it answers."""
        shutil.copy(ROOT / "tests" / "gateways" / "kong_shim.lua", self.folder / "shim.lua")
        text = CONFIGURATION.format(
            root=installed(),
            prefix=self.folder,
            port=self.port,
            workers=workers,
            buffer=buffer,
            environment="\n".join(f"env {name};" for name in self._environment),
            trusted=f"lua_ssl_trusted_certificate {certificate};" if certificate else "",
        )
        return started(self.folder, text, self.port, self._environment)


def started(folder: Path, text: str, port: int, environment: Mapping[str, str]) -> subprocess.Popen[bytes]:
    """nginx in a folder with a configuration, once it answers with 200 at a port."""
    root = installed()
    (folder / "nginx.conf").write_text(text, "utf-8")
    libraries = [str(path) for path in root.glob("**/*-linux-gnu") if path.is_dir()]
    environment = {**os.environ, **environment, "LD_LIBRARY_PATH": ":".join(libraries)}
    command = [str(root / "usr/sbin/nginx"), "-p", f"{folder}/", "-c", "nginx.conf", "-e", "log"]
    process = subprocess.Popen(command, cwd=folder, env=environment, stderr=subprocess.DEVNULL)
    for _ in range(100):
        with contextlib.suppress(OSError):
            urllib.request.urlopen(f"http://127.0.0.1:{port}/configure", timeout=5).close()
            return process
        if process.poll() is not None:
            break
        time.sleep(0.1)
    process.terminate()
    process.wait(20)
    raise RuntimeError((folder / "log").read_text()[-2000:])


@contextlib.contextmanager
def running(
    files: Mapping[str, bytes],
    environment: Mapping[str, str],
    certificate: str | None = None,
    workers: int = 1,
    buffer: str = "8k",
) -> Iterator[Kong]:
    """nginx with what was emitted. A body larger than ``buffer`` is written to a file first."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        folder.chmod(0o755)  # nginx's workers are another user
        kong = Kong(folder, environment)
        kong.place(files)
        (folder / "log.json").touch()
        (folder / "log.json").chmod(0o666)
        process = kong.start(certificate, workers, buffer)
        try:
            yield kong
        finally:
            process.terminate()
            process.wait(20)
            told = [line for line in (folder / "log").read_text("utf-8", "replace").splitlines() if "[error]" in line]
            print(*told[:10], sep="\n", end="\n" if told else "")
