"""What Git hosts say about themselves before they are asked anything, remembered for a while.

In version 2 of Git's protocol that is a list of what the host is able to do, which hardly ever
changes: a look at a remote needs one request instead of two.
"""

import io
import threading
from dataclasses import dataclass, field
from typing import Final

from cachetools import TTLCache

from configserver.backends.git.transport.login import Login

_HOSTS: Final = 256
_SECONDS: Final = 600
_SIZE: Final = 16 << 10
_VERSION: Final = b"version 2"
_HEAD: Final = 128

Key = tuple[str, Login | None]


@dataclass(frozen=True, slots=True)
class Advert:
    """An answer of a host, as dulwich reads it.

    Attributes:
        content_type: its header.
        text: the answer.
        redirect_location: always empty; where one is redirected to may change at any time.
        status: of the answer.
    """

    content_type: str | None
    text: bytes
    redirect_location: str = field(default="", init=False)
    status: int = field(default=200, init=False)

    def reader(self) -> io.BytesIO:
        """Return the text to be read."""
        return io.BytesIO(self.text)

    def close(self) -> None:
        """Do nothing: nothing is open."""


_adverts: Final[TTLCache[Key, Advert]] = TTLCache(_HOSTS, _SECONDS)
_lock: Final = threading.Lock()


def recall(key: Key) -> Advert | None:
    """Return what a host said the last time, None if that is too long ago."""
    with _lock:
        return _adverts.get(key)


def remember(key: Key, advert: Advert) -> None:
    """Keep what a host said, if it is of version 2 and of a usual size."""
    if _VERSION in advert.text[:_HEAD] and len(advert.text) <= _SIZE:
        with _lock:
            _adverts[key] = advert


def forget(key: Key) -> bool:
    """Ask the host again the next time; return whether anything was known."""
    with _lock:
        return _adverts.pop(key, None) is not None
