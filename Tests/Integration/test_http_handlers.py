"""Apps that answer HTTP: what handlers get, what clients get, streams that generators write."""

from __future__ import annotations

import asyncio
import json
import subprocess

import aiohttp
import pytest
from wires.event_stream_parser import EventStreamParser


@pytest.fixture(scope="session")
def desk(host) -> str:
    """Where the app of these tests answers."""
    return f"{host.url}/desk"


def curl(*arguments: str) -> subprocess.CompletedProcess:
    command = ["curl", "--silent", "--show-error", "--max-time", "10", *arguments]
    return subprocess.run(command, capture_output=True, text=True, timeout=20)


async def ask(method: str, url: str, **more):
    """The response and its body as text."""
    more.setdefault("allow_redirects", False)
    async with aiohttp.ClientSession() as http, http.request(method, url, **more) as response:
        return response, await response.text()


async def ask_json(method: str, url: str, **more):
    response, text = await ask(method, url, **more)
    assert response.headers["content-type"].startswith("application/json"), text
    return response.status, json.loads(text)


@pytest.mark.parametrize(
    "path, name",
    [("Ada", "Ada"), ("a%20b", "a b"), ("%C3%BC", "ü"), ("a+b", "a+b")],
)
async def test_a_part_of_the_path_is_a_parameter(desk, path, name):
    answer = curl(f"{desk}/hello/{path}")
    assert answer.stdout == f"Hello, {name}"


async def test_the_rest_of_the_path_is_a_parameter(desk):
    _, got = await ask_json("GET", f"{desk}/files/a/b/c.txt")
    assert got["params"] == {"rest": "a/b/c.txt"} and got["path"] == "/files/a/b/c.txt"


async def test_method_query_headers_and_cookies(desk):
    _, got = await ask_json(
        "PATCH",
        f"{desk}/mirror?a=1&a=2&b=%C3%BC+x&empty=&c",
        headers={"User-Agent": "tests", "Cookie": 'one=1; two="2 2"; three=a=b'},
    )
    assert got["method"] == "PATCH" and got["path"] == "/mirror" and got["agent"] == "tests"
    assert got["query"] == {"a": "2", "b": "ü x", "empty": "", "c": ""}
    assert got["query_all"]["a"] == ["1", "2"]
    assert got["cookies"] == {"one": "1", "two": "2 2", "three": "a=b"}
    assert got["url"].endswith("/desk/mirror?a=1&a=2&b=%C3%BC+x&empty=&c")


async def test_any_stands_for_every_method(desk):
    for method in ("GET", "POST", "PUT", "DELETE"):
        _, got = await ask_json(method, f"{desk}/mirror")
        assert got["method"] == method
    response, text = await ask("HEAD", f"{desk}/mirror")
    assert (response.status, text) == (200, "")


async def test_other_methods_of_a_route_are_refused(desk):
    status, error = await ask_json("DELETE", f"{desk}/hello/x")
    assert (status, error["error"]) == (405, "method_not_allowed")
    response, _ = await ask("DELETE", f"{desk}/hello/x")
    assert "GET" in response.headers["allow"]


async def test_head_of_a_get_route_is_its_head(desk):
    response, text = await ask("HEAD", f"{desk}/hello/x")
    assert (response.status, text) == (200, "")
    assert response.headers["content-length"] == str(len("Hello, x"))


async def test_a_path_that_no_route_has_is_not_found(desk):
    for path in ("/nowhere", "/hello", "/hello/a/b"):
        response, _ = await ask("GET", desk + path)
        assert response.status == 404, path


async def test_json_both_ways(desk):
    value = {"a": [1, None, {"ü": "🏓"}], "n": 1.5, "big": 2**53}
    assert await ask_json("POST", f"{desk}/json", json=value) == (200, value)
    status, error = await ask_json("POST", f"{desk}/json", data=b"{")
    assert (status, error["error"]) == (400, "bad_request")


async def test_forms(desk):
    _, got = await ask_json(
        "POST", f"{desk}/mirror", data=[("name", "Ada"), ("x", "1"), ("x", "ü & ö"), ("e", "")]
    )
    assert got["form"] == {"name": "Ada", "x": "ü & ö", "e": ""}
    assert got["form_all"]["x"] == ["1", "ü & ö"]


def digest(data: bytes) -> int:
    """The app's own checksum."""
    total = 0
    for byte in data:
        total = (total * 31 + byte) % 65521
    return total


