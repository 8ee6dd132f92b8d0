from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack
from typing import TypeAlias

import pytest

from tests.push.webhooks.sites import Site, site_of

Start: TypeAlias = Callable[..., Awaitable[Site]]


@pytest.fixture
async def start() -> AsyncIterator[Start]:
    """Return a function that starts servers, which end with the test."""
    async with AsyncExitStack() as stack:

        async def make(*arguments: object, **named: object) -> Site:
            site = await site_of(*arguments, **named)  # type: ignore[arg-type]
            stack.push_async_callback(site.client.close)
            return site

        yield make
