"""The example pages, used as a person uses them: clicks, keys, two windows."""

import re

import pytest

REACTIVE = ["/todo/", "/lounge/", "/dashboard/", "/signup/"]
MILLISECONDS = re.compile(r"\d+\.\d ms")


def connected(page):
    return page.find("#connection").get_attribute("data-state") == "connected"


def messages(page):
    return page.texts(".message .bubble")


@pytest.fixture
def table(page, host):
    page.open(host.url + "/pingpong/")
    page.wait(lambda page: page.find("#ping").is_enabled())
    return page


def test_the_front_page_tells_the_connection_and_leads_to_the_apps(page, host):
    page.open(host.url + "/")
    page.wait(lambda page: MILLISECONDS.match(page.find("#distance").text))
    page.wait(lambda page: "WebSocket" in page.find("#connection").text)
    links = [link.get_attribute("href") for link in page.find_all(".app a")]
    assert links == [host.url + path for path in ["/pingpong/", "/chat/", "/clock/", *REACTIVE]]
    page.screenshot("front")
    page.find(".app a").click()
    page.wait(lambda page: page.texts("h1") == ["Ping-pong"])
    assert page.console_errors() == []


def test_a_ping_gets_a_pong(table):
    table.find("#ping").click()
    table.wait(lambda page: page.texts("#pongs") == ["1"])
    [(what, took)] = zip(table.texts("#log .what"), table.texts("#log .took"))
    assert what == "ping → pong"
    assert MILLISECONDS.fullmatch(took)
    assert table.console_errors() == []


def test_a_fireball_gets_ten_bangs(table):
    table.find("#ping").click()
    table.find("#fireball").click()
    table.wait(lambda page: page.texts("#bangs") == ["10"])
    table.screenshot("pingpong")
    assert table.texts("#log .what") == ["fireball → bang! × 10", "ping → pong"]
    assert table.texts("#pongs") == ["1"]


def test_keys_serve_too(table):
    table.find("body").send_keys("pf")
    table.wait(lambda page: page.texts("#pongs") == ["1"] and page.texts("#bangs") == ["10"])


def test_the_ping_pong_page_tells_its_transport(table):
    table.wait(lambda page: page.find("#connection").text == "Connected over WebSocket")


@pytest.fixture
def enter(new_page, host):
    """Opens a window of the chat in a room and waits until it has joined."""

    def enter(room):
        page = new_page().open(f"{host.url}/chat/?room={room}")
        page.wait(lambda page: any("You are" in note for note in page.texts(".note")))
        return page

    return enter


def test_two_windows_talk_in_a_room_and_a_third_elsewhere_hears_nothing(enter):
    anna, berta, elsewhere = enter("garden"), enter("garden"), enter("observatory")
    anna.find("#text").send_keys("Hello from the garden\n")
    berta.wait(lambda page: messages(page) == ["Hello from the garden"])
    berta.find("#text").send_keys("Hello to you")
    berta.find("#composer button").click()
    anna.wait(lambda page: len(messages(page)) == 2)

    own, others = ".message.own .bubble", ".message:not(.own) .bubble"
    assert anna.texts(own) == berta.texts(others) == ["Hello from the garden"]
    assert berta.texts(own) == anna.texts(others) == ["Hello to you"]
    assert anna.texts(".message:not(.own) .author")[0] in berta.texts(".note")[0]
    assert not anna.find_all(".pending") and messages(elsewhere) == []
    anna.screenshot("chat-anna")
    berta.screenshot("chat-berta")
    assert anna.console_errors() == berta.console_errors() == []


def test_markup_stays_text(enter):
    text = '<img src=x onerror="document.title=1"> & <b>bold</b>'
    anna, berta = enter("markup"), enter("markup")
    anna.find("#text").send_keys(text + "\n")
    berta.wait(lambda page: messages(page) == [text])
    assert not berta.find_all(".messages img") and not berta.find_all(".messages b")


def test_the_same_words_twice_are_two_messages(enter):
    anna, berta = enter("echoes"), enter("echoes")
    anna.find("#text").send_keys("again\nagain\n")
    berta.wait(lambda page: messages(page) == ["again", "again"])
    anna.wait(lambda page: not page.find_all(".pending"))
    assert messages(anna) == ["again", "again"]


def test_a_message_that_the_app_refuses_is_marked_and_explained(enter):
    anna = enter("refusals")
    anna.run("document.getElementById('text').removeAttribute('maxlength')")
    anna.run("document.getElementById('text').value = 'x'.repeat(2001)")
    anna.find("#composer button").click()
    anna.wait(lambda page: page.find_all(".message.failed .again"))
    assert any("at most 2000" in note for note in anna.texts(".note"))


def test_another_room_is_a_form_away(enter):
    page = enter("lobby")
    page.find("#other").send_keys("a & b\n")
    page.wait(lambda page: page.texts("#title") == ["# a & b"])
    page.wait(lambda page: page.texts(".note"))
    assert page.texts(".rooms [aria-current]") == ["a & b"]


def test_the_clock_follows_an_event_stream(page, host):
    page.open(host.url + "/clock/")
    page.wait(lambda page: re.fullmatch(r"\d\d:\d\d:\d\d", page.find("#time").text))
    first = page.find("#time").text
    page.wait(lambda page: page.find("#time").text != first)
    assert connected(page)
    page.screenshot("clock")
    assert page.console_errors() == []
