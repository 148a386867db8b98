"""Connection state recovery, byte by byte: offsets, what is kept, what a client may claim."""

from __future__ import annotations

import asyncio
import json
import re

import pytest
from light_client import LightClient
from wires.conftest import IMPATIENT, start
from wires.raw_socket_io import RawSocketIO

RECOVERY = {**IMPATIENT, "engine.recovery_ms": 20_000}
NAMESPACE = "/recovery"


@pytest.fixture(scope="module")
def host(wires_apps):
    with start(wires_apps, **RECOVERY) as host:
        yield host


def enter(host, **claim):
    """A client with this claim, if any."""
    return RawSocketIO.open(host.url, NAMESPACE, claim or None)


async def rounds(host, identity: str, first: int, last: int) -> None:
    async with await LightClient.connect(host.url, NAMESPACE) as reporter:
        assert await reporter.call("rounds", identity, first, last) is True


def offset_of(packet: str) -> str:
    """The last argument of an event."""
    return json.loads(packet[packet.index("[") :])[-1]


async def introduced(client: RawSocketIO) -> dict:
    """Lets a new client in and puts it where the rounds reach it; the answer to its CONNECT."""
    before, accepted = await client.accepted()
    assert before == [] and set(accepted) == {"sid", "pid"}
    assert await client.call("enter", "den") == [True]
    assert await client.call("subscribe", "news") == [True]
    return accepted


async def test_events_carry_offsets_and_volatile_ones_the_last(host):
    async with enter(host) as client:
        accepted = await introduced(client)
        await rounds(host, accepted["sid"], 1, 1)
        packets = await client.until('2["others"')
    binary = packets.pop(5)
    offsets = [offset_of(packet) for packet in packets]
    epoch = offsets[0].split(":")[0]
    assert re.fullmatch(r"[A-Za-z0-9_-]{8}", epoch)
    assert {offset.split(":")[0] for offset in offsets} == {epoch}
    numbers = [int(offset.split(":")[1]) for offset in offsets]
    assert numbers == sorted(numbers)
    assert packets == [
        f'2["all",1,"{offsets[0]}"]',
        f'2["room",1,"text","{offsets[1]}"]',
        f'2["typing","someone","{offsets[2]}"]',
        f'2["pubblication",{{"number":1}},"{offsets[3]}"]',
        f'51-["direct",1,{{"_placeholder":true,"num":0}},"{offsets[4]}"]',
        f'2["others",1,"{offsets[5]}"]',
    ]
    assert binary == "b'bytes'"
    assert offsets[1].split(":")[1] <= offsets[2].split(":")[1] < offsets[3].split(":")[1]


async def test_what_was_missed_comes_before_the_answer_and_the_answer_is_the_same(host):
    async with enter(host) as client:
        accepted = await introduced(client)
        await client.call("remember", "a note")
        await rounds(host, accepted["sid"], 1, 1)
        last = (await client.until('2["others"'))[-1]
        client.cut()
    await rounds(host, accepted["sid"], 2, 4)
    async with enter(host, pid=accepted["pid"], offset=offset_of(last), token="t") as client:
        before, again = await client.accepted()
        assert again == accepted
        state = (await client.call("state"))[0]
    names = [re.sub(r',"[^",]*:\d+"\]$', "]", packet) for packet in before]
    expected = []
    for number in (2, 3, 4):
        expected += [
            f'2["all",{number}]',
            f'2["room",{number},"text"]',
            f'2["pubblication",{{"number":{number}}}]',
            f'51-["direct",{number},{{"_placeholder":true,"num":0}}]',
            "b'bytes'",
            f'2["others",{number}]',
        ]
    assert names == expected
    assert (state["id"], state["connects"], state["recovered"]) == (accepted["sid"], 2, True)
    assert (state["note"], state["token"]) == ("a note", "t")
    assert "den" in state["rooms"]


async def test_everything_goes_on_after_the_answer(host):
    async with enter(host) as client:
        accepted = await introduced(client)
        client.cut()
    async with enter(host, pid=accepted["pid"]) as client:
        before, again = await client.accepted()
        assert (before, again) == ([], accepted)
        await rounds(host, accepted["sid"], 1, 1)
        packets = [await client.packet() for _ in range(4)]
        assert [json.loads(packet[1:])[0] for packet in packets] == [
            "all", "room", "typing", "pubblication",
        ]  # fmt: skip


async def test_an_offset_may_be_told_again(host):
    """An answer that got lost is asked for once more: the same is replayed."""
    async with enter(host) as client:
        accepted = await introduced(client)
        client.cut()
    await rounds(host, accepted["sid"], 1, 2)
    replays = []
    for _ in range(3):
        async with enter(host, pid=accepted["pid"]) as client:
            before, again = await client.accepted()
            assert again == accepted
            replays.append(before)
            client.cut()
    assert len(replays[0]) == 12, replays[0]
    assert replays[0] == replays[1] == replays[2]


async def test_an_event_that_wants_an_ack_has_no_offset_and_is_not_kept(host):
    async with enter(host) as client:
        accepted = await introduced(client)
        await client.emit("ask")
        question = await client.packet()
        assert re.fullmatch(r'2\d+\["question","text"\]', question)
        client.cut()
    async with enter(host, pid=accepted["pid"]) as client:
        before, again = await client.accepted()
        assert (before, again) == ([], accepted)


