"""nginx as a plain TCP balancer in front of nodes: each connection goes to the next one, whoever it is of.

It knows nothing of HTTP, sessions or cookies, and finds out that a node is gone when it cannot connect.
`scripts/setup test` unpacks it into .build-test/balancer/debian; $BALANCER names another folder.
"""

from __future__ import annotations

import os
import socket
import subprocess
import tempfile
import time
from pathlib import Path
from typing import Sequence

from engine_server import free_port
from perigee_host import ROOT, HostFailed, end_with_parent

CONFIGURATION = """
load_module {module};
daemon off;
master_process off;
pid nginx.pid;
error_log stderr crit;
worker_rlimit_nofile 8192;
events {{ worker_connections 8192; }}
stream {{
  upstream nodes {{
    {servers}
  }}
  server {{
    listen 127.0.0.1:{port} backlog=4096;
    proxy_pass nodes;
    proxy_connect_timeout 1s;
  }}
}}
"""


class Balancer:
    """Listens on a free port of 127.0.0.1 until the `with` block ends."""

    def __init__(self, ports: Sequence[int]):
        self._ports = ports

    def __enter__(self) -> "Balancer":
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self._folder = tempfile.TemporaryDirectory(prefix="perigee-balancer-")
        unpacked = os.environ.get("BALANCER") or ROOT / ".build-test" / "balancer" / "debian"
        installed = Path(unpacked) / "usr"
        if not (installed / "sbin" / "nginx").exists():
            raise HostFailed(f"no nginx in {installed}: run scripts/setup test")
        configuration = Path(self._folder.name) / "nginx.conf"
        configuration.write_text(
            CONFIGURATION.format(
                module=installed / "lib" / "nginx" / "modules" / "ngx_stream_module.so",
                servers="\n    ".join(f"server 127.0.0.1:{port};" for port in self._ports),
                port=self.port,
            )
        )
        self._process = subprocess.Popen(
            [installed / "sbin" / "nginx", "-p", self._folder.name, "-c", configuration],
            stdin=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            preexec_fn=end_with_parent,
        )
        self._wait_until_it_listens()
        return self

    def __exit__(self, *_: object) -> None:
        self._process.kill()
        self._process.wait()
        self._process.stderr.close()
        self._folder.cleanup()

    def _wait_until_it_listens(self) -> None:
        """It says nothing when it is ready."""
        deadline = time.monotonic() + 10
        while self._process.poll() is None and time.monotonic() < deadline:
            with socket.socket() as client:
                if client.connect_ex(("127.0.0.1", self.port)) == 0:
                    return
            time.sleep(0.02)
        self._process.kill()
        raise HostFailed(f"nginx does not serve: {self._process.stderr.read().decode()}")
