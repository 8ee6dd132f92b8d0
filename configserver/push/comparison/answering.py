"""What a query is answered with now, in the form in which it is compared."""

import asyncio
from collections.abc import Sequence
from typing import Final, NamedTuple, Protocol

from configserver.errors import ConfigError, NoSuchApplication, NoSuchLabel
from configserver.logs import get_logger
from configserver.model import Environment
from configserver.push.comparison.effective import ABSENT
from configserver.push.comparison.hashing import Hashing
from configserver.push.interest.queries import Known
from configserver.query import Query

_IMPORT: Final = "springconfigimport"
_TURN: Final = 16
"""Answers that are taken before others get their turn: a millisecond."""

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

    async def prepare(self, queries: Sequence[Query]) -> None:
        """Make some answers in one go, so that `environment` has them at once; never fails."""

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
    answering: Answering,
    queries: Sequence[Query],
    *,
    at_once: int,
    hashing: Hashing | None = None,
) -> list[Outcome]:
    """Return what some queries are answered with, or why they are not, in their order.

    Args:
        answering: the server.
        queries: a few: all their answers are held at the same time.
        at_once: how many are asked for at the same time.
        hashing: knows what other answers came to; nobody else uses it meanwhile.
    """
    hashing = hashing or Hashing()
    await answering.prepare(queries)
    answers: dict[Query, tuple[object, Environment | ConfigError]] = {}
    left = iter(queries)

    async def work() -> None:
        for number, query in enumerate(left, 1):
            answers[query] = await _found(answering, query)
            if not number % _TURN:
                await asyncio.sleep(0)

    await asyncio.gather(*(work() for _ in range(min(at_once, len(queries)))))

    def hashed() -> list[Outcome]:
        return [_outcome(query, *answers[query], hashing) for query in queries]

    environments = [one for _, one in answers.values() if isinstance(one, Environment)]
    easy = all(map(hashing.knows, environments))
    found = hashed() if easy else await asyncio.to_thread(hashed)
    for one in found:
        if isinstance(one, Known):
            one.places = answering.places(one.query)
    return found


async def _found(answering: Answering, query: Query) -> tuple[object, Environment | ConfigError]:
    # What comes between the mark and the answer makes the answer look older than it is.
    mark = answering.mark(query)
    try:
        return mark, await answering.environment(query)
    except ConfigError as error:
        return mark, error
    except Exception:  # noqa: BLE001 - the others are compared all the same
        _log.exception("answer cannot be compared", application=query.name)
        return mark, ConfigError("unexpected")


def _outcome(
    query: Query, mark: object, answer: Environment | ConfigError, hashing: Hashing
) -> Outcome:
    if isinstance(answer, (NoSuchLabel, NoSuchApplication)):
        return Known(query, answer.version, ABSENT, own=False, mark=mark)
    if isinstance(answer, ConfigError):
        return Failed(mark, answer)
    return known(query, answer, mark, hashing)


def known(query: Query, environment: Environment, mark: object | None, hashing: Hashing) -> Known:
    """Return what is remembered of an answer."""
    own = any(_is_own(query, source.path) for source in environment.sources)
    answer = hashing.effective(environment)
    imports = any(map(_is_import, answer.keys or ()))
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
