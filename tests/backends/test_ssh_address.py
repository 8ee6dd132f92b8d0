"""SSH URIs: which are understood, and which are refused before anything is started."""

import pytest

from configserver.backends.git.access import Access
from configserver.backends.git.faults import Fault, Unreachable
from configserver.backends.git.transport.ssh import open_ssh
from configserver.backends.git.transport.ssh_address import SshAddress

GOOD = [
    ("ssh://git@host.example/org/repo.git", ("host.example", None, "git", "/org/repo.git")),
    ("ssh://git@host:7999/org/repo.git", ("host", 7999, "git", "/org/repo.git")),
    ("ssh://host/~user/repo", ("host", None, None, "~user/repo")),
    ("ssh://host/~/repo", ("host", None, None, "~/repo")),
    ("ssh://git@[2001:db8::1]:22/repo", ("2001:db8::1", 22, "git", "/repo")),
    ("ssh://[fe80::1%eth0]/repo", ("fe80::1%eth0", None, None, "/repo")),
    ("ssh://host:/repo", ("host", None, None, "/repo")),
    ("ssh://host/a%20b", ("host", None, None, "/a b")),
    ("ssh://host/it's", ("host", None, None, "/it's")),
    ("git+ssh://host/x", ("host", None, None, "/x")),
    ("git@github.com:org/repo.git", ("github.com", None, "git", "org/repo.git")),
    ("host:repo", ("host", None, None, "repo")),
    ("git@host:/abs/repo", ("host", None, "git", "/abs/repo")),
    ("git@host:~other/repo", ("host", None, "git", "~other/repo")),
    ("git@host:a%20b", ("host", None, "git", "a%20b")),
    ("git@host:path@x:y", ("host", None, "git", "path@x:y")),
    ("git@[::1]:repo", ("::1", None, "git", "repo")),
    ("u@realm.example@host:repo", ("host", None, "u@realm.example", "repo")),
]


@pytest.mark.parametrize(("uri", "expected"), GOOD, ids=[uri for uri, _ in GOOD])
def test_uri(uri: str, expected: tuple[str, int | None, str | None, str]) -> None:
    found = SshAddress.parse(uri)
    assert (found.host, found.port, found.user, found.path) == expected


BAD = [
    "ssh://-oProxyCommand=touch%20pwned/x",
    "ssh://-oProxyCommand=touch${IFS}pwned/x",
    "-oProxyCommand=touch pwned:x",
    "-oX@host:path",
    "git@-oProxyCommand=x:path",
    "ssh://-l@host/x",
    "ssh://-oX@host/x",
    "ssh://%2doX@host/x",
    "ssh://%20@host/x",
    "ssh://@host/x",
    "ssh://a b@host/x",
    "ssh://git@/x",
    "ssh:///x",
    "ssh://host",
    "ssh://host/",
    "ssh://ho%73t/x",
    "ssh://host;touch pwned/x",
    "ssh://`touch pwned`/x",
    "ssh://$(touch pwned)@host/x",
    "ssh://host\n/x",
    "ssh://host/x%00y",
    "ssh://host/x%0ay",
    "ssh://host:-1/x",
    "ssh://host:0/x",
    "ssh://host:65536/x",
    "ssh://host:22x/x",
    "ssh://host:²/x",
    "ssh://[::1/x",
    "ssh://[-oX]/x",
    "ssh://[::1]x/x",
    "git@host:-x",
    "git@host:",
    "git@hóst:x",
    "plain/path",
]


@pytest.mark.parametrize("uri", BAD)
def test_refused_uri(uri: str) -> None:
    with pytest.raises(Unreachable) as caught:
        open_ssh(uri, Access(), timeout=1)
    assert caught.value.fault is Fault.CREDENTIALS


def test_a_password_in_the_uri_is_hidden() -> None:
    address = SshAddress.parse("ssh://git:p%40ss@host/x")
    assert address.user == "git"
    assert address.password is not None
    assert address.password.reveal() == "p@ss"
    assert "p@ss" not in repr(address)
