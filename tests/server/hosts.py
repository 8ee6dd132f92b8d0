"""Git hosts of each transport that fail in each way on demand, and are well again."""

import base64
import os
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from tests.backends.conftest import Daemon, GitRepository
from tests.backends.ssh_cases import PASSPHRASE, private, public
from tests.peers.authority import Authority, Certificate
from tests.peers.http_git import HttpGit
from tests.peers.processes import free_port, program
from tests.peers.relay import Relay, black_hole
from tests.peers.ssh_git import SshHost

GIT = "spring.cloud.config.server.git"
OWN = "configserver.git"
USER, PASSWORD = "bot", "canary-password-7301"
KINDS = ("http", "https", "ssh", "git")
TIMEOUT = 2
"""Seconds, as `timeout` of the settings."""

_IN_THE_PACK = 60_000
_PACK = 400_000


class Door:
    """The address of a host: what stands behind it can be changed.

    Args:
        target: the port of the host.
        tls: certificate to speak TLS with.
    """

    def __init__(self, target: int, tls: Certificate | None = None) -> None:
        self._target = target
        self._stack = ExitStack()
        self._tls = tls
        self.port = free_port()
        self.relay = self.open()

    def open(self, tls: Certificate | None = None) -> Relay:
        """Let everybody in; in TLS, with another certificate if there is one."""
        self.shut()
        self.relay = self._stack.enter_context(
            Relay(self._target, tls=tls or self._tls, listen=self.port)
        )
        return self.relay

    def silence(self) -> None:
        """Answer no connection at all."""
        self.shut()
        self._stack.enter_context(black_hole(self.port))

    def shut(self) -> None:
        """Refuse connections."""
        self._stack.close()


@dataclass
class Host:
    """A Git host behind a door, with one repository.

    Attributes:
        uri: of the repository.
        settings: what an operator configures to read it.
        secrets: those in the settings.
    """

    uri: str
    repository: GitRepository
    door: Door
    settings: dict[str, object]
    secrets: tuple[str, ...] = ()
    web: HttpGit | None = None
    sshd: SshHost | None = None
    expired: Certificate | None = None
    _kept: dict[Path, bytes] = field(default_factory=dict)

    def commit(self, number: int, *, size: int = 100) -> str:
        """Change the application's file, and another one of this size that does not compress."""
        return self.repository.commit(
            {"shop.yml": f"n: {number}\n", "notes.txt": base64.b64encode(os.urandom(size))}
        )

    def fail(self, how: str, number: int) -> str:
        """Fail from now on, with a new commit that the server shall get later."""
        if how in {"hangs in the pack", "cuts the pack"}:
            commit = self.commit(number, size=_PACK)
            relay = self.door.relay
            (relay.freeze_after if how.startswith("hangs") else relay.cut_after)(_IN_THE_PACK)
            return commit
        commit = self.commit(number)
        match how:
            case "hangs on connect":
                self.door.silence()
            case "refuses connections":
                self.door.shut()
            case "expired certificate":
                self.door.open(self.expired)
            case "no such repository":
                self.repository.path.rename(self._elsewhere)
            case "changed host key":
                self._change_host_key()
            case "login refused":
                self._refuse()
            case _:
                assert self.web is not None
                self.web.answer_with(int(how))
        return commit

    def mend(self) -> None:
        """Be well again."""
        if self._elsewhere.exists():
            self._elsewhere.rename(self.repository.path)
        if self.web is not None:
            self.web.answer_with(None)
            self.web.set_users({USER: PASSWORD})
        if self.sshd is not None and self._kept:
            self.sshd._stop()
            for path, content in self._kept.items():
                path.write_bytes(content)
            self.sshd._start()
        self.door.open()

    @property
    def _elsewhere(self) -> Path:
        return self.repository.path.with_name("elsewhere")

    def _change_host_key(self) -> None:
        assert self.sshd is not None
        self._keep("host_ed25519", "host_ed25519.pub")
        self.sshd.rotate_host_key()

    def _refuse(self) -> None:
        if self.web is not None:
            self.web.set_users({"other": "password"})
        if self.sshd is not None:
            self._keep("authorized_keys")
            (self.sshd._home / "authorized_keys").write_text("")

    def _keep(self, *names: str) -> None:
        assert self.sshd is not None
        self._kept = {path: path.read_bytes() for path in map(self.sshd._home.joinpath, names)}


@contextmanager
def host(kind: str, where: Path) -> Iterator[Host]:
    """Start a host of one of the KINDS with a repository `config`."""
    program("git")
    folder = where / "remotes"
    repository = GitRepository(folder / "config")
    repository.commit({"shop.yml": "n: 0\n"})
    with ExitStack() as stack:
        if kind == "ssh":
            made = _ssh(folder, repository, stack)
        elif kind == "git":
            daemon = Daemon(folder)
            daemon.start()
            stack.callback(daemon.stop)
            door = Door(daemon.port)
            made = Host(f"git://127.0.0.1:{door.port}/config", repository, door, {})
        else:
            made = _web(kind, folder, repository, stack)
        made.settings = {f"{GIT}.uri": made.uri, f"{GIT}.timeout": TIMEOUT, **made.settings}
        stack.callback(made.door.shut)
        yield made


def _web(kind: str, folder: Path, repository: GitRepository, stack: ExitStack) -> Host:
    web = stack.enter_context(HttpGit(folder, users={USER: PASSWORD}))
    settings: dict[str, object] = {f"{GIT}.username": USER, f"{GIT}.password": PASSWORD}
    good = expired = None
    if kind == "https":
        authority = Authority(folder / "ca")
        good, expired = authority.server(), authority.server(expired=True)
        settings[f"{OWN}.ca-file"] = str(authority.ca_file)
    door = Door(web.port, good)
    uri = f"{kind}://localhost:{door.port}/config"
    return Host(uri, repository, door, settings, (PASSWORD,), web=web, expired=expired)


def _ssh(folder: Path, repository: GitRepository, stack: ExitStack) -> Host:
    sshd = stack.enter_context(SshHost(folder))
    sshd.allow(public())
    door = Door(sshd.port)
    key = private(locked=True)
    settings: dict[str, object] = {
        f"{GIT}.ignore-local-ssh-settings": True,
        f"{GIT}.private-key": key,
        f"{GIT}.passphrase": PASSPHRASE,
        f"{GIT}.host-key": sshd.key.base64,
        f"{GIT}.host-key-algorithm": sshd.key.algorithm,
    }
    uri = f"ssh://{sshd.user}@127.0.0.1:{door.port}{repository.path}"
    return Host(uri, repository, door, settings, (key, PASSPHRASE), sshd=sshd)
