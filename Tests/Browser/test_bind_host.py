"""Bound pages on a real host, over Perigee's own client and the official one."""

import pytest


@pytest.fixture
def two(new_page, bench_host, client_path):
    """Two windows on the same models."""
    path = {"/": "/bound/", "/official.html": "/bound/official.html"}[client_path]
    pages = [new_page().open(bench_host.url + path) for _ in range(2)]
    ask(pages[0], "start", ["Tea", "Jam"])
    for page in pages:
        page.wait(lambda page: page.texts("b") == ["Tea", "Jam"])
    return pages


def ask(page, event, *args):
    """Emits an event as the page's socket; answers the ack."""
    return page.run("""
      const { socket } = perigee.bindings[0];
      return new Promise((done) => socket.emit(...given, (...answer) => done(answer)));
    """, [event, *args])


def names(page):
    return page.run("return [...document.querySelectorAll('.name')].map((field) => field.value)")


def heading(page):
    return page.texts("h1")[0]


def note_headings(page):
    """Has the page keep in `headings` what its heading shows from now on."""
    page.run("""
      window.headings = [];
      const note = () => headings.push(document.querySelector("h1").textContent.trim());
      const whatever = { subtree: true, childList: true, characterData: true };
      new MutationObserver(note).observe(document.querySelector("#one"), whatever);
    """)


def test_what_one_page_adds_the_other_shows(two):
    anna, berta = two
    anna.find("[name=title]").send_keys("Rope\n")
    berta.wait(lambda page: page.texts("b") == ["Tea", "Jam", "Rope"])
    anna.wait(lambda page: page.find("[name=title]").get_attribute("value") == "")
    anna.find_all("button")[-1].click()
    berta.wait(lambda page: page.texts("b") == ["Rope", "Tea", "Jam"])
    assert anna.console_errors() == [] and berta.console_errors() == []


def test_a_field_shows_what_the_server_makes_of_it(two):
    anna, berta = two
    anna.find(".name").send_keys("s\t")
    berta.wait(lambda page: page.texts("b") == ["TEAS", "Jam"])
    anna.wait(lambda page: names(page) == ["TEAS", "Jam"])
    berta.find("[type=checkbox]").click()
    anna.wait(lambda page: page.find("[type=checkbox]").is_selected())


@pytest.mark.parametrize("value, message", [
    ("bad", "bad is refused"),
    ("broken", "internal error"),
])
def test_a_refused_change_goes_back(two, value, message):
    anna, _ = two
    anna.find(".name").send_keys("\b\b\b" + value + "\t")
    anna.wait(lambda page: message in page.texts("p")[0])
    anna.wait(lambda page: names(page)[0] == "Tea")


def test_errors_of_the_schema_and_of_the_handler_stand_beside_the_field(two):
    anna, _ = two
    anna.find("[name=title]").send_keys("x\n")
    anna.wait(lambda page: page.texts(".perigee-error") == ["must have 2 or more characters"])
    anna.find("[name=title]").clear()
    anna.find("[name=title]").send_keys("taken\n")
    anna.wait(lambda page: page.texts(".perigee-error") == ["is taken"])


def test_a_page_that_was_away_catches_up(two):
    anna, berta = two
    note_headings(berta)
    berta.run("perigee.bindings[0].socket.io.engine.close()")
    # It may be back before anybody looks.
    berta.wait(lambda page: "Home off" in page.run("return headings"))
    ask(anna, "add", {"title": "While away"})
    berta.wait(lambda page: page.texts("b")[-1] == "While away")
    berta.wait(lambda page: heading(page) == "Home on")


def test_models_with_keys_and_refused_ones(two):
    anna, berta = two
    anna.wait(lambda page: page.texts("u") == ['the channel "model:secret" was refused'])
    anna.find("#text").send_keys("hello\t")
    berta.wait(lambda page: page.texts("i") == ["anna: hello"])
    ask(anna, "change", {"model": "note", "key": "anna", "value": ""})
