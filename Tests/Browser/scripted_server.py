"""A server that says exactly what a test tells it to, for what a proper host never does.

It speaks Engine.IO over long-polling only: the answers to successive polls are given beforehand,
and what the client posts is kept. It also serves one page with the client under test, so no other
origin is involved. A WebSocket is never accepted.
"""

from __future__ import annotations

import json
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, urlparse

PAGE = b"<!doctype html><meta charset=utf-8><title>Scripted</title><script src=/client.js></script>"


def handshake(**changes):
    """The first answer of a session."""
    values = {"sid": "S", "upgrades": [], "pingInterval": 25000, "pingTimeout": 20000}
    return "0" + json.dumps({**values, "maxPayload": 1000000, **changes})


class ScriptedServer:
    """Answers the polls of each session from `script`; then holds the poll until the end."""

    def __init__(self, client: bytes, script: list[str]):
        self.script = script
        self.posted: list[str] = []
        self.requests: list[dict] = []
        self._client = client
        self._polls = 0
        self._over = threading.Event()
        self._lock = threading.Lock()
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), self._handler())
        self._server.daemon_threads = True
        self.url = f"http://127.0.0.1:{self._server.server_port}"
        threading.Thread(target=self._server.serve_forever, args=(0.02,), daemon=True).start()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self._over.set()
        self._server.shutdown()
        self._server.server_close()

    def answer(self, request):
        address = urlparse(request.path)
        if address.path == "/":
            return "text/html", PAGE
        if address.path == "/client.js":
            return "text/javascript", self._client
        query = {name: values[0] for name, values in parse_qs(address.query).items()}
        if query.get("transport") != "polling":
            return "text/plain", b""
        with self._lock:
            self.requests.append({**query, "method": request.command, "headers": request.headers})
        if request.command == "POST":
            self.posted.append(request.rfile.read(int(request.headers["Content-Length"])).decode())
            return "text/plain", b"ok"
        return "text/plain", self._poll("sid" in query).encode()

    def _poll(self, in_session):
        with self._lock:
            place = self._polls = self._polls + 1 if in_session else 0
        if place < len(self.script):
            return self.script[place]
        self._over.wait(30)
        return "6"

    def _handler(server):
        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_GET(self):
                kind, body = server.answer(self)
                self.send_response(200)
                self.send_header("Content-Type", kind)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            do_POST = do_GET

            def log_message(self, *_):
                pass

        return Handler
