"""Two apps on one loop: what a packet of the one sets off in the other, because the client's connection is done
with it or cannot take it, happens behind it, and neither gets in the middle of what the other one sends."""

from __future__ import annotations

import asyncio
import json
import re
import struct
from contextlib import asynccontextmanager
from socket import SO_LINGER, SOL_SOCKET

import aiohttp
import pytest

from app_folder import AppFolder
from light_client import LightClient

LOUD = """
    local Loud = {}
    function Loud:on_fill(count)
      local began = os.clock()
      while os.clock() - began < 0.002 do end
      for number = 1, count do perigee.emit("all", number, ("x"):rep(150000)) end
      return true
    end
    function Loud:on_number(number) perigee.emit("number", number) end
    return Loud
"""
QUIET = """
    local Quiet = {}
    function Quiet:on_connect() perigee.emit("came", self.id) end
    function Quiet:on_disconnect() perigee.emit("went", self.id) end
    function Quiet:subscribe_news() end
    return Quiet
"""


@pytest.fixture
def host(tmp_path):
    folder = AppFolder(tmp_path / "plugins", tmp_path / "www")
    folder.save("loud.lua", LOUD)
    folder.save("quiet.lua", QUIET)
    with folder.serve("--set", "server.threads=1") as host:
        yield host


def request(line: str, body: object = None) -> bytes:
    text = "" if body is None else json.dumps(body)
    head = f"{line} HTTP/1.1\r\nhost: localhost\r\ncontent-length: {len(text)}\r\n"
    return f"{head}content-type: application/json\r\n\r\n{text}".encode()


async def answers(host, *requests: bytes) -> list[int]:
    """The statuses of requests that are sent together on one connection."""
    host_name, port = host.url.removeprefix("http://").split(":")
    reader, writer = await asyncio.open_connection(host_name, int(port))
    writer.write(b"".join(requests))
    statuses = []
    try:
        for _ in requests:
            head = await asyncio.wait_for(reader.readuntil(b"\r\n\r\n"), 20)
            statuses.append(int(head.split()[1]))
            length = re.search(rb"(?i)content-length: (\d+)", head)
            await reader.readexactly(int(length[1]) if length else 0)
    finally:
        writer.close()
    return statuses


async def next_went(neighbour: LightClient) -> str:
    """Who leaves the quiet app next; whoever does has come before."""
    while True:
        name, who = await neighbour.next_event()
        if name == "went":
            assert who in neighbour.seen, "it went before it came"
            return who
        neighbour.seen.add(who)


@asynccontextmanager
async def onlookers(host):
    """A client of each app, who hear what its other clients do."""
    async with (
        await LightClient.connect(host.url, "/loud") as listener,
        await LightClient.connect(host.url, "/quiet") as neighbour,
    ):
        neighbour.seen = set()
        yield listener, neighbour


async def test_an_answer_that_lets_the_next_request_begin_disturbs_no_fan_out(host):
    """The client that posts is cut off in the middle of its own fan-out, and its next request, for the other app,
    begins there."""
    async with onlookers(host) as (listener, neighbour):
        for _ in range(20):
            statuses = await answers(
                host,
                request("POST /loud/emit", {"event": "fill", "args": [8]}),
                request("GET /quiet/poll?channel=news&timeout=0"),
            )
            assert statuses[1] == 200
            for number in range(1, 9):
                heard = await listener.event("all")
                assert heard[0] == number and len(heard[1]) == 150_000
            await next_went(neighbour)


async def fill_and_break_off(host) -> None:
    """A client of both apps asks for more than it is there to read."""
    async with (
        aiohttp.ClientSession() as http,
        http.ws_connect(f"{host.url}/socket.io/?EIO=4&transport=websocket") as socket,
    ):
        for packet in ('40/loud,', '40/quiet,', '42/loud,["fill",8]'):
            await socket.send_str(packet)
        await asyncio.sleep(0.002)
        socket.get_extra_info("socket").setsockopt(SOL_SOCKET, SO_LINGER, struct.pack("ii", 1, 0))
        socket._response.connection.transport.abort()


async def test_a_client_of_both_that_is_gone_leaves_both(host):
    """The connection breaks while the one app sends: the other one must not hear that it went before it came."""
    async with onlookers(host) as (listener, neighbour):
        for turn in range(40):
            await fill_and_break_off(host)
            await listener.emit("number", turn)
            heard = []
            while not heard or heard[-1] != ["number", turn]:
                heard.append((await listener.next_event())[:2])
            # What was not read yet when the connection broke was never asked for.
            assert heard[:-1] in ([], [["all", number] for number in range(1, 9)])
        async with await LightClient.connect(host.url, "/quiet") as last:
            sid = last.welcome["sid"]
        while await next_went(neighbour) != sid:
            pass
