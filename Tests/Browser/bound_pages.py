"""Pages with bindings that need no host: the scripts as served, and a stand-in for the server.

`BoundPages` serves one page at a time under a strict Content-Security-Policy.
"""

from __future__ import annotations

import http.server
import json
import threading
from pathlib import Path

import scripts

SUPPORT = Path(__file__).parent / "support"
POLICY = "default-src 'self'"
SCRIPT = "text/javascript; charset=utf-8"


class BoundPages:
    """A server on a free port; `show` says what its page is."""

    def __init__(self):
        self.files = {
            "/ractive.js": (SCRIPT, scripts.script("ractive")),
            "/favicon.ico": ("image/x-icon", ""),
            "/fake_io.js": (SCRIPT, (SUPPORT / "fake_io.js").read_text()),
        }
        pages = self

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_GET(self):
                pages.answer(self)

            def log_message(self, *args):
                pass

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.server.daemon_threads = True
        self.url = f"http://127.0.0.1:{self.server.server_port}/"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def answer(self, request):
        kind, text = self.files.get(request.path.split("?")[0], ("text/plain", None))
        body = ("not found" if text is None else text).encode()
        request.send_response(404 if text is None else 200)
        request.send_header("content-type", kind)
        request.send_header("content-length", str(len(body)))
        request.send_header("content-security-policy", POLICY)
        request.end_headers()
        request.wfile.write(body)

    def show(self, page, body, setup="", data=None, query=""):
        """Opens a page with this body. `setup` is script that runs before the bindings start."""
        rendered = ""
        if data is not None:
            text = json.dumps(data).replace("<", "\\u003c")
            rendered = f'<script type="application/json" id="perigee-page">{text}</script>'
        self.files["/setup.js"] = (SCRIPT, setup)
        self.files["/"] = (
            "text/html; charset=utf-8",
            "<!doctype html><html lang=en><head><meta charset=utf-8><title>Bound</title>"
            '<script src="/fake_io.js" defer></script><script src="/setup.js" defer></script>'
            f'<script src="/ractive.js" defer></script></head><body>{body}{rendered}</body></html>',
        )
        return page.open(self.url + query)

    def close(self):
        self.server.shutdown()
        self.server.server_close()
