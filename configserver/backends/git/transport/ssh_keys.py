"""SSH private keys: read, unlocked, and written anew in the form that ssh reads without asking."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePrivateKey
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    load_pem_private_key,
    load_ssh_private_key,
)

from configserver.backends.git.access import Access
from configserver.backends.git.faults import Unreachable, unusable

SETTING: Final = "private-key"
"""How the key that is given as text is called in messages."""

_DEFAULTS: Final = ("id_rsa", "id_ecdsa", "id_ed25519")
_MOST: Final = 1 << 16
_BLOCK: Final = re.compile(
    r"-----BEGIN ((?:[A-Z0-9]+ )*PRIVATE KEY)-----(.*?)-----END \1-----", re.DOTALL
)
_LOCKED: Final = re.compile(r"\s*Proc-Type:\s*4,ENCRYPTED\s+DEK-Info:\s*(\S+)(.*)", re.DOTALL)
_WIDTH: Final = 64


@dataclass(frozen=True, slots=True)
class Key:
    """A private key that ssh can use.

    Attributes:
        name: `private-key` or the file's name, for messages.
        text: the key without a passphrase.
        certificate: what lies beside the file as `…-cert.pub`, if anything does.
    """

    name: str
    text: bytes
    certificate: bytes | None = None

    def __repr__(self) -> str:
        return f"Key({self.name!r})"


@dataclass(frozen=True, slots=True)
class Keys:
    """The keys of one connection, in the order in which they are tried.

    Attributes:
        usable: those that could be read.
        unusable: why others could not, a sentence each.
        default: whether these are the ones that ssh would have used anyway.
    """

    usable: tuple[Key, ...] = ()
    unusable: tuple[str, ...] = ()
    default: bool = False


def read_keys(access: Access) -> Keys:
    """Read the keys anew, as one may have been exchanged since.

    Raises:
        Unreachable: keys are configured and none of them can be used.
    """
    secret = _passphrase(access)
    files = [Path(name) for name in access.private_key_files]
    default = not (access.private_key or files)
    if default:
        if secret is None or not access.local_ssh:
            return Keys()
        files = _defaults()
    usable, failed = [], []
    if access.private_key is not None:
        try:
            usable.append(Key(SETTING, unlocked(access.private_key.reveal(), SETTING, secret)))
        except Unreachable as error:
            failed.append(error.reason)
    for file in files:
        try:
            usable.append(_of_file(file, secret))
        except Unreachable as error:
            failed.append(error.reason)
    if failed and not usable:
        raise unusable("; ".join(failed))
    return Keys(tuple(usable), tuple(failed), default)


def unlocked(text: str, name: str, passphrase: bytes | None) -> bytes:
    """Return a key in OpenSSH's form without a passphrase.

    Args:
        text: PEM (PKCS#1, SEC 1, PKCS#8) or OpenSSH, also as people paste it into YAML: in one
            line, indented, or with backslash and n for line ends.
        name: how to call it in messages.
        passphrase: ignored by a key that has none.

    Raises:
        Unreachable: it is no such key, or the passphrase is wrong or missing.
    """
    kind, data = _tidy(text, name)
    openssh = kind == "OPENSSH PRIVATE KEY"
    load: Callable[..., object] = load_ssh_private_key if openssh else load_pem_private_key
    try:
        try:
            key = load(data, None)
        except TypeError:  # it is locked
            if not passphrase:
                raise unusable(f"the SSH key {name} is locked, and no passphrase is set") from None
            key = _opened(load, data, passphrase, name)
    except UnsupportedAlgorithm:
        raise unusable(f"the SSH key {name} is of a kind that is not supported") from None
    except ValueError:
        raise unusable(f"{name} is not a valid SSH private key") from None
    if not isinstance(key, RSAPrivateKey | EllipticCurvePrivateKey | Ed25519PrivateKey):
        raise unusable(f"the SSH key {name} is neither RSA, ECDSA nor Ed25519")
    return key.private_bytes(Encoding.PEM, PrivateFormat.OpenSSH, NoEncryption())


def _opened(load: Callable[..., object], data: bytes, passphrase: bytes, name: str) -> object:
    try:
        return load(data, passphrase)
    except ValueError:
        raise unusable(f"the passphrase does not unlock the SSH key {name}") from None


def _tidy(text: str, name: str) -> tuple[str, bytes]:
    """Return the kind of key and its PEM as the standard has it."""
    found = _BLOCK.search(text.replace("\\r", "\n").replace("\\n", "\n"))
    if found is None:
        raise unusable(f"{name} is not an SSH private key: there is no BEGIN … PRIVATE KEY")
    kind, body = found.groups()
    locked = _LOCKED.fullmatch(body)
    head = f"Proc-Type: 4,ENCRYPTED\nDEK-Info: {locked[1]}\n\n" if locked else ""
    joined = "".join((locked[2] if locked else body).split())
    lines = [joined[start : start + _WIDTH] for start in range(0, len(joined), _WIDTH)]
    pem = f"-----BEGIN {kind}-----\n{head}" + "\n".join([*lines, f"-----END {kind}-----\n"])
    return kind, pem.encode()


def _defaults() -> list[Path]:
    try:
        folder = Path.home() / ".ssh"
    except RuntimeError:  # this user has no home
        return []
    return [folder / name for name in _DEFAULTS if (folder / name).is_file()]


def _of_file(path: Path, passphrase: bytes | None) -> Key:
    text = _read(path).decode("utf-8", "replace")
    beside = path.with_name(f"{path.name}-cert.pub")
    certificate = _read(beside) if beside.is_file() else None
    return Key(str(path), unlocked(text, str(path), passphrase), certificate)


def _passphrase(access: Access) -> bytes | None:
    if access.passphrase is not None:
        return access.passphrase.reveal().encode() or None
    if access.passphrase_file is None:
        return None
    return _read(Path(access.passphrase_file)).rstrip(b"\r\n") or None


def _read(path: Path) -> bytes:
    """Return what is in a small file."""
    try:
        with path.open("rb") as file:
            content = file.read(_MOST + 1)
    except OSError as error:
        raise unusable(f"the file {path} cannot be read: {error.strerror}") from None
    except ValueError:
        raise unusable("the name of an SSH key file holds a character that none can have") from None
    if len(content) > _MOST:
        raise unusable(f"the file {path} is too large for a key or a passphrase")
    return content
