"""The browser's validation, held to the cases that the server's passes: Tests/Cases/schema."""

import gzip
import json
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
SOURCE = (ROOT / "Sources/Browser/Scripts/ractive/schema.js").read_text()
GROUPS = {
    f"{file.stem}: {group['name']}": group
    for file in sorted((ROOT / "Tests/Cases/schema").glob("*.json"))
    for group in json.loads(file.read_text())
}

# Values as a page has them, which JSON cannot say. All but undefined are something; minus zero is a
# number, and a list may have gaps.
OUT_OF_PLACE = """
const sparse = [];
sparse[2] = "a";
const inherited = Object.create({ name: "a" });
const values = [undefined, NaN, Infinity, -0, 5n, Symbol("s"), () => 1, new Date(0), new Map(), /x/,
  sparse, inherited, new Uint8Array(2), document.body, Object.create(null)];
"""


@pytest.fixture(scope="module")
def validate(driver):
    """Validates values as the only argument of an event; answers what the script returns."""
    driver.switch_to.window(driver.window_handles[0])
    driver.get("about:blank")

    def run(body, *given):
        return driver.execute_script(SOURCE + body, *given)

    return run


def test_there_are_cases():
    assert len(GROUPS) > 40


@pytest.mark.parametrize("name", GROUPS)
def test_a_value_becomes_what_the_case_says(validate, name):
    group = GROUPS[name]
    found = validate(
        """
        const [description, values] = JSON.parse(arguments[0]);
        return JSON.stringify(values.map((value) => {
          const { value: [clean], errors } = validateArguments({ args: [description] }, [value]);
          return [errors ? null : clean ?? null, errors];
        }));
        """,
        json.dumps([group["description"], [case["value"] for case in group["cases"]]]),
    )
    for case, outcome in zip(group["cases"], json.loads(found), strict=True):
        expected = [case.get("clean"), case.get("errors")]
        assert outcome == expected, f"{str(case['value'])[:200]} is {outcome}, not {expected}"


def test_positional_arguments_have_errors_by_number(validate):
    found = validate(
        """
        const schema = { args: [{ type: "integer" }, { type: "text", optional: true },
          { type: "object", fields: [["a", { type: "text" }]] }], positional: true };
        return [validateArguments(schema, ["x", null, {}]).errors,
          validateArguments(schema, ["7", " a ", { a: "b", c: 1 }, "more"]),
          validateArguments(schema, [1]).errors];
        """
    )
    assert found == [
        {"1": "must be a whole number", "3": {"a": "is required"}},
        {"value": [7, "a", {"a": "b"}], "errors": None},
        {"3": "is required"},
    ]


def test_no_value_makes_it_throw(validate):
    kinds = ["any", "text", "email", "integer", "number", "boolean"]
    descriptions = [{"type": kind} for kind in kinds] + [
        {"type": "choice", "options": ["a", 1]},
        {"type": "list", "of": {"type": "text"}, "max": 5},
        {"type": "object", "fields": [["name", {"type": "text"}]]},
    ]
    found = validate(
        OUT_OF_PLACE
        + """
        return arguments[0].map((description) => values.filter((value) =>
          validateArguments({ args: [description] }, [value]).errors == null).length);
        """,
        descriptions,
    )
    assert found == [14, 0, 0, 1, 1, 0, 0, 1, 0]


def test_long_texts_take_no_longer_than_they_should(validate):
    seconds = validate(
        """
        const many = (text) => text.repeat(200_000);
        const texts = ["a" + many(" ") + "a", many("1") + "x", many("a") + "@" + many("a."),
          "http://" + many("a") + "<", many("a-") + "-"];
        const began = performance.now();
        for (const like of [undefined, "digits", "word", "slug", "url"]) {
          for (const text of texts) validateArguments({ args: [{ type: "text", like }] }, [text]);
        }
        for (const type of ["email", "number", "integer"]) {
          for (const text of texts) validateArguments({ args: [{ type }] }, [text]);
        }
        return (performance.now() - began) / 1000;
        """
    )
    assert seconds < 5


def test_the_script_is_small():
    code = "\n".join(
        line.strip()
        for line in SOURCE.split("\n")
        if line.strip() and not line.strip().startswith(("//", "/*", "*"))
    )
    assert len(gzip.compress(code.encode(), 9)) < 1.55 * 1024
