"""Three nodes behind a balancer that knows nothing of sessions are one host to clients that nobody here
wrote, also while one of the nodes is killed and comes back.

Every engine that `scripts/engines` runs has its turn but mongo: the server that stands in for MongoDB is
not made for so many.

CLUSTER_CLIENTS  how many clients there are, a third with each kind of transport (300)
"""

from __future__ import annotations

import asyncio
import os
from collections import Counter
from contextlib import AsyncExitStack

import aiohttp
import pytest

from .balancer import Balancer
from .crowd import Crowd
from .engines import ENGINES, each_engine
from .guest import Guest
from .nodes import Nodes
from .reckoning import NOTHING_WRONG, Reckoning
from .talk import Talk
from .waiting import until

CLIENTS = int(os.environ.get("CLUSTER_CLIENTS", 300))
SPEAKERS = 3
PACE = 0.5

RECONNECT_SECONDS = 1.5
"""python-socketio's first delay, at most: a second, and half a second more or less."""
BUSY_SECONDS = 25
"""What so many clients in one process may need beyond it where the machine is busy."""

GHOST_SECONDS = 8
"""How long the clients of a node that died are taken for present, at most, as docs/cluster.md says."""
PRESENCE_SECONDS = GHOST_SECONDS + BUSY_SECONDS


@pytest.fixture(params=[name for name in each_engine() if name != "mongo"])
def engine(request) -> str:
    return request.param


@pytest.fixture
def nodes(engine, tmp_path):
    with Nodes(ENGINES[engine], 3, tmp_path) as nodes:
        yield nodes


@pytest.fixture
def balancer(nodes):
    with Balancer([host.port for host in nodes.hosts]) as balancer:
        yield balancer


@pytest.mark.seconds(600)
async def test_a_killed_node_costs_its_clients_one_reconnect_and_nobody_a_message(
    engine, nodes, balancer, report
):
    async with AsyncExitStack() as stack:
        crowd = await stack.enter_async_context(Crowd.arrived(balancer.url, CLIENTS))
        arriving = await everybody_knows(crowd, crowd.names)
        speakers = crowd.guests[:SPEAKERS]
        talk = await stack.enter_async_context(Talk.begun(balancer.url, speakers, PACE))
        await talk.more(10)

        nodes.hosts[0].kill()
        killed = asyncio.get_running_loop().time()
        await until(lambda: crowd.away, 30, lambda: "nobody noticed that the node is gone")
        await until(lambda: not crowd.away, 30, lambda: f"away: {crowd.away}")
        await everybody_knows(crowd, crowd.names)
        settling = asyncio.get_running_loop().time() - killed
        await talk.more(10)

        nodes.start_again(0)
        late = Guest(nodes.hosts[0].url, "late", "websocket")
        await late.arrive()
        stack.push_async_callback(late.leave)
        joining = await everybody_knows(crowd, crowd.names | {"late"})
        await talk.more(10)
        await talk.end()
        await until(
            lambda: all(guest.ended for guest in [*crowd.guests, late]),
            30,
            lambda: "not everybody has heard the last word",
        )
        assert settling < PRESENCE_SECONDS
        tell(report, engine, crowd, talk, arriving, settling, joining)
        check_messages(crowd, talk, late)
        check_absences(crowd)
        for host in nodes.hosts:
            assert await present(host.url) == Counter(crowd.names | {"late"})


async def everybody_knows(crowd: Crowd, present: set[str]) -> float:
    """Until every guest takes these for present, each once: how long that took."""
    return await until(
        lambda: not crowd.astray(present),
        PRESENCE_SECONDS,
        lambda: f"presence is wrong for {crowd.astray(present)}",
    )


async def present(url: str) -> Counter:
    """Who is there as the scripts of one node see it, with the number of their entries."""
    async with aiohttp.ClientSession() as http, http.get(f"{url}/hall/present") as answer:
        return Counter({name: len(metas) for name, metas in (await answer.json()).items()})


def check_messages(crowd: Crowd, talk: Talk, late: Guest) -> None:
    heard = crowd.guests[0].heard
    assert Reckoning.of(heard, talk.acknowledged, talk.published) == NOTHING_WRONG
    for guest in crowd.guests:
        assert guest.unrecovered == 0, guest.name
        assert guest.heard == heard, f"{guest.name} ({guest.transport}) heard something else"
        assert guest.positions[1:] == crowd.guests[0].positions[1:], "one order for all"
        assert guest.attendance.oddities == []
    assert late.heard == heard[-len(late.heard) :]


def check_absences(crowd: Crowd) -> None:
    absences = crowd.absences
    assert len(absences) >= len(crowd.guests) // 6, "the node had its share of the clients"
    assert max(absences) < RECONNECT_SECONDS + BUSY_SECONDS
    assert all(len(guest.absences) <= 1 for guest in crowd.guests)


def tell(report, engine, crowd, talk, arriving, settling, joining) -> None:
    absences = sorted(crowd.absences)
    kinds = Counter(guest.transport for guest in crowd.guests if guest.absences)
    report(
        f"{engine}, {len(crowd.guests)} clients on three nodes: {len(talk.published)} publications, "
        f"{len(talk.acknowledged)} acknowledged; kill -9 cut off {len(absences)} clients "
        f"({', '.join(f'{count} {kind}' for kind, count in kinds.items())}), back after "
        f"{absences[len(absences) // 2]:.2f} s in the middle and {absences[-1]:.2f} s at most\n"
        f"  presence exact {arriving:.2f} s after the last arrival, {settling:.2f} s after the "
        f"kill, {joining:.2f} s after the node was"
    )
