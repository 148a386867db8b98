"""An engine that is restarted, or stops answering for a while, in the middle of many publications: what
was acknowledged is heard once, in its order, by the subscribers of every node.

Every engine that `scripts/engines` runs has its turn, with a server of its own.

OUTAGE_PUBLICATIONS  how many are published by signed POST (2,000; 50,000 is the full measure)
OUTAGE_SECONDS       how long the engine does not answer (2; 10 is the full measure)
"""

from __future__ import annotations

import asyncio
import os
import time

import pytest
from engine_server import EngineServer

from .engines import each_engine
from .nodes import Nodes
from .outage import Outage, partition, restart
from .reckoning import NOTHING_WRONG
from .traffic import TRACKS, Traffic

PUBLICATIONS = int(os.environ.get("OUTAGE_PUBLICATIONS", 2_000))
SECONDS = float(os.environ.get("OUTAGE_SECONDS", 2))
SETTINGS = {"limits.history_messages": 100_000}


@pytest.fixture(params=each_engine())
def server(request):
    with EngineServer.start(request.param) as server:
        yield server


@pytest.fixture
def nodes(server, tmp_path):
    with Nodes(server.url, 2, tmp_path, SETTINGS) as nodes:
        time.sleep(server.settling)
        yield nodes


@pytest.mark.seconds(900)
@pytest.mark.parametrize("happening", [restart, partition], ids=["restart", "partition"])
async def test_nothing_acknowledged_is_lost_when_an_engine_is_away(
    server, nodes, happening, report
):
    async with Traffic.between(nodes) as traffic:
        moment = traffic.press.reached(PUBLICATIONS // 2)
        async with asyncio.TaskGroup() as together:
            away = together.create_task(Outage.when(moment, happening, server, SECONDS))
            together.create_task(traffic.run(PUBLICATIONS))
        outage = away.result()
        report(f"{server.scheme}, {happening.__name__}, {traffic.figures(outage)}")
        for listener in traffic.listeners:
            wrong = traffic.reckon(listener, spoken_counts=outage.is_short)
            assert wrong == NOTHING_WRONG, f"{listener.base} {listener.channel}"
            assert listener.unrecovered == 0
        near, far = traffic.listeners[: len(TRACKS)], traffic.listeners[len(TRACKS) :]
        for one, other in zip(near, far, strict=True):
            assert one.publications == other.publications, "one order for all"
            assert one.positions == other.positions
        assert not (outage.is_short and traffic.press.diary.uncertain)
