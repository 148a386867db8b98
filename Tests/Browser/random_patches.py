"""Random JSON documents and random patches of them, and a plain reference for what patches do."""

from __future__ import annotations

import copy
import random

NAMES = ["a", "b", "c/d", "e~f", "0", "1", "", "length"]


def pointer(path):
    return "".join("/" + str(key).replace("~", "~0").replace("/", "~1") for key in path)


def at(document, path):
    for key in path:
        document = document[key]
    return document


def paths(document, path=()):
    """Every place of the document, as tuples of keys."""
    yield path
    if isinstance(document, dict):
        for key, value in document.items():
            yield from paths(value, (*path, key))
    elif isinstance(document, list):
        for index, value in enumerate(document):
            yield from paths(value, (*path, index))


class Patches:
    """A document that changes at random; `step()` answers the patch that it changed by."""

    def __init__(self, seed):
        self.random = random.Random(seed)
        self.document = {"a": self.value(), "b": self.value()}

    def value(self, depth=0):
        kind = self.random.randrange(5 if depth < 3 else 3)
        if kind == 0:
            return self.random.randrange(100)
        if kind == 1:
            return self.random.choice([True, None, 1.5, ""])
        if kind == 2:
            return f"s{self.random.randrange(50)}"
        if kind == 3:
            return [self.value(depth + 1) for _ in range(self.random.randrange(4))]
        return {name: self.value(depth + 1)
                for name in self.random.sample(NAMES, self.random.randrange(4))}

    def step(self):
        if len(str(self.document)) > 1500 or not isinstance(self.document, dict):
            return [self.replace((), {"a": self.value(), "b": self.value()})]
        return [self.operation() for _ in range(self.random.randint(1, 4))]

    def operation(self):
        places = [path for path in paths(self.document) if path]
        kind = self.random.choice(["add", "add", "remove", "replace", "replace", "move"])
        if kind == "add" or not places:
            return self.add(self.place(), self.value(2))
        path = self.random.choice(places)
        if kind == "replace":
            return self.replace(path, self.value(2))
        value = self.take(path)
        if kind == "remove":
            return {"op": "remove", "path": pointer(path)}
        # Most moves are of a row within its list.
        near = self.random.random() < 0.7 and isinstance(at(self.document, path[:-1]), list)
        target = (*path[:-1], self.slot(at(self.document, path[:-1]))) if near else self.place()
        self.put(target, value)
        return {"op": "move", "from": pointer(path), "path": pointer(target)}

    def place(self):
        """Somewhere to add: a member, or a place in a list."""
        if not isinstance(self.document, (dict, list)):
            return ()
        containers = [path for path in paths(self.document)
                      if isinstance(at(self.document, path), (dict, list))]
        path = self.random.choice(containers)
        return (*path, self.slot(at(self.document, path)))

    def slot(self, container):
        if isinstance(container, dict):
            return self.random.choice(NAMES)
        return self.random.choice([*range(len(container) + 1), "-"])

    def add(self, path, value):
        self.put(path, copy.deepcopy(value))
        return {"op": "add", "path": pointer(path), "value": value}

    def replace(self, path, value):
        if path:
            at(self.document, path[:-1])[path[-1]] = copy.deepcopy(value)
        else:
            self.document = copy.deepcopy(value)
        return {"op": "replace", "path": pointer(path), "value": value}

    def put(self, path, value):
        if not path:
            self.document = value
            return
        container = at(self.document, path[:-1])
        if isinstance(container, dict):
            container[path[-1]] = value
        else:
            container.insert(len(container) if path[-1] == "-" else path[-1], value)

    def take(self, path):
        container = at(self.document, path[:-1])
        return container.pop(path[-1])
