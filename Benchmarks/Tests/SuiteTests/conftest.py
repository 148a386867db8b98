"""Lets the tests import the suite, and gives them samples without measuring anything."""

import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from suite.rounds import Samples  # noqa: E402
from suite.scenario import Row, Run, Scenario  # noqa: E402


def unmeasured(bench, server):
    raise AssertionError("nothing is measured here")


@pytest.fixture
def scenario():
    """Makes a scenario of one row: `scenario("echo", target=…)`."""

    def make(name, *contenders, group="Echo", unit="replies/s", **row):
        runs = [Run(contender, unmeasured) for contender in contenders]
        return Scenario(name, group, runs, [Row("a row", unit, **row)])

    return make


@pytest.fixture
def samples():
    """Makes samples of one scenario: `samples("echo", Perigee=[{…}, {…}], probe=[…])`."""

    def make(name, **figures):
        made = Samples()
        for contender, rounds in figures.items():
            for each in rounds:
                made.add(name, contender, each)
        return made

    return make
