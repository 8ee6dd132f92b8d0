"""Key files of a server that others can read."""

from collections.abc import Iterator
from pathlib import Path

from configserver.app.keys.installed import store_path
from configserver.settings import Settings
from configserver.settings.modes import readers_of


def exposed(settings: Settings) -> Iterator[tuple[str, str]]:
    """Yield the setting of each such file, and what to do; a wrapped key is no secret."""
    files = {
        f"configserver.encrypt.keys.{name}.key-file": key.key_file
        for name, key in settings.ring.keys.items()
        if key.key_file
    }
    if store := settings.encrypt.key_store.location:
        files["encrypt.key-store.location"] = store_path(store)
    for setting, path in files.items():
        if found := readers_of(Path(path)):
            yield setting, found