async def test_a_client_that_is_back_before_its_old_connection_ends_takes_over(host):
    async with enter(host) as old, enter(host) as bystander:
        accepted = await introduced(old)
        await introduced(bystander)
        async with enter(host, pid=accepted["pid"]) as new:
            _, again = await new.accepted()
            assert again == accepted
            await old.ended()
            assert (await new.call("state"))[0]["connects"] == 2
            assert (await bystander.call("state"))[0]["connects"] == 1


CLAIMS = {
    "unknown pid": {"pid": "nobody", "offset": "x:1"},
    "empty": {"pid": "", "offset": ""},
    "number": {"pid": 7, "offset": 8},
    "null": {"pid": None, "offset": None},
    "list": {"pid": ["x"], "offset": {}},
    "offset alone": {"offset": "x:1"},
    "long": {"pid": "x" * 10_000},
}


@pytest.mark.parametrize("claim", CLAIMS.values(), ids=CLAIMS.keys())
async def test_a_claim_to_nothing_makes_a_new_socket(host, claim):
    async with enter(host, **claim) as client:
        before, accepted = await client.accepted()
        assert before == [] and set(accepted) == {"sid", "pid"}
        state = (await client.call("state"))[0]
        assert (state["connects"], state["recovered"]) == (1, False)


@pytest.mark.parametrize("offset", ["nonsense", "Unknown1:3", "", 7, None, "x" * 5000])
async def test_an_offset_of_no_known_log_counts_from_the_sockets_beginning(host, offset):
    async with enter(host) as client:
        accepted = await introduced(client)
        client.cut()
    await rounds(host, accepted["sid"], 1, 1)
    async with enter(host, pid=accepted["pid"], offset=offset) as client:
        before, again = await client.accepted()
        if again == accepted:
            assert len(before) == 6
        else:
            assert before == [] and (await client.call("state"))[0]["recovered"] is False


async def test_an_offset_of_the_future_is_not_recovered(host):
    async with enter(host) as client:
        accepted = await introduced(client)
        await rounds(host, accepted["sid"], 1, 1)
        epoch = offset_of((await client.until('2["others"'))[-1]).split(":")[0]
        client.cut()
    async with enter(host, pid=accepted["pid"], offset=f"{epoch}:999999") as client:
        before, again = await client.accepted()
        assert before == [] and again["pid"] != accepted["pid"]


async def test_who_left_or_was_sent_away_does_not_come_back(host):
    async with enter(host) as client:
        left = await introduced(client)
        await client.send("1")
    async with enter(host) as client:
        kicked = await introduced(client)
        async with await LightClient.connect(host.url, NAMESPACE) as reporter:
            assert await reporter.call("kick", kicked["sid"]) is True
        await client.until("1")
    for gone in (left, kicked):
        async with enter(host, pid=gone["pid"]) as client:
            before, again = await client.accepted()
            assert before == [] and again["sid"] != gone["sid"]


async def test_on_connect_may_refuse_who_comes_back(host):
    async with enter(host) as client:
        accepted = await introduced(client)
        client.cut()
    async with await LightClient.connect(host.url, NAMESPACE) as reporter:
        await reporter.call("ban", accepted["sid"])
    await rounds(host, accepted["sid"], 1, 1)
    async with enter(host, pid=accepted["pid"]) as client:
        assert await client.packet() == '4{"message":"banned","data":{"code":7}}'
    async with enter(host, pid=accepted["pid"]) as client:
        before, again = await client.accepted()
        assert before == [] and again["sid"] != accepted["sid"]


async def test_who_stays_away_for_too_long_begins_anew(wires_apps):
    with start(wires_apps, **{"engine.recovery_ms": 200}) as host:
        since = len(host.log())
        async with enter(host) as client:
            accepted = await introduced(client)
            await client.call("remember", "patience")
            client.cut()
        await asyncio.to_thread(host.wait_for_log, r"left\s+patience", 10, since)
        await asyncio.sleep(0.5)
        async with enter(host, pid=accepted["pid"]) as client:
            before, again = await client.accepted()
            assert before == [] and again["sid"] != accepted["sid"]


async def test_what_is_not_kept_any_more_is_not_recovered(wires_apps):
    with start(wires_apps, **RECOVERY, **{"engine.recovery_packets": 10}) as host:
        async with enter(host) as client:
            accepted = await introduced(client)
            client.cut()
        await rounds(host, accepted["sid"], 1, 5)
        async with enter(host, pid=accepted["pid"]) as client:
            before, again = await client.accepted()
            assert before == [] and again["sid"] != accepted["sid"]
            await introduced_again(client)


async def introduced_again(client: RawSocketIO) -> None:
    """The new socket works like any other."""
    assert await client.call("enter", "den") == [True]
    state = (await client.call("state"))[0]
    assert (state["connects"], state["recovered"], "den" in state["rooms"]) == (1, False, True)


async def test_without_the_setting_there_is_no_pid_and_no_offset(wires_host):
    async with RawSocketIO.open(wires_host.url, NAMESPACE, {"pid": "x", "offset": "y"}) as client:
        before, accepted = await client.accepted()
        assert before == [] and set(accepted) == {"sid"}
        await rounds(wires_host, accepted["sid"], 1, 1)
        assert await client.packet() == '2["all",1]'
