"""The engines that these tests run with: those that a TEST_ variable names, as `scripts/engines` sets them."""

from __future__ import annotations

import os

import pytest

NAMES = ("redis", "nats", "amqp", "mongo")

ENGINES = {
    name: os.environ[f"TEST_{name.upper()}"]
    for name in NAMES
    if os.environ.get(f"TEST_{name.upper()}")
}

NONE_RUNS = pytest.param(None, marks=pytest.mark.skip("no engine runs"))


def each_engine() -> list:
    """Parameters for a fixture: the names of the engines, or one that is skipped."""
    return list(ENGINES) or [NONE_RUNS]
