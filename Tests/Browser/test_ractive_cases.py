"""The cases that all renderers share: the DOM shows what the HTML says, made anew and taken over."""

import json
import re
from pathlib import Path

import pytest

HERE = Path(__file__).parent
CASES = HERE.parent / "Cases"
SAME = (HERE / "support" / "same_html.js").read_text()

# Elements whose text HTML takes literally: there the HTML renderer escapes to be safe. A whole
# document can't stand in an element.
LITERAL = re.compile("<(?:noscript|xmp|noembed|noframes|iframe|template|html)\\b|\\0")

SHOW = (
    SAME
    + """
    const wrong = [];
    const out = document.getElementById("out");
    for (const { name, template, data, partials, components: parts = {}, html } of JSON.parse(given)) {
      const components = Object.fromEntries(Object.entries(parts).map(([key, { data, ...more }]) =>
        [key, Ractive.extend({ data: () => structuredClone(data ?? {}), ...more })]));
      const options = () => ({ el: out, template, data: structuredClone(data), partials, components });
      const report = (what, found) => wrong.push({ name, template, what, found, html });
      try {
        const page = new Ractive(options());
        if (!shows(out, html)) report("rendered", out.innerHTML);
        page.teardown();
        out.innerHTML = html;
        const before = [...out.querySelectorAll("*")];
        const taken = new Ractive({ enhance: true, ...options() });
        const after = [...out.querySelectorAll("*")];
        if (!before.every((node, i) => node === after[i])) report("taken over", out.innerHTML);
        if (!shows(out, html)) report("then shown", out.innerHTML);
        taken.teardown();
      } catch (problem) {
        report("threw", problem.stack);
      }
    }
    return wrong;
    """
)


def cases(folder):
    return sorted((CASES / folder).glob("*.json"))


def files():
    return [path for folder in ("mustache", "templates", "xss") for path in cases(folder)]


@pytest.mark.parametrize("path", files(), ids=lambda path: f"{path.parent.name}/{path.stem}")
def test_the_dom_shows_what_the_html_says(ractive, path):
    wanted = []
    for case in json.loads(path.read_text()):
        html = case.get("html", case.get("expected"))
        if html is not None and not LITERAL.search(html):
            wanted.append({**case, "html": html})
    assert ractive.run(SHOW, json.dumps(wanted)) == []


@pytest.mark.parametrize("path", cases("templates"), ids=lambda path: path.stem)
def test_a_wrong_template_is_an_error(ractive, path):
    wrong = [case for case in json.loads(path.read_text()) if "error" in case]
    messages = ractive.run(
        """
        return JSON.parse(given).map(({ template, data, partials, components: parts = {} }) => {
          const components = Object.fromEntries(Object.entries(parts).map(([name, options]) =>
            [name, Ractive.extend(options)]));
          try {
            new Ractive({ el: "out", template, data, partials, components });
            return null;
          } catch (problem) {
            return problem.message;
          }
        });
        """,
        json.dumps(wrong),
    )
    for case, message in zip(wrong, messages):
        assert message and case["error"]["message"] in message, case


def test_no_hostile_value_runs(ractive):
    hostile = [case for path in cases("xss") for case in json.loads(path.read_text())]
    ran = ractive.run(
        """
        const ran = [];
        for (const { name, template, data } of JSON.parse(given)) {
          window.hacked = () => ran.push(name);
          try {
            new Ractive({ el: "out", template, data });
          } catch (problem) {
            if (problem.name !== "TemplateError") throw problem;
          }
          for (const element of document.querySelectorAll("#out *")) {
            element.dispatchEvent(new Event("error"));
            element.dispatchEvent(new Event("load"));
          }
          for (const link of document.querySelectorAll("#out a[href^='#']")) link.click();
        }
        await new Promise((done) => setTimeout(done, 100));
        return ran;
        """,
        json.dumps(hostile),
    )
    assert ran == []
