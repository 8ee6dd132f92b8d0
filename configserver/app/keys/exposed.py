"""Files of keys and of what gets keys that others than a server can read."""

from collections.abc import Iterator
from pathlib import Path

from configserver.app.keys.installed import store_path
from configserver.settings import Settings
from configserver.settings.kms import PREFIX as KMS
from configserver.settings.modes import readers_of


def exposed(settings: Settings) -> Iterator[tuple[str, str]]:
    """Yield the setting of each such file, and what to do.

    A wrapped key is no secret, and the token of a pod is open to all of the pod.
    """
    files = {
        f"configserver.encrypt.keys.{name}.key-file": key.key_file
        for name, key in settings.ring.keys.items()
        if key.key_file
    }
    if store := settings.encrypt.key_store.location:
        files["encrypt.key-store.location"] = store_path(store)
    for name, service in settings.ring.kms.items():
        logins = {"secret-id-file": service.secret_id_file, "token-file": service.token_file}
        files |= {f"{KMS}.{name}.{what}": path for what, path in logins.items() if path}
    for setting, path in files.items():
        if found := readers_of(Path(path)):
            yield setting, found
