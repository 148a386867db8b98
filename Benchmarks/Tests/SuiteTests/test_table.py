"""The tables that people read."""

from suite import table, verdict, wording
from suite.scenario import Target


def test_figures_have_three_digits_and_their_unit():
    assert wording.figure(1_234_567, "replies/s") == "1.23 M/s"
    assert wording.figure(45_678, "replies/s") == "45.7 k/s"
    assert wording.figure(123, "replies/s") == "123/s"
    assert wording.figure(850.4, "µs") == "850 µs"
    assert wording.figure(1_250, "µs") == "1.25 ms"
    assert wording.figure(4_096, "bytes") == "4.0 KiB"
    assert wording.figure(3 * 1024 * 1024, "bytes") == "3.00 MiB"
    assert wording.figure(None, "bytes") == "–"


def test_targets_say_in_which_direction_they_bind():
    assert wording.target(Target(0.6, of="probe"), "deliveries/s", False) == "≥ 0.6 × probe"
    assert wording.target(Target(2, of="probe"), "µs", True) == "≤ 2 × probe"
    assert wording.target(Target(4096), "bytes", True) == "≤ 4.0 KiB"
    assert wording.target(Target(0), "", True) == "0"


def test_every_line_of_the_terminal_table_has_its_columns_below_the_heads(scenario, samples):
    taken = samples("echo", Perigee=[{"per_second": 60e3}], probe=[{"per_second": 100e3}])
    lines = verdict.lines([scenario("echo", "Perigee", target=Target(0.5, of="probe"))], [], taken)
    head, *_, row, _, total = table.text(lines).splitlines()
    assert row.index("100 k/s") + len("100 k/s") == head.index("probe") + len("probe")
    assert row.endswith("reached")
    assert total == "1 of 1 targets reached, 0 missed."


def test_a_note_stands_once_below_the_table_and_is_pointed_to(scenario, samples):
    taken = samples("echo", Perigee=[{"per_second": 1, "lost": 3}])
    lines = verdict.lines([scenario("echo", "Perigee"), scenario("echo", "Perigee")], [], taken)
    printed = table.markdown(lines, taken, {"date": "2026-01-01"})
    assert printed.count("| missed [1] |") == 2
    assert printed.count("1. 3 lost") == 1


def test_every_contender_has_its_row_with_its_spread(scenario, samples):
    rounds = [{"per_second": value, "p99_us": 5} for value in (30, 10, 20)]
    taken = samples("echo", Perigee=rounds, nchan=[{"per_second": 7}])
    lines = verdict.lines([scenario("echo", "Perigee")], [], taken)
    rows = table.everybody(lines, taken).splitlines()
    assert rows[2].split(" | ")[1:7] == ["Perigee", "20/s", "10/s", "30/s", "–", "5 µs"]
    assert rows[3].split(" | ")[1:3] == ["nchan", "7/s"]