def described(filename: str, kind: str, data: bytes) -> dict:
    return {"filename": filename, "type": kind, "size": len(data), "sum": digest(data)}


async def test_uploads(desk):
    picture, empty = bytes(range(256)) * 40, b""
    tricky = b"--boundary\r\n\r\n--\r\n\n\0" * 20
    form = aiohttp.FormData()
    form.add_field("title", "ü 🏓")
    form.add_field("photo", picture, filename='a "b".png', content_type="image/png")
    form.add_field("photo", empty, filename="empty.bin")
    form.add_field("other", tricky, filename="ü.bin", content_type="application/x-y")
    status, got = await ask_json("POST", f"{desk}/upload", data=form)
    assert (status, got["form"]) == (200, {"title": "ü 🏓"})
    assert got["files"]["photo"][0]["sum"] == digest(picture)
    assert [file["size"] for file in got["files"]["photo"]] == [len(picture), 0]
    assert got["files"]["other"][0]["size"] == len(tricky)
    assert got["files"]["other"][0]["type"] == "application/x-y"


def test_an_upload_by_curl(desk, tmp_path):
    data = bytes(range(256)) * 100
    (tmp_path / "file.bin").write_bytes(data)
    answer = curl(
        "-F", "note=hello", "-F", f"file=@{tmp_path / 'file.bin'};type=image/gif", f"{desk}/upload"
    )
    got = json.loads(answer.stdout)
    assert got["form"] == {"note": "hello"}
    assert got["files"] == {"file": [described("file.bin", "image/gif", data)]}


MALFORMED_FORMS = {
    "no boundary": ("multipart/form-data", b"--x\r\n\r\n--x--"),
    "boundary that does not come": ("multipart/form-data; boundary=x", b"--y\r\n\r\na\r\n--y--"),
    "cut off": ("multipart/form-data; boundary=x", b'--x\r\nContent-Disposition: form-data; na'),
    "empty": ("multipart/form-data; boundary=x", b""),
    "no name": ("multipart/form-data; boundary=x", b"--x\r\n\r\na\r\n--x--\r\n"),
    "bad escapes": ("application/x-www-form-urlencoded", b"a=%&%zz=%4&=&&=b"),
    "no utf-8": ("application/x-www-form-urlencoded", b"a=%ff%fe"),
}


@pytest.mark.parametrize("kind, body", MALFORMED_FORMS.values(), ids=MALFORMED_FORMS.keys())
async def test_a_malformed_form_harms_nobody(desk, kind, body):
    response, _ = await ask("POST", f"{desk}/upload", data=body, headers={"content-type": kind})
    assert response.status in (200, 400)
    assert (await ask("GET", f"{desk}/number"))[0].status == 200


async def test_a_body_that_is_too_large_is_refused(desk):
    try:
        response, _ = await ask("POST", f"{desk}/json", data=b"x" * 3_000_000)
    except aiohttp.ClientOSError:  # hung up before all was sent
        return
    assert response.status == 413


@pytest.mark.parametrize(
    "path, status, kind, body",
    [
        ("page", 200, "text/html; charset=utf-8", "<!doctype html><title>Desk</title>"),
        ("number", 200, "application/json", "42"),
        ("list", 200, "application/json", "[1,2,3]"),
        ("pair", 202, "application/json", '{"pair":true}'),
        ("hello/x", 200, "text/plain; charset=utf-8", "Hello, x"),
        ("table.csv", 200, "text/csv", "a,b\n1,2\n"),
        ("made", 201, "text/x-made", "made"),
        ("slow", 200, "text/plain; charset=utf-8", "slept"),
        ("status/418", 418, "text/plain; charset=utf-8", "status"),
    ],
)
async def test_what_a_handler_returns_is_the_response(desk, path, status, kind, body):
    response, text = await ask("GET", f"{desk}/{path}")
    assert (response.status, response.headers["content-type"], text) == (status, kind, body)


async def test_nothing_returned_is_204(desk):
    response, text = await ask("GET", f"{desk}/nothing")
    assert (response.status, text) == (204, "") and "content-type" not in response.headers


async def test_headers_and_cookies_of_a_response(desk):
    response, _ = await ask("GET", f"{desk}/made")
    assert response.headers.getall("x-color") == ["red", "blue"]
    assert response.headers["location"] == "/desk/made/1"
    cookie = response.headers["set-cookie"]
    assert cookie.startswith("flavour=oat")
    for part in ("Path=/desk", "HttpOnly", "Max-Age=60"):
        assert part.lower() in cookie.lower()


