"""Services that wrap keys: Vault's stand-in, Vault itself where it is installed, and moto's KMS."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.peers.aws import AwsPeer
from tests.peers.processes import program
from tests.peers.vault import RealVault, VaultPeer, is_vault


@pytest.fixture
def peer() -> Iterator[VaultPeer]:
    """Return the stand-in of Vault."""
    found = VaultPeer()
    yield found
    found.close()


@pytest.fixture(scope="module", params=["stand-in", "vault"])
def vault(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[VaultPeer | RealVault]:
    """Return each of both; they are told apart by nothing that a test looks at."""
    found: VaultPeer | RealVault
    if request.param == "stand-in":
        found = VaultPeer()
    else:
        path = program("vault", "/usr/local/bin")
        if not is_vault(path):
            pytest.skip(f"{path} is not HashiCorp's Vault")
        found = RealVault(path, tmp_path_factory.mktemp("vault"))
    yield found
    found.close()


@pytest.fixture(scope="session")
def aws(tmp_path_factory: pytest.TempPathFactory) -> Iterator[AwsPeer]:
    """Return moto's KMS."""
    found = AwsPeer(Path(tmp_path_factory.mktemp("aws")))
    yield found
    found.close()
