"""What a query is answered with now, in the form in which it is compared."""

import asyncio
from collections.abc import Sequence
from typing import Final, NamedTuple, Protocol

from configserver.errors import ConfigError, NoSuchApplication, NoSuchLabel
from configserver.logs import get_logger
from configserver.model import Environment
from configserver.push.comparison.effective import ABSENT, effective
from configserver.push.interest.queries import Known
from configserver.query import Query

_IMPORT: Final = "springconfigimport"
_log = get_logger("configserver.push")


class Answering(Protocol):
    """The server, as push sees it."""

    def mark(self, query: Query) -> object | None:
        """Return at once what changes whenever the answer may; None if nothing is served."""

    def state(self, query: Query) -> object | None:
        """Return at once what an answer would be made of now, None if nothing is served."""

    def places(self, query: Query) -> tuple[str, ...]:
        """Return at once the masked URIs that an answer is from and that may be closed."""

    async def look(self, query: Query) -> None:
        """Look for news as a request would, and open what is not open.

        Raises:
            ConfigError: nothing can be served.
        """

    async def environment(self, query: Query) -> Environment:
        """Return the answer without looking for news, decrypted, with the overrides.

        Raises:
            ConfigError: there is none.
        """


class Failed(NamedTuple):
    """Why there is no answer, and what it would have been made of."""

    mark: object | None
    error: ConfigError


Outcome = Known | Failed


async def outcomes(
    answering: Answering, queries: Sequence[Query], *, at_once: int
) -> list[Outcome]:
    """Return what some queries are answered with, or why they are not, in their order.

    Args:
        answering: the server.
        queries: a few: all their answers are held at the same time.
        at_once: how many are asked for at the same time.
    """
    gate = asyncio.Semaphore(at_once)

    async def found(query: Query) -> tuple[object, Environment | ConfigError]:
        async with gate:
            # What comes between the mark and the answer makes the answer look older than it is.
            mark = answering.mark(query)
            try:
                return mark, await answering.environment(query)
            except ConfigError as error:
                return mark, error
            except Exception:  # noqa: BLE001 - the others are compared all the same
                _log.exception("answer cannot be compared", application=query.name)
                return mark, ConfigError("unexpected")

    answers = await asyncio.gather(*map(found, queries))
    found_out = await asyncio.to_thread(
        lambda: [_outcome(query, *answer) for query, answer in zip(queries, answers, strict=True)]
    )
    for one in found_out:
        if isinstance(one, Known):
            one.places = answering.places(one.query)
    return found_out


def _outcome(query: Query, mark: object, answer: Environment | ConfigError) -> Outcome:
    if isinstance(answer, (NoSuchLabel, NoSuchApplication)):
        return Known(query, answer.version, ABSENT, own=False, mark=mark)
    if isinstance(answer, ConfigError):
        return Failed(mark, answer)
    return known(query, answer, mark)


def known(query: Query, environment: Environment, mark: object | None) -> Known:
    """Return what is remembered of an answer."""
    own = any(_is_own(query, source.path) for source in environment.sources)
    imports = any(_is_import(key) for source in environment.sources for key in source.properties)
    answer = effective(environment)
    return Known(query, environment.version, answer, own=own, imports=imports, mark=mark)


def _is_import(key: str) -> bool:
    """Say whether a key may be `spring.config.import` in one of the spellings that Boot reads."""
    start = key[:6].lower()
    if start != "spring":
        return False
    return "".join(filter(str.isalnum, key)).lower().startswith(_IMPORT)


def _is_own(query: Query, path: str | None) -> bool:
    """Say whether a file is for an application of the query, by its name or by a folder's."""
    if path is None:
        return False
    *folders, file = path.split("/")
    return any(file.startswith(name) or name in folders for name in query.applications)
