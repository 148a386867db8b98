"""Edits while clients are connected: nobody leaves, and the next event runs the new code."""

from __future__ import annotations

import asyncio
import http.client
import statistics
import time
from contextlib import AsyncExitStack

import pytest

from light_client import Disconnected, LightClient, Refused

CROWD = 100
EDITS = 40

VERSIONED = """
    local App = {{}}
    function App:on_version() return {0} end
    return App
"""


def edit(apps, host, name: str, text: str, save=None) -> None:
    """Saves a file and waits until some new generation serves."""
    since = len(host.log())
    (save or apps.save)(name, text)
    host.wait_for_log(r"generation \d+ serves", since=since)


async def edit_from_async(*args, **kwargs) -> None:
    """The same without stopping the clients of this event loop."""
    await asyncio.to_thread(edit, *args, **kwargs)


@pytest.mark.parametrize("way", ["save", "save_in_place"])
async def test_a_hundred_clients_stay_and_their_next_event_runs_the_new_code(apps, way):
    apps.save("app.lua", VERSIONED.format(1))
    with apps.serve() as host:
        async with AsyncExitStack() as stack:
            crowd = [
                await stack.enter_async_context(await LightClient.connect(host.url, "/app"))
                for _ in range(CROWD)
            ]
            assert await asyncio.gather(*(one.call("version") for one in crowd)) == [1] * CROWD
            await edit_from_async(apps, host, "app.lua", VERSIONED.format(2), getattr(apps, way))
            assert await asyncio.gather(*(one.call("version") for one in crowd)) == [2] * CROWD
            assert all(one.is_connected for one in crowd)


@pytest.mark.parametrize(
    "broken, complaint",
    [
        ("local App = {}\nfunction App:on_version( return 2 end\nreturn App\n", r"app\.lua:2:"),
        ("local App = {}\n\nerror('not today')\n", r"app\.lua:3:.*not today"),
        ("return 7\n", r"app\.lua"),
    ],
    ids=["syntax error", "error while loading", "no table of handlers"],
)
async def test_a_script_that_does_not_load_keeps_the_old_code_serving(apps, broken, complaint):
    apps.save("app.lua", VERSIONED.format(1))
    with apps.serve() as host:
        async with await LightClient.connect(host.url, "/app") as client:
            since = len(host.log())
            apps.save("app.lua", broken)
            await asyncio.to_thread(host.wait_for_log, complaint, since=since)
            assert await client.call("version") == 1
            await edit_from_async(apps, host, "app.lua", VERSIONED.format(3))
            assert await client.call("version") == 3


async def test_sessions_rooms_and_subscriptions_outlive_a_reload(apps):
    script = """
        local App = {{}}
        function App:on_sit() self.session.seat = {0}; self:join("table"); return true end
        function App:on_seat() return self.session.seat, self:rooms() end
        function App:on_toast() self:to("table"):emit("toast", {0}); return true end
        function App:subscribe_menu() end
        function App:on_publish() self:publish("menu", {0}); return true end
        return App
    """
    apps.save("app.lua", script.format(1))
    with apps.serve() as host:
        async with (
            await LightClient.connect(host.url, "/app") as guest,
            await LightClient.connect(host.url, "/app") as waiter,
        ):
            await guest.call("sit")
            await guest.call("subscribe", "menu")
            await edit_from_async(apps, host, "app.lua", script.format(2))
            seat, rooms = await guest.call("seat")
            assert seat == 1 and "table" in rooms
            await waiter.call("toast")
            await waiter.call("publish")
            assert await guest.event("toast") == [2]
            assert await guest.event("pubblication") == [2]


async def test_a_suspended_handler_finishes_on_the_old_code(apps):
    script = """
        local App = {{}}
        local function version() return {0} end
        function App:on_version() return version() end
        function App:on_ask() self:emit_with_ack("ready?"); return version() end
        function App:on_nap() self:emit("napping"); perigee.sleep(0.3); return version() end
        return App
    """
    apps.save("app.lua", script.format(1))
    with apps.serve() as host:
        async with await LightClient.connect(host.url, "/app") as client:
            asking, napping = await client.ask("ask"), await client.ask("nap")
            question = await client.question("ready?")
            await client.event("napping")
            await edit_from_async(apps, host, "app.lua", script.format(2))
            assert await client.call("version") == 2
            await client.answer(question, True)
            assert await asyncio.wait_for(asking, 10) == [1]
            assert await asyncio.wait_for(napping, 10) == [1]


