"""The counting that the tests of several nodes rely on: what is wrong shows."""

from __future__ import annotations

import pytest

from .attendance import Attendance
from .reckoning import NOTHING_WRONG, Reckoning

PUBLISHED = [("a", 0), ("a", 1), ("b", 0), ("b", 1)]


def reckon(*heard: tuple[str, int]) -> Reckoning:
    return Reckoning.of(heard, PUBLISHED[:3], PUBLISHED)


def test_sources_may_mix_and_what_was_not_acknowledged_may_be_heard_or_not():
    assert reckon(("b", 0), ("a", 0), ("a", 1)) == NOTHING_WRONG
    assert reckon(("a", 0), ("b", 0), ("a", 1), ("b", 1)) == NOTHING_WRONG


@pytest.mark.parametrize(
    ("heard", "wrong"),
    [
        ([("a", 0), ("a", 1)], {"lost": 1}),
        ([("a", 0), ("a", 1), ("a", 0), ("b", 0)], {"repeated": 1}),
        ([("a", 1), ("a", 0), ("b", 0)], {"disordered": 1}),
        ([("a", 0), ("a", 1), ("b", 0), ("c", 0)], {"strange": 1}),
    ],
)
def test_what_is_wrong_is_counted(heard, wrong):
    assert reckon(*heard) == Reckoning(**{**vars(NOTHING_WRONG), **wrong})


def test_sums_of_several():
    parts = [reckon(("a", 0)), reckon(*PUBLISHED, *PUBLISHED)]
    assert Reckoning.together(parts) == Reckoning(lost=2, repeated=4, disordered=0, strange=0)


def entry(*metas: int) -> dict:
    return {"metas": [{"id": meta} for meta in metas]}


def test_who_is_there_follows_from_a_state_and_differences():
    attendance = Attendance()
    attendance.state({"ann": entry(1), "bob": entry(2)})
    attendance.difference(joins={"cid": entry(3)}, leaves={"bob": entry(2)})
    assert (attendance.names, attendance.doubled) == ({"ann", "cid"}, set())


def test_an_entry_may_be_replaced_and_stand_beside_another_one_of_its_name():
    attendance = Attendance()
    attendance.state({"ann": entry(1)})
    attendance.difference(joins={"ann": entry(2)}, leaves={"ann": entry(1)})
    assert (attendance.names, attendance.doubled) == ({"ann"}, set())
    attendance.difference(joins={"ann": entry(3)}, leaves={})
    assert attendance.doubled == {"ann"}


def test_a_leave_of_somebody_who_is_not_there_is_noted():
    attendance = Attendance()
    attendance.state({"ann": entry(1)})
    attendance.difference(joins={}, leaves={"ann": entry(9)})
    assert attendance.names == {"ann"} and attendance.oddities
