"""`/admin/watchers`: who is connected."""

import asyncio
from datetime import UTC, datetime
from typing import Any

import pytest

from tests.web.watched import Watched, next_event, watched


async def listed(site: Watched, query: str = "") -> Any:
    response = await site.get(f"/admin/watchers{query}")
    assert response.status == 200, await response.text()
    return await response.json()


async def test_nobody() -> None:
    async with watched(admin=True) as site:
        assert await listed(site) == {"total": 0, "next": None, "watchers": []}


async def test_who_is_connected() -> None:
    async with watched(admin=True) as site:
        stream = await site.stream(User_Agent="a" * 200)
        await next_event(stream)
        etag = (await site.get("/watch/bar/dev,eu/main")).headers["ETag"]
        path = "/watch/bar/dev,eu/main"
        polled = asyncio.create_task(site.get(path, If_None_Match=etag, User_Agent="poller"))
        await site.watchers(2)
        foo, bar = (await listed(site))["watchers"]
        since = datetime.fromisoformat(foo.pop("since"))
        assert abs((datetime.now(UTC) - since).total_seconds()) < 10
        assert foo == {
            "application": "foo",
            "profiles": ["dev"],
            "label": None,
            "kind": "stream",
            "commit": "c0ffee0",
            "newest": "c0ffee0",
            "current": True,
            "behind": False,
            "events": 0,
            "address": "127.0.0.1",
            "agent": "a" * 80,
        }
        assert (bar["kind"], bar["profiles"], bar["label"]) == ("poll", ["dev", "eu"], "main")
        await site.changing.commit("2")
        await next_event(stream)
        await polled
        (foo,) = (await listed(site))["watchers"]
        assert (foo["commit"], foo["newest"], foo["events"]) == ("c0ffee1", "c0ffee1", 1)


async def test_pages() -> None:
    async with watched(admin=True) as site:
        for number in range(5):
            await site.stream(f"/watch/app{number}/dev")
        page = await listed(site, "?offset=1&limit=2")
        assert [row["application"] for row in page["watchers"]] == ["app1", "app2"]
        assert (page["total"], page["next"]) == (5, 3)
        assert (await listed(site, "?offset=3&limit=2"))["next"] is None
        assert len((await listed(site, "?limit=100000"))["watchers"]) == 5


@pytest.mark.parametrize("query", ["?offset=x", "?limit=-1", "?offset=99999999999"])
async def test_wrong_pages(query: str) -> None:
    async with watched(admin=True) as site:
        assert (await site.get(f"/admin/watchers{query}")).status == 400


async def test_an_application_of_that_name_is_served() -> None:
    """Also to those who want no version in particular, unless the list is switched on."""
    v2 = "application/vnd.spring-cloud.config-server.v2+json"
    async with watched(admin=True) as site:
        assert (await (await site.get("/admin/watchers", Accept=v2)).json())["name"] == "admin"
    async with watched() as site:
        assert (await (await site.get("/admin/watchers")).json())["name"] == "admin"
