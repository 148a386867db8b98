"""A page that follows a model shows what a page drawn anew would, whatever happened on the way."""

import pytest

# The live element, a fresh rendering of the same data in the page, and the server's.
SIGHT = """
const live = document.querySelector("#mirror").innerHTML;
const text = await (await fetch(location.pathname)).text();
const served = new DOMParser().parseFromString(text, "text/html");
const server = served.querySelector("#mirror").innerHTML;
const { bindings } = JSON.parse(served.querySelector("#perigee-page").textContent);
const fresh = document.createElement("template");
fresh.innerHTML = new Ractive({
  template: bindings[0].template, data: bindings[0].snapshot,
}).toHTML();
return { live, server, fresh: fresh.innerHTML };
"""

STEPS = 10_000


def settled(page):
    """What the three show, once the page has heard of everything."""
    sight = page.run(SIGHT)
    return sight if sight["live"] == sight["server"] else None


def faithful(page):
    page.wait(settled, "the page does not show what the server renders")
    sight = page.run(SIGHT)
    assert sight["live"] == sight["fresh"] == sight["server"]
    return sight["live"]


def complaints(page):
    return [line for line in page.console_errors() if "favicon.ico" not in line]


@pytest.fixture
def mirror(page, bench_host):
    page.open(bench_host.url + "/mirror/")
    page.wait(lambda page: page.run("return perigee.bindings.length === 1"))
    page.run("""
        window.socket = io("/mirror");
        if (!socket.connected) await next(socket, "connect");
    """)
    return page


def test_ten_thousand_random_changes_leave_the_page_as_a_fresh_one(mirror):
    first = faithful(mirror)
    done, seed, seen = 0, 1, set()
    while done < STEPS:
        count = 1 + (seed * 37) % 97
        done += mirror.run("return socket.emitWithAck('mutate', ...given)", [seed, count])
        seed += 1
        seen.add(faithful(mirror))
    assert len(seen) > 50 and first not in seen
    assert complaints(mirror) == []


def test_rows_are_kept_while_others_come_and_go(mirror):
    mirror.run("document.querySelectorAll('#mirror section').forEach((row) => row.kept = true)")
    mirror.run("return socket.emitWithAck('mutate', 77, 3)")
    faithful(mirror)
    kept = mirror.run(
        "return [...document.querySelectorAll('#mirror section')].filter((row) => row.kept).length")
    assert kept > 0


MOMENTS = [
    "before the scripts", "before connecting", "before subscribing", "after subscribing",
    "before the answer is read", "after the answer is read",
]


@pytest.mark.parametrize("moment", MOMENTS)
def test_a_change_between_rendering_and_following_is_never_missed(page, bench_host, moment):
    for seed in range(1, 8):
        query = f"?seed={seed}&at={moment.replace(' ', '+')}"
        page.open(f"{bench_host.url}/mirror/{query}")
        page.wait(lambda page: page.run("return perigee.bindings[0].get('$connected')"))
        faithful(page)
        assert complaints(page) == []


def test_a_page_that_was_away_shows_what_happened_meanwhile(mirror):
    for seed in range(1, 6):
        mirror.run("const away = next(socket, 'disconnect'); socket.io.engine.close(); await away")
        for step in range(3):
            mirror.run(
                "await fetch(`/mirror/mutate?seed=${given}`, { method: 'POST' })", seed * 10 + step)
        mirror.wait(lambda page: page.run(
            "return socket.connected && perigee.bindings[0].get('$connected')"))
        faithful(mirror)


def test_hydration_keeps_the_elements_that_the_server_sent(mirror):
    served = mirror.run(
        "return [...document.querySelectorAll('#mirror section')].map((row) => row.served)")
    assert len(served) > 1 and all(served)
