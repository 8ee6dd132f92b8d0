"""SSH keys of all kinds, and what is asked of an SSH host in tests."""

from collections.abc import Callable, Mapping
from functools import cache
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ec import (
    SECP256R1,
    EllipticCurvePrivateKey,
)
from cryptography.hazmat.primitives.asymmetric.ec import generate_private_key as generate_ec_key
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from cryptography.hazmat.primitives.asymmetric.rsa import generate_private_key as generate_rsa_key
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
)
from dulwich.client import GitClient
from dulwich.objects import ObjectID
from dulwich.refs import Ref
from dulwich.repo import Repo

from configserver.backends.git.access import Access
from configserver.backends.git.transport import talk
from configserver.secret import Secret
from tests.peers.ssh_git import SshHost

PASSPHRASE = "canary-passphrase"
FORMATS = {
    "pkcs1": PrivateFormat.TraditionalOpenSSL,  # SEC 1 for ECDSA
    "pkcs8": PrivateFormat.PKCS8,
    "openssh": PrivateFormat.OpenSSH,
}
KINDS_AND_FORMATS = [
    (kind, form)
    for kind in ("rsa", "ecdsa", "ed25519")
    for form in FORMATS
    if (kind, form) != ("ed25519", "pkcs1")  # there is no such form
]


@cache
def key(kind: str, number: int = 0) -> RSAPrivateKey | EllipticCurvePrivateKey | Ed25519PrivateKey:
    """Return always the same key for a kind and a number."""
    assert number >= 0
    if kind == "rsa":
        return generate_rsa_key(65537, 2048)
    return generate_ec_key(SECP256R1()) if kind == "ecdsa" else Ed25519PrivateKey.generate()


@cache
def private(
    kind: str = "ed25519", form: str = "openssh", *, locked: bool = False, n: int = 0
) -> str:
    how = BestAvailableEncryption(PASSPHRASE.encode()) if locked else NoEncryption()
    return key(kind, n).private_bytes(Encoding.PEM, FORMATS[form], how).decode()


def public(kind: str = "ed25519", n: int = 0) -> str:
    held = key(kind, n).public_key()
    return held.public_bytes(Encoding.OpenSSH, PublicFormat.OpenSSH).decode()


def access_to(host: SshHost, **changes: object) -> Access:
    """Return what an operator configures who knows the host and ignores ~/.ssh."""
    given: dict[str, object] = {
        "private_key": Secret(private()),
        "host_key": host.key.base64,
        "host_key_algorithm": host.key.algorithm,
        "local_ssh": False,
    }
    return Access(**{**given, **changes})  # type: ignore[arg-type]


def refs(uri: str, access: Access, *, timeout: float = 20) -> set[str]:
    """Return the names of the remote's refs."""

    def names(client: GitClient, path: str) -> set[str]:
        return {name.decode() for name in client.get_refs(path.encode()).refs}

    return talk(uri, access, names, timeout=timeout)


def clone(
    uri: str, access: Access, to: Path, *, timeout: float, at_refs: Callable[[], object]
) -> None:
    """Fetch everything into a new repository; something happens between the refs and the pack."""

    def all_of(refs: Mapping[Ref, ObjectID], depth: int | None = None) -> list[ObjectID]:
        assert depth is None
        at_refs()
        return list(refs.values())

    with Repo.init_bare(str(to), mkdir=True) as mirror:
        talk(uri, access, lambda client, path: client.fetch(path, mirror, all_of), timeout=timeout)
