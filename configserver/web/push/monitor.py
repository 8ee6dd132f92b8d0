"""`POST /monitor`: Git hosts tell that something was pushed."""

import asyncio
from collections.abc import Callable
from functools import partial
from time import monotonic, time
from typing import Final
from urllib.parse import parse_qsl

from aiohttp import hdrs, web

from configserver.errors import InvalidRequest
from configserver.logs import get_logger
from configserver.push.webhooks import Host, Payload, Received, TooManyWebhooks
from configserver.push.webhooks.names import MAX_PATHS
from configserver.push.webhooks.payloads import parse
from configserver.push.webhooks.receiver import Reading, Receiver
from configserver.render.json import dump
from configserver.web.answer import Answer, all_headers
from configserver.web.bodies import UnknownType, read_bytes
from configserver.web.errors import NotAcceptable
from configserver.web.extensions import Extension
from configserver.web.limit import Bucket
from configserver.web.logs import quoted
from configserver.web.negotiation import JSON, Accept, MediaRange, json_type, parse_media_type
from configserver.web.paths import prefix_segments, raw_path
from configserver.web.routes import Kind, Match, Route

FORM: Final = "application/x-www-form-urlencoded"
MAX_FIELDS: Final = 1000
"""Fields of a form, as in Tomcat."""
LARGE: Final = 64 * 1024
"""Bytes of a body that is read beside the event loop."""

_logger = get_logger("configserver.webhooks")


class Monitor:
    """Answers webhooks.

    Args:
        receiver: what verifies and reads them.
        rate: webhooks per second that are acted upon.
        clock: seconds on a clock that never goes back.
        now: seconds since 1970.
    """

    def __init__(
        self,
        receiver: Receiver,
        rate: int,
        *,
        clock: Callable[[], float] = monotonic,
        now: Callable[[], float] = time,
    ) -> None:
        self._receiver = receiver
        self._rate = rate
        self._bucket = Bucket(rate, clock)
        self._now = now

    def extension(self, path: str = "") -> Extension:
        """Return the address `/monitor` below a path."""
        expected = (*prefix_segments(path), "monitor")
        route = Route(
            Kind.MONITOR,
            "POST",
            lambda target: {} if target.segments == expected else None,
            prefixed=False,
        )
        return Extension((route,), self.answer)

    async def answer(self, request: web.Request, _: Match, accept: Accept) -> web.Response:
        """Take a webhook and answer with the names of those who may be concerned.

        As in the original, a client that takes no JSON learns so after the webhook was taken.

        Raises:
            ConfigError: it is refused.
        """
        media = _media(request)
        body = await read_bytes(request)
        received = Received(request.headers, body, self._now())
        sender = self._receiver.sender(received)
        if not self._bucket.take():
            raise TooManyWebhooks(f"more than {self._rate} webhooks in a second")
        read = partial(self._read, sender, received, media, request.rel_url.raw_query_string)
        reading = read() if len(body) < LARGE else await asyncio.to_thread(read)
        self._receiver.take(sender, received, reading)
        names = reading.names
        _logger.info("webhook", host=sender.name, client=request.remote, names=_shown(names))
        content_type = json_type(accept)
        if content_type is None:
            raise NotAcceptable("names are listed as JSON only", types=(JSON,))
        answer = Answer(200, content_type, dump(names).encode())
        headers = all_headers(answer, raw_path(request.raw_path))
        return web.Response(status=answer.status, headers=headers, body=answer.body)

    def _read(self, sender: Host, received: Received, media: MediaRange, query: str) -> Reading:
        is_form = media.name == FORM
        payload = _form(received.body, query, media) if is_form else parse(received.body)
        return self._receiver.read(sender, received, payload)


def _media(request: web.Request) -> MediaRange:
    """Return the type of the body.

    Raises:
        UnknownType: it is neither JSON nor a form, or is compressed.
    """
    media = parse_media_type(request.headers.get(hdrs.CONTENT_TYPE, ""))
    if media is None or not (media.name == FORM or media.is_json):
        raise UnknownType("the Content-Type is neither application/json nor that of a form")
    if media.charset and media.charset.lower() not in {"utf-8", "utf8", "us-ascii"}:
        raise UnknownType("the body is not in UTF-8")
    if request.headers.get(hdrs.CONTENT_ENCODING, "identity").lower() != "identity":
        raise UnknownType("the body is compressed")
    return media


def _form(body: bytes, query: str, media: MediaRange) -> Payload:
    """Return the object that a form stands for: `path`, once or several times.

    Parameters of the address count too. A single path holds several with commas between them.

    Raises:
        InvalidRequest: there is no path, or the form is malformed.
    """
    encoding = media.charset or "utf-8"
    try:
        fields = [
            *parse_qsl(query, keep_blank_values=True, errors="strict"),
            *parse_qsl(
                body.decode(encoding),
                keep_blank_values=True,
                errors="strict",
                max_num_fields=MAX_FIELDS,
            ),
        ]
    except ValueError:
        raise InvalidRequest("the form is not in UTF-8, or has too many fields") from None
    for name in ("path", "path[]"):
        found = [value for field, value in fields if field == name]
        if found:
            return {"path": _split(found[0]) if len(found) == 1 else found}
    raise InvalidRequest(
        "the form has no path",
        hint="a Git host has to send application/json; choose that in the webhook's settings",
    )


def _split(paths: str) -> list[str]:
    """Return the paths in a text; no more of them than are refused for their number."""
    return [path.strip() for path in paths.split(",", MAX_PATHS + 1)] if paths else []


def _shown(names: tuple[str, ...]) -> str | None:
    """Return the first names for the log."""
    return quoted(",".join(names[:20]))
