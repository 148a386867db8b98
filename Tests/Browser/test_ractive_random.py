"""Random data and changes of every kind: the page never shows anything but the data."""

from pathlib import Path

import pytest

SUPPORT = Path(__file__).parent / "support"
SCRIPT = "".join((SUPPORT / name).read_text() for name in ("same_html.js", "random_view.js"))


@pytest.mark.parametrize("seed", [1, 20260, 777_777])
def test_after_every_change_the_page_shows_what_a_fresh_one_shows(ractive, seed):
    ractive.driver.set_script_timeout(120)
    try:
        assert ractive.run(SCRIPT, {"seed": seed, "steps": 10_000}) == []
    finally:
        ractive.driver.set_script_timeout(15)
