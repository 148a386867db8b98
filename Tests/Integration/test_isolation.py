"""One app misbehaves; its clients are told, the log says where, and another app notices nothing.

The victim's clients run in a process of their own at a steady rate. What they see while an offence goes
on is compared with what they saw before; the comparison is printed, and only what is plainly wrong fails:
an answer that never came.
"""

from __future__ import annotations

import asyncio
from contextlib import suppress

import pytest

from app_folder import AppFolder
from light_client import Disconnected, LightClient, Refused
from offences import OFFENCES, Offence
from victim import Stretch, Victim

TIMES = 3
UNDISTURBED_SECONDS = 3

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
def measured(crowded):
    """The victim's clients, and the table of what they saw; printed at the end."""
    victim = Victim(crowded.url, "/victim")
    rows: list[tuple[str, Stretch]] = []
    yield victim, rows
    victim.close()
    print_table(rows)


def test_the_victim_is_measured_undisturbed(measured):
    victim, rows = measured
    asyncio.run(asyncio.sleep(UNDISTURBED_SECONDS))
    stretch = victim.stretch()
    rows.append(("undisturbed", stretch))
    assert stretch.answers > 0 and stretch.missing == 0


@pytest.mark.parametrize("offence", OFFENCES, ids=lambda offence: offence.name)
def test_the_offender_alone_bears_it(offence, crowded, folder, measured):
    victim, rows = measured
    victim.stretch()
    since = len(crowded.log())
    asyncio.run(asyncio.wait_for(commit(offence, crowded, folder), 60))
    # Three stretches of the offence, and whatever the victim saw in a moment after it.
    asyncio.run(asyncio.sleep(0.2))
    stretch = victim.stretch()
    rows.append((offence.name, stretch))
    crowded.wait_for_log(rf"{offence.app}(\.lua:\d+|\W)", since=since)
    assert crowded.running
    assert stretch.answers > 0
    assert stretch.missing == 0


async def commit(offence: Offence, host, folder: AppFolder) -> None:
    """Commits the offence some times and checks that the offender's client is told each time."""
    if offence.trigger in ("reload", "load"):
        await commit_by_edit(offence, host, folder)
        return
    for _ in range(TIMES):
        await TRIGGERS[offence.trigger](host.url, f"/{offence.app}")


async def commit_by_edit(offence: Offence, host, folder: AppFolder) -> None:
    async with await LightClient.connect(host.url, f"/{offence.app}") as client:
        since = len(host.log())
        folder.save(f"{offence.app}.lua", offence.script)
        await asyncio.to_thread(
            host.wait_for_log, rf"{offence.app}.*(fail|error)", timeout=20, since=since
        )
        assert await client.call("well") is True


async def by_event(url: str, namespace: str) -> None:
    async with await LightClient.connect(url, namespace) as client:
        await client.emit("go")
        await client.event("error")
        assert await client.call("well") is True


async def by_restart(url: str, namespace: str) -> None:
    """The app starts anew, or its client cannot take what it gets: it is told, or has to reconnect."""
    async with await LightClient.connect(url, namespace) as client:
        await client.emit("go")
        with suppress(Disconnected):
            await client.event("error")
    async with await LightClient.connect(url, namespace) as again:
        with suppress(Disconnected):
            assert await again.call("well") is True


async def by_connect(url: str, namespace: str) -> None:
    with pytest.raises(Refused):
        await LightClient.connect(url, namespace)


async def by_disconnect(url: str, namespace: str) -> None:
    async with (
        await LightClient.connect(url, namespace) as leaver,
        await LightClient.connect(url, namespace) as other,
    ):
        await leaver.close()
        assert await other.call("well") is True


async def by_subscribe(url: str, namespace: str) -> None:
    async with await LightClient.connect(url, namespace) as client:
        await client.emit("subscribe", "go")
        await client.event("error")
        assert await client.call("well") is True


async def by_resume(url: str, namespace: str) -> None:
    async with await LightClient.connect(url, namespace) as client:
        await client.emit("go")
        await client.answer(await client.question("ready?"), True)
        await client.event("error")
        assert await client.call("well") is True


async def by_timer(url: str, namespace: str) -> None:
    """A timer has no client to tell; the log alone says it."""
    async with await LightClient.connect(url, namespace) as client:
        await client.emit("go")
        assert await client.call("well") is True


TRIGGERS = {
    "event": by_event,
    "restart": by_restart,
    "wake": by_event,
    "connect": by_connect,
    "disconnect": by_disconnect,
    "subscribe": by_subscribe,
    "resume": by_resume,
    "timer": by_timer,
}


def print_table(rows: list[tuple[str, Stretch]]) -> None:
    calm = next((stretch for name, stretch in rows if name == "undisturbed"), None)
    print(f"\n{'while another app does':34} answers     p50     p99     max  p99 ratio")
    for name, seen in rows:
        ratio = f"{seen.p99 / calm.p99:9.1f}×" if calm and calm.p99 else ""
        print(f"{name:34} {seen.answers:7} {seen.p50:7.2f} {seen.p99:7.2f} {seen.max:7.2f} {ratio}")
