# ruff: noqa: T201 - a command line tool prints
"""Ours and the original with the same keys: each decrypts what the other encrypted."""

import argparse
import json
import random
import shlex
import string
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from http.client import HTTPConnection
from pathlib import Path
from secrets import token_bytes

from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from configserver.encryption import Cipher
from configserver.encryption.keystore import open_key_store
from configserver.encryption.locators import KeyStoreLocator, RsaKind
from configserver.encryption.pem import key_of_text
from configserver.encryption.rsa import RsaAlgorithm
from tests.conformance.player import free_port, serving
from tests.encryption.conftest import KEY_2048, STORES
from tests.reference.reference import command

PASSWORD = "correct horse Bättery-Staple"
PEM = KEY_2048.private_bytes(
    Encoding.PEM, PrivateFormat.TraditionalOpenSSL, NoEncryption()
).decode()
LARGE = 65536


@dataclass(frozen=True, slots=True)
class Kind:
    """Settings of the original, and our key for the same."""

    settings: Mapping[str, str]
    ours: Callable[[], Cipher]


def _symmetric() -> Kind:
    salt = "a1B2c3d4e5f60718"
    return Kind(
        {"encrypt.key": PASSWORD, "encrypt.salt": salt},
        lambda: key_of_text(PASSWORD, salt, token_bytes).cipher,
    )


def _pem() -> Kind:
    return Kind({"encrypt.key": PEM}, lambda: key_of_text(PEM, "", token_bytes).cipher)


def _store(name: str, passwords: tuple[str, str], alias: str, rsa: RsaKind | None = None) -> Kind:
    password, secret = passwords
    settings = {
        "encrypt.key-store.location": f"file:{STORES / name}",
        "encrypt.key-store.type": "jks" if name.endswith("jks") else "pkcs12",
        "encrypt.key-store.password": password,
        "encrypt.key-store.alias": alias,
        "encrypt.key-store.secret": secret,
    }
    if rsa is not None:
        settings |= {
            "encrypt.rsa.algorithm": rsa.algorithm.value,
            "encrypt.rsa.strong": str(rsa.strong).lower(),
            "encrypt.rsa.salt": rsa.salt,
        }

    def ours() -> Cipher:
        store = open_key_store((STORES / name).read_bytes(), password)
        found = KeyStoreLocator(store, alias=alias, secret=secret, random=token_bytes, kind=rsa)
        return found.locate({})

    return Kind(settings, ours)


KINDS: Mapping[str, Kind] = {
    "symmetric": _symmetric(),
    "pem": _pem(),
    "jks": _store("many.jks", ("störe-päss", "first-pass"), "First"),
    "jks 1024 bits": _store("many.jks", ("störe-päss", "second-pass"), "second key "),
    "jks OAEP": _store(
        "recorded.jks",
        ("letmein-store", "old-pass-2"),
        "oldkey",
        RsaKind(algorithm=RsaAlgorithm.OAEP),
    ),
    "pkcs12 strong": _store(
        "own.p12", ("store-pass", "second key pass"), "second key", RsaKind(strong=True)
    ),
    "pkcs12 OAEP strong": _store(
        "old.p12",
        ("store-pass", "store-pass"),
        "second",
        RsaKind(algorithm=RsaAlgorithm.OAEP, salt="süß, no hex", strong=True),
    ),
}


class Spring:
    """The original, by its endpoints; one connection."""

    def __init__(self, port: int) -> None:
        self._connection = HTTPConnection("127.0.0.1", port, timeout=60)

    def encrypt(self, text: str) -> str:
        """Encrypt any text: behind `{plain}` nothing is a prefix, and no body is empty."""
        status, answer = self.post("/encrypt", "{plain}" + text)
        assert status == 200, (status, answer)
        return answer

    def decrypt(self, text: str) -> str:
        status, answer = self.post("/decrypt", text)
        assert status == 200, (status, answer)
        return answer

    def post(self, path: str, text: str) -> tuple[int, str]:
        self._connection.request("POST", path, text.encode(), {"Content-Type": "text/plain"})
        response = self._connection.getresponse()
        return response.status, response.read().decode()


@contextmanager
def started(kind: Kind) -> Iterator[Spring]:
    """Start the original with the keys of a kind.

    Raises:
        Unavailable: it cannot be built.
    """
    line = command()
    port = free_port()
    with tempfile.TemporaryDirectory(prefix="encryption-") as root:
        work = Path(root)
        properties = {
            **kind.settings,
            "spring.profiles.active": "native",
            "spring.cloud.config.server.native.search-locations": f"file:{work}",
            "server.port": str(port),
        }
        config = work / "application.yml"
        config.write_text(json.dumps(properties), "utf-8")
        filled = [part.format(config=config) for part in shlex.split(line)]
        with serving(filled, port, work):
            yield Spring(port)


def random_texts(count: int, seed: int) -> Iterator[str]:
    """Yield the empty text, one of 64 KB, then short ones of all of Unicode and some long."""
    draw = random.Random(seed)
    yield ""
    yield "".join(draw.choices(string.printable, k=LARGE))
    for number in range(count - 2):
        size = LARGE // 4 if number % 100 == 99 else draw.choice((1, 15, 16, 17, 31, 32, 33, 200))
        yield "".join(_character(draw) for _ in range(draw.randint(1, size)))


def _character(draw: random.Random) -> str:
    low, high = draw.choice(((0x20, 0x7E), (0, 0xFF), (0x100, 0xD7FF), (0xE000, 0x10FFFF)))
    return chr(draw.randint(low, high))


def exchange(kind: Kind, spring: Spring, texts: list[str]) -> list[str]:
    """Return the texts that do not come back, from theirs to ours or from ours to theirs."""
    ours = kind.ours()
    return [
        text
        for text in texts
        if ours.decrypt(spring.encrypt(text)) != text or spring.decrypt(ours.encrypt(text)) != text
    ]


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.encryption.spring", description=__doc__)
    parser.add_argument("--texts", type=int, default=1000, help="of each kind, each way")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--kind", action="append", choices=KINDS, help="only these")
    options = parser.parse_args()
    wrong = 0
    for name in options.kind or KINDS:
        kind = KINDS[name]
        with started(kind) as spring:
            start = time.perf_counter()
            lost = exchange(kind, spring, list(random_texts(options.texts, options.seed)))
        took = time.perf_counter() - start
        wrong += len(lost)
        print(f"{name}: {options.texts} texts each way, {len(lost)} lost, {took:.1f} s", flush=True)
        for text in lost[:5]:
            print(f"  {text[:100]!r}")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
