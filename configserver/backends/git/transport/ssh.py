"""Git over SSH by the system's ssh program; in the worker and the doctor only."""

import os
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import IO

from dulwich.client import GitClient, TraditionalGitClient
from dulwich.errors import GitProtocolError
from dulwich.protocol import Protocol

from configserver.backends.git.access import Access
from configserver.backends.git.faults import Fault, Unreachable
from configserver.backends.git.transport.hidden import HiddenFiles
from configserver.backends.git.transport.ssh_address import SshAddress
from configserver.backends.git.transport.ssh_command import (
    options,
    password_options,
    place,
    program,
    proxy_for,
    proxy_options,
)
from configserver.backends.git.transport.ssh_faults import Tried, explain_ending, of_git
from configserver.backends.git.transport.ssh_keys import Keys, read_keys
from configserver.backends.git.transport.ssh_session import Session
from configserver.secret import Secret

_PROTOCOL = 2


def open_ssh(uri: str, access: Access, *, timeout: float) -> tuple[GitClient, str]:
    """Return a client of an SSH remote, and the path of the repository there.

    Nothing is started before the client is used. Its `close` ends what it started, and removes
    what it made.

    Args:
        uri: `ssh://[user@]host[:port]/path` or `[user@]host:path`.
        access: keys, host keys, proxies.
        timeout: seconds within which the host has to answer, and that each wait may take.

    Raises:
        Unreachable: the URI is refused.
    """
    address = SshAddress.parse(uri)
    password = _password(address, access)
    if password is not None and address.user is None:
        address = replace(address, user=access.username)
    return SshClient(address, access, password, timeout=timeout), address.path


def explain_ssh(error: BaseException) -> Unreachable | None:
    """Return what went wrong if SSH or the Git host behind it said so, else None."""
    seen: BaseException | None = error
    while seen is not None:
        if isinstance(seen, Unreachable):
            return seen
        if isinstance(seen, GitProtocolError):
            return of_git([str(seen)])
        seen = seen.__cause__ or seen.__context__
    return None


class SshClient(TraditionalGitClient):
    """A Git client for one repository behind SSH; each use of it is a connection of its own."""

    def __init__(
        self, address: SshAddress, access: Access, password: Secret | None, *, timeout: float
    ) -> None:
        super().__init__()
        self._address = address
        self._access = access
        self._password = password
        self._timeout = timeout
        self._protocols: list[Protocol] = []

    def get_url(self, path: str) -> str:
        """Return the URI of a path there, without a user."""
        return f"ssh://{self._address.host}/{path.lstrip('/')}"

    def close(self) -> None:
        """End every ssh within a second."""
        while self._protocols:
            self._protocols.pop().close()

    def _connect(
        self, cmd: bytes, path: str | bytes, protocol_version: int | None = None
    ) -> tuple[Protocol, Callable[[], bool], IO[bytes] | None]:
        self.close()
        version = _PROTOCOL if protocol_version is None else protocol_version
        name = path.encode() if isinstance(path, str) else path
        command = b"git-" + cmd + b" '" + name.replace(b"'", b"'\\''") + b"'"
        hidden = HiddenFiles()
        try:
            session = self._started(command, hidden, version)
        except BaseException:
            hidden.close()
            raise
        protocol = Protocol(session.read, session.write, session.close)
        self._protocols.append(protocol)
        return protocol, session.can_read, None

    def _started(self, command: bytes, hidden: HiddenFiles, version: int) -> Session:
        access, address, timeout = self._access, self._address, self._timeout
        words, is_ssh = program(access, os.environ)
        environment = {**os.environ, "LC_ALL": "C", "GIT_PROTOCOL": f"version={version}"}
        keys, proxied = Keys(), False
        names: dict[str, str] = {}
        given: list[str] = []
        if is_ssh:
            keys = read_keys(access)
            if self._password is not None:
                given, asking = password_options(self._password, hidden)
                environment |= asking
            names, identities = _identities(keys, hidden)
            given += options(access, keys, hidden, timeout=timeout) + identities
            proxy = proxy_for(access, address.host)
            proxied = proxy is not None
            if proxy is not None:
                given += proxy_options(proxy, access, hidden, timeout=timeout)
        return Session(
            [*words, *given, *place(address), command],
            environment=environment,
            timeout=timeout,
            explain=partial(explain_ending, tried=Tried(names, keys.unusable, proxied)),
            release=hidden.close,
        )


def _identities(keys: Keys, hidden: HiddenFiles) -> tuple[dict[str, str], list[str]]:
    """Return the keys' names by path, and the arguments that give them to ssh."""
    names, arguments = {}, []
    for key in keys.usable:
        path = hidden.add(key.text)
        names[path] = key.name
        arguments += ["-i", path]
        if key.certificate is not None:
            arguments += ["-o", f"CertificateFile={hidden.add(key.certificate)}"]
    return names, arguments


def _password(address: SshAddress, access: Access) -> Secret | None:
    """Return the password of the user in the URI; one for another user is nobody's business."""
    if address.password is not None:
        return address.password
    if access.username is None or address.user not in {None, access.username}:
        return None
    if access.password is not None or access.password_file is None:
        return access.password
    try:
        return Secret(Path(access.password_file).read_text().rstrip("\r\n"))
    except (OSError, ValueError):
        reason = f"the password file {access.password_file} cannot be read"
        raise Unreachable(reason, fault=Fault.CREDENTIALS) from None
