from time import process_time
from typing import Any

import pytest


@pytest.mark.parametrize(
    "target",
    [
        "/test/pathtraversal/master/..%252f..%252f..%252f..%252f../etc/passwd",
        "/a/b/%252f..%252f..%252f..%252fetc/passwd",
        "/a/b/..(_)..",
        "/a/b/..%28_%29..",
        "/a/b/%2E%2E%28%5F%29%2E%2E",
        "/a/b/..(_)../etc/passwd",
        "/..%252F..%252F..%252F..%252Fetc%252Fpasswd%23foo/development",
        "/foo%23/dev",
        "/foo%2523/dev",
        "/foo/..",
        "/foo/%2e%2e",
        "/foo/bar,..,foo",
        "/foo/bar,%2e%2e,foo",
        "/(_)spam/default",
        "/%28_%29spam/default",
        "/foo/default/main/../foo.txt",
        "/foo/default/main/%2e%2e/foo.txt",
        "/foo/default/../main/t.txt?useDefaultLabel",
        "/foo/default/..?useDefaultLabel",
        "/encrypt/..%2fapp/..%2fdefault",
        "/decrypt/..%2fapp/..%2fdefault",
        "/key/..%2fapp/default",
        "/key/..%252fapp/default",
        "/key/(_)app/default",
        "/key/app/d..v",
        "/../../etc/passwd",
        "/foo%00/dev",
        "/foo/dev/main/t.txt%00.yml",
        "/foo%0d%0aX:1/dev",
        "/foo/dev%0a/main",
        "/foo%5c..%5cbar/dev",
        "/foo/dev/main/%5C..%5Ct.txt",
        "/foo/dev/main/..;/..;/etc/passwd",
        "/..;/dev/main",
        "/${jndi:ldap:x}/dev%24%7B/main",
        "/actuator/../foo/dev/main",
        "/actuator/health/../../foo/dev",
    ],
)
@pytest.mark.parametrize("accept", ["", "text/plain", "application/octet-stream"])
async def test_ways_out_are_refused(ask: Any, target: str, accept: str) -> None:
    reply = await ask(target, Accept=accept)
    assert reply.status in {400, 404, 406}
    assert b"root:" not in reply.body
    assert b"text 1" not in reply.body


@pytest.mark.parametrize(
    "target", ["/encrypt/(_)app/default", "/decrypt/f..o/dev", "/encrypt/a%23/dev"]
)
async def test_names_are_refused_where_texts_are_posted(ask: Any, target: str) -> None:
    assert (await ask(target, "POST")).status == 400


@pytest.mark.parametrize("length", [1_000, 7_000])
async def test_long_names_are_served(ask: Any, length: int) -> None:
    assert (await ask(f"/{'n' * length}/dev")).status == 200


async def test_longer_requests_are_refused(ask: Any) -> None:
    assert (await ask(f"/{'n' * 9_000}/dev")).status == 400


@pytest.mark.parametrize(
    "part", ["-", ".", "/", "a/", "-.", "%2e/", "-.yml", ".yml-", ";", ",", "a."]
)
@pytest.mark.timeout(30)
async def test_many_separators_take_no_time(ask: Any, part: str) -> None:
    many = (part * 8_000)[:8_000]
    began = process_time()
    for target in (f"/{many}", f"/{many}.yml", f"/a/{many}.yml!", f"/a/b/main/{many}"):
        assert (await ask(target)).status in {200, 400, 404}
    assert process_time() - began < 2
