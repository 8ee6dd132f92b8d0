"""Private keys of the tests, and sops itself where it is installed."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from configserver.app.keys.identities import InstalledIdentities, install
from configserver.secret import Secret
from configserver.settings.sops import SopsSettings
from tests.sops import cases, record

AGE = SopsSettings(age_key_file=(str(cases.AGE_KEYS),))
ALL = SopsSettings(
    age_key_file=(str(cases.AGE_KEYS), str(cases.OTHER_AGE_KEYS), str(cases.SSH_KEY)),
    pgp_key_file=(str(cases.PGP_KEY), str(cases.LOCKED_PGP_KEY)),
    pgp_passphrase=Secret(cases.PASSPHRASE),
)


@pytest.fixture(scope="session")
def identities() -> InstalledIdentities:
    return install(ALL)


@pytest.fixture(scope="session")
def program() -> str:
    found = record.sops()
    if found is None:
        pytest.skip("sops is not installed: go install github.com/getsops/sops/v3/cmd/sops@latest")
    return found


@pytest.fixture(scope="session")
def home(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A home of GnuPG, if that is installed; its agent ends with the tests."""
    try:
        home = record.keyring(tmp_path_factory.mktemp("gpg"))
    except FileNotFoundError:
        pytest.skip("gpg is not installed")
    yield home
    record.end(home)
