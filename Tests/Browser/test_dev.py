"""Development in the open page: what happens there when files change under `--dev`."""

import os
import shutil

import pytest
from perigee_host import ROOT, Host

OVERLAY = "document.getElementById('perigee-error')"
SHOWN = f"return {OVERLAY} ? {OVERLAY}.shadowRoot.querySelector('dialog').innerText : null"
TOAST = """
const toast = document.getElementById("perigee-toast");
return toast && toast.shadowRoot.textContent;
"""
MARKUP = "<img src=x onerror=alert(1)>"
COLOUR = "return getComputedStyle(document.querySelector('.title')).color"

# The page tells that its feed waits at the host: only then does a change reach it as an event.
LISTENING = """
const requests = performance.getEntriesByType("resource");
return requests.some(({ name }) => name.includes("/perigee/dev/events"));
"""


def save(path, text):
    """Replaces a file as editors do: written beside, then renamed."""
    beside = path.with_name(path.name + ".saving")
    beside.write_text(text, encoding="utf-8")
    os.replace(beside, path)


@pytest.fixture
def project(tmp_path):
    for name in ("Plugins", "www"):
        shutil.copytree(ROOT / name, tmp_path / name)
    return tmp_path


@pytest.fixture
def dev_host(project):
    with Host.start(plugins=project / "Plugins", www=project / "www", args=["--dev"]) as host:
        yield host


@pytest.fixture
def chat(page, dev_host):
    """The chat page, joined, with a mark that a reload would wipe away."""
    page.open(dev_host.url + "/chat/")
    page.wait(lambda page: page.texts(".note"))
    page.wait(lambda page: page.run(LISTENING))
    page.run("window.mark = 'still here'")
    return page


def test_a_saved_stylesheet_applies_without_a_reload(chat, project):
    sheet = project / "Plugins/chat/www/chat.css"
    save(sheet, sheet.read_text() + "\n.title { color: rgb(1, 2, 3); }\n")
    chat.wait(lambda page: page.run(COLOUR) == "rgb(1, 2, 3)")
    chat.wait(lambda page: len(page.find_all("link[rel=stylesheet]")) == 2)
    assert chat.run("return window.mark") == "still here"

    save(sheet, sheet.read_text() + "\n.title { color: rgb(4, 5, 6); }\n")
    chat.wait(lambda page: page.run(COLOUR) == "rgb(4, 5, 6)")
    assert chat.run("return window.mark") == "still here"


def test_the_host_s_own_stylesheet_applies_to_an_app_s_page(chat, project):
    sheet = project / "www/perigee.css"
    save(sheet, sheet.read_text() + "\n.title { color: rgb(7, 8, 9); }\n")
    chat.wait(lambda page: page.run(COLOUR) == "rgb(7, 8, 9)")
    assert chat.run("return window.mark") == "still here"


def test_a_saved_page_reloads(chat, project):
    index = project / "Plugins/chat/www/index.html"
    save(index, index.read_text().replace("Say something", "Say it again"))
    chat.wait(lambda page: page.find("#text").get_attribute("placeholder") == "Say it again")
    assert chat.run("return window.mark ?? null") is None


def test_a_broken_script_shows_its_line_and_a_mended_one_takes_it_away(chat, project):
    script = project / "Plugins/chat/init.lua"
    good = script.read_text()
    save(script, good.replace("on_user_message(text)", "on_user_message(text"))
    shown = chat.wait(lambda page: page.run(SHOWN))
    chat.screenshot("overlay")
    assert "init.lua:" in shown and "on_user_message" in shown
    assert chat.run(f"return {OVERLAY}.shadowRoot.querySelector('.failing') !== null"), shown
    assert chat.run("return window.mark") == "still here"
    assert chat.find("#connection").get_attribute("data-state") == "connected"

    save(script, good)
    chat.wait(lambda page: page.run(SHOWN) is None)
    chat.wait(lambda page: "is serving" in (page.run(TOAST) or ""))
    assert chat.run("return window.mark") == "still here"


def test_a_page_of_a_broken_app_shows_the_error_and_escape_hides_it(chat, project, dev_host):
    script = project / "Plugins/chat/init.lua"
    save(script, "return {\n")
    chat.wait(lambda page: page.run(SHOWN))
    chat.open(dev_host.url + "/chat/")
    chat.wait(lambda page: page.run(SHOWN))
    chat.focus().switch_to.active_element.send_keys("\ue00c")
    chat.wait(lambda page: page.run(SHOWN) is None)


def test_another_app_s_error_stays_off_this_page(chat, project):
    save(project / "Plugins/pingpong.lua", "return {\n")
    sheet = project / "Plugins/chat/www/chat.css"
    save(sheet, sheet.read_text() + "\n.title { color: rgb(9, 9, 9); }\n")
    chat.wait(lambda page: page.run(COLOUR) == "rgb(9, 9, 9)")
    assert chat.run(SHOWN) is None


def test_an_error_is_shown_as_text_whatever_it_quotes(chat, project):
    save(project / "Plugins/chat/init.lua", f"local x = '{MARKUP}'\nreturn {{\n")
    shown = chat.wait(lambda page: page.run(SHOWN))
    assert MARKUP in shown
    assert chat.run(f"return {OVERLAY}.shadowRoot.querySelector('img') === null")


def test_the_feed_comes_back_with_the_host(chat, project, dev_host):
    dev_host.restart()
    chat.wait(lambda page: "The host is back" in (page.run(TOAST) or ""))
    sheet = project / "Plugins/chat/www/chat.css"
    save(sheet, sheet.read_text() + "\n.title { color: rgb(3, 3, 3); }\n")
    chat.wait(lambda page: page.run(COLOUR) == "rgb(3, 3, 3)")
    assert chat.run("return window.mark") == "still here"


def test_pages_served_without_dev_have_no_feed(page, host):
    page.open(host.url + "/chat/")
    assert not page.find_all("script[src*='dev.js']")
