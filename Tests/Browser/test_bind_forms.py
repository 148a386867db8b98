"""Forms of bound pages: what they send, being busy, errors beside their fields."""

import pytest

SCHEMA = {"save": {"positional": False, "args": [{"type": "object", "fields": [
    ["name", {"type": "text", "min": 3}],
    ["age", {"type": "integer", "min": 0, "optional": True}],
    ["address", {"type": "object", "fields": [["city", {"type": "text"}]]}],
]}]}}
FIELDS = """
<input name="name"><input name="age" type="number"><input name="address.city">
<textarea name="about"></textarea><input type="checkbox" name="agreed">
<input type="checkbox" name="tags" value="a"><input type="checkbox" name="tags" value="b">
<input type="radio" name="plan" value="free" checked><input type="radio" name="plan" value="team">
<select name="one"><option>x<option selected>y</select>
<select name="many" multiple><option selected>x<option>y<option selected>z</select>
<input type="file" name="file"><input name="off" disabled><input value="nameless">
<input type="hidden" name="room" value="hall">
<button name="how" value="fast">Save</button><button name="how" value="slow" id="slow">Slow</button>
"""


def form(fields=FIELDS, attributes=""):
    return f'<div bind="/app"><form on-submit="save" {attributes}>{fields}</form></div>'


@pytest.fixture
def show(page, pages):
    def open_page(body=None, setup="", **more):
        shown = pages.show(page, body or form(), setup, **more)
        return shown.wait(lambda page: page.find("form button") and page)

    yield open_page
    assert page.console_errors() == []


def saved(page):
    return page.run("return fake.sent.filter((it) => it.event === 'save').map((it) => it.args)")


def with_schema(body):
    """The page's data and element as the host would have rendered them."""
    template = body.removeprefix('<div bind="/app">').removesuffix("</div>")
    data = {"bindings": [{"namespace": "/app", "template": template, "schemas": SCHEMA}]}
    return {"body": '<div bind="/app" data-perigee="0">' + template.replace(
        'on-submit="save" ', "") + "</div>", "data": data}


def test_a_form_is_sent_as_an_object_of_its_fields(show):
    page = show()
    page.find("[name=name]").send_keys("Ada")
    page.find("[name=age]").send_keys("36")
    page.find("[name='address.city']").send_keys("Ulm")
    page.find("[value=b]").click()
    page.find("#slow").click()
    page.wait(saved)
    assert saved(page) == [[{
        "name": "Ada", "age": 36, "address": {"city": "Ulm"}, "about": "", "agreed": False,
        "tags": ["b"], "plan": "free", "one": "y", "many": ["x", "z"], "room": "hall",
        "how": "slow",
    }]]


def test_an_empty_number_is_sent_as_empty_and_zero_as_zero(show):
    page = show(form('<input name="n" type="number"><input name="m" type="number" value="0">'
                     "<button>Save</button>"))
    page.find("button").click()
    page.wait(saved)
    assert saved(page) == [[{"n": "", "m": 0}]]


def test_a_form_is_busy_until_the_answer_and_then_reset(show):
    page = show(setup="fake.holdsAnswers = true;")
    page.find("[name=name]").send_keys("Ada\n")
    assert page.find("form").get_attribute("aria-busy") == "true"
    assert not page.find("button").is_enabled()
    page.run("document.querySelector('form').requestSubmit()")
    assert len(saved(page)) == 1
    page.run("fake.sent.at(-1).answer(true)")
    assert page.find("form").get_attribute("aria-busy") is None
    assert page.find("button").is_enabled()
    assert page.find("[name=name]").get_attribute("value") == ""
    assert page.run("return document.activeElement.name") == "name"


def test_a_button_that_sent_the_form_has_the_focus_again(show):
    page = show(setup="fake.holdsAnswers = true;")
    page.find("#slow").click()
    page.run("fake.sent.at(-1).answer(true)")
    assert page.run("return document.activeElement.id") == "slow"


