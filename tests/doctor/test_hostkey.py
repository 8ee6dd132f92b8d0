"""What can be told of an SSH host without logging in."""

import subprocess
from pathlib import Path

import pytest

from configserver.backends.git.access import Access
from configserver.doctor.endpoint import endpoint_of
from configserver.doctor.hostkey import Alias, alias_of, fingerprint, keys_in, scan
from tests.doctor.conftest import examined, new_key, target
from tests.peers.processes import free_port, program


def test_fingerprints_are_those_of_ssh(tmp_path: Path) -> None:
    _, public = new_key()
    (tmp_path / "key.pub").write_text(public)
    done = subprocess.run(
        [program("ssh-keygen"), "-lf", tmp_path / "key.pub"],
        check=True,
        capture_output=True,
        text=True,
    )
    assert fingerprint(public.split()[1]) in done.stdout


def test_the_key_that_is_used_comes_first() -> None:
    _, public = new_key()
    blob = public.split()[1]
    lines = [f"h ssh-rsa {blob}", "# comment", "h ssh-dss not-base64", f"h ssh-ed25519 {blob}", ""]
    assert [key.kind for key in keys_in(lines)] == ["ssh-ed25519", "ssh-rsa"]


def test_a_host_that_does_not_answer_shows_no_key() -> None:
    assert scan("127.0.0.1", free_port(), 1) == ()
    assert scan("-oProxyCommand=x", 22, 1) == ()


@pytest.fixture
def told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Put a program in place of ssh that says what a configuration like the test's would lead to.

    The real one reads the configuration of the user who runs it, whatever the environment says.
    """
    (tmp_path / "ssh").write_text(f"#!/bin/sh\ncat {tmp_path}/told\n")
    (tmp_path / "ssh").chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}:/usr/bin:/bin")
    return tmp_path / "told"


@pytest.mark.parametrize(
    ("text", "alias"),
    [
        ("hostname 192.0.2.7\nport 2222\nproxyjump none\n", Alias("192.0.2.7", 2222)),
        ("hostname git\nport 22\nproxyjump gate\n", Alias("git", 22, "gate")),
        ("hostname git\nport 22\nproxycommand x %h\n", Alias("git", 22, "x")),
        ("", Alias("git", 22)),
    ],
)
def test_aliases_of_the_users_configuration(told: Path, text: str, alias: Alias) -> None:
    told.write_text(text)
    endpoint = endpoint_of("me@git:config.git")
    assert alias_of(endpoint, Access(), 5) == alias
    assert alias_of(endpoint, Access(local_ssh=False), 5) == Alias("git", 22)


def test_a_host_behind_another_is_not_connected_to(told: Path) -> None:
    told.write_text("hostname git\nport 22\nproxyjump gate\n")
    found = examined(target("me@git:config.git"))
    assert next(iter(found.steps)) == "host key"
