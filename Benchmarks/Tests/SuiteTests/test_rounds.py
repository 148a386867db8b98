"""Turns are taken in alternating order, and what fails does not stop the rest."""

import pytest
from suite.bench import QUICK, Bench
from suite.failure import BenchmarkFailed, Unavailable
from suite.machine import Cores
from suite.rounds import measure
from suite.scenario import PERIGEE, Row, Run, Scenario


@pytest.fixture
def bench():
    cores = Cores(frozenset([0]), frozenset([1]), frozenset([0, 1]))
    return Bench(tools=None, cores=cores, effort=QUICK, files=2_000)


def failing(error):
    def measured(bench, server):
        raise error

    return measured


def test_every_second_round_goes_the_other_way(bench):
    order = []

    def run(name):
        return Run(name, lambda bench, server: order.append(name) or {"per_second": 1})

    measure(bench, [Scenario("echo", "Echo", [run("a"), run("b")], [Row("", "")])], rounds=2)
    assert order == ["a", "b", "b", "a"]


def test_what_is_measured_once_is_measured_in_the_first_round_only(bench):
    hold = Scenario("hold", "Hold", [Run("a", lambda *_: {})], [], once=True)
    assert measure(bench, [hold], rounds=3).figures == {"hold": {"a": [{}]}}


def test_a_failure_leaves_a_gap_and_its_reason(bench):
    runs = [Run("a", failing(BenchmarkFailed("no answer"))), Run("b", lambda *_: {"per_second": 1})]
    samples = measure(bench, [Scenario("echo", "Echo", runs, [])], rounds=1)
    assert samples.figures["echo"] == {"a": [None], "b": [{"per_second": 1}]}
    assert samples.errors == {"echo": {"a": "no answer"}}


def test_only_failures_of_its_own_are_defects_of_perigee(bench):
    def run(error, contender=PERIGEE):
        return Scenario("echo", "Echo", [Run(contender, failing(error))], [])

    chosen = [
        run(BenchmarkFailed("lost its way")),
        run(Unavailable("wrk is not installed")),
        run(BenchmarkFailed("crashed"), contender="nchan"),
    ]
    assert measure(bench, chosen, rounds=1).defects == ["echo: lost its way"]


def test_too_low_a_limit_of_open_files_is_said(bench):
    cramped = Bench(bench.tools, bench.cores, bench.effort, files=256)
    samples = measure(cramped, [Scenario("echo", "Echo", [Run("a", lambda *_: {})], [])], rounds=1)
    assert "may have 256" in samples.errors["echo"]["a"]
