"""TLS: the same wires over https and wss, HTTP/2 with hundreds of streams on one connection."""

from __future__ import annotations

import asyncio
import json
import socket
import ssl
import subprocess
import time

import aiohttp
import httpx
import pytest
import websockets
from chromium import Page, launch
from perigee_host import Host, executable
from wires.certificate import Certificate
from wires.conftest import IMPATIENT, start
from wires.event_stream_parser import EventStreamParser
from wires.http2_client import HTTP2Client, HTTP2Stream
from wires.signature import sign

STREAMS = 300

# Chromium opens at most 256 streams on a connection, whatever the host allows.
EVENT_SOURCES = 250
ESTABLISHED = "01"


@pytest.fixture(scope="module", autouse=True)
def with_tls():
    """Skips these tests for a host that cannot serve TLS."""
    settings = subprocess.run([executable(), "settings"], capture_output=True, text=True).stdout
    if "server.tls_cert" not in settings:
        pytest.skip("this host does not serve TLS")


@pytest.fixture(scope="module")
def certificate(tmp_path_factory) -> Certificate:
    return Certificate(tmp_path_factory.mktemp("tls"))


@pytest.fixture(scope="module")
def secure(wires_apps, certificate):
    """A host that serves TLS on its port."""
    with serve(wires_apps, certificate) as host:
        yield host


def serve(apps, certificate: Certificate) -> Host:
    files = {"server.tls_cert": certificate.certificate, "server.tls_key": certificate.key}
    return start(apps, **IMPATIENT, **files)


def shake_hands(host: Host, context: ssl.SSLContext) -> tuple[str | None, bytes]:
    """The protocol that was agreed on, and the certificate that was shown."""
    with (
        socket.create_connection(("127.0.0.1", host.port), timeout=5) as plain,
        context.wrap_socket(plain, server_hostname="localhost") as secured,
    ):
        return secured.selected_alpn_protocol(), secured.getpeercert(binary_form=True)


def connections_of(host: Host) -> int:
    """How many TCP connections the host has accepted and not closed."""
    with open("/proc/net/tcp") as table:
        rows = [line.split() for line in table.readlines()[1:]]
    port = f":{host.port:04X}"
    return sum(row[1].endswith(port) and row[3] == ESTABLISHED for row in rows)


def publication(data: object) -> dict:
    """What makes a request a signed publication on `tweets`."""
    body = json.dumps({"channel": "tweets", "data": data}).encode()
    headers = {"perigee-signature": sign(body), "content-type": "application/json"}
    return {"body": body, "headers": headers}


@pytest.mark.parametrize(
    "offered, agreed",
    [(("h2", "http/1.1"), "h2"), (("http/1.1",), "http/1.1"), (("h2",), "h2"), ((), None)],
)
def test_the_client_chooses_the_protocol(secure, certificate, offered, agreed):
    assert shake_hands(secure, certificate.context(*offered))[0] == agreed


def test_a_client_that_speaks_no_tls_is_turned_away_and_the_host_stays(secure, certificate):
    with socket.create_connection(("127.0.0.1", secure.port), timeout=5) as plain:
        plain.sendall(b"GET / HTTP/1.1\r\nHost: x\r\n\r\n")
        assert b"200 OK" not in plain.recv(1000)
    with socket.create_connection(("127.0.0.1", secure.port), timeout=5) as plain:
        plain.sendall(b"\x16\x03\x01\xff\xff" + b"\x00" * 100)
    assert shake_hands(secure, certificate.context("h2"))[0] == "h2"


async def test_socket_io_and_the_plain_wires_over_tls(secure, certificate):
    context = certificate.context()
    connector = aiohttp.TCPConnector(ssl=context)
    async with aiohttp.ClientSession(secure.url, connector=connector) as http:
        async with http.ws_connect("/socket.io/?EIO=4&transport=websocket") as socket_io:
            assert (await socket_io.receive_str())[0] == "0"
            await socket_io.send_str("40/wires,")
            assert (await socket_io.receive_str()).startswith("40/wires,{")
        async with http.get("/socket.io/?EIO=4&transport=polling") as response:
            assert (await response.text())[0] == "0"
        async with http.get("/wires/poll?channel=tweets") as response:
            assert (await response.json())["recovered"] is True
    address = secure.url.replace("https", "wss") + "/wires/websocket?channel=tweets"
    async with websockets.connect(address, ssl=context) as plain:
        assert "hello" in json.loads(await plain.recv())


async def test_hundreds_of_event_streams_share_one_http2_connection(secure, certificate, report):
    async with HTTP2Client.connect(secure.port, certificate.context("h2")) as client:
        assert client.most_streams > STREAMS
        streams = [client.request("GET", "/wires/events?channel=tweets") for _ in range(STREAMS)]
        readers = [FrameReader(stream) for stream in streams]
        for reader in readers:
            await reader.frame("subscribed")
        began = time.monotonic()
        for number in range(10):
            posted = client.request("POST", "/wires/publish", **publication(number))
            assert b"position" in await posted.piece() and posted.status == 200
        for reader in readers:
            assert [(await reader.frame("position"))["data"] for _ in range(10)] == list(range(10))
    report(f"{STREAMS} streams heard 10 publications in {time.monotonic() - began:.2f} s")


