"""Ciphers in environments, as Spring's `CipherEnvironmentEncryptor` leaves them."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from itertools import chain
from typing import Final, NamedTuple, NoReturn, TypeAlias

from configserver.encryption import BadKey, Locator, NoSuchKey, Undecryptable
from configserver.encryption.markers import CIPHER, encryptor_keys, strip_prefix
from configserver.model import Environment, PropertySource, Value

NOT_AVAILABLE: Final = "<n/a>"
INVALID: Final = "invalid."
_AT_ONCE: Final = 32
"""Ciphers per call of `apply`: few enough to share out, many enough to be worth a thread's turn."""


class Failure(NamedTuple):
    """A cipher that stays closed: for the log, and without its text."""

    source: str
    key: str
    reason: str


class Decrypted(NamedTuple):
    """An environment without ciphers, and which of them could not be opened."""

    environment: Environment
    failures: tuple[Failure, ...]


@dataclass(frozen=True, slots=True)
class _Closed:
    """A cipher on its way: the text after `{cipher}` and what stands around it."""

    key: str
    text: str


@dataclass(frozen=True, slots=True)
class _Opened:
    """What became of a cipher: its plain text, or why there is none."""

    text: str | None
    reason: str = ""


_Batch: TypeAlias = tuple[_Closed, ...]
_Open: TypeAlias = Callable[[_Batch], list[_Opened]]
Apply: TypeAlias = Callable[[_Open, Iterable[_Batch]], Iterable[list[_Opened]]]
"""`map`, or that of an executor: keeps the order, and may work at several batches at a time."""


def decrypt(
    environment: Environment, locator: Locator, *, prefix_invalid: bool, apply: Apply = map
) -> Decrypted:
    """Return the environment with each `{cipher}…` value decrypted, at the end of its source.

    A value that cannot be decrypted becomes `invalid.<key>: <n/a>`. The positions of both are
    dropped, as the original does.

    Args:
        environment: as found; taken as it is if there are no ciphers in it.
        locator: gets the key of the property as `name`, as Spring's does, and the environment's
            own name as the application.
        prefix_invalid: if off, such a value keeps its key and becomes the text after `{cipher}`.
        apply: opens batches of ciphers, in order.
    """
    closed = [list(_ciphers(source)) for source in environment.sources]
    every = tuple(chain.from_iterable(closed))
    if not every:
        return Decrypted(environment, ())

    def open_all(batch: _Batch) -> list[_Opened]:
        return [_open(cipher, environment, locator) for cipher in batch]

    batches = [every[at : at + _AT_ONCE] for at in range(0, len(every), _AT_ONCE)]
    opened = chain.from_iterable(apply(open_all, batches))
    sources: list[PropertySource] = []
    failures: list[Failure] = []
    for source, ciphers in zip(environment.sources, closed, strict=True):
        texts = {cipher.key: next(opened) for cipher in ciphers}
        sources.append(_rewritten(source, texts, prefix_invalid=prefix_invalid))
        failures += [
            Failure(source.name, key, found.reason)
            for key, found in texts.items()
            if found.text is None
        ]
    return Decrypted(replace(environment, sources=tuple(sources)), tuple(failures))


def mark_undecryptable(environment: Environment, *, prefix_invalid: bool = True) -> Environment:
    """Return what a server without a key makes of it: no cipher can be decrypted."""
    return decrypt(environment, _NoKeys(), prefix_invalid=prefix_invalid).environment


class _NoKeys:
    """No key at all."""

    def locate(self, prefixes: object, *, application: str | None = None) -> NoReturn:
        del prefixes, application
        raise NoSuchKey("no key is installed")


def _ciphers(source: PropertySource) -> Iterator[_Closed]:
    for key, value in source.properties.items():
        if isinstance(value, str) and value.startswith(CIPHER):
            yield _Closed(key, value.removeprefix(CIPHER))


def _open(cipher: _Closed, environment: Environment, locator: Locator) -> _Opened:
    prefixes = encryptor_keys(cipher.key, environment.profiles, cipher.text)
    try:
        found = locator.locate(prefixes, application=environment.name)
        return _Opened(found.decrypt(strip_prefix(cipher.text)))
    except (Undecryptable, NoSuchKey, BadKey) as problem:
        return _Opened(None, str(problem))


def _rewritten(
    source: PropertySource, opened: dict[str, _Opened], *, prefix_invalid: bool
) -> PropertySource:
    """Put each opened cipher at the end, one after the other.

    Where `invalid.<key>` is there already, its value is replaced in its place, and if it is a
    cipher that comes later, it is not one any more: so it is in the original.
    """
    if not opened:
        return source
    properties: dict[str, Value] = {**source.properties}
    origins = {**source.origins}
    for key, found in opened.items():
        value = properties[key]
        if value == NOT_AVAILABLE:
            continue
        del properties[key]
        origins.pop(key, None)
        name = key
        if found.text is not None:
            value = found.text
        elif prefix_invalid:
            name, value = INVALID + key, NOT_AVAILABLE
        else:
            value = str(value).removeprefix(CIPHER)
        properties[name] = value
        origins.pop(name, None)
    return replace(source, properties=properties, origins=origins)
