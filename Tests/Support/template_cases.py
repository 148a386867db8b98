"""The shared cases of the template language: the same files for each of its renderers.

A case has `template`, `data`, maybe `partials` and `components`, and either `html` (`expected` in
the cases of the Mustache specification) or `error` with a `line` and a part of the `message`.
"""

from __future__ import annotations

import json
from pathlib import Path

CASES = Path(__file__).resolve().parents[1] / "Cases"


def cases(kind, file="*"):
    """The cases of "mustache", "templates" or "xss", each with the name of its file."""
    paths = sorted((CASES / kind).glob(f"{file}.json"))
    return [{**case, "file": path.stem} for path in paths for case in json.loads(path.read_text())]


def files(kind):
    return sorted(path.stem for path in (CASES / kind).glob("*.json"))


def differences(given, outcomes):
    """What is not as the cases say: `outcomes` are `{html}` or `{error: {line, message}}`."""
    return [
        {"name": case["name"], "template": case["template"], "wanted": wanted(case), "got": outcome}
        for case, outcome in zip(given, outcomes, strict=True)
        if not agrees(case, outcome)
    ]


def wanted(case):
    return case.get("error") or case.get("html", case.get("expected"))


def agrees(case, outcome):
    if "error" not in case:
        return outcome.get("html") == wanted(case)
    error = outcome.get("error")
    return (
        error is not None
        and error["line"] == case["error"]["line"]
        and case["error"]["message"] in error["message"]
    )