async def test_a_module_reloads_with_the_scripts_that_require_it(apps):
    module = "return {{ greeting = '{0}' }}\n"
    apps.save("app/lib/words.lua", module.format("hello"))
    apps.save(
        "app/init.lua",
        """
        local words = require("words")
        local App = {}
        function App:on_greet() return words.greeting end
        return App
        """,
    )
    with apps.serve() as host:
        async with await LightClient.connect(host.url, "/app") as client:
            assert await client.call("greet") == "hello"
            await edit_from_async(apps, host, "app/lib/words.lua", module.format("good day"))
            assert await client.call("greet") == "good day"


async def test_on_reload_carries_state_over(apps):
    script = """
        local App = {{ count = 0 }}
        function App.on_reload(old) App.count = old.count + {0} end
        function App:on_count() App.count = App.count + 1; return App.count end
        return App
    """
    apps.save("app.lua", script.format(0))
    with apps.serve() as host:
        async with await LightClient.connect(host.url, "/app") as client:
            assert [await client.call("count") for _ in range(3)] == [1, 2, 3]
            await edit_from_async(apps, host, "app.lua", script.format(100))
            assert await client.call("count") == 104


async def test_an_on_reload_that_fails_keeps_the_old_code_and_state(apps):
    apps.save(
        "app.lua",
        """
        local App = { count = 0 }
        function App:on_count() App.count = App.count + 1; return App.count end
        return App
        """,
    )
    with apps.serve() as host:
        async with await LightClient.connect(host.url, "/app") as client:
            assert await client.call("count") == 1
            since = len(host.log())
            apps.save("app.lua", "local A = {}\nfunction A.on_reload() error('no!') end\nreturn A\n")
            await asyncio.to_thread(host.wait_for_log, r"app\.lua:2:.*no!", since=since)
            assert await client.call("count") == 2


async def test_a_reload_ends_the_timers_of_the_old_code(apps):
    script = """
        perigee.every(0.02, function() perigee.emit("tick", {0}) end)
        return {{ on_hello = function() return true end }}
    """
    apps.save("app.lua", script.format(1))
    with apps.serve() as host:
        async with await LightClient.connect(host.url, "/app") as client:
            assert await client.event("tick") == [1]
            await edit_from_async(apps, host, "app.lua", script.format(2))
            while await client.event("tick") != [2]:
                pass
            assert [await client.event("tick") for _ in range(10)] == [[2]] * 10


async def test_an_app_that_appears_is_served(live, apps):
    with pytest.raises(Refused):
        await LightClient.connect(live.url, "/late")
    await edit_from_async(apps, live, "late.lua", VERSIONED.format(1))
    async with await LightClient.connect(live.url, "/late") as client:
        assert await client.call("version") == 1


async def test_a_folder_app_that_is_moved_in_is_served(live, apps, tmp_path):
    folder = tmp_path / "elsewhere" / "moved"
    folder.mkdir(parents=True)
    (folder / "init.lua").write_text("return { on_version = function() return 1 end }\n")
    since = len(live.log())
    folder.rename(apps.plugins / "moved")
    await asyncio.to_thread(live.wait_for_log, r"/moved generation \d+ serves", since=since)
    async with await LightClient.connect(live.url, "/moved") as client:
        assert await client.call("version") == 1


async def test_an_app_that_is_deleted_sends_its_clients_away_and_can_come_back(apps):
    apps.save("app.lua", VERSIONED.format(1))
    apps.save("other.lua", VERSIONED.format(7))
    with apps.serve() as host:
        async with (
            await LightClient.connect(host.url, "/app") as client,
            await LightClient.connect(host.url, "/other") as bystander,
        ):
            apps.delete("app.lua")
            await asyncio.wait_for(client.left.wait(), 10)
            with pytest.raises(Refused):
                await LightClient.connect(host.url, "/app")
            await edit_from_async(apps, host, "app.lua", VERSIONED.format(2))
            async with await LightClient.connect(host.url, "/app") as again:
                assert await again.call("version") == 2
            assert await bystander.call("version") == 7


