"""A headless Chromium for tests: windows that scripts run in, and what they show.

`launch()` starts one; `Page` is a window of it. Environment: SCREENSHOTS (a folder for pictures).
"""

from __future__ import annotations

import os
import shutil
from pathlib import Path

from selenium import webdriver
from selenium.common.exceptions import (
    JavascriptException,
    NoSuchElementException,
    StaleElementReferenceException,
)
from selenium.webdriver.chrome.service import Service
from selenium.webdriver.support.ui import WebDriverWait

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


def launch(*flags):
    """A Chromium without a display; `flags` are more command-line switches. The caller quits it."""
    options = webdriver.ChromeOptions()
    usual = ("headless=new", "no-sandbox", "disable-dev-shm-usage", "window-size=1100,1080")
    for flag in (*usual, *flags):
        options.add_argument(f"--{flag}")
    options.set_capability("goog:loggingPrefs", {"browser": "ALL"})
    chromium, chromedriver = shutil.which("chromium"), shutil.which("chromedriver")
    if chromium:
        options.binary_location = chromium
    service = Service(chromedriver) if chromedriver else Service()
    driver = webdriver.Chrome(options=options, service=service)
    driver.set_script_timeout(PATIENCE)
    return driver
