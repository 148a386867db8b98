"""The one error of the suite."""


class BenchmarkFailed(Exception):
    """Something could not be measured; the message says what, and what would help."""
