"""What ssh and Git hosts say when they fail, and what an operator is told."""

import pytest
from dulwich.errors import GitProtocolError

from configserver.backends.git.faults import Fault, Unreachable
from configserver.backends.git.transport.ssh import explain_ssh
from configserver.backends.git.transport.ssh_faults import Ending, Tried, explain_ending

LOGIN = 'debug1: Connection established.\nAuthenticated to host ([::1]:22) using "publickey".\n'
UNREAD = "fatal: Could not read from remote repository.\n"
CHANGED = """\
debug1: Server host key: ssh-ed25519 SHA256:AbC
@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@
@    WARNING: REMOTE HOST IDENTIFICATION HAS CHANGED!     @
@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@
Host key for host has changed and you have requested strict checking.
Host key verification failed.
"""
UNKNOWN = """\
debug1: Server host key: ssh-ed25519 SHA256:AbC
No ED25519 host key is known for host and you have requested strict checking.
Host key verification failed.
"""
OFFERED = """\
debug1: Offering public key: /proc/9/fd/7 ED25519 SHA256:Key explicit
debug1: Offering public key: /home/me/.ssh/id_rsa RSA SHA256:Other agent
me@host: Permission denied (publickey,password).
"""

BEFORE_LOGIN = [
    ("ssh: Could not resolve hostname x: Name or service not known", Fault.NAME, "name cannot"),
    ("ssh: connect to host x port 22: Connection refused", Fault.CONNECT, "refuses connections"),
    ("ssh: connect to host x port 22: No route to host", Fault.CONNECT, "No route to host"),
    ("ssh: connect to host x port 22: Network is unreachable", Fault.CONNECT, "unreachable"),
    ("ssh: connect to host x port 22: Connection timed out", Fault.TIMEOUT, "in time"),
    ("Connection timed out during banner exchange", Fault.TIMEOUT, "in time"),
    ("kex_exchange_identification: Connection closed by remote host", Fault.CONNECT, "closed"),
    ("kex_exchange_identification: read: Connection reset by peer", Fault.CONNECT, "closed"),
    ("banner exchange: Connection to ::1 port 80: invalid format", Fault.PROTOCOL, "understand"),
    (
        "Unable to negotiate with ::1 port 22: no matching cipher found. Their offer: des",
        Fault.PROTOCOL,
        "understand",
    ),
    (
        "Unable to negotiate with ::1 port 22: no matching host key type found. Their offer: x-y",
        Fault.HOST_KEY,
        "but x-y",
    ),
    (CHANGED, Fault.HOST_KEY, "another key than the one that is known: ssh-ed25519 SHA256:AbC"),
    (UNKNOWN, Fault.HOST_KEY, "not known: ssh-ed25519 SHA256:AbC"),
    (OFFERED, Fault.LOGIN, r"takes publickey, password; tried: private-key \(SHA256:Key\), /home"),
    ("x: Permission denied (publickey).", Fault.LOGIN, "nothing was tried"),
    ("Received disconnect: Too many authentication failures", Fault.LOGIN, "too many keys"),
    ("No user exists for uid 1000720000", Fault.CREDENTIALS, "No user exists for uid"),
    ("Bad owner or permissions on /root/.ssh/config", Fault.CREDENTIALS, "Bad owner"),
    ("configserver-tunnel: proxy: it refuses (403)", Fault.PROXY, "it refuses"),
    ("configserver-tunnel: timeout: it is silent", Fault.TIMEOUT, "it is silent"),
    ("", Fault.CONNECT, "ssh failed"),
]
AFTER_LOGIN = [
    ("fatal: '/x' does not appear to be a git repository", Fault.ABSENT, "no such repository"),
    ("ERROR: Repository not found.", Fault.ABSENT, "no such"),
    (
        "remote: ERROR: The project you were looking for could not be found or you don't have",
        Fault.ABSENT,
        "no such",
    ),
    ("repository does not exist: conq", Fault.ABSENT, "no such"),
    ("ERROR: Permission to o/r denied to deploy-key.", Fault.FORBIDDEN, "denied to deploy-key"),
    ("ERROR: You are not allowed to download code", Fault.FORBIDDEN, "not allowed"),
    ("FATAL: R any conf user DENIED by fallthru", Fault.FORBIDDEN, "fallthru"),
    ("fatal: detected dubious ownership in repository at '/x'", Fault.PROTOCOL, "dubious"),
    ("Timeout, server host not responding.", Fault.TIMEOUT, "after the login"),
    ("Connection to host closed by remote host.", Fault.PROTOCOL, "without an answer"),
]
CASES = [
    *((said, 255, fault, reason) for said, fault, reason in BEFORE_LOGIN),
    *((f"{LOGIN}{said}\n{UNREAD}", 128, fault, reason) for said, fault, reason in AFTER_LOGIN),
    (f"{LOGIN}sh: 1: git-upload-pack: not found", 127, Fault.SERVER, "has no Git"),
    # What the other side says once it may speak is not taken for what ssh says.
    (f"{LOGIN}ssh: Could not resolve hostname x: no", 1, Fault.PROTOCOL, "Could not resolve"),
]


@pytest.mark.parametrize(("said", "status", "fault", "reason"), CASES)
def test_failure(said: str, status: int, fault: Fault, reason: str) -> None:
    ending = Ending(said, status, 5, timed_out=False, heard=False)
    error = explain_ending(ending, Tried({"/proc/9/fd/7": "private-key"}))
    assert error.fault is fault
    with pytest.raises(Unreachable, match=reason):
        raise error
    assert "/proc/" not in error.reason
    assert len(error.reason) < 400


SILENCE = [
    ("", False, "no connection"),
    ("debug1: Connection established.", False, "accepted the connection and said nothing"),
    (
        "debug1: Connection established.\ndebug1: Remote protocol version 2.0",
        False,
        "before the login was done",
    ),
    ("configserver-tunnel: connected", False, "accepted the connection and said nothing"),
    (LOGIN, False, "Git did not answer"),
    (LOGIN, True, "in the middle"),
]


@pytest.mark.parametrize(("said", "heard", "reason"), SILENCE)
def test_silence(said: str, heard: bool, reason: str) -> None:
    error = explain_ending(Ending(said, None, 2.5, timed_out=True, heard=heard), Tried())
    assert error.fault is Fault.TIMEOUT
    assert reason in error.reason
    assert "2.5 s" in error.reason


def test_what_is_quoted_is_short_printable_and_without_secrets() -> None:
    said = f"{LOGIN}ERROR: \x1b[31m'https://u:s3cret@x' {'long ' * 500}\x07"
    error = explain_ending(Ending(said, 1, 5, timed_out=False, heard=False), Tried())
    assert error.reason.isprintable()
    assert "s3cret" not in error.reason
    assert len(error.reason) < 300


def test_only_what_is_known_is_explained() -> None:
    failure = Unreachable("x", fault=Fault.LOGIN)
    chained = ValueError()
    chained.__cause__ = failure
    assert explain_ssh(chained) is failure
    absent = explain_ssh(GitProtocolError("Repository not found."))
    assert absent is not None
    assert absent.fault is Fault.ABSENT
    assert explain_ssh(GitProtocolError("bad line length")) is None
    assert explain_ssh(ValueError("x")) is None
