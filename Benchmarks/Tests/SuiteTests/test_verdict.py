"""What the suite makes of the figures: medians, ratios, verdicts."""

from pytest import approx
from suite import verdict
from suite.rounds import Samples
from suite.scenario import Comparison, Row, Target


def rates(*values, **further):
    return [{"per_second": value, **further} for value in values]


def the_line(scenario, samples):
    [line] = verdict.lines([scenario], [], samples)
    return line


def test_a_ratio_is_the_median_of_the_ratios_of_each_round(scenario, samples):
    # The machine was half as fast in the last round, which a ratio of medians would not see.
    taken = samples("echo", Perigee=rates(80, 60, 40), probe=rates(100, 100, 50))
    line = the_line(scenario("echo", "Perigee", "probe"), taken)
    assert line.value == 60
    assert line.probe == 100
    assert line.probe_ratio == approx(0.8)


def test_a_target_is_reached_at_its_bound_and_missed_below(scenario, samples):
    echo = scenario("echo", "Perigee", "probe", target=Target(0.5, of="probe"))
    at_bound = samples("echo", Perigee=rates(50), probe=rates(100))
    below = samples("echo", Perigee=rates(49), probe=rates(100))
    assert the_line(echo, at_bound).verdict == "reached"
    assert the_line(echo, below).verdict == "missed"


def test_where_less_is_better_a_target_is_an_upper_bound(scenario, samples):
    idle = scenario(
        "idle", "Perigee", metric="per_connection", less_is_better=True, target=Target(4096)
    )
    assert the_line(idle, samples("idle", Perigee=[{"per_connection": 4096}])).verdict == "reached"
    assert the_line(idle, samples("idle", Perigee=[{"per_connection": 4097}])).verdict == "missed"


def test_the_best_peer_is_neither_perigee_nor_a_probe(scenario, samples):
    taken = samples("echo", Perigee=rates(90), probe=rates(100), nchan=rates(5), uWS=rates(9))
    taken.add("echo", "probe, a write for each", {"per_second": 20})
    line = the_line(scenario("echo", "Perigee", "probe"), taken)
    assert (line.peer, line.peer_value, line.peer_ratio) == ("uWS", 9, 10)


def test_the_best_peer_in_memory_is_the_smallest(scenario, samples):
    idle = scenario("idle", "Perigee", metric="per_connection", less_is_better=True)
    figures = {name: [{"per_connection": size}] for name, size in (("nchan", 9), ("websockets", 5))}
    assert the_line(idle, samples("idle", **figures)).peer == "websockets"


def test_a_lost_message_misses_the_target_whatever_the_rate(scenario, samples):
    echo = scenario("echo", "Perigee", "probe", target=Target(0.5, of="probe"))
    taken = samples("echo", Perigee=rates(99, lost=2, repeated=0), probe=rates(100))
    line = the_line(echo, taken)
    assert line.verdict == "missed"
    assert line.note == "2 lost"


def test_what_could_not_be_measured_is_said_with_its_reason(scenario):
    taken = Samples()
    taken.fail("echo", "Perigee", "the host did not start")
    line = the_line(scenario("echo", "Perigee", target=Target(1)), taken)
    assert line.verdict == "not measured"
    assert line.note == "Perigee: the host did not start"


def test_a_round_that_failed_leaves_the_others_to_count(scenario, samples):
    taken = samples("echo", Perigee=[{"per_second": 10}, None], probe=rates(20, 20))
    assert the_line(scenario("echo", "Perigee", "probe"), taken).probe_ratio == 0.5


def test_a_generator_without_time_left_is_named_as_the_limit(scenario, samples):
    taken = samples("echo", Perigee=rates(9, cpu_load=0.5), probe=rates(9, cpu_load=0.99))
    line = the_line(scenario("echo", "Perigee", "probe"), taken)
    assert line.note == "the generator was the limit of probe"


def test_costs_are_compared_by_processor_time_for_each_delivery(scenario, samples):
    taken = samples("many", Perigee=rates(100, cpu_server=1.0))
    taken.add("few", "Perigee", {"per_second": 100, "cpu_server": 0.5})
    flat = Row("cost", "×", less_is_better=True, target=Target(1.25))
    both = [scenario(name, "Perigee", group="Fan-out") for name in ("few", "many")]
    compared = Comparison(group="Fan-out", of="many", to="few", row=flat)
    line = verdict.lines(both, [compared], taken)[-1]
    assert (line.title, line.value, line.verdict) == ("cost", 2, "missed")
