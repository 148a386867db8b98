"""Static pages over HTTP: what is served, how it is described, and what stays unreachable."""

from __future__ import annotations

import email.utils
import gzip
import http.client
import os

import pytest

from app_folder import AppFolder

STYLE = "body { margin: 0; }\n" * 200
PICTURE = bytes(range(256)) * 40


@pytest.fixture(scope="module")
def site(tmp_path_factory):
    """A host with pages of its own and an app's, and secrets beside them."""
    base = tmp_path_factory.mktemp("site")
    folder = AppFolder(base / "plugins", base / "www")
    folder.save("atlas/init.lua", "return {}\n")
    folder.save("atlas/www/index.html", "<!doctype html><title>Atlas</title>")
    folder.save("atlas/www/map.svg", "<svg xmlns='http://www.w3.org/2000/svg'/>")
    write(base / "secret.txt", b"top secret")
    write(base / "www/index.html", b"<!doctype html><title>Front</title>")
    write(base / "www/style.css", STYLE.encode())
    write(base / "www/code.js", b"export const x = 1;\n" * 100)
    write(base / "www/data.json", b'{"x": 1}')
    write(base / "www/picture.png", PICTURE)
    write(base / "www/module.wasm", b"\0asm")
    write(base / "www/empty.txt", b"")
    write(base / "www/with space & ü.txt", b"odd name")
    write(base / "www/deep/index.html", b"<title>Deep</title>")
    write(base / "www/.secret", b"top secret")
    write(base / "www/.git/config", b"top secret")
    write(base / "www/deep/.env", b"top secret")
    os.symlink(base / "secret.txt", base / "www/link.txt")
    with folder.serve() as host:
        yield host


def write(path, content: bytes) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)


def fetch(host, path: str, method: str = "GET", **headers: str):
    """One request with the path sent as it is; the response with its `body` read."""
    connection = http.client.HTTPConnection("127.0.0.1", host.port, timeout=10)
    try:
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        connection.putrequest(method, path, skip_accept_encoding=True)
        for name, value in named.items():
            connection.putheader(name, value)
        connection.endheaders()
        response = connection.getresponse()
        response.content = response.read()
        return response
    finally:
        connection.close()


@pytest.mark.parametrize(
    "path, kind",
    [
        ("/", "text/html"),
        ("/style.css", "text/css"),
        ("/code.js", "text/javascript"),
        ("/data.json", "application/json"),
        ("/picture.png", "image/png"),
        ("/module.wasm", "application/wasm"),
        ("/atlas/map.svg", "image/svg+xml"),
        ("/perigee.js", "text/javascript"),
    ],
)
def test_a_file_has_its_content_type(site, path, kind):
    response = fetch(site, path)
    assert response.status == 200
    assert response.headers["content-type"].split(";")[0] == kind


@pytest.mark.parametrize("path", ["/", "/style.css", "/code.js", "/perigee.js"])
def test_text_is_declared_as_utf_8(site, path):
    assert "charset=utf-8" in fetch(site, path).headers["content-type"].lower()


def test_a_file_comes_whole(site):
    response = fetch(site, "/picture.png")
    assert response.content == PICTURE
    assert response.headers["content-length"] == str(len(PICTURE))


def test_an_empty_file_is_served(site):
    response = fetch(site, "/empty.txt")
    assert (response.status, response.content) == (200, b"")


def test_a_percent_encoded_name_is_decoded(site):
    response = fetch(site, "/with%20space%20%26%20%C3%BC.txt")
    assert (response.status, response.content) == (200, b"odd name")


def test_a_folder_shows_its_index(site):
    assert b"Deep" in fetch(site, "/deep/").content


@pytest.mark.parametrize("path", ["/deep", "/atlas"])
def test_a_folder_without_its_slash_redirects(site, path):
    response = fetch(site, path)
    assert response.status in (301, 302, 307, 308)
    assert response.headers["location"].endswith(f"{path}/")
    response = fetch(site, f"{path}?room=tea&x=%2F")
    assert response.headers["location"].endswith(f"{path}/?room=tea&x=%2F")


def test_an_app_has_its_own_pages(site):
    assert b"Atlas" in fetch(site, "/atlas/").content


def test_a_query_does_not_matter_to_a_file(site):
    assert fetch(site, "/style.css?v=3").content == STYLE.encode()


@pytest.mark.parametrize("path", ["/nowhere", "/deep/nowhere.html", "/atlas/nowhere", "/a/b/c"])
def test_an_unknown_path_is_404(site, path):
    assert fetch(site, path).status == 404


def test_head_describes_without_a_body(site):
    head, get = fetch(site, "/picture.png", "HEAD"), fetch(site, "/picture.png")
    assert (head.status, head.content) == (200, b"")
    for name in ("content-length", "content-type", "etag", "last-modified"):
        assert head.headers[name] == get.headers[name]


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE"])
def test_a_page_takes_no_other_method(site, method):
    assert fetch(site, "/style.css", method, content_length="0").status in (404, 405)


def test_a_known_etag_is_not_sent_again(site):
    etag = fetch(site, "/style.css").headers["etag"]
    response = fetch(site, "/style.css", if_none_match=f'"other", {etag}')
    assert (response.status, response.content) == (304, b"")
    assert response.headers["etag"] == etag
    assert fetch(site, "/style.css", if_none_match='"other"').status == 200


