"""The reactive examples, each in two windows at once: what one does, the other sees."""

import re

import pytest

LIVE = "[data-state=connected]"


@pytest.fixture
def pair(new_page, host):
    """Two windows on the same page, once both are live."""

    def open_pair(path, live=LIVE):
        pages = [new_page().open(host.url + path) for _ in range(2)]
        for page in pages:
            page.wait(lambda page: page.find(live))
        return pages

    yield open_pair


def names(page):
    return page.run("return [...document.querySelectorAll('.name')].map((field) => field.value)")


def add(page, title):
    page.find("#title").send_keys(title + "\n")
    page.wait(lambda page: title in names(page))
    page.wait(lambda page: page.find("#title").get_attribute("value") == "")


def pictures(pages, name, moment):
    for page, side in zip(pages, ["left", "right"]):
        page.screenshot(f"{name}-{moment}-{side}")


def test_a_list_is_one_list_in_two_windows(pair):
    anna, berta = pair("/todo/")
    pictures([anna, berta], "todo", "before")
    for title in ["Tea", "Bread", "Jam"]:
        add(anna, title)
    berta.wait(lambda page: names(page)[-3:] == ["Tea", "Bread", "Jam"])

    bread = berta.find_all(".item")[-2]
    mark = "arguments[0].mark = 'kept'"
    berta.focus().execute_script(mark, bread)
    anna.find_all("[aria-label='Move Bread up']")[-1].click()
    berta.wait(lambda page: names(page)[-3:] == ["Bread", "Tea", "Jam"])
    assert berta.run("return [...document.querySelectorAll('.item')].at(-3).mark") == "kept"

    anna.find("[aria-label='Tea is done']").click()
    berta.wait(lambda page: "Tea" in page.run(
        "return document.querySelector('.item.done .name').value"))
    pictures([anna, berta], "todo", "after")
    berta.find("[aria-label='Remove Jam']").click()
    anna.wait(lambda page: "Jam" not in names(page))
    anna.find(".rest button").click()
    berta.wait(lambda page: names(page)[-1:] == ["Bread"])
    assert anna.console_errors() == [] and berta.console_errors() == []


def test_what_a_person_types_in_the_list_is_theirs_until_they_are_done(pair):
    anna, berta = pair("/todo/")
    add(anna, "Letter")
    berta.wait(lambda page: "Letter" in names(page))
    field = berta.find_all(".name")[-1]
    field.click()
    field.send_keys(" to")
    add(anna, "Stamps")
    anna.find_all("[aria-label='Move Stamps up']")[-1].click()
    berta.wait(lambda page: names(page)[-2] == "Stamps")
    field.send_keys(" Clara")
    assert field.get_attribute("value") == "Letter to Clara"
    assert berta.focus().switch_to.active_element == field
    field.send_keys("\n")
    anna.wait(lambda page: names(page)[-1] == "Letter to Clara")


def test_a_refused_name_goes_back_to_what_it_was(pair):
    anna, berta = pair("/todo/")
    add(anna, "Rent")
    field = anna.find_all(".name")[-1]
    field.clear()
    field.send_keys("\n")
    anna.find("h1").click()
    anna.wait(lambda page: page.texts(".refusal") == ["A thing to do needs a name."])
    anna.wait(lambda page: names(page)[-1] == "Rent")
    berta.wait(lambda page: names(page)[-1] == "Rent")


def test_an_empty_thing_to_do_is_refused_in_the_page(pair):
    anna, _ = pair("/todo/")
    anna.find(".adding button").click()
    anna.wait(lambda page: page.texts(".adding .perigee-error") == ["is required"])
    assert anna.find("#title").get_attribute("aria-invalid") == "true"
    anna.screenshot("todo-refused")


def take_a_seat(page, name):
    page.find("#name").send_keys(name + "\n")
    page.wait(lambda page: page.find("#text"))


