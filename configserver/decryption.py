"""Environments and texts without ciphers: made off the event loop, kept within bounds."""

import asyncio
from concurrent.futures import Executor
from typing import Final, NamedTuple, Protocol

from configserver.backends.states import State, StateCache
from configserver.encryption import Cipher, Locator, NoSuchKey, Undecryptable
from configserver.encryption.decrypt import Failure, decrypt, mark_undecryptable
from configserver.encryption.markers import CIPHER
from configserver.encryption.resources import plain_texts
from configserver.environment.plain import cipher_texts, replaced
from configserver.errors import InvalidFile
from configserver.logs import get_logger
from configserver.model import Environment
from configserver.query import Query

PLAIN_BYTES: Final = 16 * 1024 * 1024
"""Bytes of decrypted environments that are kept, estimated."""

_MAX_LOGGED: Final = 20
"""Ciphers of one environment that get a line each in the log."""

_MAX_NAME: Final = 200
"""Characters of a name in the log."""

_logger = get_logger("configserver.encryption")


class Keys(Locator, Protocol):
    """The keys of a server, which may change while it runs."""

    @property
    def epoch(self) -> int:
        """A number that is another one after each change."""


class _Plain(NamedTuple):
    """A decrypted environment, what it was made of, and about how many bytes it takes."""

    state: State
    environment: Environment
    size: int


class Decryption:
    """Decrypts what backends return; for the event loop, the work is done by threads.

    Args:
        keys: None for a server without any, which decrypts nothing.
        prefix_invalid: see `configserver.encryption.decrypt.decrypt`.
        pool: threads for the work.
        max_bytes: of decrypted environments that are kept.
    """

    def __init__(
        self,
        keys: Keys | None,
        *,
        prefix_invalid: bool = True,
        pool: Executor | None = None,
        max_bytes: int = PLAIN_BYTES,
    ) -> None:
        self._keys = keys
        self._prefix_invalid = prefix_invalid
        self._map = pool.map if pool else map
        self._kept: StateCache[Query, _Plain] = StateCache(max_bytes)

    @property
    def epoch(self) -> int:
        """What answers that hold decrypted values depend on besides their backend."""
        return self._keys.epoch if self._keys else 0

    def enter(self, state: State) -> None:
        """Learn what state a backend is in; what was decrypted of its older one is dropped."""
        self._kept.enter(state)

    def known(self, query: Query, state: State) -> Environment | None:
        """Return what was decrypted before in this state, None if it is not known."""
        kept = self._kept.get(query)
        return kept.environment if kept is not None and kept.state == state else None

    async def environment(self, found: Environment, query: Query, state: State) -> Environment:
        """Return an environment without ciphers, and keep it as long as its state lasts."""
        keys = self._keys
        if not _holds_cipher(found):
            return found
        if keys is None:
            return mark_undecryptable(found, prefix_invalid=self._prefix_invalid)
        plain, failures = await asyncio.to_thread(
            decrypt, found, keys, prefix_invalid=self._prefix_invalid, apply=self._map
        )
        _log(query, found, failures)
        self._kept.put(query, _Plain(state, plain, _weight(plain)))
        return plain

    async def text(self, path: str, text: str, query: Query) -> str:
        """Return a plain file's text with its ciphers replaced.

        Raises:
            InvalidFile: it does not parse, or one of them cannot be decrypted.
        """
        return await asyncio.to_thread(self._text, path, text, query)

    def _text(self, path: str, text: str, query: Query) -> str:
        ciphers = cipher_texts(path, text)
        if not ciphers:
            return text
        try:
            plain = plain_texts(
                ciphers, self._keys or _NoKeys(), name=query.name, profiles=query.profiles
            )
        except (Undecryptable, NoSuchKey) as problem:
            raise InvalidFile(
                f"a cipher in the file cannot be decrypted: {problem}",
                hint="encrypt it anew, or ask for the file as application/octet-stream",
                path=path,
            ) from None
        return replaced(text, plain)


class _NoKeys:
    """The locator of a server without keys."""

    def locate(self, prefixes: object, *, application: str | None = None) -> Cipher:
        del prefixes, application
        raise NoSuchKey("no key is installed")


def _holds_cipher(environment: Environment) -> bool:
    return any(
        isinstance(value, str) and value.startswith(CIPHER)
        for source in environment.sources
        for value in source.properties.values()
    )


def _log(query: Query, environment: Environment, failures: tuple[Failure, ...]) -> None:
    """Say which ciphers stayed closed, never what they are."""
    for failure in failures[:_MAX_LOGGED]:
        _logger.warning(
            "not decrypted",
            application=query.name[:_MAX_NAME],
            profile=query.profiles[:_MAX_NAME],
            label=query.label and query.label[:_MAX_NAME],
            commit=environment.version,
            file=failure.source[:_MAX_NAME],
            key=failure.key[:_MAX_NAME],
            reason=failure.reason[:_MAX_NAME],
        )
    if more := len(failures[_MAX_LOGGED:]):
        _logger.warning(
            "not decrypted",
            application=query.name[:_MAX_NAME],
            profile=query.profiles[:_MAX_NAME],
            more_keys=more,
        )


def _weight(environment: Environment) -> int:
    """Return about how many bytes the values of an environment hold, and the maps around them."""
    return 1000 + sum(
        200 + len(key) + (2 * len(value) if isinstance(value, str) else 0)
        for source in environment.sources
        for key, value in source.properties.items()
    )
