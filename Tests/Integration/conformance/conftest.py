"""Serves the conformance cases: the server they talk to, how often they run, and side by side.

CONFORMANCE_URL   a running server, such as http://127.0.0.1:3000; otherwise one is started
CONFORMANCE_RUNS  how many times every case runs (1)
CONFORMANCE_AT_ONCE  how many cases of a run go on at the same time (16)
CONFORMANCE_HEAD_START  seconds that a request needs at most to reach the server (0.02)
"""

from __future__ import annotations

import inspect
import os

import pytest

pytest.register_assert_rewrite("engine_behaviour", "wire")

from crowd import Crowd
from perigee_host import URL_LINE, Host, executable
from wire import Endpoint

RUNS = int(os.environ.get("CONFORMANCE_RUNS", "1"))
AT_ONCE = int(os.environ.get("CONFORMANCE_AT_ONCE", "16"))

crowd_key = pytest.StashKey[Crowd]()


@pytest.fixture(scope="session")
def server_url():
    """The server under test, without a path."""
    given = os.environ.get("CONFORMANCE_URL")
    if given:
        yield given
        return
    with Host([str(executable()), "conformance", "--port", "0"], dict(os.environ)) as host:
        port = host.wait_for_log(URL_LINE.pattern, timeout=30).group(1)
        yield f"http://127.0.0.1:{port}"


@pytest.fixture
def endpoint(request, server_url) -> Endpoint:
    """The endpoint that the case's class names by its `path`."""
    return Endpoint(server_url, request.cls.path)


def pytest_generate_tests(metafunc):
    if RUNS > 1:
        metafunc.fixturenames.append("run")
        metafunc.parametrize("run", range(1, RUNS + 1))


def pytest_collection_modifyitems(items):
    items.sort(key=run_of)


@pytest.hookimpl(tryfirst=True)
def pytest_pyfunc_call(pyfuncitem):
    if not inspect.iscoroutinefunction(pyfuncitem.obj):
        return None
    stash = pyfuncitem.session.stash
    crowd = stash.setdefault(crowd_key, None) or Crowd(AT_ONCE)
    stash[crowd_key] = crowd
    if not crowd.has_begun(pyfuncitem.nodeid):
        base = pyfuncitem.funcargs["endpoint"].base
        crowd.begin({item.nodeid: case_of(item, base) for item in neighbours(pyfuncitem)})
    crowd.outcome(pyfuncitem.nodeid)
    return True


def pytest_sessionfinish(session):
    crowd = session.stash.get(crowd_key, None)
    if crowd is not None:
        crowd.close()


def run_of(item) -> int:
    return item.callspec.params.get("run", 1) if hasattr(item, "callspec") else 1


def neighbours(item) -> list:
    """The cases of the same run, in the order in which pytest asks for them."""
    return [
        other
        for other in item.session.items
        if run_of(other) == run_of(item) and "endpoint" in getattr(other, "fixturenames", ())
    ]


def case_of(item, base: str):
    """What runs the case: a fresh endpoint, a fresh instance of its class."""

    async def case():
        endpoint = Endpoint(base, item.cls.path)
        try:
            await getattr(item.cls(), item.originalname)(endpoint)
        finally:
            await endpoint.close()

    return case
