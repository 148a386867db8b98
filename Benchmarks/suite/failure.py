"""The errors of the suite."""


class BenchmarkFailed(Exception):
    """Something could not be measured; the message says what, and what would help."""


class Unavailable(BenchmarkFailed):
    """This machine lacks what a measurement needs, which says nothing about who is measured."""
