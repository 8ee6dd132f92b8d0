from typing import Any

import pytest

TEXT = "text/plain;charset=UTF-8"
FUTURE = "Fri, 31 Dec 2100 23:59:59 GMT"
PAST = "Sat, 01 Jan 2000 00:00:00 GMT"
AT_THAT_TIME = "Sun, 13 Sep 2020 12:26:40 GMT"


@pytest.mark.parametrize(
    ("target", "accept", "content_type", "body"),
    [
        ("/foo/dev/main/t.txt", "", TEXT, "text 1 \ufffd\n".encode()),
        ("/foo/dev/main/t.txt;x=1", "*/*", TEXT, "text 1 \ufffd\n".encode()),
        ("/foo/dev/t.txt?useDefaultLabel", "", TEXT, "text 1 \ufffd\n".encode()),
        ("/foo/dev/main/u.txt?resolvePlaceholders=false", "", TEXT, "größe\n".encode()),
        ("/foo/dev/main/dir/t.txt", "", TEXT, b"deep\n"),
        ("/foo/dev/main/u.txt", "text/html", "text/html;charset=UTF-8", "größe\n".encode()),
        ("/foo/dev/main/u.txt", "application/json", "application/json", "größe\n".encode()),
        (
            "/foo/dev/main/u.txt",
            "text/plain;charset=ISO-8859-1",
            "text/plain;charset=ISO-8859-1",
            b"gr\xf6\xdfe\n",
        ),
        (
            "/foo/dev/main/t.txt",
            "application/octet-stream",
            "application/octet-stream",
            b"text ${a} \xff\n",
        ),
        ("/cyclic/dev/main/circle.txt?resolvePlaceholders=no", "", TEXT, b"${c}\n"),
    ],
)
async def test_a_file_is_text_unless_bytes_are_asked_for(
    ask: Any, target: str, accept: str, content_type: str, body: bytes
) -> None:
    reply = await ask(target, Accept=accept)
    assert (reply.status, reply.type, reply.body) == (200, content_type, body)


@pytest.mark.parametrize(
    ("charset", "status", "body"),
    [
        ("iso-8859-1", 200, "grÃ¶Ã\x9fe\n".encode()),
        ("nonsense", 200, "größe\n".encode()),
        ("", 200, "größe\n".encode()),
        ("utf-8, iso-8859-1;q=0.5", 400, None),
    ],
)
async def test_accept_charset_says_how_a_file_is_read(
    ask: Any, charset: str, status: int, body: bytes | None
) -> None:
    reply = await ask("/foo/dev/main/u.txt", Accept_Charset=charset)
    assert reply.status == status
    assert body is None or reply.body == body


@pytest.mark.parametrize(
    "target",
    [
        *(
            "/foo/dev/main/none.txt",
            "/foo/dev/main/",
            "/foo/dev/main/t.txt/",
            "/foo/dev/nope/t.txt",
        ),
        *("/foo/dev/main/dir/../t.txt", "/foo/dev/main/..%252ft.txt", "/foo/dev/main/x..y/t.txt"),
        *("/foo/dev/main/a%23b", "/foo/dev/%23x/t.txt", "/foo/dev/main/file:/etc/hostname"),
        *("/foo/dev/main/WEB-INF/web.xml", "/foo/dev/main/META-INF/m", "/foo/dev/main/a%2500"),
    ],
)
async def test_what_is_not_there_is_an_empty_404(ask: Any, target: str) -> None:
    reply = await ask(target)
    assert (reply.status, reply.type, reply.body) == (404, "", b"")


@pytest.mark.parametrize(
    ("target", "accept", "status"),
    [
        ("/cyclic/dev/main/circle.txt", "", 500),
        ("/broken/dev/main/t.txt", "", 500),
        ("/remote/dev/main/t.txt", "", 500),
        ("/foo/a..b/main/t.txt", "", 400),
        ("/foo/dev/a..b/t.txt", "", 400),
        ("/foo/dev/main/t.txt?resolvePlaceholders=2", "", 400),
        ("/foo/dev/main/t.txt", "image/*", 406),
        ("/foo/dev/main/t.txt", "json", 406),
    ],
)
async def test_other_failures_say_more(ask: Any, target: str, accept: str, status: int) -> None:
    assert (await ask(target, Accept=accept)).status == status


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({}, 200),
        ({"If-Modified-Since": FUTURE}, 304),
        ({"If-Modified-Since": AT_THAT_TIME}, 304),
        ({"If-Modified-Since": PAST}, 200),
        ({"If-Modified-Since": "nonsense"}, 200),
        ({"If-None-Match": '"x"'}, 200),
        ({"If-None-Match": '"x"', "If-Modified-Since": FUTURE}, 200),
        ({"If-Unmodified-Since": PAST}, 412),
        ({"If-Unmodified-Since": FUTURE}, 200),
        ({"Range": "bytes=0-0"}, 200),
    ],
)
@pytest.mark.parametrize("method", ["GET", "HEAD"])
@pytest.mark.parametrize("accept", ["", "application/octet-stream"])
async def test_files_know_when_they_changed(
    ask: Any, headers: dict[str, str], status: int, method: str, accept: str
) -> None:
    reply = await ask("/foo/dev/main/n.conf", method, Accept=accept, **headers)
    assert reply.status == status
    assert reply.headers["Last-Modified"] == AT_THAT_TIME or status == 412
    assert (reply.body == b"n\n") == (status == 200 and method == "GET")
