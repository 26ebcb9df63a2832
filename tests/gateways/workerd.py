"""What `interlock emit cloudflare` writes, bundled by wrangler and served by Cloudflare's workerd.

Both come with npm's `wrangler`, which is installed into `.gateways/cloudflare`. `wrangler deploy --dry-run` makes the
files that a deployment would upload, and workerd serves these on loopback.
"""

from __future__ import annotations

import json
import os
import subprocess
import tempfile
import time
import urllib.request
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from tests.gateways.mock import closed_port

ROOT = Path(__file__).parents[2]
HERE = Path(__file__).parent


def installed() -> Path:
    """The folder that wrangler and workerd are in, which is made where there is none."""
    folder = ROOT / ".gateways" / "cloudflare"
    done, wanted = folder / ".ready", (HERE / "cloudflare-package.json").read_text("utf-8")
    if not done.exists() or done.read_text("utf-8") != wanted:
        print("installing wrangler and workerd into .gateways/cloudflare (200 MB) …", flush=True)
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "package.json").write_text(wanted, "utf-8")
        lock = (HERE / "cloudflare-package-lock.json").read_text("utf-8")
        (folder / "package-lock.json").write_text(lock, "utf-8")
        quiet = ["--ignore-scripts", "--no-audit", "--no-fund", "--silent"]
        subprocess.run(["npm", "ci", *quiet], cwd=folder, check=True)
        done.write_text(wanted, "utf-8")
    return folder


def bundled(folder: Path, files: Mapping[str, bytes], into: Path) -> Path:
    """Write what was emitted below ``into``, and have wrangler make its upload; gives the folder of that."""
    for name, data in files.items():
        (into / "worker" / name).parent.mkdir(parents=True, exist_ok=True)
        (into / "worker" / name).write_bytes(data)
    done = subprocess.run(
        ["node", str(folder / "node_modules/wrangler/bin/wrangler.js"), "deploy", "--dry-run", "--outdir", "../upload"],
        cwd=into / "worker",
        env={"PATH": os.environ.get("PATH", ""), "HOME": str(into), "WRANGLER_SEND_METRICS": "false", "CI": "1"},
        capture_output=True,
        text=True,
    )
    if done.returncode != 0:
        raise SystemExit(f"wrangler refuses what was emitted:\n{done.stdout}{done.stderr}")
    return into / "upload"


def _config(upload: Path, port: int, date: str, secrets: Mapping[str, str]) -> str:
    modules = [
        f'(name = "{file.name}", {"esModule" if file.suffix == ".js" else "text"} = embed "{file.name}")'
        for file in sorted(upload.iterdir(), key=lambda file: file.suffix != ".js")  # the first is the Worker
        if file.suffix in (".js", ".json")
    ]
    bindings = [f"(name = {json.dumps(name)}, text = {json.dumps(value)})" for name, value in secrets.items()]
    return f"""
using Workerd = import "/workerd/workerd.capnp";
const config :Workerd.Config = (
  services = [
    (name = "main", worker = .worker),
    (name = "internet", network = (allow = ["public", "private"])),
  ],
  sockets = [(name = "http", address = "127.0.0.1:{port}", http = (), service = "main")],
);
const worker :Workerd.Worker = (
  modules = [{", ".join(modules)}],
  bindings = [{", ".join(bindings)}],
  compatibilityDate = "{date}",
);
"""


@contextmanager
def serving(folder: Path, upload: Path, secrets: Mapping[str, str], log: Path) -> Iterator[int]:
    """workerd with an upload, as long as it is needed: its port. What the Worker logs goes to ``log``."""
    settings = (upload.parent / "worker/wrangler.jsonc").read_text("utf-8").partition("\n")[2]
    port = closed_port()
    config = upload / "config.capnp"
    config.write_text(_config(upload, port, json.loads(settings)["compatibility_date"], secrets), "utf-8")
    binary = next((folder / "node_modules/@cloudflare").glob("workerd-*/bin/workerd"))
    with tempfile.TemporaryDirectory(prefix="workerd-") as home, log.open("wb") as out:
        process = subprocess.Popen(
            [str(binary), "serve", str(config)],
            env={"PATH": os.environ.get("PATH", ""), "HOME": home},
            stdout=out,
            stderr=subprocess.STDOUT,
            cwd=upload,
        )
        try:
            for _ in range(300):
                if process.poll() is not None:
                    break
                try:
                    urllib.request.urlopen(f"http://127.0.0.1:{port}/", timeout=5).close()
                except OSError:
                    time.sleep(0.1)
                else:
                    yield port
                    return
            raise SystemExit(f"workerd does not serve:\n{log.read_text('utf-8', 'replace')[-3000:]}")
        finally:
            process.kill()
            process.wait()
