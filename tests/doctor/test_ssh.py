"""Host keys and logins of a real SSH server."""

from pathlib import Path

import pytest

from configserver.backends.git.access import Access
from configserver.secret import Secret
from tests.backends.conftest import GitRepository
from tests.doctor.conftest import examined, new_key, target
from tests.peers.ssh_git import SshHost


@pytest.mark.parametrize(
    ("known", "outcome"), [("right", "ok"), ("wrong", "failed"), ("nothing", "failed")]
)
def test_host_keys(repository: GitRepository, tmp_path: Path, known: str, outcome: str) -> None:
    key, public = new_key()
    with SshHost(repository.path.parent) as ssh:
        ssh.allow(public)
        lines = "" if known == "nothing" else ssh.known_hosts()
        (tmp_path / "known").write_text(lines)
        if known == "wrong":
            ssh.rotate_host_key()
        access = Access(
            private_key=Secret(key), known_hosts_file=str(tmp_path / "known"), local_ssh=False
        )
        found = examined(target(ssh.uri(str(repository.path)), access=access))
    assert found.outcomes["host key"] == outcome, found.text
    assert found.steps["host key"].text.startswith("ssh-ed25519 SHA256:")
    if outcome == "failed":
        assert found.failed()[3]


def test_a_host_key_that_is_not_checked_is_warned_of(repository: GitRepository) -> None:
    key, public = new_key()
    with SshHost(repository.path.parent) as ssh:
        ssh.allow(public)
        access = Access(private_key=Secret(key), strict_host_keys=False, local_ssh=False)
        found = examined(target(ssh.uri(str(repository.path)), access=access))
    assert "NOT checked" in found.steps["host key"].warnings[0].why
    assert found.outcomes["sample"] == "ok", found.text


def test_an_ssh_key_that_is_refused(repository: GitRepository) -> None:
    key, _ = new_key()
    with SshHost(repository.path.parent) as ssh:
        access = Access(
            private_key=Secret(key),
            host_key=ssh.key.base64,
            host_key_algorithm=ssh.key.algorithm,
            local_ssh=False,
        )
        found = examined(target(ssh.uri(str(repository.path)), access=access))
    assert found.failed()[0] == "log in", found.text
    assert "PRIVATE KEY" not in found.text