def test_two_people_meet_in_the_lounge(pair):
    anna, berta = pair("/lounge/?room=garden", "#name:enabled")
    pictures([anna, berta], "lounge", "before")
    take_a_seat(anna, "Anna")
    take_a_seat(berta, "Berta")
    for page in (anna, berta):
        page.wait(lambda page: page.texts(".people li") == ["Anna", "Berta"])

    anna.find("#text").send_keys("Good mor")
    berta.wait(lambda page: page.texts(".hint") == ["Anna is typing…"])
    assert anna.texts(".hint") == [""]
    anna.find("#text").send_keys("ning\n")
    for page in (anna, berta):
        page.wait(lambda page: page.texts(".bubble")[-1:] == ["Good morning"])
    assert len(anna.find_all(".own")) == 1 and berta.find_all(".own") == []
    berta.find("#text").send_keys("<b>Hello</b>\n")
    anna.wait(lambda page: page.texts(".bubble")[-1:] == ["<b>Hello</b>"])
    pictures([anna, berta], "lounge", "after")

    berta.open("about:blank")
    anna.wait(lambda page: page.texts(".people li") == ["Anna"])
    assert anna.console_errors() == []


def test_rooms_of_the_lounge_are_apart(pair, new_page, host):
    anna, _ = pair("/lounge/?room=library", "#name:enabled")
    elsewhere = new_page().open(host.url + "/lounge/?room=hall")
    elsewhere.wait(lambda page: page.find("#name:enabled"))
    take_a_seat(anna, "Anna")
    take_a_seat(elsewhere, "Clara")
    anna.find("#text").send_keys("Only here\n")
    anna.wait(lambda page: page.texts(".bubble")[-1:] == ["Only here"])
    assert "Only here" not in elsewhere.texts(".bubble")
    assert elsewhere.texts(".people li") == ["Clara"]


def points(page):
    return page.find(".line").get_attribute("points").split()


def test_the_dashboard_moves_in_both_windows_alike(pair):
    anna, berta = pair("/dashboard/")
    pictures([anna, berta], "dashboard", "before")
    first = points(anna)
    assert len(first) == 60
    anna.wait(lambda page: points(page) != first)
    anna.wait(lambda page: page.texts(".connection") == ["2 people are looking"])
    anna.find(".controls button").click()
    for page in (anna, berta):
        page.wait(lambda page: page.texts("figcaption") == ["Paused"])
    assert points(anna) == points(berta)
    namespace = anna.run("return document.querySelector('.line').namespaceURI")
    assert namespace == "http://www.w3.org/2000/svg"
    pictures([anna, berta], "dashboard", "after")
    berta.find(".controls button").click()
    anna.wait(lambda page: page.texts("figcaption") == ["Live"])


def test_the_speed_of_the_dashboard_is_shared(pair):
    anna, berta = pair("/dashboard/")
    anna.run("""
        const range = document.querySelector("input[type=range]");
        range.value = 7;
        range.dispatchEvent(new Event("input", { bubbles: true }));
        range.dispatchEvent(new Event("change", { bubbles: true }));
    """)
    berta.wait(lambda page: page.texts("output") == ["7"])
    anna.run("""
        const range = document.querySelector("input[type=range]");
        range.value = 2;
        range.dispatchEvent(new Event("input", { bubbles: true }));
        range.dispatchEvent(new Event("change", { bubbles: true }));
    """)
    berta.wait(lambda page: page.texts("output") == ["2"])


def fill(page, **fields):
    for name, value in fields.items():
        field = page.find(f"[name={name}]")
        field.clear()
        field.send_keys(value)


def errors(page):
    return page.run("""
        return Object.fromEntries([...document.querySelectorAll("[aria-invalid=true]")].map(
            (field) => [field.name, document.getElementById(
                field.getAttribute("aria-describedby")).textContent]))""")


def test_a_form_of_three_steps_is_filled_by_two_people_at_once(pair):
    anna, berta = pair("/signup/", "#email")
    pictures([anna, berta], "signup", "before")
    anna.find("form button").click()
    anna.wait(lambda page: errors(page) == {"name": "is required", "email": "is required"})
    assert anna.focus().switch_to.active_element == anna.find("#name")
    pictures([anna, berta], "signup", "refused")

    fill(anna, name="admin", email="anna@example.org", age="12")
    anna.find("form button").click()
    anna.wait(lambda page: list(errors(page)) == ["age"])
    fill(anna, age="30")
    anna.find("form button").click()
    anna.wait(lambda page: errors(page) == {"name": "is taken already"})
    fill(anna, name="anna")
    anna.find("form button").click()
    anna.wait(lambda page: page.find("#seats"))
    assert berta.find("#email").get_attribute("value") == ""

    anna.find("[value=team]").click()
    fill(anna, seats="4")
    anna.find("form button[type=submit]").click()
    anna.wait(lambda page: page.texts("dd") == ["anna", "anna@example.org", "team, 4 seats"])
    anna.find("form button[type=submit]").click()
    anna.wait(lambda page: errors(page) == {"agreed": "has to be ticked"})
    anna.find("[name=agreed]").click()
    anna.find("form button[type=submit]").click()
    anna.wait(lambda page: page.texts("h2") == ["Welcome, anna"])
    pictures([anna, berta], "signup", "after")

    fill(berta, name="anna", email="b@example.org")
    berta.find("form button").click()
    berta.wait(lambda page: errors(page) == {"name": "is taken already"})


