"""The chart is well-formed, and its bars are as long as they should be."""

from xml.etree import ElementTree

from pytest import approx
from suite import chart, verdict
from suite.scenario import Target

SVG = "{http://www.w3.org/2000/svg}"


def drawn(scenario, samples):
    lines = verdict.lines([scenario], [], samples)
    return ElementTree.fromstring(chart.svg(lines, "a subtitle & more"))


def below_the_legend(root, shape, style):
    found = (each for each in root.iter(SVG + shape) if each.get("class") == style)
    return [each for each in found if float(each.get("y") or each.get("y1") or 200) > 120]


def test_a_bar_is_its_share_of_the_way_to_the_mark(scenario, samples):
    echo = scenario("echo", "Perigee", "probe", target=Target(0.5, of="probe"))
    taken = samples("echo", Perigee=[{"per_second": 60}], probe=[{"per_second": 100}])
    root = drawn(echo, taken)
    [bar] = below_the_legend(root, "rect", "ours")
    [whole] = below_the_legend(root, "line", "whole")
    [target] = below_the_legend(root, "line", "target")
    begin = float(bar.get("x"))
    way = float(whole.get("x1")) - begin
    assert float(bar.get("width")) == approx(0.6 * way, abs=0.1)
    assert float(target.get("x1")) - begin == approx(0.5 * way, abs=0.1)


def test_a_missed_target_is_seen_by_colour_and_read_as_a_word(scenario, samples):
    echo = scenario("echo", "Perigee", "probe", target=Target(0.9, of="probe"))
    taken = samples("echo", Perigee=[{"per_second": 60}], probe=[{"per_second": 100}])
    root = drawn(echo, taken)
    assert len(below_the_legend(root, "rect", "short")) == 1
    assert "missed" in [each.text for each in root.iter(SVG + "tspan")]


def test_a_bar_beyond_the_drawing_ends_in_a_point(scenario, samples):
    rates = {"Perigee": 60, "probe": 100, "nchan": 900}
    taken = samples("echo", **{name: [{"per_second": rate}] for name, rate in rates.items()})
    root = drawn(scenario("echo", "Perigee", "probe"), taken)
    assert len(below_the_legend(root, "path", "peer")) == 1


def test_a_target_that_is_far_out_is_still_inside_the_drawing(scenario, samples):
    wanted = {"metric": "p99_us", "less_is_better": True, "target": Target(2, of="probe")}
    late = scenario("late", "Perigee", "probe", **wanted)
    taken = samples("late", Perigee=[{"p99_us": 150}], probe=[{"p99_us": 100}])
    root = drawn(late, taken)
    [track] = below_the_legend(root, "rect", "track")
    [target] = below_the_legend(root, "line", "target")
    end = float(track.get("x")) + float(track.get("width"))
    assert float(target.get("x1")) < end


def test_what_was_not_measured_is_not_drawn(scenario, samples):
    root = drawn(scenario("echo", "Perigee", "probe"), samples("echo", probe=[{"per_second": 1}]))
    assert below_the_legend(root, "rect", "track") == []


def test_bars_and_verdicts_come_of_the_same_ratio(scenario, samples):
    # The medians alone are 60 and 100; the rounds' ratios are 0.8, 0.6, and 0.8.
    ours, theirs = (80, 60, 40), (100, 100, 50)
    taken = samples(
        "echo",
        Perigee=[{"per_second": rate} for rate in ours],
        probe=[{"per_second": rate} for rate in theirs],
    )
    root = drawn(scenario("echo", "Perigee", "probe", target=Target(0.8, of="probe")), taken)
    [bar] = below_the_legend(root, "rect", "ours")
    [target] = below_the_legend(root, "line", "target")
    assert float(bar.get("x")) + float(bar.get("width")) == approx(float(target.get("x1")), abs=0.2)
