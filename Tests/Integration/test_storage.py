"""Models that outlive the host: its end, its death, and databases that are no good."""

from __future__ import annotations

import sqlite3
import time

import pytest

from full_client import connected

DIARY = """
local diary = perigee.model("diary", { entries = {} }, { persist = true, read = true })
local pages = perigee.models("page", function(key) return { key = key, lines = {} } end, {
  persist = true, key = function(_, asked) return asked end,
})
perigee.model("fleeting", { n = 0 }, { read = true })

local Diary = {}
function Diary:on_write(text)
  diary.entries:push(text)
  return #diary.entries
end
function Diary:on_page(key, text)
  pages[key].lines:push(text)
end
function Diary:on_read() return perigee.plain(diary), perigee.plain(pages.a) end
function Diary.on_disconnect() diary.last = "somebody left" end
return Diary
"""


@pytest.fixture
def diary(apps):
    apps.save("diary.lua", DIARY)
    return apps


@pytest.fixture
def database(tmp_path):
    return tmp_path / "models.db"


def serve(apps, database):
    return apps.serve(env={"PERIGEE_STORAGE_PATH": str(database)})


def stored(database) -> dict[str, str]:
    with sqlite3.connect(database) as connection:
        return dict(connection.execute("SELECT name, value FROM models WHERE app = 'diary'"))


async def write(host, *texts: str) -> None:
    async with connected(host.url, "/diary") as client:
        for text in texts:
            await client.call("write", text)


async def entries(host) -> list[str]:
    async with connected(host.url, "/diary") as client:
        diary, _ = await client.call("read")
        return diary["entries"]


async def test_a_persistent_model_survives_the_hosts_end(diary, database):
    with serve(diary, database) as host:
        async with connected(host.url, "/diary") as client:
            await client.call("write", "Monday")
            await client.call("page", "a", "first")
        assert host.stop() == 0
    with serve(diary, database) as host:
        async with connected(host.url, "/diary") as client:
            book, page = await client.call("read")
        assert (book["entries"], page["lines"]) == (["Monday"], ["first"])
        assert book["last"] == "somebody left"
    assert set(stored(database)) == {"diary", "page:a"}


def wait_until_stored(database, text: str) -> None:
    """Another process sees what is stored; there is nothing that it could be told by."""
    deadline = time.monotonic() + 10
    while True:
        try:
            if any(text in value for value in stored(database).values()):
                return
        except sqlite3.OperationalError as error:
            passing = ("no such table", "unable to open", "locked")
            assert any(words in str(error) for words in passing)
        assert time.monotonic() < deadline, f"{text} was not stored"
        time.sleep(0.01)  # who looks all the time keeps the host from writing


async def test_a_persistent_model_survives_a_sudden_death(diary, database):
    with serve(diary, database) as host:
        await write(host, "Tuesday")
        wait_until_stored(database, "Tuesday")
        host.kill()
    with serve(diary, database) as host:
        assert await entries(host) == ["Tuesday"]


async def test_an_app_that_is_removed_keeps_its_models(diary, database):
    with serve(diary, database) as host:
        await write(host, "Wednesday")
        since = len(host.log())
        diary.delete("diary.lua")
        host.wait_for_log("is gone", since=since)
        diary.save("diary.lua", DIARY)
        host.wait_for_log("/diary generation 1 serves", since=since)
        assert await entries(host) == ["Wednesday"]


async def test_changed_limits_start_the_app_anew_with_its_models(apps, database):
    apps.save("diary/init.lua", DIARY)
    with serve(apps, database) as host:
        await write(host, "Thursday")
        since = len(host.log())
        apps.save("diary/app.toml", "[limits]\nmemory_mb = 32\n")
        host.wait_for_log("/diary generation 1 serves", since=since)
        assert await entries(host) == ["Thursday"]


async def test_no_database_is_made_for_apps_that_keep_nothing(apps, database):
    apps.save("plain.lua", "return {}\n")
    with serve(apps, database):
        pass
    assert not database.exists()


async def test_a_file_that_is_no_database_is_left_alone_and_the_host_serves_on(diary, database):
    database.write_text("This is a diary, but no database.\n" * 100)
    with serve(diary, database) as host:
        await write(host, "Friday")
        assert await entries(host) == ["Friday"]
        host.wait_for_log(r"models\.db: file is not a database; no model is stored or restored")
    assert database.read_text().startswith("This is a diary")


async def test_a_locked_database_is_waited_for(diary, database):
    with serve(diary, database) as host:
        await write(host, "Saturday")
        wait_until_stored(database, "Saturday")
        other = sqlite3.connect(database, isolation_level=None)
        other.execute("BEGIN EXCLUSIVE")
        await write(host, "Sunday")
        host.wait_for_log(r"models\.db: database is locked; changed models are kept in memory")
        assert await entries(host) == ["Saturday", "Sunday"]
        other.execute("COMMIT")
        host.wait_for_log("models are stored again")
        assert "Sunday" in stored(database)["diary"]