def test_an_unmodified_file_is_not_sent_again(site):
    modified = fetch(site, "/style.css").headers["last-modified"]
    assert email.utils.parsedate(modified)
    assert fetch(site, "/style.css", if_modified_since=modified).status == 304
    before = "Mon, 01 Jan 2001 00:00:00 GMT"
    assert fetch(site, "/style.css", if_modified_since=before).status == 200


@pytest.mark.parametrize(
    "span, first, last",
    [("0-99", 0, 99), ("100-", 100, 10239), ("-50", 10190, 10239), ("10200-99999", 10200, 10239)],
)
def test_a_range_of_a_file_can_be_had(site, span, first, last):
    response = fetch(site, "/picture.png", range=f"bytes={span}")
    assert response.status == 206
    assert response.headers["content-range"] == f"bytes {first}-{last}/{len(PICTURE)}"
    assert response.content == PICTURE[first : last + 1]


def test_a_range_beyond_the_end_is_refused(site):
    response = fetch(site, "/picture.png", range="bytes=20000-")
    assert response.status == 416
    assert response.headers["content-range"] == f"bytes */{len(PICTURE)}"


@pytest.mark.parametrize("span", ["bytes=abc", "lines=1-2", "bytes=5-2", "bytes="])
def test_a_range_that_makes_no_sense_is_ignored(site, span):
    response = fetch(site, "/picture.png", range=span)
    assert (response.status, response.content) == (200, PICTURE)


def test_a_range_of_an_older_version_brings_the_whole_file(site):
    response = fetch(site, "/picture.png", range="bytes=0-9", if_range='"older"')
    assert (response.status, response.content) == (200, PICTURE)
    etag = fetch(site, "/picture.png").headers["etag"]
    assert fetch(site, "/picture.png", range="bytes=0-9", if_range=etag).status == 206


def test_text_is_compressed_for_who_can_read_it(site):
    response = fetch(site, "/style.css", accept_encoding="br, gzip;q=0.8")
    assert response.headers["content-encoding"] == "gzip"
    assert "accept-encoding" in response.headers["vary"].lower()
    assert len(response.content) < len(STYLE) / 4
    assert gzip.decompress(response.content).decode() == STYLE


@pytest.mark.parametrize("accepted", ["", "identity", "gzip;q=0", "br"])
def test_text_stays_plain_for_who_cannot(site, accepted):
    response = fetch(site, "/style.css", accept_encoding=accepted)
    assert response.headers["content-encoding"] is None
    assert response.content.decode() == STYLE


def test_a_picture_is_not_compressed(site):
    response = fetch(site, "/picture.png", accept_encoding="gzip")
    assert response.headers["content-encoding"] is None


def test_a_page_says_how_long_it_may_be_kept(site):
    assert fetch(site, "/").headers["cache-control"]
    assert fetch(site, "/style.css").headers["cache-control"]


@pytest.mark.parametrize(
    "path",
    [
        "/../secret.txt",
        "/deep/../../secret.txt",
        "/%2e%2e/secret.txt",
        "/%2e%2e%2fsecret.txt",
        "/..%2fsecret.txt",
        "/%252e%252e/secret.txt",
        "/..%5csecret.txt",
        "/..\\secret.txt",
        "/./../secret.txt",
        "//../secret.txt",
        "/%c0%ae%c0%ae/secret.txt",
        "/..;/secret.txt",
        "/%00/../secret.txt",
        "/style.css%00.png/../../secret.txt",
        "/atlas/../secret.txt",
        "/atlas/..%2f..%2fsecret.txt",
        "/atlas/../init.lua",
        "/atlas/init.lua",
        "/atlas/app.toml",
        "/atlas/..%2finit.lua",
        "/.secret",
        "/%2esecret",
        "/.git/config",
        "/deep/.env",
        "/deep/%2Eenv",
        "/link.txt",
        "/perigee.toml",
    ],
)
def test_nothing_outside_the_pages_can_be_had(site, path):
    response = fetch(site, path)
    assert response.status in (400, 403, 404)
    assert b"secret" not in response.content.replace(b"secret.txt", b"").replace(b".secret", b"")
    assert b"return {}" not in response.content


@pytest.mark.parametrize("path", ["/", "/pingpong/", "/chat/", "/perigee.js"])
def test_the_projects_own_pages_are_served(examples, path):
    response = fetch(examples, path)
    assert response.status == 200
    assert len(response.content) > 200


def test_a_page_that_changes_on_disk_changes_for_the_next_visitor(tmp_path):
    folder = AppFolder(tmp_path / "plugins", tmp_path / "www")
    write(tmp_path / "www/note.txt", b"old")
    with folder.serve("--dev") as host:
        first = fetch(host, "/note.txt")
        write(tmp_path / "www/note.txt", b"newer")
        second = fetch(host, "/note.txt", if_none_match=first.headers["etag"])
        assert (second.status, second.content) == (200, b"newer")


def test_a_single_page_app_answers_for_its_paths(tmp_path):
    folder = AppFolder(tmp_path / "plugins", tmp_path / "www")
    folder.save("spa/init.lua", "return {}\n")
    folder.save("spa/app.toml", "spa = true\n")
    folder.save("spa/www/index.html", "<title>One page</title>")
    with folder.serve() as host:
        assert b"One page" in fetch(host, "/spa/some/where").content
        assert fetch(host, "/spa/missing.js").status == 404
