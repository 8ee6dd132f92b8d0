"""Which key for which text: one key for all, or the keys of a key store by alias."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

from configserver.encryption import (
    BadKey,
    Cipher,
    Locator,
    NoSuchKey,
    RandomBytes,
    WrongSecret,
)
from configserver.encryption.rsa import DEFAULT_SALT, RsaAlgorithm, RsaCipher
from configserver.encryption.stores import KeyStore

KEY: Final = "key"
SECRET: Final = "secret"  # noqa: S105 - the name of a prefix
_CACHED: Final = 64


@dataclass(frozen=True, slots=True)
class SingleLocator:
    """One key, whatever the prefixes say."""

    cipher: Cipher

    def locate(self, prefixes: Mapping[str, str], *, application: str | None = None) -> Cipher:
        """Return the key."""
        del prefixes, application
        return self.cipher


class OtherKey(NoSuchKey):
    """A text that names another key than the one that is asked for."""


@dataclass(frozen=True, slots=True)
class AliasLocator:
    """One of several keys, also for texts that name none; for those that name another, none."""

    locator: Locator
    alias: str

    def locate(self, prefixes: Mapping[str, str], *, application: str | None = None) -> Cipher:
        """Return the key.

        Raises:
            OtherKey: the prefixes name another one.
            NoSuchKey: it is not there.
        """
        named = prefixes.get(KEY, self.alias)
        if named.lower() != self.alias.lower():
            raise OtherKey(f"it is under the key {named!r}, not under {self.alias!r}")
        return self.locator.locate({**prefixes, KEY: named}, application=application)


@dataclass(frozen=True, kw_only=True, slots=True)
class RsaKind:
    """How texts of a key store are made: `encrypt.rsa.*`."""

    algorithm: RsaAlgorithm = RsaAlgorithm.DEFAULT
    salt: str = DEFAULT_SALT
    strong: bool = False


class KeyStoreLocator:
    """The keys of a key store: `{key:alias}`, `{secret:key password}`, or the configured ones.

    The configured key is kept. Of the others, the last few used are.
    """

    def __init__(  # noqa: PLR0913 - the settings of a key store, by keyword
        self,
        store: KeyStore,
        *,
        alias: str,
        secret: str,
        random: RandomBytes,
        kind: RsaKind | None = None,
        cached: int = _CACHED,
    ) -> None:
        """Open the configured key.

        Args:
            store: the key store.
            alias: of the configured key, in any case.
            secret: its password.
            random: gives the bytes of each text.
            kind: how texts are made; Spring's defaults if None.
            cached: how many other keys are kept, wrong secrets included.

        Raises:
            BadKey: no alias, a wrong password for it, or a key that cannot be used. An alias that
                is not there is no error yet: see `has_default`.
        """
        if not alias:
            raise BadKey("encrypt.key-store.alias is missing: name the key to encrypt with")
        self._store = store
        self._alias = alias
        self._secret = secret
        self._random = random
        self._kind = kind or RsaKind()
        self._recent = lru_cache(maxsize=cached)(self._found)
        self._default = self._made(alias, secret)
        if isinstance(self._default, WrongSecret):
            raise BadKey(f"encrypt.key-store.secret: {self._default}")

    @property
    def has_default(self) -> bool:
        """Whether the configured alias is there; if not, Spring starts and fails later."""
        return not isinstance(self._default, NoSuchKey)

    def locate(self, prefixes: Mapping[str, str], *, application: str | None = None) -> Cipher:
        """Return the key that the prefixes name.

        Raises:
            NoSuchKey: none by that alias; `WrongSecret` if it has another password.
        """
        del application
        alias = prefixes.get(KEY, self._alias)
        secret = prefixes.get(SECRET, self._secret)
        if (alias, secret) == (self._alias, self._secret):
            found = self._default
        else:
            found = self._recent(alias, secret)
        if isinstance(found, NoSuchKey):
            raise type(found)(*found.args)
        return found

    def _found(self, alias: str, secret: str) -> RsaCipher | NoSuchKey:
        """Take a key that nobody can use for none."""
        try:
            return self._made(alias, secret)
        except BadKey as problem:
            return NoSuchKey(f"the key {alias!r} in the key store: {problem}")

    def _made(self, alias: str, secret: str) -> RsaCipher | NoSuchKey:
        """Return a failure rather than raise it, so that it is kept too: each costs its time."""
        try:
            public, private = self._store.pair(alias, secret)
        except NoSuchKey as problem:
            return type(problem)(*problem.args)
        return RsaCipher(
            public,
            private,
            random=self._random,
            algorithm=self._kind.algorithm,
            salt=self._kind.salt,
            strong=self._kind.strong,
        )
