"""One app misbehaves; its clients are told, the log says where, and another app notices nothing.

The victim's clients run in a process of their own at a steady rate. What they see while an offence goes
on is compared with what they saw before; the comparison is printed, and only what is plainly wrong fails:
an answer that never came.

ISOLATION_SECONDS  how long each offence is committed again and again (0.5)
"""

from __future__ import annotations

import asyncio
import os
import time

import pytest

from app_folder import AppFolder
from light_client import Disconnected, LightClient, Refused
from offences import OFFENCES, Offence
from victim import Stretch, Victim

DISTURBED_SECONDS = float(os.environ.get("ISOLATION_SECONDS", "0.5"))
UNDISTURBED_SECONDS = 5

UNDISTURBED = "nothing at all"

# What a neighbour that does nothing wrong costs: the measure for all that follow.
BUSY_NEIGHBOUR = """
    local Neighbour = {}
    function Neighbour:on_go() self:error("told", "as agreed") end
    function Neighbour:on_well() return true end
    return Neighbour
"""

VICTIM = """
    local Victim = {}
    function Victim:on_echo(...) return ... end
    return Victim
"""


@pytest.fixture(scope="module")
def folder(tmp_path_factory) -> AppFolder:
    base = tmp_path_factory.mktemp("isolation")
    folder = AppFolder(base / "plugins", base / "www")
    folder.save("victim.lua", VICTIM)
    folder.save("neighbour.lua", BUSY_NEIGHBOUR)
    for offence in OFFENCES:
        edited = offence.trigger in ("reload", "load")
        folder.save(f"{offence.app}.lua", offence.harmless if edited else offence.script)
    return folder


@pytest.fixture(scope="module")
def crowded(folder):
    """A host with the victim and every offender."""
    with folder.serve() as host:
        yield host


@pytest.fixture(scope="module")
def measured(crowded, report):
    """The victim's clients, and the table of what they saw; printed at the end."""
    victim = Victim(crowded.url, "/victim")
    rows: list[tuple[str, Stretch]] = []
    yield victim, rows
    victim.close()
    report(table(rows))


def test_the_victim_is_measured_undisturbed(measured):
    victim, rows = measured
    asyncio.run(asyncio.sleep(1))
    victim.stretch()
    asyncio.run(asyncio.sleep(UNDISTURBED_SECONDS))
    stretch = victim.stretch()
    rows.append((UNDISTURBED, stretch))
    assert stretch.times and stretch.missing == 0


def test_the_victim_is_measured_beside_a_busy_neighbour(crowded, measured):
    victim, rows = measured
    over = time.monotonic() + UNDISTURBED_SECONDS
    while time.monotonic() < over:
        asyncio.run(by_event(crowded.url, "/neighbour", survives=True))
    stretch = victim.stretch()
    rows.append(("its work, as it should", stretch))
    assert stretch.missing == 0


@pytest.mark.parametrize("offence", OFFENCES, ids=lambda offence: offence.name)
def test_the_offender_alone_bears_it(offence, crowded, folder, measured):
    victim, rows = measured
    victim.stretch()
    since = len(crowded.log())
    asyncio.run(asyncio.wait_for(commit(offence, crowded, folder), 60))
    stretch = victim.stretch()
    rows.append((offence.name, stretch))
    crowded.wait_for_log(rf"{offence.app}\.lua:\d+", since=since)
    assert crowded.running
    assert stretch.times and stretch.missing == 0


async def commit(offence: Offence, host, folder: AppFolder) -> None:
    """Commits the offence again and again; each time its client is told, and the app still serves."""
    over = time.monotonic() + DISTURBED_SECONDS
    if offence.trigger in ("reload", "load"):
        await commit_by_edit(offence, host, folder)
        await asyncio.sleep(max(0, over - time.monotonic()))
        return
    namespace = f"/{offence.app}"
    while True:
        await TRIGGERS[offence.trigger](host.url, namespace, offence.survives)
        if time.monotonic() > over:
            return


async def commit_by_edit(offence: Offence, host, folder: AppFolder) -> None:
    async with await LightClient.connect(host.url, f"/{offence.app}") as client:
        since = len(host.log())
        folder.save(f"{offence.app}.lua", offence.script)
        await asyncio.to_thread(
            host.wait_for_log, rf"{offence.app}.*(fail|error)", timeout=20, since=since
        )
        assert await client.call("well") is True


async def by_event(url: str, namespace: str, survives: bool) -> None:
    async with await LightClient.connect(url, namespace) as client:
        await client.emit("go")
        await expect_told(client, survives)


async def by_subscribe(url: str, namespace: str, survives: bool) -> None:
    async with await LightClient.connect(url, namespace) as client:
        await client.emit("subscribe", "go")
        await expect_told(client, survives)


async def by_resume(url: str, namespace: str, survives: bool) -> None:
    async with await LightClient.connect(url, namespace) as client:
        await client.emit("go")
        await client.answer(await client.question("ready?"), True)
        await expect_told(client, survives)


async def by_connect(url: str, namespace: str, survives: bool) -> None:
    with pytest.raises(Refused):
        await LightClient.connect(url, namespace)


async def by_disconnect(url: str, namespace: str, survives: bool) -> None:
    async with await LightClient.connect(url, namespace) as other:
        await (await LightClient.connect(url, namespace)).close()
        assert await other.call("well") is True


async def by_timer(url: str, namespace: str, survives: bool) -> None:
    """A timer has no client to tell; the log alone says it."""
    async with await LightClient.connect(url, namespace) as client:
        await client.emit("go")
        assert await client.call("well") is True


async def expect_told(client: LightClient, survives: bool) -> None:
    """The offender's client gets an error event, or loses an app that cannot go on."""
    if survives:
        await client.event("error")
        assert await client.call("well") is True
        return
    try:
        await client.event("error")
    except Disconnected:
        pass


TRIGGERS = {
    "event": by_event,
    "wake": by_event,
    "connect": by_connect,
    "disconnect": by_disconnect,
    "subscribe": by_subscribe,
    "resume": by_resume,
    "timer": by_timer,
}


def table(rows: list[tuple[str, Stretch]]) -> str:
    """One line for each offence, one for all of them together."""
    calm = next((stretch for name, stretch in rows if name == UNDISTURBED), None)
    offences = {offence.name for offence in OFFENCES}
    disturbed = [stretch for name, stretch in rows if name in offences]
    together = Stretch([time for stretch in disturbed for time in stretch.times], 0)
    lines = [f"{'while another app does':34} answers     p50     p99     max  p99 ratio"]
    for name, seen in [*rows, ("all of it together", together)]:
        if not seen.times:
            continue
        ratio = f"{seen.at(0.99) / calm.at(0.99):9.1f}×" if calm else ""
        figures = " ".join(f"{value:7.2f}" for value in (seen.at(0.5), seen.at(0.99), seen.at(1)))
        lines.append(f"{name:34} {len(seen.times):7} {figures} {ratio}")
    return "\n".join(lines)
