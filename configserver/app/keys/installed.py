"""The keys that a server has, and the files that they come from."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol
from urllib.parse import unquote

from configserver.encryption import Cipher, Locator
from configserver.kms import Trouble
from configserver.settings import Settings


def _no_name(_: str) -> None:
    return None


@dataclass(frozen=True, slots=True)
class Installed:
    """The keys that there are.

    Attributes:
        locator: finds a key for a text, None if there are no keys.
        notes: what the operator should know: the name of a setting, and why.
        name_for: returns the name of the key that makes the texts of an application, if it has one.
    """

    locator: Locator | None
    notes: tuple[tuple[str, str], ...] = ()
    name_for: Callable[[str], str | None] = _no_name


@dataclass(frozen=True, slots=True)
class Status:
    """What is known of a wrapped key.

    Attributes:
        name: of the key.
        service: that unwraps it.
        is_there: whether texts can be decrypted with it, or with what it was before.
        trouble: why it was not unwrapped, None if it was.
        failures: how often that failed since it last worked.
        retry_in: seconds until the next try, None if there is none.
    """

    name: str
    service: str
    is_there: bool
    trouble: Trouble | None
    failures: int
    retry_in: float | None


class Wrapped(Protocol):
    """The keys of a ring that services unwrap, some of which may not be there yet."""

    @property
    def ciphers(self) -> Mapping[str, Cipher]:
        """Each by its name, closed until it is there."""

    @property
    def arrivals(self) -> int:
        """How often a key came."""

    def statuses(self) -> Sequence[Status]:
        """Return what is known of each."""

    async def refresh(self) -> None:
        """Look at the files of wrapped keys again.

        Raises:
            SettingsError: one cannot be read; nothing is changed.
        """


def has_wrapped(settings: Settings) -> bool:
    """Say whether a service has to unwrap a key."""
    return any(key.kms for key in settings.ring.keys.values())


def key_files(settings: Settings) -> list[str]:
    """Return the paths of the files that keys are read from."""
    store = settings.encrypt.key_store.location
    ring = [
        file
        for key in settings.ring.keys.values()
        for file in (key.key_file, key.wrapped_key_file)
        if file
    ]
    return [*([store_path(store)] if store else []), *ring]


def store_path(location: str) -> str:
    """Return the path that the location of a key store means."""
    text = location.strip()
    if text.startswith("file:"):
        path = unquote(text.removeprefix("file:"))
        return "/" + path.lstrip("/") if path.startswith("//") else path
    return str(Path(text).expanduser())