class FrameReader:
    """The frames of an event stream that an HTTP/2 stream carries."""

    def __init__(self, stream: HTTP2Stream):
        self._stream = stream
        self._parser = EventStreamParser()
        self._frames: list[dict] = []

    async def frame(self, key: str) -> dict:
        """The next frame that has this key."""
        while True:
            for index, frame in enumerate(self._frames):
                if key in frame:
                    del self._frames[: index + 1]
                    return frame
            piece = await self._stream.piece()
            assert piece, "the event stream ended"
            self._frames += [json.loads(event.data) for event in self._parser.feed(piece)]


async def test_streams_of_httpx_come_and_go_without_each_other(secure, certificate):
    async with httpx.AsyncClient(
        http2=True, base_url=secure.url, verify=certificate.context(), timeout=10
    ) as http:
        async with http.stream("GET", "/wires/events?channel=tweets") as stays:
            assert (stays.status_code, stays.http_version) == (200, "HTTP/2")
            pieces = stays.aiter_raw()
            for _ in range(50):
                async with http.stream("GET", "/wires/events?channel=tweets") as goes:
                    async for _ in goes.aiter_raw():
                        break
            posted = publication("still here")
            await http.post("/wires/publish", content=posted["body"], headers=posted["headers"])
            text = ""
            async with asyncio.timeout(10):
                while "still here" not in text:
                    text += (await anext(pieces)).decode()


OPEN_STREAMS = """
window.heard = Array.from({ length: given }, () => []);
const ready = heard.map((list) => new Promise((resolve, reject) => {
  const source = new EventSource("/wires/events?channel=tweets");
  source.onerror = reject;
  source.onmessage = ({ data }) => {
    const frame = JSON.parse(data);
    if (frame.subscribed) resolve();
    else if (frame.position) list.push(frame.data);
  };
}));
await Promise.all(ready);
const [script] = performance.getEntriesByName(new URL("followers.js", location.href).href);
return script.nextHopProtocol;
"""

PUBLISH = """
const headers = { "content-type": "application/json" };
for (const number of [1, 2, 3, 4, 5]) {
  const body = JSON.stringify({ event: "publish", args: ["tweets", number] });
  const response = await fetch("/wires/emit", { method: "POST", headers, body });
  if (!response.ok) throw new Error(response.status);
}
"""


@pytest.fixture
def trusting_page():
    """A page of a browser that takes any certificate."""
    driver = launch("ignore-certificate-errors")
    yield Page(driver, driver.current_window_handle)
    driver.quit()


def test_one_page_holds_hundreds_of_event_sources(secure, trusting_page):
    before = connections_of(secure)
    page = trusting_page.open(f"{secure.url}/wires/")
    assert page.run(OPEN_STREAMS, EVENT_SOURCES) == "h2"
    page.run(PUBLISH)
    page.wait(lambda _: page.run("return heard.every((list) => list.length >= 5)"))
    assert page.run("return new Set(heard.map(String)).size") == 1
    assert page.run("return heard[0]") == [1, 2, 3, 4, 5]
    # A browser may open some that it then has no use for.
    assert connections_of(secure) - before <= 4


async def test_a_renewed_certificate_is_served_and_connections_stay(wires_apps, tmp_path):
    certificate = Certificate(tmp_path)
    with serve(wires_apps, certificate) as host:
        first = certificate.served
        old = certificate.context()
        assert shake_hands(host, old)[1] == first
        address = host.url.replace("https", "wss") + "/wires/websocket"
        async with websockets.connect(address, ssl=old) as plain:
            await plain.recv()
            certificate.renew()
            async with asyncio.timeout(20):
                while await shown(host, certificate) != certificate.served:
                    await asyncio.sleep(0.05)
            await plain.send(json.dumps({"emit": "echo", "args": ["still"], "id": 1}))
            assert json.loads(await plain.recv()) == {"ack": 1, "args": ["still"]}


async def shown(host: Host, certificate: Certificate) -> bytes | None:
    """The certificate of a handshake; None when the client does not trust it."""
    try:
        return (await asyncio.to_thread(shake_hands, host, certificate.context()))[1]
    except ssl.SSLCertVerificationError:
        return None


async def test_files_that_are_no_certificate_change_nothing(wires_apps, tmp_path):
    certificate = Certificate(tmp_path)
    with serve(wires_apps, certificate) as host:
        context, served = certificate.context(), certificate.served
        since = len(host.log())
        certificate.certificate.write_text("no certificate")
        await asyncio.to_thread(host.wait_for_log, r"(?i)certificate", 20, since)
        assert (await asyncio.to_thread(shake_hands, host, context))[1] == served
