"""Private keys of age and PGP, from settings and files; the libraries are imported when needed."""

import re
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from types import ModuleType
from typing import Any, Final

from configserver.errors import SettingsError
from configserver.settings.sops import SopsSettings
from configserver.sops.identities import Recipient

MAX_FILE: Final = 1024 * 1024
"""Bytes of a file of keys."""

MAX_KEYS: Final = 100
"""Private keys, each of which a file of SOPS may have to be tried with."""

_PREFIX: Final = "configserver.sops"
_AGE: Final = re.compile(r"^AGE-SECRET-KEY-1\S+", re.MULTILINE)
_ARMORED: Final = re.compile(
    rb"-----BEGIN PGP PRIVATE KEY BLOCK-----.*?-----END PGP PRIVATE KEY BLOCK-----", re.DOTALL
)
_SSH: Final = "-----BEGIN OPENSSH PRIVATE KEY-----"


@dataclass(frozen=True, slots=True)
class InstalledIdentities:
    """Private keys; see Identities.

    Attributes:
        names: public keys of age and fingerprints of PGP, in lower case.
        age: returns what is wrapped for one of the keys of age; raises if it is for none.
        pgp: the same of PGP, one for each key.
    """

    names: frozenset[str]
    age: Callable[[bytes], bytes] | None
    pgp: tuple[Callable[[bytes], bytes], ...]

    def unwrap(self, recipient: Recipient) -> bytes | None:
        """See Identities."""
        wrapped = recipient.wrapped.encode("utf-8", "replace")
        tries = self.pgp if recipient.kind == "pgp" else (self.age,) if self.age else ()
        for attempt in tries:
            # The libraries have no error of their own for what is not meant for a key.
            with suppress(Exception):
                return attempt(wrapped)
        return None


def install(settings: SopsSettings) -> InstalledIdentities:
    """Return the private keys that settings name; reads files.

    Raises:
        SettingsError: a key that cannot be used, or a library is missing; names the setting.
    """
    age = [one for name, data in _sources(settings, "age") for one in _age_keys(name, data)]
    passphrase = settings.pgp_passphrase.reveal() if settings.pgp_passphrase else None
    pgp = [
        one for name, data in _sources(settings, "pgp") for one in _pgp_keys(name, data, passphrase)
    ]
    if len(age) + len(pgp) > MAX_KEYS:
        raise SettingsError(f"{_PREFIX}: there are more than {MAX_KEYS} private keys")
    names = frozenset(name.lower() for name, _ in (*age, *pgp) if name)
    return InstalledIdentities(
        names, _age_opener([key for _, key in age]) if age else None, tuple(key for _, key in pgp)
    )


def _sources(settings: SopsSettings, kind: str) -> Iterator[tuple[str, bytes]]:
    """Yield the name of a setting and what it holds, for each text and file."""
    key = getattr(settings, f"{kind}_key")
    if key:
        yield f"{_PREFIX}.{kind}-key", key.reveal().encode()
    for path in getattr(settings, f"{kind}_key_file"):
        name = f"{_PREFIX}.{kind}-key-file"
        yield name, _content(name, path)


def _content(name: str, path: str) -> bytes:
    try:
        with Path(path).open("rb") as file:
            content = file.read(MAX_FILE + 1)
    except OSError as error:
        reason = error.strerror or type(error).__name__
        hint = f"look at {path} and its rights"
        raise SettingsError(f"{name}: the file cannot be read: {reason}", hint=hint) from None
    if len(content) > MAX_FILE:
        raise SettingsError(f"{name}: the file is larger than {MAX_FILE} bytes")
    return content


def _age_keys(name: str, data: bytes) -> list[tuple[str, Any]]:
    """Return the public name and the identity of each key of age."""
    pyrage = _library("pyrage", name)
    text = data.decode("utf-8", "replace")
    try:
        if _SSH in text:
            return [("", pyrage.ssh.Identity.from_buffer(data))]
        found = [pyrage.x25519.Identity.from_str(one) for one in _AGE.findall(text)]
    except Exception:  # noqa: BLE001 - whatever the library says, the key is none
        raise _refused(name, "a key is damaged, or has a pass phrase") from None
    if not found:
        raise _refused(name, "holds no private key of age")
    return [(str(one.to_public()), one) for one in found]


def _age_opener(identities: Sequence[Any]) -> Callable[[bytes], bytes]:
    pyrage = _library("pyrage", f"{_PREFIX}.age-key")
    return lambda wrapped: bytes(pyrage.decrypt(wrapped, identities))


def _pgp_keys(
    name: str, data: bytes, passphrase: str | None
) -> list[tuple[str, Callable[[bytes], bytes]]]:
    """Return the fingerprint of each PGP key, and what opens a message to it."""
    pysequoia = _library("pysequoia", name)
    try:
        found = [key for block in _blocks(data) for key in _certificates(pysequoia, block)]
    except Exception:  # noqa: BLE001 - whatever the library says, the key is none
        raise _refused(name, "holds no private PGP key") from None
    keys = []
    for key in found:
        fingerprint = key.extract_certificate().fingerprint
        decryptor = _decryptor(key, None) or _decryptor(key, passphrase)
        if decryptor is None:
            reason = f"the key {fingerprint} cannot be unlocked, or is not for encryption"
            raise _refused(name, reason, f"look at {_PREFIX}.pgp-passphrase")
        keys.append((fingerprint, _pgp_opener(pysequoia, decryptor)))
    if not keys:
        raise _refused(name, "holds no private PGP key")
    return keys


def _blocks(data: bytes) -> list[bytes]:
    """Return the armored keys of a file, or the file itself if it is not armored."""
    return _ARMORED.findall(data) or [data]


def _certificates(pysequoia: ModuleType, data: bytes) -> Iterator[Any]:
    """Yield each private key with what belongs to it."""
    packet = pysequoia.packet
    groups: list[list[Any]] = []
    for one in packet.PacketPile.from_bytes(data):
        if one.tag == packet.Tag.SecretKey or one.tag == packet.Tag.PublicKey:  # noqa: PLR1714 - no hash
            groups.append([])
        groups[-1].append(one)
    for group in groups:
        yield pysequoia.Tsk.from_packets(group)


def _decryptor(key: Any, passphrase: str | None) -> Any:
    """Return what decrypts with a key, None if the pass phrase is not its own."""
    with suppress(Exception):
        return key.decryptor(passphrase)
    return None


def _pgp_opener(pysequoia: ModuleType, decryptor: Any) -> Callable[[bytes], bytes]:
    return lambda wrapped: bytes(pysequoia.decrypt(wrapped, decryptor=decryptor).bytes)


def _library(name: str, setting: str) -> ModuleType:
    """Return an optional library.

    Raises:
        SettingsError: it is not installed.
    """
    try:
        return import_module(name)  # a server without such keys needs none of it
    except ImportError:
        hint = "pip install 'configserver[sops]'"
        raise SettingsError(f"{setting}: the library {name} is missing", hint=hint) from None


def _refused(name: str, reason: str, hint: str = "") -> SettingsError:
    return SettingsError(f"{name}: {reason}", hint=hint)
