"""What all integration tests share: coroutine tests, the hosts they talk to, folders of apps."""

from __future__ import annotations

import asyncio
import inspect
from pathlib import Path

import pytest

pytest.register_assert_rewrite(
    "light_client", "onlooker", "presence_app", "live_page", "pages", "recovery_nodes", "traveller",
    "wires.connections"
)

from app_folder import AppFolder
from perigee_host import Host

TEST_SECONDS = 60
APPS = Path(__file__).parent / "apps"


def pytest_configure(config):
    config.addinivalue_line("markers", "seconds(n): how long a coroutine test may take")


@pytest.hookimpl(tryfirst=True)
def pytest_pyfunc_call(pyfuncitem):
    """Runs a coroutine test on an event loop of its own, for at most a minute."""
    if not inspect.iscoroutinefunction(pyfuncitem.obj):
        return None
    marker = pyfuncitem.get_closest_marker("seconds")
    seconds = marker.args[0] if marker else TEST_SECONDS
    names = pyfuncitem._fixtureinfo.argnames
    arguments = {name: pyfuncitem.funcargs[name] for name in names}
    asyncio.run(asyncio.wait_for(pyfuncitem.obj(**arguments), seconds))
    return True


@pytest.fixture(scope="session")
def report(pytestconfig):
    """Prints measurements for whoever runs the tests, captured output or not."""
    capture = pytestconfig.pluginmanager.getplugin("capturemanager")

    def report(text: str) -> None:
        with capture.global_and_fixture_disabled():
            print(f"\n{text}")

    return report


@pytest.fixture(scope="session")
def examples():
    """A host that serves the project's own example apps and pages."""
    with Host.start() as host:
        yield host


@pytest.fixture(scope="session")
def host(tmp_path_factory):
    """A host that serves the apps of these tests; its clients may come and go, nothing else."""
    with Host.start(plugins=APPS, www=tmp_path_factory.mktemp("www")) as host:
        yield host


@pytest.fixture
def apps(tmp_path) -> AppFolder:
    """An empty folder of apps, for a test that writes its own."""
    return AppFolder(tmp_path / "plugins", tmp_path / "www")


@pytest.fixture
def live(apps):
    """A host that serves the folder `apps` of the same test."""
    with apps.serve() as host:
        yield host
