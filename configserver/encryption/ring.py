"""A ring of named keys: each opens its texts, the newest makes them, old ones retire."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Final

from configserver.encryption import Cipher, Locator, NoSuchKey, TooShort, Undecryptable
from configserver.encryption.locators import KEY
from configserver.errors import KeyUnavailable

_ALL: Final = ("*",)


@dataclass(frozen=True, slots=True)
class RingKey:
    """A key with a name.

    Attributes:
        name: as in `{key:name}`; told apart by case.
        cipher: the key.
        retired: opens texts but makes none.
        applications: patterns of the applications whose texts it is for; `*` is any run.
    """

    name: str
    cipher: Cipher
    retired: bool = False
    applications: tuple[str, ...] = _ALL

    def fits(self, application: str) -> bool:
        """Say whether one of the applications, which commas part, is one of the key's."""
        names = application.split(",")
        return any(simple_match(pattern, name) for pattern in self.applications for name in names)


class KeyRing:
    """Named keys, newest first, and maybe another locator for what they leave.

    `{key:name}` is that key alone. Without it each key of the application is tried. Texts of
    Spring's default kind (CBC) carry no tag: by chance, one short text in some millions opens with
    a wrong key. Texts with `{key:name}` or with a tag (GCM) never do.
    """

    def __init__(self, keys: Iterable[RingKey], otherwise: Locator | None = None) -> None:
        """Take the keys.

        Args:
            keys: newest first, names once each.
            otherwise: is asked for aliases that the ring has not, and tried last.
        """
        self._keys = tuple(keys)
        self._named = {key.name: key for key in self._keys}
        self._otherwise = otherwise

    def newest(self, application: str) -> RingKey | None:
        """Return the key that makes the texts of an application, to put `{key:name}` before."""
        return next((key for key in self._of(application) if not key.retired), None)

    def locate(self, prefixes: Mapping[str, str], *, application: str | None = None) -> Cipher:
        """Return the key that is named, or all those of the application as one.

        Raises:
            NoSuchKey: none by that name, or none for that application.
        """
        asked = prefixes.get("name", "") if application is None else application
        name = prefixes.get(KEY)
        if name in self._named:
            key = self._named[name]
            if not key.fits(asked):
                raise NoSuchKey(f"the key {name!r} is not for this application")
            if key.retired:
                return _AnyOf(
                    (key.cipher,), None, f"the key {name!r} is retired: it makes no texts"
                )
            return key.cipher
        if name is not None and self._otherwise is None:
            raise NoSuchKey(f"no key has the name {name!r}")
        if name is not None and self._otherwise is not None:
            return self._otherwise.locate(prefixes, application=application)
        return self._any(asked, prefixes, application)

    def _any(self, asked: str, prefixes: Mapping[str, str], application: str | None) -> Cipher:
        keys = self._of(asked)
        ciphers = [key.cipher for key in keys]
        newest = self.newest(asked)
        makes = newest.cipher if newest else None
        if self._otherwise is not None:
            other = self._otherwise.locate(prefixes, application=application)
            ciphers.append(other)
            makes = makes or other
        if not ciphers:
            raise NoSuchKey("no key is for this application")
        return _AnyOf(tuple(ciphers), makes)

    def _of(self, application: str) -> list[RingKey]:
        return [key for key in self._keys if key.fits(application)]


@dataclass(frozen=True, slots=True)
class _AnyOf:
    """Several keys as one: the first that opens a text does, one of them makes texts."""

    ciphers: tuple[Cipher, ...]
    makes: Cipher | None
    refusal: str = "each key for this application is retired: add a new one"

    @property
    def can_decrypt(self) -> bool:
        """Whether one of them can."""
        return any(cipher.can_decrypt for cipher in self.ciphers)

    @property
    def public_key(self) -> str | None:
        """Of the key that makes texts."""
        return self.makes.public_key if self.makes else None

    def encrypt(self, text: str) -> str:
        """Encrypt with the newest.

        Raises:
            NoSuchKey: all are retired.
            KeyUnavailable: the newest is not there yet.
            Unencryptable: the text is no Unicode text.
        """
        if self.makes is None:
            raise NoSuchKey(self.refusal)
        return self.makes.encrypt(text)

    def decrypt(self, text: str) -> str:
        """Return what the first key that fits makes of it.

        Raises:
            Undecryptable: none fits.
            KeyUnavailable: none of those that are there fits; another may.
        """
        short = True
        missing: KeyUnavailable | None = None
        for cipher in self.ciphers:
            if not cipher.can_decrypt:
                continue
            try:
                return cipher.decrypt(text)
            except TooShort:
                continue
            except Undecryptable:
                short = False
            except KeyUnavailable as error:
                missing = missing or error
        if missing is not None:
            raise missing
        raise TooShort if short and self.can_decrypt else Undecryptable


def simple_match(pattern: str, text: str) -> bool:
    """Say whether a pattern fits all of a text; `*` stands for any run, and nothing else does."""
    first, *rest = pattern.split("*")
    if not rest:
        return text == pattern
    *middle, last = rest
    if len(text) < len(first) + len(last) or not text.startswith(first):
        return False
    at, stop = len(first), len(text) - len(last)
    for part in middle:
        at = text.find(part, at, stop)
        if at < 0:
            return False
        at += len(part)
    return at <= stop and text.endswith(last)
