"""`encrypt.*` and `configserver.encrypt.*`: the keys that ciphers are made and read with."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, Any

from configserver.secret import Secret
from configserver.settings.kms import KmsSettings
from configserver.settings.secret import Key
from configserver.settings.section import (
    File,
    Text,
    Texts,
    one_of,
    section,
    sections,
    setting,
    text,
    whole_number,
)

_algorithm = one_of("DEFAULT", "OAEP")
_store = one_of("jks", "pkcs12")


def _any_case(value: Any) -> Any:
    return _algorithm(text(value).strip().upper())


def _store_type(value: Any) -> Any:
    return _store(text(value).strip().lower())


def _key(value: Any) -> Secret:
    """Return a key; a blank one is empty, so that the operator can be told."""
    given = text(value)
    return Secret(given if given.strip() else "")


@dataclass(frozen=True, kw_only=True)
class KeyStoreSettings:
    """A key store; it outranks `encrypt.key`."""

    location: Text = setting(
        None, description="File of the store: `file:/etc/keys/server.jks`, or its plain path."
    )
    password: Key = setting(None, description="Password of the store.")
    alias: Text = setting(
        None, description="Entry that is used unless a cipher names another as `{key:…}`."
    )
    secret: Key = setting(
        None, description="Password of that entry; the store's password if not set."
    )
    type: Annotated[str, _store_type] = setting(
        "jks", description="`jks` or `pkcs12`; either is recognised by its content."
    )


@dataclass(frozen=True, kw_only=True)
class RsaSettings:
    """How the keys of a key store encrypt."""

    algorithm: Annotated[str, _any_case] = setting(
        "DEFAULT", description="`DEFAULT` (PKCS#1 v1.5) or `OAEP`."
    )
    strong: bool = setting(
        False, description="AES-GCM rather than CBC: only this notices every changed bit."
    )
    salt: str = setting("deadbeef", description="Salt in hex digits; else its UTF-8 bytes.")


@dataclass(frozen=True, kw_only=True)
class EncryptSettings:
    """The key for ciphers, with Spring's names."""

    key: Annotated[Secret | None, _key] = setting(
        None,
        description="A text that a symmetric key is derived from, or an RSA private key in PEM "
        "form (`RSA PRIVATE KEY`).",
    )
    salt: str = setting("deadbeef", description="Salt of the symmetric key, in hex digits.")
    fail_on_error: bool = setting(
        True,
        description="End the start if one of the server's own settings is a cipher that cannot "
        "be decrypted; if off, it is empty.",
    )
    key_store: KeyStoreSettings = section(KeyStoreSettings)
    rsa: RsaSettings = section(RsaSettings)


@dataclass(frozen=True, kw_only=True)
class RingKeySettings:
    """A named key of the key ring."""

    key: Key = setting(None, description="The key itself, as `encrypt.key`.")
    key_file: File = setting(
        None, description="File of the key instead, read anew when it changes."
    )
    wrapped_key: Key = setting(
        None, description="The key as a service wrapped it: `vault:v1:…`, or Base64 of AWS KMS."
    )
    wrapped_key_file: File = setting(
        None, description="File of the wrapped key instead, read anew when it changes."
    )
    kms: Text = setting(
        None, description="The service of `configserver.encrypt.kms` that unwraps it."
    )
    salt: str = setting("deadbeef", description="As `encrypt.salt`.")
    retired: bool = setting(False, description="Only decrypt with it.")
    applications: Texts = setting(
        (),
        description="Applications that it is for, such as `shop` or `team-*`; all if not set.",
    )


@dataclass(frozen=True, kw_only=True)
class RingSettings:
    """Keys and endpoints beyond Spring's names."""

    decrypt_endpoint: bool = setting(
        True, description="Answer `/decrypt`; if off, it is 404 and `/encrypt` goes on."
    )
    rate: Annotated[int, whole_number(1)] = setting(
        50, description="Texts per second that `/encrypt` and `/decrypt` take, then 429."
    )
    keys: Mapping[str, RingKeySettings] = sections(RingKeySettings)
    kms: Mapping[str, KmsSettings] = sections(KmsSettings)
