"""A server that says exactly what a test tells it to, for what a proper host never does.

It speaks Engine.IO over long-polling only: the answers to the successive polls of each session are
given beforehand, and what the client posts is kept. It also serves one page with the client under test, so no other
origin is involved. A WebSocket is never accepted.
"""

from __future__ import annotations

import json
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, urlparse

SEPARATOR = "\x1e"
PAGE = b"<!doctype html><meta charset=utf-8><title>Scripted</title><script src=/client.js></script>"


def handshake(**changes):
    """The first answer of a session."""
    values = {"sid": "S", "upgrades": [], "pingInterval": 25000, "pingTimeout": 20000}
    return "0" + json.dumps({**values, "maxPayload": 1000000, **changes})


class ScriptedServer:
    """Answers the polls of each session from its script; then holds the poll until the end.

    sessions: the scripts of the first, second, … session; all later ones follow the last script.
    """

    def __init__(self, client: bytes, sessions: list[list[str]]):
        self._scripts = sessions
        self._script: list[str] = []
        self.posted: list[str] = []
        self.requests: list[dict] = []
        self._client = client
        self._polls = 0
        self._over = False
        self._changed = threading.Condition()
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), self._handler())
        self._server.daemon_threads = True
        self.url = f"http://127.0.0.1:{self._server.server_port}"
        threading.Thread(target=self._server.serve_forever, args=(0.02,), daemon=True).start()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        with self._changed:
            self._over = True
            self._changed.notify_all()
        self._server.shutdown()
        self._server.server_close()

    @property
    def packets(self) -> list[str]:
        """Every packet that the client posted, in order."""
        return SEPARATOR.join(self.posted).split(SEPARATOR) if self.posted else []

    def answer(self, request):
        address = urlparse(request.path)
        if address.path == "/":
            return "text/html", PAGE
        if address.path == "/client.js":
            return "text/javascript", self._client
        query = {name: values[0] for name, values in parse_qs(address.query).items()}
        if query.get("transport") != "polling":
            return "text/plain", b""
        with self._changed:
            self.requests.append({**query, "method": request.command, "headers": request.headers})
        if request.command == "POST":
            self.posted.append(request.rfile.read(int(request.headers["Content-Length"])).decode())
            return "text/plain", b"ok"
        return "text/plain", self._poll("sid" in query).encode()

    def say(self, answer: str) -> None:
        """Adds an answer to the script of the session under way; a poll that is held brings it."""
        with self._changed:
            self._script.append(answer)
            self._changed.notify_all()

    def _poll(self, in_session):
        with self._changed:
            if not in_session:
                self._script = self._scripts.pop(0) if len(self._scripts) > 1 else self._scripts[0]
            self._polls = self._polls + 1 if in_session else 0
            script, place = self._script, self._polls
            self._changed.wait_for(lambda: self._over or place < len(script), 30)
            return script[place] if place < len(script) else "6"

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
