"""Fixtures of the browser tests: hosts, a headless Chromium, and pages that scripts run in.

Environment: PERIGEE (the host's executable), SOCKETIO_CLIENT (the official client's file; without
it the comparison with the official client is skipped), SCREENSHOTS (a folder for pictures).
"""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import pytest
from perigee_host import ROOT, Host
from selenium import webdriver
from selenium.common.exceptions import (
    JavascriptException,
    NoSuchElementException,
    StaleElementReferenceException,
)
from selenium.webdriver.chrome.service import Service
from selenium.webdriver.support.ui import WebDriverWait

HERE = Path(__file__).parent
PATIENCE = 15

# What a look at a page may meet while that page is being loaded anew.
PASSING = (NoSuchElementException, StaleElementReferenceException, JavascriptException)

RUN = """
const done = arguments[arguments.length - 1];
const given = arguments[0];
(async () => { %s })().then(
    (value) => done({ value }),
    (error) => done({ error: String((error && error.stack) || error) })
);
"""

# What every script may use: the next event of an emitter, with its arguments.
PRELUDE = """
const next = (emitter, event) =>
    new Promise((resolve) => emitter.once(event, (...args) => resolve(args)));
const bytes = (value) => [...new Uint8Array(value.buffer || value)];
"""


class Page:
    """One browser window: run scripts in it, wait for what it shows, take its picture."""

    def __init__(self, driver, handle):
        self.driver = driver
        self.handle = handle

    def focus(self):
        self.driver.switch_to.window(self.handle)
        return self.driver

    def open(self, url):
        self.focus().get(url)
        return self

    def run(self, script, given=None):
        """Runs the body of an async function with the input `given`; answers what it returns."""
        outcome = self.focus().execute_async_script(RUN % (PRELUDE + script), given)
        assert "error" not in outcome, outcome["error"]
        return outcome.get("value")

    def find(self, selector):
        return self.focus().find_element("css selector", selector)

    def find_all(self, selector):
        return self.focus().find_elements("css selector", selector)

    def texts(self, selector):
        return self.focus().execute_script(
            "return [...document.querySelectorAll(arguments[0])].map((e) => e.textContent.trim())",
            selector,
        )

    def wait(self, condition, message=""):
        """Waits until `condition(self)` is truthy, and returns that."""
        self.focus()
        waiting = WebDriverWait(self.driver, PATIENCE, 0.02, ignored_exceptions=PASSING)
        return waiting.until(lambda _: condition(self), message)

    def console_errors(self):
        """What the browser complained of since the last call: failed requests, scripts, CSP."""
        entries = self.focus().get_log("browser")
        return [entry["message"] for entry in entries if entry["level"] == "SEVERE"]

    def screenshot(self, name):
        folder = os.environ.get("SCREENSHOTS")
        if folder:
            Path(folder).mkdir(parents=True, exist_ok=True)
            self.focus().save_screenshot(str(Path(folder) / f"{name}.png"))


@pytest.fixture(scope="session")
def driver():
    options = webdriver.ChromeOptions()
    for flag in ("headless=new", "no-sandbox", "disable-dev-shm-usage", "window-size=1100,1080"):
        options.add_argument(f"--{flag}")
    options.set_capability("goog:loggingPrefs", {"browser": "ALL"})
    chromium, chromedriver = shutil.which("chromium"), shutil.which("chromedriver")
    if chromium:
        options.binary_location = chromium
    service = Service(chromedriver) if chromedriver else Service()
    driver = webdriver.Chrome(options=options, service=service)
    driver.set_script_timeout(PATIENCE)
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
