"""Two servers, as processes, on one repository and one RabbitMQ."""

import asyncio
import json
import urllib.request
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from tests.clients.boots import Remote, new_remote, server
from tests.peers.rabbitmq import RabbitMq
from tests.push.bus.brokers import rabbit_settings, rabbit_tap

pytestmark = [pytest.mark.xdist_group("rabbitmq"), pytest.mark.timeout(180)]


@pytest.fixture
def remote(tmp_path: Path) -> Remote:
    return new_remote(tmp_path, {"shop.yml": "a: 0\n", "cart.yml": "a: 0\n"})


@pytest.fixture
def urls(tmp_path: Path, remote: Remote, rabbitmq: RabbitMq) -> Iterator[list[str]]:
    with ExitStack() as stack:
        found = []
        for name in ("one", "other"):
            (tmp_path / name).mkdir()
            settings = rabbit_settings(rabbitmq)
            found.append(stack.enter_context(server(tmp_path / name, remote, settings)))
        yield found


def asked(url: str) -> str:
    with urllib.request.urlopen(f"{url}/shop/dev", timeout=10) as answer:
        version: str = json.load(answer)["version"]
        return version


async def test_each_commit_is_told_once_and_when_both_serve_it(
    remote: Remote, urls: list[str], rabbitmq: RabbitMq
) -> None:
    for url in urls:
        await asyncio.to_thread(asked, url)
    async with rabbit_tap(rabbitmq) as tap:
        await asyncio.sleep(1)
        told = []
        for number in range(1, 6):
            await asyncio.to_thread(remote.push, {"shop.yml": f"a: {number}\n"})
            async with asyncio.timeout(20):
                while True:
                    message = await tap.get(fail=False, no_ack=True)
                    event = json.loads(message.body) if message else {}
                    if event.get("type") == "RefreshRemoteApplicationEvent":
                        break
                    await asyncio.sleep(0.01)
            told.append(event["destinationService"])
            versions = {await asyncio.to_thread(asked, url) for url in urls}
            assert len(versions) == 1
        await asyncio.sleep(4)
        while message := await tap.get(fail=False, no_ack=True):
            event = json.loads(message.body)
            if event["type"] == "RefreshRemoteApplicationEvent":
                told.append(event["destinationService"])
    assert told == ["shop:**"] * 5
