"""Keys in the hand: what encrypts, what decrypts, and which of them are retired."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from secrets import token_bytes
from typing import Final

from configserver.cli.secret_input import read_bytes
from configserver.encryption import BadKey, Cipher, Locator, NoSuchKey, WrongSecret
from configserver.encryption.keystore import open_key_store
from configserver.encryption.locators import AliasLocator, KeyStoreLocator, SingleLocator
from configserver.encryption.pem import key_of_text
from configserver.encryption.stores import KeyStore
from configserver.errors import ConfigError
from configserver.secrets.texts import decrypted, encrypted, is_alias
from configserver.settings import Settings
from configserver.settings.encryption import RingKeySettings

DEFAULT_SALT: Final = "deadbeef"
_SET_ONE: Final = "set encrypt.key, encrypt.key-store.* or configserver.encrypt.keys.*"


class KeyRefused(ConfigError):
    """Keys that cannot be used; neither reason nor hint holds a secret."""


@dataclass(frozen=True, slots=True)
class Keys:
    """Keys to encrypt and decrypt with.

    Attributes:
        locator: finds the key for a value.
        origin: where the keys come from, for messages.
        alias: the key that encrypts and is named in what it encrypts; None for the only one.
        retired: names of keys that are about to go.
        note: what to know about the key, or None.
    """

    locator: Locator
    origin: str
    alias: str | None = None
    retired: Collection[str] = ()
    note: str | None = None

    @property
    def is_rsa(self) -> bool:
        """Whether the key that is used most is one of RSA."""
        try:
            return self.locator.locate({}).public_key is not None
        except NoSuchKey:
            return False

    def alone(self) -> "Keys":
        """Return the key by the alias without the others."""
        if self.alias is None:
            return self
        return replace(self, locator=AliasLocator(self.locator, self.alias))

    def encrypt(self, text: str) -> str:
        """Return the value to write down for a text.

        Raises:
            KeyRefused: there is no key that may encrypt.
            Unencryptable: the text is no Unicode text.
        """
        try:
            return encrypted(self.locator, text, self.alias)
        except NoSuchKey as error:
            hint = "name another key with --alias"
            raise KeyRefused(f"{self.origin}: {error}", hint=hint) from None

    def decrypt(self, value: str) -> str:
        """Return the text of a value.

        Raises:
            Refused: none of the keys made it.
        """
        return decrypted(self.locator, value)


def of_text(text: str, salt: str | None, origin: str) -> Keys:
    """Return the keys of a text, as `encrypt.key` holds.

    Raises:
        KeyRefused: it is none.
    """
    try:
        key = key_of_text(text, salt or DEFAULT_SALT, token_bytes)
    except BadKey as error:
        raise KeyRefused(f"{origin}: {error}") from None
    return Keys(SingleLocator(key.cipher), origin, note=key.note)


def of_store(
    path: Path,
    password: str,
    key_password: str,
    alias: str | None,
) -> Keys:
    """Return the keys of a key store.

    Raises:
        KeyRefused: it cannot be opened, or the alias is missing.
    """
    data = read_bytes(path)
    try:
        store = open_key_store(data, password)
        chosen = alias or _only(store)
        store.pair(chosen, key_password)
        locator = KeyStoreLocator(store, alias=chosen, secret=key_password, random=token_bytes)
    except (BadKey, NoSuchKey) as error:
        raise KeyRefused(f"{path}: {error}", hint=_store_hint(data, error)) from None
    return Keys(locator, str(path), _checked(alias))


def _only(store: KeyStore) -> str:
    """Return the one alias that has a private key."""
    names = [name for name, entry in store.entries.items() if entry.unlock is not None]
    if len(names) == 1:
        return names[0]
    if not names:
        raise BadKey("the store has no private key")
    raise BadKey(f"name the key with --alias; the store has {', '.join(sorted(names))}")


def _checked(alias: str | None) -> str | None:
    if alias is not None and not is_alias(alias):
        raise KeyRefused(f"the alias {alias!r} cannot be named in a cipher")
    return alias


def _store_hint(data: bytes, error: Exception) -> str:
    if data.startswith(b"-----BEGIN"):
        return "give a key in PEM form with --key-file"
    if isinstance(error, WrongSecret):
        return "give --key-password-file, or set ENCRYPT_KEY_STORE_SECRET"
    return "keytool -list shows the aliases" if isinstance(error, NoSuchKey) else ""


def of_settings(
    settings: Settings, origin: str, alias: str | None, *, required: bool = True
) -> Keys | None:
    """Return the keys of a server's settings; those of a ring whatever application they are for.

    Args:
        settings: of the server.
        origin: where they stand, for messages.
        alias: the key to encrypt with; None takes the one that the server would take.
        required: whether it is an error if there is none.

    Raises:
        KeyRefused: there is none by that alias.
        SettingsError: one cannot be used.
    """
    ring = settings.ring.keys
    encrypt = settings.encrypt
    if not (ring or encrypt.key or encrypt.key_store.location):
        if required:
            raise KeyRefused(f"{origin} sets no key", hint=_SET_ONE)
        return None
    name = _checked(alias) or _newest(ring)
    store = encrypt.key_store
    if alias is not None and alias not in ring:
        if not store.location:
            reason = "has no such key in its ring" if ring else "has one key only"
            raise KeyRefused(f"{origin} {reason}", hint="leave --alias out")
        store = replace(store, alias=alias)
    widened = {key: replace(one, applications=()) for key, one in ring.items()}
    locator, notes = _installed(
        replace(
            settings,
            encrypt=replace(encrypt, key_store=store),
            ring=replace(settings.ring, keys=widened),
        ),
        origin,
    )
    if locator is None:
        raise KeyRefused(f"{origin} sets no key", hint=_SET_ONE)
    retired = frozenset(key for key, one in ring.items() if one.retired)
    return Keys(locator, origin, name, retired, notes or None)


def _installed(settings: Settings, origin: str) -> tuple[Locator | None, str]:
    """Return what finds the keys of a server, and what to know about them."""
    # What a server is made of takes longer to import than most commands take.
    from configserver.app.keys.install import install  # noqa: PLC0415

    installed = install(settings, wrapped=_unwrapped(settings, origin))
    notes = "; ".join(f"{setting} {reason}" for setting, reason in installed.notes)
    return installed.locator, notes


def _unwrapped(settings: Settings, origin: str) -> Mapping[str, Cipher]:
    """Return the keys that services unwrap; asks them.

    Raises:
        KeyRefused: one of them cannot be had.
    """
    if not any(key.kms for key in settings.ring.keys.values()):
        return {}
    from configserver.app.keys.unwrapping import unwrapped  # noqa: PLC0415 - as above

    found = unwrapped(settings)
    for one in found.statuses():
        if not one.is_there:
            why, hint = "there is no answer", ""
            if one.trouble:
                why, hint = one.trouble.reason, one.trouble.hint
            reason = f"{origin}: '{one.service}' does not unwrap the key '{one.name}': {why}"
            raise KeyRefused(reason, hint=hint)
    return found.ciphers


def _newest(ring: Mapping[str, RingKeySettings]) -> str | None:
    """Return the key of a ring that a server takes for applications without one of their own."""
    return next(
        (
            name
            for name, key in ring.items()
            if not key.retired and (not key.applications or "*" in key.applications)
        ),
        None,
    )
