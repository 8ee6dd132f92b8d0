"""Answers that are kept, ready to be sent again."""

from dataclasses import dataclass
from typing import NamedTuple

from aiohttp import hdrs, web
from multidict import CIMultiDict

from configserver.backends.states import State, StateCache
from configserver.web.answer import Answer, all_headers, entity_tag
from configserver.web.freshness import freshness_headers

_OVERHEAD = 1024
"""Bytes that an entry takes beside its key and body, roughly."""


class Key(NamedTuple):
    """All of a request that an answer depends on."""

    method: str
    target: str
    accept: str
    charset: str

    @classmethod
    def of(cls, request: web.BaseRequest) -> "Key":
        """Return the key of a request."""
        headers = request.headers
        return cls(
            request.method,
            request.raw_path,
            ",".join(headers.getall(hdrs.ACCEPT, ())),
            ",".join(headers.getall(hdrs.ACCEPT_CHARSET, ())),
        )


@dataclass(frozen=True, slots=True)
class Stored:
    """An answer with its headers made.

    Attributes:
        state: what it was made of.
        size: bytes that it takes in a cache, with its key.
    """

    state: State
    status: int
    headers: CIMultiDict[str]
    body: bytes
    tag: str
    modified: int | None
    size: int

    def response(self, request: web.BaseRequest) -> web.Response:
        """Return a response: this answer, or 304 or 412 if the request's conditions say so.

        `If-None-Match: *` is ignored, as the original does.
        """
        headers = request.headers
        if hdrs.IF_NONE_MATCH in headers:
            if self.tag in headers[hdrs.IF_NONE_MATCH]:
                return self._now(self._bare(304))
        elif self.modified is not None:
            since, until = request.if_modified_since, request.if_unmodified_since
            if until is not None and self.modified > until.timestamp():
                return self._now(self._bare(412))
            if since is not None and self.modified <= since.timestamp():
                return self._now(self._bare(304))
        return self._now(web.Response(status=self.status, headers=self.headers, body=self.body))

    def _now(self, response: web.Response) -> web.Response:
        response.headers.update(freshness_headers(self.state.place.seen()))
        return response

    def _bare(self, status: int) -> web.Response:
        kept = (hdrs.SERVER, hdrs.ETAG, hdrs.LAST_MODIFIED)
        headers = {name: self.headers[name] for name in kept if name in self.headers}
        return web.Response(status=status, headers=headers)


def prepare(answer: Answer, path: str, *, key: Key, state: State) -> Stored:
    """Make an answer ready to be sent to those who ask for a path (as sent)."""
    tag = entity_tag(answer)
    headers = CIMultiDict(all_headers(answer, path))
    headers[hdrs.ETAG] = tag
    size = _OVERHEAD + len(answer.body) + sum(map(len, key))
    return Stored(state, answer.status, headers, answer.body, tag, answer.modified, size)


Answers = StateCache[Key, Stored]
"""The answers that are kept."""
