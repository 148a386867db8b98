"""The document behind a bound page, by data alone: random patches, and holds among them."""

import copy

import pytest
import scripts
from random_patches import Patches

PARTS = ["keypath", "pointer", "patch", "held"]

# Answers what is wrong, if anything is: a document unlike the reference, an identity that is lost.
FOLLOW = """
const { HeldDocument, readAt, keysOfPointer } = parts;
const sorted = (value) => Object(value) !== value || Array.isArray(value)
  ? Array.isArray(value) ? value.map(sorted) : value
  : Object.keys(value).sort().map((key) => [key, sorted(value[key])]);
const same = (a, b) => JSON.stringify(sorted(a)) === JSON.stringify(sorted(b));
const held = new HeldDocument(structuredClone(given.first));
let random = given.seed;
const below = (count) => (random = (random * 48271) % 2147483647) % count;
const places = (value, path = []) => [path, ...Object.keys(Object(value) === value ? value : {})
  .flatMap((key) => places(value[key], [...path, key]))];
/** What the server has, as far as the page knows. */
const confirmed = () => {
  const whole = structuredClone(held.document);
  for (const { path, document } of held.holds) {
    const outer = readAt(whole, path.slice(0, -1));
    if (document === undefined) delete outer[path.at(-1)];
    else outer[path.at(-1)] = structuredClone(document);
  }
  return whole;
};
let most = 0;
for (const [step, { patch, after }] of given.steps.entries()) {
  held.apply(structuredClone(patch));
  if (!same(confirmed(), after)) return ["differs", step, patch, held.holds, confirmed(), after];
  for (const { path, value } of held.holds) {
    if (!same(readAt(held.document, path), value)) return ["not shown", step, patch, path];
  }
  if (given.holds && below(2)) {
    const free = places(held.document).slice(1);
    if (free.length) held.hold(free[below(free.length)], below(3) ? `typed ${step}` : [step]);
  }
  if (held.holds.length && !below(3)) held.release(held.holds[below(held.holds.length)]);
  most = Math.max(most, held.holds.length);
}
for (const hold of held.holds) held.release(hold);
return same(held.document, given.steps.at(-1).after) ? most : ["differs in the end"];
"""


@pytest.fixture
def parts(page, pages):
    """A page in which `parts` has the pure classes and functions."""
    paths = {path.stem: path for path in scripts.files("ractive")}
    code = scripts.served([paths[name] for name in PARTS])
    exposed = "globalThis.parts = { HeldDocument, readAt, keysOfPointer, pointerOf, keypathOf };"
    pages.files["/parts.js"] = (
        "text/javascript", code.removesuffix("})();\n") + exposed + "})();")
    pages.show(page, '<script src="/parts.js"></script>')
    yield page
    assert page.console_errors() == []


@pytest.mark.parametrize("holds", [False, True], ids=["plain", "with holds"])
def test_random_patches_leave_what_the_reference_has(parts, holds):
    for seed in range(1, 11):
        patches = Patches(seed)
        first = copy.deepcopy(patches.document)
        steps = [{"patch": patches.step(), "after": copy.deepcopy(patches.document)}
                 for _ in range(1000)]
        outcome = parts.run(FOLLOW, {"first": first, "steps": steps, "seed": seed, "holds": holds})
        assert isinstance(outcome, int), (seed, outcome)
        assert (outcome > 1) == holds


# Each: document, holds as [path, value], patch, what is shown, touched places, where holds are.
CASES = {
    "a held value stays while its place is replaced": (
        {"a": 1}, [["/a", 2]], [["replace", "/a", 3]], {"a": 2}, [], ["/a"]),
    "a row that comes before moves the hold along": (
        {"l": [{"t": 1}]}, [["/l/0/t", 2]], [["add", "/l/0", {}]], {"l": [{}, {"t": 2}]},
        ["/l shallow"], ["/l/1/t"]),
    "a row that goes takes its hold away": (
        {"l": [{"t": 1}, 5]}, [["/l/0/t", 2]], [["remove", "/l/0"]], {"l": [5]},
        ["/l shallow"], []),
    "changes within a row and of its list are told as both": (
        {"l": [{"t": 1}, 5]}, [], [["replace", "/l/0/t", 2], ["remove", "/l/1"]], {"l": [{"t": 2}]},
        ["/l shallow", "/l"], []),
    "changes within a row after those of its list are told apart": (
        {"l": [{"t": 1}, 5]}, [], [["remove", "/l/1"], ["replace", "/l/0/t", 2]], {"l": [{"t": 2}]},
        ["/l shallow", "/l/0/t"], []),
    "a held list keeps its members to itself": (
        {"l": [1]}, [["/l", [1, 2]]], [["add", "/l/0", 0]], {"l": [1, 2]}, [], ["/l"]),
    "a replaced container shows the held value again": (
        {"o": {"x": 1}}, [["/o/x", 2]], [["replace", "/o", {"x": 3, "y": 4}]],
        {"o": {"x": 2, "y": 4}}, ["/o"], ["/o/x"]),
    "a container that is no more takes its hold away": (
        {"o": {"x": 1}}, [["/o/x", 2]], [["replace", "/o", 7]], {"o": 7}, ["/o"], []),
    "a moved list takes a hold along": (
        {"o": {"x": [{"t": 1}]}}, [["/o/x/0/t", 2]], [["move", "/o/x", "/z"]],
        {"o": {}, "z": [{"t": 2}]}, ["/z", "/o/x", "/o/x/0/t"], ["/z/0/t"]),
}


@pytest.mark.parametrize("case", CASES.values(), ids=CASES.keys())
def test_holds_and_touched_places(parts, case):
    document, holds, patch, shown, touched, places = case
    patch = [{"op": op, "path": rest[-1], "from": rest[0]} if op == "move"
             else {"op": op, "path": rest[0], "value": rest[-1]} for op, *rest in patch]
    outcome = parts.run("""
      const { HeldDocument, keysOfPointer, pointerOf } = parts;
      const held = new HeldDocument(given.document);
      for (const [path, value] of given.holds) held.hold(keysOfPointer(path), value);
      held.touched();
      held.apply(given.patch);
      const touched = held.touched().map(({ path, isShallow }) =>
        pointerOf(path) + (isShallow ? " shallow" : ""));
      return [held.document, touched, held.holds.map(({ path }) => pointerOf(path))];
    """, {"document": document, "holds": holds, "patch": patch})
    assert outcome == [shown, touched, places]


def test_a_document_that_changes_everywhere_is_told_as_changed(parts):
    touched = parts.run("""
      const held = new parts.HeldDocument({ list: Array.from({ length: 1000 }, () => ({ n: 0 })) });
      held.apply(Array.from({ length: 1000 }, (_, n) =>
        ({ op: "replace", path: `/list/${n}/n`, value: n })));
      return held.touched();
    """)
    assert {"path": [], "isShallow": False} in touched and len(touched) < 257


def test_new_members_stand_where_a_snapshot_would_have_them(parts):
    names = parts.run("""
      const held = new parts.HeldDocument({ b: 1, d: 2, 2: 0 });
      held.apply(["c", "a", "1", "é"].map((name) => ({ op: "add", path: `/${name}`, value: 0 })));
      return Object.keys(held.document);
    """)
    assert names == ["1", "2", "a", "b", "c", "d", "é"]


def test_pointers_and_keypaths_keep_every_key(parts):
    keys = ["a.b", "~1", "/", "", "0", "back\\slash", "é"]
    assert parts.run("return parts.keysOfPointer(parts.pointerOf(given))", keys) == keys
