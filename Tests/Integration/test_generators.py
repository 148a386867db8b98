"""Generators end with their clients: nothing is left of them, however often clients come and go.

GENERATOR_CYCLES  how many event streams are opened and closed (10,000)
"""

from __future__ import annotations

import asyncio
import os
import random
import shutil
import time
from pathlib import Path

import aiohttp
import pytest
from perigee_host import Host

CYCLES = int(os.environ.get("GENERATOR_CYCLES", "10000"))
AT_ONCE = 50
DESK = Path(__file__).parent / "apps" / "desk.lua"

# What the allocator may keep of a stretch of cycles; a leak of one coroutine (1 KB at the least) in
# each of ten thousand cycles would be more.
SLACK = 6 << 20


@pytest.fixture(scope="module")
def quiet(tmp_path_factory):
    """A host that serves nobody but the tests here, so that its memory can be compared."""
    folder = tmp_path_factory.mktemp("quiet")
    (folder / "plugins").mkdir()
    (folder / "www").mkdir()
    shutil.copy(DESK, folder / "plugins")
    with Host.start(folder / "plugins", folder / "www") as host:
        yield host


def resident(host: Host) -> int:
    """The host's memory in bytes."""
    pages = Path(f"/proc/{host.pid}/statm").read_text().split()[1]
    return int(pages) * os.sysconf("SC_PAGE_SIZE")


async def live(host: Host) -> int:
    async with aiohttp.ClientSession() as http, http.get(f"{host.url}/desk/live") as response:
        return (await response.json())["live"]


async def gone(host: Host) -> float:
    """Waits until no generator is left; how long that took."""
    began = time.monotonic()
    async with asyncio.timeout(5):
        while await live(host):
            await asyncio.sleep(0.01)
    return time.monotonic() - began


async def open_and_close(host: Host, path: str, chance: random.Random) -> None:
    """Asks for a stream and leaves: after its first bytes, or before, politely or not."""
    reader, writer = await asyncio.open_connection("127.0.0.1", host.port)
    writer.write(f"GET /desk/{path} HTTP/1.1\r\nHost: x\r\n\r\n".encode())
    way = chance.randrange(4)
    if way:
        await reader.readuntil(b"\r\n\r\n")
    if way > 1 and path == "tweets":
        await reader.readuntil(b"ready")
    if way == 3:
        writer.transport.abort()
    writer.close()


async def cycles(host: Host, path: str, count: int, chance: random.Random) -> None:
    for _ in range(0, count, AT_ONCE):
        await asyncio.gather(*(open_and_close(host, path, chance) for _ in range(AT_ONCE)))


@pytest.mark.seconds(150)
async def test_ten_thousand_streams_leave_nothing_behind(quiet, report):
    chance = random.Random(3)
    await cycles(quiet, "tweets", CYCLES // 5, chance)
    await gone(quiet)
    before, began = resident(quiet), time.monotonic()
    await cycles(quiet, "tweets", CYCLES, chance)
    lasted = await gone(quiet)
    grown = resident(quiet) - before
    report(
        f"{CYCLES} event streams opened and closed in {time.monotonic() - began:.1f} s; the last "
        f"generator was gone after {lasted * 1000:.0f} ms; memory grew by {grown / 1024:.0f} KiB"
    )
    assert grown < SLACK


@pytest.mark.parametrize("path", ["flood", "forever"])
async def test_a_generator_that_waits_ends_with_its_client(quiet, path):
    """One waits for its client to read, one sleeps for long; the client leaves."""
    chance = random.Random(4)
    writers = []
    for _ in range(20):
        reader, writer = await asyncio.open_connection("127.0.0.1", quiet.port)
        writer.write(f"GET /desk/{path} HTTP/1.1\r\nHost: x\r\n\r\n".encode())
        writers.append(writer)
    async with asyncio.timeout(5):
        while await live(quiet) < 20:
            await asyncio.sleep(0.01)
    for writer in writers:
        if chance.random() < 0.5:
            writer.transport.abort()
        writer.close()
    await gone(quiet)
