"""Whole pages: in the style of 2014, and under a Content-Security-Policy without inline scripts."""

import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
from scripts import script

PAGE_OF_2014 = """<!doctype html>
<html><head><title>Ping</title></head><body>
<div id="container"></div>
<script id="template" type="text/ractive">
  <h1>{{ name }}</h1>
  <ul>{{#messages:i}}<li class="{{ i % 2 ? 'odd' : 'even' }}">{{i}}: {{text}}
    <a on-click="remove:{{i}}">x</a></li>{{/messages}}</ul>
  {{^messages}}<p>nothing yet</p>{{/messages}}
  <form on-submit="send"><input value="{{draft}}"></form>
  {{{ html }}}
</script>
<script src="/ractive.js"></script>
<script>
  var pingpong = new Ractive({
    el: 'container',
    template: '#template',
    data: { name: 'ping', messages: [], draft: '', html: '<b>bold</b>' }
  });
  pingpong.on({
    send: function (event) {
      event.original.preventDefault();
      this.data.messages.push({ text: this.get('draft') });
      this.set('draft', '');
    },
    remove: function (event, i) {
      window.removed = [event.keypath, event.index.i, event.context.text, event.node.nodeName];
      this.get('messages').splice(i, 1);
    }
  });
  pingpong.observe('messages.length', function (now, old) { window.counted = [now, old]; });
</script></body></html>"""

STRICT_PAGE = """<!doctype html><title>Strict</title><div id="out"></div><script src="/ractive.js"></script>
<script src="/page.js"></script>"""

STRICT_SCRIPT = """
window.page = new Ractive({
  el: "out",
  template: "<p class='a' class-on='on' style='color: red' style-width='{{w}}px' title='&lt;{{t ? n + 1 : 0}}'>"
    + "{{#each rows}}<i style='left: {{.}}px' on-click='@this.add(\\"n\\", .)'>{{format(.)}}</i>{{/each}}</p>"
    + "<svg viewBox='0 0 9 9'><path d='M0 0L{{n}} 9' style='fill: blue'/></svg>",
  data: { w: 5, on: true, n: 1, t: "&", rows: [1, 2], format: (x) => x.toFixed(1) },
  css: "p { margin: 7px }",
});
"""


@pytest.fixture
def serve(page):
    """Serves files, given by path, and opens the first."""
    servers = []

    def start(files, policy=None):
        class Handler(BaseHTTPRequestHandler):
            def do_GET(self):
                kind = "text/javascript" if self.path.endswith(".js") else "text/html"
                self.send_response(200 if self.path in files else 404)
                self.send_header("Content-Type", f"{kind}; charset=utf-8")
                if policy:
                    self.send_header("Content-Security-Policy", policy)
                self.end_headers()
                self.wfile.write(files.get(self.path, "").encode())

            def log_message(self, *_):
                pass

        server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        threading.Thread(target=server.serve_forever, daemon=True).start()
        servers.append(server)
        return page.open(f"http://127.0.0.1:{server.server_port}/")

    yield start
    page.open("about:blank")
    for server in servers:
        server.shutdown()
        server.server_close()


def test_a_page_in_the_style_of_2014_runs(serve):
    page = serve({"/": PAGE_OF_2014, "/ractive.js": script("ractive"), "/favicon.ico": ""})
    assert page.texts("#container p, #container b") == ["nothing yet", "bold"]
    field = page.find("input")
    for text in ("one", "two", "three"):
        field.send_keys(text + "\n")
    assert [line.split("x")[0].strip() for line in page.texts("li")] == [
        "0: one",
        "1: two",
        "2: three",
    ]
    assert page.run("return [...document.querySelectorAll('li')].map((li) => li.className)") == [
        "even",
        "odd",
        "even",
    ]
    page.find_all("li a")[1].click()
    assert page.run("return [removed, counted]") == [["messages.1", 1, "two", "A"], [2, 3]]
    assert field.get_attribute("value") == ""
    assert page.console_errors() == []


@pytest.mark.parametrize("policy", ["default-src 'self'"])
def test_a_page_works_under_a_strict_policy(serve, policy):
    files = {"/ractive.js": script("ractive"), "/page.js": STRICT_SCRIPT, "/favicon.ico": ""}
    page = serve({"/": STRICT_PAGE, **files}, policy)
    assert page.console_errors() == []
    page.run("page.set({ w: 9, on: false }); page.push('rows', 3)")
    page.find_all("i")[2].click()
    shown = page.run(
        """
        const [p, path] = [document.querySelector("p"), document.querySelector("path")];
        const styles = [...document.querySelectorAll("i")].map(({ style }) => style.left);
        return [p.className, p.style.color, p.style.width, styles, path.style.fill,
          path.getAttribute("d"), p.title, p.textContent];
        """
    )
    assert shown == ["a", "red", "9px", ["1px", "2px", "3px"], "blue", "M0 0L4 9", "<5", "1.02.03.0"]
    assert page.console_errors() == []
