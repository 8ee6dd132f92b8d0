"""The keys that a server has, and the files that they come from."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import unquote

from configserver.encryption import Locator
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


def key_files(settings: Settings) -> list[str]:
    """Return the paths of the files that keys are read from."""
    store = settings.encrypt.key_store.location
    ring = [key.key_file for key in settings.ring.keys.values() if key.key_file]
    return [*([store_path(store)] if store else []), *ring]


def store_path(location: str) -> str:
    """Return the path that the location of a key store means."""
    text = location.strip()
    if text.startswith("file:"):
        path = unquote(text.removeprefix("file:"))
        return "/" + path.lstrip("/") if path.startswith("//") else path
    return str(Path(text).expanduser())
