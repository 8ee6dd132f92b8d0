"""Key stores of every kind, as `stores/make.sh` made them, and one RSA key for all tests."""

from itertools import count
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey, generate_private_key

STORES = Path(__file__).parent / "stores"


@pytest.fixture(scope="session")
def rsa_key() -> RSAPrivateKey:
    return generate_private_key(65537, 2048)


class Counted:
    """Random bytes that can be foretold: each block begins with the number of the call."""

    def __init__(self) -> None:
        self._calls = count()

    def __call__(self, size: int) -> bytes:
        return (bytes([next(self._calls) % 256]) * size)[:size]


@pytest.fixture
def counted() -> Counted:
    return Counted()
