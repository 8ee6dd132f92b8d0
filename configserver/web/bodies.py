"""What clients post, read within bounds."""

import asyncio
from typing import Final

from aiohttp import hdrs, web

from configserver.errors import ConfigError, InvalidRequest
from configserver.web.forms import posted
from configserver.web.negotiation import MediaRange, parse_media_type

MAX_TEXT: Final = 1024 * 1024
"""Bytes of a body."""


BODY_SECONDS: Final = 30.0
"""How long a body may take to arrive."""


class UnknownType(ConfigError):
    """A Content-Type that does not parse, or whose charset is not known."""

    status = 415


class TooLong(ConfigError):
    """A body of more than MAX_TEXT bytes."""

    status = 413


class TooSlow(ConfigError):
    """A body that did not arrive within BODY_SECONDS."""

    status = 408


async def read_text(request: web.BaseRequest) -> tuple[str, MediaRange]:
    """Return what was posted, and its type.

    Raises:
        InvalidRequest: there is no text, or no type.
        UnknownType: a type that does not parse.
        TooLong: more than is taken.
        TooSlow: it did not arrive in time.
    """
    header = request.headers.get(hdrs.CONTENT_TYPE, "")
    media = parse_media_type(header)
    if header and media is None:
        raise UnknownType("the Content-Type or its charset is not known")
    body = await read_bytes(request)
    text = posted(body, media, has_query=bool(request.query_string)) if media else ""
    if media is None or not text:
        raise InvalidRequest("the body is empty or has no Content-Type")
    return text, media


async def read_bytes(request: web.BaseRequest) -> bytes:
    """Return a body as it was sent.

    Raises:
        TooLong: more than is taken.
        TooSlow: it did not arrive in time.
    """
    if (request.content_length or 0) > MAX_TEXT:
        raise TooLong(f"the body is longer than {MAX_TEXT} bytes")
    try:
        async with asyncio.timeout(BODY_SECONDS):
            return await request.read()
    except TimeoutError:
        raise TooSlow(f"the body did not arrive within {BODY_SECONDS:.0f} seconds") from None
    except web.HTTPRequestEntityTooLarge:
        raise TooLong(f"the body is longer than {MAX_TEXT} bytes") from None
