"""What the thresholds of single operations let through, and what they do not."""

import pytest
from suite.thresholds import compare

ACCEPTED = {"decoder/event": {"allocations": 1000, "instructions": 3000}}


def counted(**metrics):
    return {"decoder/event": {**ACCEPTED["decoder/event"], **metrics}}


def failures(counts, thresholds=ACCEPTED):
    return [finding.text for finding in compare(counts, thresholds) if finding.fails]


def test_counts_as_accepted_are_not_worth_a_word():
    assert compare(ACCEPTED, ACCEPTED) == []


def test_a_single_allocation_more_fails():
    [text] = failures(counted(allocations=1001))
    assert text == (
        "decoder/event: 1,001 allocations in 1,000 operations; the threshold is 1,000"
    )


def test_instructions_may_grow_by_a_twentieth_and_no_more():
    assert compare(counted(instructions=3150), ACCEPTED) == []
    [text] = failures(counted(instructions=3151))
    assert text == "decoder/event: 3,151 instructions each; the threshold is 3,000 + 5%"


@pytest.mark.parametrize("metric", ["allocations", "instructions"])
def test_a_threshold_that_is_a_tenth_too_low_fails(metric):
    lowered = {"decoder/event": dict(ACCEPTED["decoder/event"])}
    lowered["decoder/event"][metric] = lowered["decoder/event"][metric] * 9 // 10
    [text] = failures(ACCEPTED, lowered)
    assert text.startswith("decoder/event: ") and metric in text


def test_what_became_cheaper_is_told_without_failing():
    [finding] = compare(counted(allocations=0), ACCEPTED)
    assert not finding.fails
    assert finding.text.endswith("fewer than its threshold of 1,000")


def test_an_operation_without_a_threshold_fails():
    assert failures(ACCEPTED, {}) == ["decoder/event: has no threshold"]
    partial = {"decoder/event": {"allocations": 1000}}
    assert failures(ACCEPTED, partial) == ["decoder/event: has no threshold for instructions"]


def test_a_threshold_without_its_operation_fails():
    assert failures({}) == ["decoder/event: has a threshold, but is gone"]
