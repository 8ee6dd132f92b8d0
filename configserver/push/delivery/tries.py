"""One try to tell somebody, within its limit."""

import asyncio
from collections.abc import Awaitable

from configserver.push import DeliveryFailed


async def failure_of(telling: Awaitable[None], seconds: float) -> DeliveryFailed | None:
    """Return why a try went wrong, None if it did not; whatever it is, another may go well.

    The text of an error that nobody expected may hold anything: its name is enough to look for it.

    Args:
        telling: the try.
        seconds: how long it may take.
    """
    try:
        async with asyncio.timeout(seconds):
            await telling
    except DeliveryFailed as failure:
        return failure
    except TimeoutError:
        return DeliveryFailed(f"took longer than {seconds:g} seconds")
    except Exception as error:  # noqa: BLE001 - others go on
        return DeliveryFailed(f"unexpected {type(error).__name__}")
    return None
