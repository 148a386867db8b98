"""Live pages: what the host renders for each request, and what it delivers with it."""

from __future__ import annotations

import asyncio

import aiohttp
import pytest

from full_client import connected
from live_page import LivePage, Mirror

PAGE = '<title>Page</title><main bind="/shop#stock"><b>{{left}}</b> left</main>'
SHOP = 'local stock = perigee.model("stock", { left = 9 }, { read = true })\nreturn {}\n'


@pytest.fixture
def shop(apps):
    apps.save("shop/init.lua", SHOP)
    apps.save("shop/www/index.html", PAGE)
    return apps


async def test_a_page_shows_the_models_as_they_are(host):
    async with connected(host.url, "/ledger") as client:
        await client.call("change", "title", 5)
        page = await LivePage.fetch(f"{host.url}/ledger/")
        value = await client.call("list")
    assert page.status == 200
    assert page.element("h1") == "List 5"
    assert page.element("ol").count("<li>") == len(value["items"])
    assert page.binding()["snapshot"] == value
    assert page.binding()["channel"] == "model:list"


async def test_a_live_page_is_nobody_elses_to_keep(host):
    page = await LivePage.fetch(f"{host.url}/ledger/")
    assert page.headers["cache-control"] == "private, no-cache"
    assert page.headers["content-type"] == "text/html; charset=utf-8"
    assert page.headers["x-content-type-options"] == "nosniff"
    assert "etag" not in page.headers and "last-modified" not in page.headers


async def test_a_head_request_is_answered_without_the_page(host):
    page = await LivePage.fetch(f"{host.url}/ledger/", method="HEAD")
    assert (page.status, page.html) == (200, "")
    assert page.headers["cache-control"] == "private, no-cache"
    assert (await LivePage.fetch(f"{host.url}/ledger/", method="POST")).status == 405


async def test_one_page_shows_several_apps(host):
    page = await LivePage.fetch(f"{host.url}/ledger/all.html?room=den")
    assert page.element("p", "room") == "den: 0 den"
    assert page.element("p", "sum") == "40"
    assert "43 points" in page.html
    assert page.binding(1)["channel"] == "model:room:den"
    assert [binding["namespace"] for binding in page.data["bindings"]] == [
        "/ledger", "/ledger", "/ledger", "/ledger", "/tally", "/tally",
    ]  # fmt: skip
    assert page.data["widgets"][0]["data"] == {"points": 43}
    assert page.html.count('src="/perigee.js"') == 1
    assert page.html.count('src="/ractive.js"') == 1


async def test_what_happens_while_a_page_waits_for_a_script_is_in_the_page_or_follows(host):
    async with connected(host.url, "/ledger") as writer:
        fetching = asyncio.create_task(LivePage.fetch(f"{host.url}/ledger/all.html"))
        turns = 0
        while not fetching.done():
            turns = await writer.call("turn")
        mirror = Mirror.of(await fetching)
        async with connected(host.url, "/ledger") as reader:
            asked = {"channel": "model:slow", "position": mirror.position}
            mirror.subscribed(await reader.call("subscribe", asked))
            while mirror.value["turns"] < turns:
                mirror.published(*await reader.event("pubblication"))
            assert mirror.value == {"turns": turns}
            assert reader.heard_nothing()


async def test_an_app_that_fails_leaves_its_part_of_the_page_empty(apps):
    apps.save("shop/init.lua", "error('out of stock')")
    apps.save("shop/www/index.html", PAGE + '<p bind="/till#sum">{{n}}</p>')
    apps.save("till.lua", 'perigee.model("sum", { n = 7 }, { read = true })\nreturn {}\n')
    with apps.serve() as host:
        page = await LivePage.fetch(f"{host.url}/shop/")
        assert (page.status, page.element("main"), page.element("p")) == (200, "", "7")
        assert page.binding()["template"] == "<b>{{left}}</b> left"
        since = len(host.log())
        apps.save("shop/init.lua", SHOP)
        host.wait_for_log("/shop generation 1 serves", since=since)
        assert (await LivePage.fetch(f"{host.url}/shop/")).element("main") == "<b>9</b> left"


async def test_a_reader_that_fails_leaves_its_part_of_the_page_empty(apps):
    apps.save(
        "shop/init.lua",
        """
        perigee.model("stock", { left = 9 }, { read = function() error("no way") end })
        perigee.model("other", { left = 8 }, { read = true })
        return {}
        """,
    )
    apps.save("shop/www/index.html", PAGE + '<p bind="/shop#other">{{left}}</p>')
    with apps.serve() as host:
        page = await LivePage.fetch(f"{host.url}/shop/")
        assert (page.status, page.element("main"), page.element("p")) == (200, "", "8")
        host.wait_for_log("no way")


