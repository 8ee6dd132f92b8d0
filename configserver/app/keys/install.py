"""From the settings of keys, and the files that they name, to what finds a key for a text."""

import secrets
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Final

from configserver.app.keys.exposed import exposed
from configserver.app.keys.installed import Installed, store_path
from configserver.encryption import BadKey, Cipher, Locator
from configserver.encryption.keystore import open_key_store
from configserver.encryption.locators import KeyStoreLocator, RsaKind, SingleLocator
from configserver.encryption.pem import key_of_text
from configserver.encryption.ring import KeyRing, RingKey
from configserver.encryption.rsa import RsaAlgorithm
from configserver.errors import SettingsError
from configserver.settings import Settings
from configserver.settings.encryption import EncryptSettings, RingKeySettings

MAX_FILE: Final = 1024 * 1024
"""Bytes of a key file: a key store of some hundred entries."""

_STORE: Final = "encrypt.key-store"
_RING: Final = "configserver.encrypt.keys"
_SHORT: Final = 8
_SAMPLES: Final = frozenset(
    {
        *(
            "changeit",
            "changeme",
            "encrypt-key",
            "letmein",
            "mysecret",
            "my-secret",
            "my-secret-key",
        ),
        *("mysecretkey", "password", "secretkey", "symmetric", "test1234"),
    }
)
"""Keys that documentation uses, and those that are tried first."""

_NONE: Final[Mapping[str, Cipher]] = MappingProxyType({})

Read = Callable[[str], bytes]


def read_file(path: str) -> bytes:
    """Return what is in a key file.

    Raises:
        OSError: it cannot be read.
        BadKey: it is far too large for one.
    """
    with Path(path).open("rb") as file:
        content = file.read(MAX_FILE + 1)
    if len(content) > MAX_FILE:
        raise BadKey(f"the file is larger than {MAX_FILE} bytes")
    return content


def install(
    settings: Settings, read: Read = read_file, wrapped: Mapping[str, Cipher] = _NONE
) -> Installed:
    """Return the keys that settings name; reads files.

    Args:
        settings: where the keys are.
        read: returns what is in a file.
        wrapped: the keys of the ring that a service unwraps, by their names.

    Raises:
        SettingsError: a key that cannot be used; names the setting, never the key.
    """
    notes = [*exposed(settings)]
    single = _spring(settings.encrypt, read, notes)
    keys = [
        RingKey(name, cipher, key.retired, key.applications or ("*",))
        for name, key in settings.ring.keys.items()
        for cipher in [wrapped.get(name) or _cipher(name, key, read, notes)]
    ]
    if keys:
        ring = KeyRing(keys, single)
        return Installed(ring, tuple(notes), lambda application: _name(ring.newest(application)))
    return Installed(single, tuple(notes))


def _name(key: RingKey | None) -> str | None:
    return key.name if key else None


def _spring(encrypt: EncryptSettings, read: Read, notes: list[tuple[str, str]]) -> Locator | None:
    if encrypt.key_store.location:
        return _key_store(encrypt, read, notes)
    if encrypt.key is None:
        return None
    text = encrypt.key.reveal()
    if not text:
        notes.append(("encrypt.key", "is empty, as if it were not set"))
        return None
    try:
        found = key_of_text(text, encrypt.salt, secrets.token_bytes)
    except BadKey as problem:
        raise _refused("encrypt.key", problem) from None
    notes += notes_on("encrypt.key", text, found.note)
    return SingleLocator(found.cipher)


def _key_store(encrypt: EncryptSettings, read: Read, notes: list[tuple[str, str]]) -> Locator:
    settings, rsa = encrypt.key_store, encrypt.rsa
    password = settings.password.reveal() if settings.password else ""
    try:
        store = open_key_store(
            _content(f"{_STORE}.location", store_path(settings.location or ""), read),
            password,
            settings.type,
        )
        locator = KeyStoreLocator(
            store,
            alias=settings.alias or "",
            secret=settings.secret.reveal() if settings.secret else password,
            random=secrets.token_bytes,
            kind=RsaKind(algorithm=RsaAlgorithm(rsa.algorithm), salt=rsa.salt, strong=rsa.strong),
        )
    except BadKey as problem:
        raise _refused(_STORE, problem) from None
    if not locator.has_default:
        reason = "the key store has no such entry: only texts that name another can be decrypted"
        notes.append((f"{_STORE}.alias", reason))
    if encrypt.key:
        notes.append(("encrypt.key", f"has no effect beside {_STORE}.location"))
    return locator


def _cipher(
    name: str, settings: RingKeySettings, read: Read, notes: list[tuple[str, str]]
) -> Cipher:
    setting = f"{_RING}.{name}"
    if settings.key_file:
        setting += ".key-file"
        text = text_of_file(setting, settings.key_file, read)
    else:
        text = settings.key.reveal() if settings.key else ""
    try:
        found = key_of_text(text, settings.salt, secrets.token_bytes)
    except BadKey as problem:
        raise _refused(setting, problem) from None
    notes += notes_on(setting, text, found.note)
    return found.cipher


def text_of_file(setting: str, path: str, read: Read = read_file) -> str:
    """Return the text of a key file without the line end that editors add.

    Raises:
        SettingsError: it cannot be read, is empty or no text; names the setting.
    """
    try:
        text = _content(setting, path, read).decode()
    except UnicodeDecodeError:
        raise SettingsError(f"{setting}: the file is no text in UTF-8") from None
    text = text.removesuffix("\n").removesuffix("\r")
    if not text.strip():
        raise SettingsError(f"{setting}: the file is empty")
    return text


def _content(setting: str, path: str, read: Read) -> bytes:
    try:
        return read(path)
    except OSError as error:
        reason = error.strerror or type(error).__name__
        raise SettingsError(
            f"{setting}: the file cannot be read: {reason}",
            hint=f"look at {path} and its rights",
        ) from None
    except BadKey as problem:
        raise _refused(setting, problem) from None


def _refused(setting: str, problem: BadKey) -> SettingsError:
    """Return the error of a setting; a problem may name that of Spring's that it knows of."""
    text = str(problem)
    if text.startswith(setting):
        return SettingsError(text)
    return SettingsError(f"{setting}: {text.removeprefix('encrypt.key').lstrip(': ')}")


def notes_on(setting: str, text: str, note: str | None) -> Iterator[tuple[str, str]]:
    """Yield what the operator should know about the text of a key."""
    if note:
        yield setting, note
    elif "PRIVATE KEY" in text:
        return
    elif len(text) < _SHORT:
        yield setting, f"is a weak key: it has less than {_SHORT} characters"
    elif text.lower() in _SAMPLES:
        yield setting, "is a weak key: it stands in examples"
