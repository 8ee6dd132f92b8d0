"""Plain files: text with its placeholders filled, or bytes as they are."""

import asyncio
from urllib.parse import unquote

from configserver.environment.placeholders import resolve
from configserver.errors import InvalidRequest, NoSuchLabel
from configserver.model import Environment, File
from configserver.query import InvalidLabel, Query
from configserver.service import Visit
from configserver.web.answer import Answer
from configserver.web.charsets import decode, encode, is_legal
from configserver.web.environments import query_of
from configserver.web.errors import NotAcceptable
from configserver.web.negotiation import BYTES, Accept, text_type
from configserver.web.paths import Target
from configserver.web.routes import Variables


async def answer_bytes(visit: Visit, path: str) -> tuple[Answer, Environment]:
    """Answer R2 and R4.

    Raises:
        ConfigError: as the service says.
    """
    file, environment = await visit.file(path)
    return Answer(200, BYTES, file.content, _modified(file)), environment


async def answer_text(
    visit: Visit,
    path: str,
    *,
    target: Target,
    accept: Accept,
    charset: str,
) -> tuple[Answer, Environment]:
    """Answer R1 and R3.

    Args:
        visit: what is asked for.
        path: of the file.
        target: what the query parameters are read from.
        accept: what the client takes.
        charset: the Accept-Charset header, which says how the file is read.

    Raises:
        NotAcceptable: the client takes no type of text.
        ConfigError: as the service says.
    """
    fill = target.flag("resolvePlaceholders", default=True)
    if charset and not is_legal(charset):
        raise InvalidRequest("Accept-Charset is not the name of one charset")
    file, environment = await visit.file(path)
    wanted = text_type(accept)
    if wanted is None:
        raise NotAcceptable("text cannot be of any type that Accept names", types=("text/plain",))

    def filled() -> str:
        content = decode(file.content, charset or "utf-8")
        return resolve(content, environment) if fill else content

    text = await visit.text(file, await asyncio.to_thread(filled))
    body = await asyncio.to_thread(encode, text, wanted.charset or "utf-8")
    return Answer(200, wanted.text_header, body, _modified(file)), environment


def file_query(variables: Variables) -> Query:
    """Return the query; a label with `#` is not there, as in the original."""
    try:
        return query_of(variables)
    except InvalidLabel as error:
        if "#" in unquote(unquote(variables["label"])):
            raise NoSuchLabel(error.reason) from None
        raise


def _modified(file: File) -> int | None:
    return None if file.modified is None else int(file.modified)