def test_going_back_keeps_what_was_filled_in(pair):
    anna, _ = pair("/signup/", "#email")
    fill(anna, name="clara", email="clara@example.org")
    anna.find("form button").click()
    anna.wait(lambda page: page.find("#seats"))
    anna.find("form button[type=button]").click()
    anna.wait(lambda page: page.find("#email").get_attribute("value") == "clara@example.org")


def test_the_ping_pong_widget_plays_in_two_windows(pair):
    anna, berta = pair("/pingpong/widget.html", "#left .pingpong")
    pictures([anna, berta], "widget", "before")
    assert anna.texts("#right li") == ["love all"]
    anna.wait(lambda page: page.run("return Boolean(perigee.widgets.left.socket.connected)"))
    anna.find("#left .button").click()
    anna.wait(lambda page: page.texts("#left li") == ["pong"])
    anna.find_all("#right .button")[1].click()
    anna.wait(lambda page: page.texts("#right li") == ["love all", "pong"] + ["bang!"] * 10)
    assert berta.texts("#left li") == []
    assert anna.run("return document.RAWidgets.left === perigee.widgets.left")
    anna.run("perigee.widgets.left.get('messages').push({ sound: 'let' })")
    assert anna.texts("#left li")[-1:] == ["let"]
    pictures([anna, berta], "widget", "after")
    assert anna.console_errors() == []


def test_a_page_in_the_style_of_2014_runs_unchanged(pair):
    anna, berta = pair("/pingpong/classic.html", "#pingpong .button")
    pictures([anna, berta], "classic", "before")
    anna.wait(lambda page: page.run("return socket.connected"))
    assert "/socketio/" in anna.run(
        "return performance.getEntriesByType('resource').map((entry) => entry.name).join(' ')")
    buttons = anna.find_all("#pingpong .button")
    buttons[0].click()
    anna.wait(lambda page: page.texts("#pingpong li") == ["pong"])
    buttons[1].click()
    anna.wait(lambda page: page.texts("#pingpong li") == ["pong"] + ["bang!"] * 10)
    numbers = [item.get_attribute("data-number") for item in anna.find_all("#pingpong li")]
    assert numbers == [str(number) for number in range(11)]
    assert anna.texts("#pingpong p") == [] and berta.texts("#pingpong p") == ["Nothing yet."]
    pictures([anna, berta], "classic", "after")
    assert anna.console_errors() == []


@pytest.mark.parametrize("path", ["/todo/", "/lounge/", "/dashboard/", "/signup/"])
def test_reactive_pages_have_a_label_for_every_field(page, host, path):
    page.open(host.url + path)
    page.wait(lambda page: page.run("return perigee.bindings.length > 0"))
    nameless = page.run("""
        return [...document.querySelectorAll("input:not([type=hidden]), button, select, textarea")]
            .filter((field) => !(field.labels && field.labels.length) &&
                !field.ariaLabel && !field.textContent.trim())
            .map((field) => field.outerHTML)""")
    assert nameless == []


@pytest.mark.parametrize("path", ["/todo/", "/lounge/", "/dashboard/", "/signup/"])
def test_reactive_pages_fit_a_phone(page, host, path):
    page.open(host.url + path)
    driver = page.focus()
    before = driver.get_window_size()
    try:
        driver.set_window_size(390, 844)
        page.wait(lambda page: page.run("return perigee.bindings.length > 0"))
        name = re.sub(r"\W", "", path)
        page.screenshot(f"{name}-phone")
        assert page.run("return document.documentElement.scrollWidth <= innerWidth")
    finally:
        driver.set_window_size(before["width"], before["height"])