async def test_a_script_of_a_folder_app_comes_and_goes_without_the_others(apps):
    apps.save("app/init.lua", VERSIONED.format(1))
    with apps.serve() as host:
        async with await LightClient.connect(host.url, "/app") as client:
            await edit_from_async(apps, host, "app/admin.lua", VERSIONED.format(2))
            async with await LightClient.connect(host.url, "/app/admin") as admin:
                assert await admin.call("version") == 2
                apps.delete("app/admin.lua")
                await asyncio.wait_for(admin.left.wait(), 10)
            assert await client.call("version") == 1


async def test_a_burst_of_saves_ends_with_the_last_one_serving(apps):
    apps.save("app.lua", VERSIONED.format(0))
    with apps.serve() as host:
        async with await LightClient.connect(host.url, "/app") as client:
            for version in range(1, 51):
                apps.save("app.lua", VERSIONED.format(version))
            async with asyncio.timeout(10):
                while await client.call("version") != 50:
                    pass


async def test_a_first_version_that_fails_is_mended_by_a_save(live, apps):
    since = len(live.log())
    apps.save("app.lua", "return {\n")
    await asyncio.to_thread(live.wait_for_log, r"app\.lua:\d+:", since=since)
    with pytest.raises((Refused, Disconnected)):
        await LightClient.connect(live.url, "/app")
    await edit_from_async(apps, live, "app.lua", VERSIONED.format(1))
    async with await LightClient.connect(live.url, "/app") as client:
        assert await client.call("version") == 1


def test_a_route_takes_a_file_s_place_at_once_on_a_connection_that_stays(apps):
    route = """
        local App = {}
        App.routes = { ["GET /note.txt"] = function() return "of the route" end }
        return App
    """
    apps.save("app/init.lua", "return {}\n")
    apps.save("app/www/note.txt", "of the file")
    with apps.serve() as host:
        connection = http.client.HTTPConnection("127.0.0.1", host.port, timeout=10)
        for script, answer in [(route, "of the route"), ("return {}\n", "of the file")] * 3:
            edit(apps, host, "app/init.lua", script)
            assert [note(connection) for _ in range(3)] == [answer] * 3
        connection.close()


def test_a_file_that_changes_is_seen_on_a_connection_that_stays(apps):
    apps.save("app/init.lua", "return {}\n")
    apps.save("app/www/note.txt", "first")
    with apps.serve() as host:
        connection = http.client.HTTPConnection("127.0.0.1", host.port, timeout=10)
        assert [note(connection) for _ in range(3)] == ["first"] * 3
        apps.save("app/www/note.txt", "second")
        deadline = time.monotonic() + 10
        while note(connection) != "second":
            assert time.monotonic() < deadline
        connection.close()


def note(connection: http.client.HTTPConnection) -> str:
    connection.request("GET", "/app/note.txt")
    return connection.getresponse().read().decode()


async def test_save_to_serving_is_measured(apps, report):
    apps.save("app.lua", VERSIONED.format(0))
    with apps.serve() as host:
        async with await LightClient.connect(host.url, "/app") as client:
            milliseconds = [
                await save_to_serving(apps, client, version) for version in range(1, EDITS + 1)
            ]
    milliseconds.sort()
    report(
        f"save to serving over {EDITS} edits: median {statistics.median(milliseconds):.1f} ms, "
        f"p95 {milliseconds[int(EDITS * 0.95) - 1]:.1f} ms, worst {milliseconds[-1]:.1f} ms"
    )


async def save_to_serving(apps, client: LightClient, version: int) -> float:
    """Milliseconds from the rename until the client is answered by the new code."""
    began = time.perf_counter()
    apps.save("app.lua", VERSIONED.format(version))
    async with asyncio.timeout(10):
        while await client.call("version") != version:
            pass
    return (time.perf_counter() - began) * 1000