@pytest.mark.seconds(30)
async def test_a_script_that_never_answers_does_not_hold_the_page_back(apps):
    apps.save(
        "shop/init.lua",
        """
        perigee.model("stock", { left = 9 }, { read = function() perigee.sleep(600) end })
        return {}
        """,
    )
    apps.save("shop/www/index.html", PAGE)
    with apps.serve() as host:
        page = await LivePage.fetch(f"{host.url}/shop/")
        assert (page.status, page.element("main")) == (200, "")


async def test_mistakes_are_shown_in_place_in_development_only(shop):
    shop.save("shop/www/index.html", PAGE + '<p bind="/shop#stok">x</p><i bind="/gone#x">y</i>')
    with shop.serve("--dev") as host:
        page = await LivePage.fetch(f"{host.url}/shop/")
        assert page.element("main") == "<b>9</b> left"
        assert "did you mean" in page.element("p") and "/gone" in page.element("i")
        assert "/perigee/dev.js" in page.html
    with shop.serve() as host:
        page = await LivePage.fetch(f"{host.url}/shop/")
        assert page.element("main") == "<b>9</b> left"
        assert page.element("p") == "" and page.element("i") == ""
        assert "/perigee/dev.js" not in page.html
        host.wait_for_log("did you mean")


async def test_a_single_page_application_may_be_live(shop):
    shop.save("shop/app.toml", "spa = true\n")
    shop.save("shop/www/index.html", PAGE + "<p bind='/shop'>{{$query.a}}</p>")
    with shop.serve() as host:
        page = await LivePage.fetch(f"{host.url}/shop/any/where?a=b")
        assert page.element("main") == "<b>9</b> left"


async def test_a_page_of_the_hosts_own_may_show_apps(shop):
    (shop.www / "index.html").write_text(PAGE)
    (shop.www / "404.html").write_text(f"<h1>Not here</h1>{PAGE}")
    with shop.serve() as host:
        assert (await LivePage.fetch(host.url)).element("main") == "<b>9</b> left"
        page = await LivePage.fetch(f"{host.url}/nothing")
        assert (page.status, page.element("main")) == (404, "<b>9</b> left")


async def test_a_changed_page_is_read_anew(shop):
    with shop.serve("--dev") as host:
        await LivePage.fetch(f"{host.url}/shop/")
        shop.save("shop/www/index.html", PAGE.replace("left</main>", "remain</main>"))
        page = await LivePage.fetch(f"{host.url}/shop/")
        assert page.element("main") == "<b>9</b> remain"


WIDGETS = """
perigee.widget {
  name = "tag", params = { "price" }, template = "tag.html", style = "tag.css",
  init = "this.set('live', true);",
}
perigee.widget { name = "sale", extends = "tag", init = function() return { price = 1 } end }
return {}
"""


async def test_widgets_are_delivered_and_nothing_else(shop):
    shop.save("shop/init.lua", WIDGETS)
    shop.save("shop/www/tag.html", "<b>{{price}} €</b>")
    shop.save("shop/www/index.html", '<perigee-widget name="tag" price="5"></perigee-widget>')
    with shop.serve() as host:
        page = await LivePage.fetch(f"{host.url}/shop/")
        assert "<b>5 €</b>" in page.html
        assert page.html.count('href="/shop/tag.css"') == 1
        assert page.html.count('src="/shop/_widgets/tag.js"') == 1
        async with aiohttp.ClientSession(host.url) as http:
            async with http.get("/shop/_widgets.json") as response:
                widgets = (await response.json())["widgets"]
                assert widgets["tag"]["template"] == "<b>{{price}} €</b>"
                assert widgets["sale"]["template"] == "<b>{{price}} €</b>"
                tag = response.headers["etag"]
            async with http.get("/shop/_widgets.json", headers={"If-None-Match": tag}) as response:
                assert response.status == 304
            async with http.get("/shop/_widgets/tag.js") as response:
                assert response.headers["content-type"] == "text/javascript; charset=utf-8"
                text = await response.text()
                assert text.startswith('perigee.widget("shop/tag", function () {')
                assert "this.set('live', true);" in text
            for path in ("sale.js", "init.js", "tag.html", "..%2finit.lua", "tag.js/x"):
                async with http.get(f"/shop/_widgets/{path}") as response:
                    assert response.status in (400, 404), path
            async with http.get("/nobody/_widgets.json") as response:
                assert response.status == 404


async def test_a_widgets_template_follows_its_file(shop):
    shop.save("shop/init.lua", WIDGETS)
    shop.save("shop/www/tag.html", "<b>{{price}} €</b>")
    shop.save("shop/www/index.html", '<perigee-widget name="tag" price="5"></perigee-widget>')
    with shop.serve() as host:
        since = len(host.log())
        shop.save("shop/www/tag.html", "<i>{{price}} £</i>")
        host.wait_for_log("templates that have changed", since=since)
        assert "<i>5 £</i>" in (await LivePage.fetch(f"{host.url}/shop/")).html
