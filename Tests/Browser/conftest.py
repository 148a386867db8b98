"""Fixtures of the browser tests: hosts, a headless Chromium, and pages that scripts run in.

Environment: PERIGEE (the host's executable), SOCKETIO_CLIENT (the official client's file; without
it the comparison with the official client is skipped), SCREENSHOTS (a folder for pictures).
"""

from __future__ import annotations

import os
import shutil
import urllib.request
from pathlib import Path

import pytest
from bound_pages import BoundPages
from chromium import Page, launch
from perigee_host import Host
from scripted_server import ScriptedServer

HERE = Path(__file__).parent


@pytest.fixture(scope="session")
def driver():
    driver = launch()
    yield driver
    driver.quit()


@pytest.fixture
def new_page(driver):
    """Opens windows that close when the test ends."""
    first = driver.window_handles[0]
    opened = []

    def make():
        driver.switch_to.window(first)
        driver.switch_to.new_window("window")
        opened.append(driver.current_window_handle)
        page = Page(driver, opened[-1])
        page.console_errors()
        return page

    yield make
    for handle in opened:
        driver.switch_to.window(handle)
        driver.close()
    driver.switch_to.window(first)


@pytest.fixture
def page(new_page):
    return new_page()


@pytest.fixture(scope="session")
def host():
    """A host with the project's own apps and pages."""
    with Host.start() as running:
        yield running


@pytest.fixture(scope="session")
def bench(tmp_path_factory):
    """Folders for hosts that the client is tested against: apps, and pages that load a client."""
    folder = tmp_path_factory.mktemp("bench")
    shutil.copytree(HERE / "plugins", folder / "plugins")
    shutil.copytree(HERE / "www", folder / "www")
    official = os.environ.get("SOCKETIO_CLIENT")
    if official:
        shutil.copy(official, folder / "www" / "socket.io.min.js")
    return {"plugins": folder / "plugins", "www": folder / "www"}


@pytest.fixture(scope="session")
def bench_host(bench):
    with Host.start(**bench) as running:
        yield running


@pytest.fixture(params=["perigee", "official"])
def client_path(request):
    """The page that loads the client under test: the project's own, and the official one."""
    if request.param == "official" and not os.environ.get("SOCKETIO_CLIENT"):
        pytest.skip("SOCKETIO_CLIENT names no file")
    return {"perigee": "/", "official": "/official.html"}[request.param]


@pytest.fixture
def client(page, bench_host, client_path):
    """A page with the client under test, on the shared bench host."""
    return page.open(bench_host.url + client_path)


@pytest.fixture(scope="session")
def script_bytes(bench_host):
    """The project's own client, as hosts serve it."""
    with urllib.request.urlopen(bench_host.url + "/perigee.js") as answer:
        return answer.read()


@pytest.fixture(scope="session")
def pages():
    """A server of pages with bindings that need no host."""
    pages = BoundPages()
    yield pages
    pages.close()


@pytest.fixture
def scripted_with(page):
    """Opens a page whose client (given as bytes) talks to a server with the given answers."""
    servers = []

    def open_page(client, *sessions):
        server = ScriptedServer(client, [list(script) for script in sessions])
        servers.append(server)
        page.open(server.url)
        return server

    yield open_page
    page.open("about:blank")
    for server in servers:
        server.__exit__()