def test_redirects(desk):
    answer = curl("--location", f"{desk}/elsewhere")
    assert "<title>Desk</title>" in answer.stdout
    told = "%{http_code} %{redirect_url}"
    answer = curl("-d", "x", "-o", "/dev/null", "-w", told, f"{desk}/elsewhere")
    assert answer.stdout == f"303 {desk}/page"


@pytest.mark.parametrize("status, name", [(403, "forbidden"), (404, "not_found"), (503, None)])
async def test_abort_is_an_error_with_its_status(desk, status, name):
    answered, error = await ask_json("GET", f"{desk}/abort/{status}")
    assert (answered, error["message"]) == (status, "on purpose")
    assert name is None or error["error"] == name


async def test_a_handler_that_fails_is_500_and_one_log_line(desk, host):
    since = len(host.log())
    status, error = await ask_json("GET", f"{desk}/fail")
    assert (status, error["error"]) == (500, "internal_error")
    assert "broken" not in json.dumps(error)
    host.wait_for_log(r"desk\.lua:\d+: .*the desk is broken", since=since)


async def test_a_handler_that_does_not_end_is_stopped(desk):
    status, error = await ask_json("GET", f"{desk}/spin")
    assert status == 500
    assert (await ask("GET", f"{desk}/number"))[1] == "42"


async def test_many_slow_requests_wait_side_by_side(desk):
    async with aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=0)) as http:

        async def slow() -> str:
            async with http.get(f"{desk}/slow") as response:
                return await response.text()

        answers = await asyncio.wait_for(asyncio.gather(*(slow() for _ in range(200))), 8)
    assert answers == ["slept"] * 200


def test_requests_in_one_breath_are_answered_in_order(desk):
    urls = [f"{desk}/hello/{number}" for number in range(20)] + [f"{desk}/slow", f"{desk}/number"]
    answer = curl("-w", "\n", *urls)
    assert answer.stdout.split() == [
        word for number in range(20) for word in ("Hello,", str(number))
    ] + ["slept", "42"]


# MARK: Streams


def test_a_stream_arrives_piece_by_piece(desk):
    answer = curl("-N", "-i", f"{desk}/count")
    head, _, body = answer.stdout.partition("\n\n")
    assert body == "1\n2\n3\n4\n5\n"
    assert "content-type: text/plain" in answer.stdout.lower()


def test_a_stream_that_breaks_does_not_look_complete(desk):
    answer = curl("-N", f"{desk}/broken-stream")
    assert answer.stdout == "half" and answer.returncode != 0


async def test_an_event_stream_of_a_generator(desk):
    answer = await asyncio.to_thread(curl, "-N", f"{desk}/ticks")
    parser = EventStreamParser()
    events = parser.feed(answer.stdout.encode())
    assert [(event.type, event.id, event.data) for event in events] == [
        ("greeting", "1", "first"),
        ("message", "2", '{"number":2}'),
        ("message", "3", '{"number":3}'),
        ("message", "4", '{"number":4}'),
        ("message", "4", "two\nlines"),
    ]
    assert parser.retry == 500 and parser.comments >= 1


async def test_a_generator_listens_to_a_channel(desk):
    timeout = aiohttp.ClientTimeout(total=10)
    async with (
        aiohttp.ClientSession(timeout=timeout) as http,
        http.get(f"{desk}/tweets") as stream,
    ):
        parser, events = EventStreamParser(), []
        while not events:
            events += parser.feed(await stream.content.readany())
        for number in range(100):
            async with http.post(f"{desk}/tweets", json=number) as response:
                assert response.status == 200
        while len(events) < 101:
            events += parser.feed(await stream.content.readany())
    heard = [json.loads(event.data) for event in events[1:]]
    assert heard == [{"channel": "tweets", "data": number} for number in range(100)]


async def test_a_generator_waits_for_a_client_that_reads_slowly(desk):
    async with aiohttp.ClientSession() as http, http.get(f"{desk}/flood") as response:
        total = 0
        async for piece in response.content.iter_chunked(65536):
            total += len(piece)
            if total % 10 == 0:
                await asyncio.sleep(0.001)
    assert total == 10_000_000
