"""How counts are read from what the counting programs leave."""

import pytest
from suite.counting import count, total
from suite.failure import BenchmarkFailed


def test_the_total_of_a_dump_is_read(tmp_path):
    dump = tmp_path / "dump.1"
    dump.write_text("version: 1\nsummary: 7\n\nfn=(1) main\n0 7\n\ntotals: 7084\n")
    assert total(dump) == 7084


def test_a_dump_without_a_total_is_an_error(tmp_path):
    dump = tmp_path / "dump.1"
    dump.write_text("version: 1\n")
    with pytest.raises(BenchmarkFailed, match="did not say a total in dump.1"):
        total(dump)


def test_a_case_that_was_not_counted_is_an_error(tmp_path):
    with pytest.raises(BenchmarkFailed, match="too few cases"):
        total(tmp_path / "dump.2")


def test_a_program_that_fails_says_why(tmp_path, monkeypatch):
    monkeypatch.setattr("shutil.which", lambda name: "/usr/bin/valgrind")
    program = tmp_path / "perigee-micro"
    program.write_text("#!/bin/sh\necho 'decoder/event answered 0 instead of 1' >&2\nexit 1\n")
    program.chmod(0o755)
    with pytest.raises(BenchmarkFailed, match="answered 0 instead of 1"):
        count(program)


def test_without_valgrind_it_says_what_to_install(tmp_path, monkeypatch):
    monkeypatch.setattr("shutil.which", lambda name: None)
    with pytest.raises(BenchmarkFailed, match="scripts/setup test"):
        count(tmp_path)
