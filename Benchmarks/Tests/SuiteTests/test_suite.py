"""The scenarios, and the processes that they start."""

import os
import sys

import pytest
from suite.catalogue import COMPARISONS, scenarios
from suite.failure import BenchmarkFailed
from suite.process import Process
from suite.scenario import PERIGEE


def test_names_are_unique_and_perigee_takes_part_in_every_scenario():
    every = scenarios()
    assert len({each.name for each in every}) == len(every)
    assert all(PERIGEE in [run.contender for run in each.runs] for each in every)


def test_scales_and_targets_name_contenders_that_take_part():
    for each in scenarios():
        contenders = {run.contender for run in each.runs}
        for row in each.rows:
            assert row.scale is None or row.scale in contenders or not row.charted, row
            assert row.target is None or row.target.of in {None, *contenders}, row


def test_comparisons_name_scenarios_that_exist():
    names = {each.name for each in scenarios()}
    assert {name for each in COMPARISONS for name in (each.of, each.to)} <= names


def test_scenarios_are_chosen_by_the_beginnings_of_their_names():
    assert [each.name for each in scenarios(only=["echo"])] == ["echo-1", "echo-16"]


def test_without_peers_only_perigee_the_probe_and_a_given_server_are_left():
    for each in scenarios(peers=False, url="http://127.0.0.1:3000"):
        for run in each.runs:
            known = run.contender.startswith((PERIGEE, "probe"))
            assert known or run.contender == "http://127.0.0.1:3000"


def test_a_server_that_ends_early_is_reported_with_what_it_said():
    command = [sys.executable, "-c", "print('no room for me')"]
    with Process(command, os.sched_getaffinity(0)) as process:
        with pytest.raises(BenchmarkFailed, match="no room for me"):
            process.wait_for("listening")


def test_a_server_stays_on_its_core():
    core = min(os.sched_getaffinity(0))
    command = [sys.executable, "-c", "import os; print(sorted(os.sched_getaffinity(0)))"]
    with Process(command, [core]) as process:
        assert process.wait_for(r"\[(.*)\]")[1] == str(core)


def test_settings_in_the_environment_do_not_reach_a_server(monkeypatch):
    monkeypatch.setenv("PERIGEE_SERVER_THREADS", "7")
    command = [sys.executable, "-c", "import os; print(os.environ.get('PERIGEE_SERVER_THREADS'))"]
    with Process(command, os.sched_getaffinity(0)) as process:
        assert process.wait_for("None|7")[0] == "None"