def test_a_form_may_keep_its_fields_and_the_answer(show):
    body = form('<input name="name"><button>Save</button>{{$kept}}',
                'data-keep data-then="$kept"')
    page = show(body, "fake.handlers.save = (record) => record.answer('number 7');")
    page.find("[name=name]").send_keys("Ada\n")
    page.wait(lambda page: "number 7" in page.texts("form")[0])
    assert page.find("[name=name]").get_attribute("value") == "Ada"


@pytest.mark.parametrize("answer", [
    "record.answer(false, 'no')", "record.refuse('no', 'no')", "record.expire()",
])
def test_a_refused_form_keeps_what_was_entered(show, answer):
    body = form('<input name="name"><button>Save</button><i>{{$error}}</i>')
    page = show(body, f"fake.handlers.save = (record) => {answer};")
    page.find("[name=name]").send_keys("Ada\n")
    page.wait(lambda page: page.texts("i") not in ([""], []))
    assert page.find("[name=name]").get_attribute("value") == "Ada"
    assert page.find("form").get_attribute("aria-busy") is None


REFUSED = """fake.handlers.save = (record) => record.refuse("invalid_method_args", "not valid", {
  errors: { name: "is taken", tags: { 1: "is odd" }, address: { city: "is far" }, _: "all wrong" } });
"""


def test_errors_of_the_server_stand_beside_their_fields(show):
    page = show(setup=REFUSED)
    page.find("[name=name]").send_keys("Ada\n")
    page.wait(lambda page: page.find(".perigee-error"))
    assert page.texts(".perigee-error") == ["is taken", "is far", "is odd", "all wrong"]
    assert page.run("""
      const name = document.querySelector("[name=name]");
      const note = document.getElementById(name.getAttribute("aria-describedby"));
      return [name.ariaInvalid, note.textContent, note.role, note === name.nextElementSibling,
        document.activeElement === name];
    """) == ["true", "is taken", "alert", True, True]


def test_an_error_goes_when_its_field_changes(show):
    page = show(setup=REFUSED)
    page.find("button").click()
    page.wait(lambda page: page.find(".perigee-error"))
    page.find("[name=name]").send_keys("x")
    assert page.texts(".perigee-error") == ["is far", "is odd", "all wrong"]
    assert page.find("[name=name]").get_attribute("aria-invalid") is None
    assert page.find("[name=name]").get_attribute("aria-describedby") is None


def test_errors_may_have_places_of_their_own(show):
    page = show(form("""<p id="hint">letters</p><input name="name" aria-describedby="hint">
      <b data-error-for="name"></b><button>Save</button>{{$errors.save.name}}"""), REFUSED)
    page.find("button").click()
    page.wait(lambda page: page.texts("b") == ["is taken"])
    name, note = page.find("[name=name]"), page.find("b")
    assert note.get_attribute("role") == "alert"
    assert name.get_attribute("aria-describedby") == f"hint {note.get_attribute('id')}"
    name.send_keys("x")
    assert page.texts("b") == [""]
    assert name.get_attribute("aria-describedby") == "hint"


def test_errors_are_data_of_the_template_too(show):
    page = show(form("""<button>Save</button><i>{{$errors.save.address.city}}</i>"""), REFUSED)
    page.find("button").click()
    page.wait(lambda page: page.texts("i") == ["is far"])


def test_a_schema_keeps_a_form_from_being_sent(show):
    page = show(**with_schema(form('<input name="name"><input name="address.city">'
                                   "<button>Save</button>")))
    page.find("[name=name]").send_keys("Al\n")
    page.wait(lambda page: page.find(".perigee-error"))
    assert page.texts(".perigee-error") == ["must have 3 or more characters", "is required"]
    assert saved(page) == []
    page.find("[name=name]").send_keys("fred")
    page.find("[name='address.city']").send_keys("Ulm\n")
    page.wait(saved)
    assert page.texts(".perigee-error") == []


def test_a_second_attempt_takes_the_first_messages_away(show):
    page = show(setup=REFUSED)
    page.find("button").click()
    page.wait(lambda page: page.find(".perigee-error"))
    page.run("fake.handlers.save = (record) => record.answer(true)")
    page.find("button").click()
    page.wait(lambda page: page.texts(".perigee-error") == [])
