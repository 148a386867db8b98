"""The host whose channels the tests of the wires follow, proxies in front of it, a browser.

WIRES_SEED  the seed of the proxies' randomness; a failing test prints the one that it used
WIRES_CUTS  how often each client is cut off (20)
"""

from __future__ import annotations

import os
import random
import shutil
from pathlib import Path

import pytest

pytest.register_assert_rewrite("wires.connections", "wires.signature")

from chromium import Page, launch
from perigee_host import Host
from wires.cutting_proxy import CuttingProxy
from wires.signature import KEY, Publisher

APPS = Path(__file__).parent / "apps"

IMPATIENT = {
    "wires.heartbeat_ms": 300,
    "wires.retry_ms": 200,
    "wires.request_bytes": 20_000,
    "engine.ping_interval_ms": 2000,
    "engine.ping_timeout_ms": 2000,
}


def start(apps: Path, **settings: object) -> Host:
    """A host that serves these apps; the key of its signed publications is `signature.KEY`."""
    arguments = [part for key, value in settings.items() for part in ("--set", f"{key}={value}")]
    return Host.start(apps / "plugins", apps / "www", arguments, env={"WIRES_KEY": KEY})


@pytest.fixture(scope="session")
def wires_apps(tmp_path_factory) -> Path:
    """The apps of these tests, with the official client among their pages when there is one."""
    folder = tmp_path_factory.mktemp("wires")
    shutil.copytree(APPS, folder / "plugins")
    official = os.environ.get("SOCKETIO_CLIENT")
    if official:
        shutil.copy(official, folder / "plugins" / "wires" / "www" / "socket.io.min.js")
    (folder / "www").mkdir()
    return folder


@pytest.fixture(scope="session")
def wires_host(wires_apps):
    """A host with the app `wires`, impatient where a test would have to wait."""
    with start(wires_apps, **IMPATIENT) as host:
        yield host


@pytest.fixture(scope="session")
def base(wires_host) -> str:
    """What the paths of the plain wires begin with."""
    return f"{wires_host.url}/wires"


@pytest.fixture
def publisher(wires_host) -> Publisher:
    return Publisher(wires_host.url, "/wires")


@pytest.fixture
def seed() -> int:
    """The seed of a test's randomness, printed for when it fails."""
    seed = int(os.environ.get("WIRES_SEED") or random.randrange(1 << 32))
    print(f"WIRES_SEED={seed}")
    return seed


@pytest.fixture
def proxies(seed):
    """Makes proxies in front of a host."""
    made: list[CuttingProxy] = []

    def make(host: Host) -> CuttingProxy:
        made.append(CuttingProxy(host.port, f"{seed}/{len(made)}"))
        return made[-1]

    yield make
    for proxy in made:
        proxy.__exit__()


@pytest.fixture(scope="session")
def driver():
    driver = launch()
    yield driver
    driver.quit()


@pytest.fixture
def page(driver) -> Page:
    yield Page(driver, driver.current_window_handle)
    driver.get("about:blank")
