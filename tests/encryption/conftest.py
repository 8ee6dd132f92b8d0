"""Key stores of every kind, as `stores/make.sh` made them, and one RSA key for all tests."""

from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey, generate_private_key

STORES = Path(__file__).parent / "stores"
KEY_2048 = generate_private_key(65537, 2048)


@pytest.fixture
def rsa_key() -> RSAPrivateKey:
    return KEY_2048
