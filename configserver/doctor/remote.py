"""A remote, step by step, as the server reaches it."""

import os
import socket
from collections.abc import Callable
from typing import Final

from configserver.backends.git.faults import Fault, Unreachable
from configserver.doctor import hostkey, network, tls
from configserver.doctor.contact import Contact
from configserver.doctor.endpoint import endpoint_of, proxy_for
from configserver.doctor.files import READING, Files
from configserver.doctor.greeting import Greeting, greet
from configserver.doctor.listing import Listing
from configserver.doctor.logins import accepted, credential_of, refusal
from configserver.doctor.report import Finding, StepFailed, Warned
from configserver.doctor.steps import Todo
from configserver.doctor.surroundings import size
from configserver.doctor.targets import GitTarget, Sample

_SLACK: Final = 2.0
"""Seconds by which a step may outlast the waits within it, so that these can tell the reason."""

_NOT_CONNECTED: Final = (Fault.CONNECT, Fault.TIMEOUT, Fault.NAME)
_NOT_LOGGED_IN: Final = (
    *(Fault.LOGIN, Fault.FORBIDDEN, Fault.CREDENTIALS, Fault.CERTIFICATE, Fault.PROXY),
    *(Fault.SERVER, *_NOT_CONNECTED),
)
"""Failures from which it cannot be told that the host has accepted who asks."""

_HOST_ACCEPTED: Final = (None, Fault.LOGIN, Fault.FORBIDDEN, Fault.ABSENT)
"""What can only happen once the host's key was found to be the right one."""

_KEY_NOT_CHECKED: Final = Warned(
    "the host key is NOT checked: anyone on the way can read and change everything",
    "switch strict-host-key-checking on, and name the key in git.host-key",
)
_IN_THE_CLEAR: Final = Warned(
    "credentials are sent without encryption: anyone on the way can read them", "use https"
)


class RemoteExamination:
    """A remote.

    Args:
        target: what is examined.
        sample: what is asked for.
        host_only: do no more than what can be done without knowing the repository.

    Raises:
        StepFailed: the URI cannot be used.
        Unreachable: the same.
    """

    def __init__(self, target: GitTarget, sample: Sample, *, host_only: bool) -> None:
        self._target = target
        self._host_only = host_only
        self._endpoint = endpoint_of(target.uri)
        self._alias = hostkey.Alias(self._endpoint.host, self._endpoint.port)
        if self._endpoint.scheme == "ssh":
            self._alias = hostkey.alias_of(self._endpoint, target.access, target.timeout)
        self._way = network.Way(
            network.Place(self._alias.host, self._alias.port),
            target.access,
            proxy_for(self._endpoint, target.access, os.environ),
            tunnel=self._endpoint.scheme != "http",
            timeout=target.timeout,
        )
        self._files = Files(target, sample)
        self._contact = Contact(target)
        self._addresses: tuple[str, ...] = ()
        self._connection: Callable[[], socket.socket] | None = None
        self._listing = Listing((), ())

    def todo(self) -> list[Todo]:
        """Return the steps."""
        target, scheme = self._target, self._endpoint.scheme
        wait = target.timeout + _SLACK
        steps: list[Todo] = []
        if self._alias.indirect is None:
            steps += [Todo("name", self._name, target.timeout)]
            steps += [Todo("connect", self._connect, network.MOST * wait)]
        if scheme == "https":
            steps += [Todo("certificate", self._certificate, 2 * wait)]
        if scheme == "ssh":
            steps += [Todo("host key", self._host_key, 4 * wait)]
        if self._host_only:
            return steps
        if scheme != "git":
            steps += [Todo("log in", self._log_in, 5 * wait)]
        return [
            *steps,
            Todo("list refs", self._list_refs, 4 * wait),
            Todo("default branch", lambda: self._files.label_step(self._listing), READING),
            Todo("fetch", self._fetch, target.clone_timeout + wait),
            *self._files.todo(),
        ]

    def close(self) -> None:
        """Remove the temporary mirror."""
        self._files.close()
        self._contact.close()

    def _name(self) -> Finding:
        finding, self._addresses = network.resolve(self._way)
        return finding

    def _connect(self) -> Finding:
        finding, self._connection = network.connect(self._way, self._addresses)
        return finding

    def _certificate(self) -> Finding:
        host, access = self._endpoint.host, self._target.access
        finding, self._connection = tls.examine(self._dial(), host, access)
        return finding

    def _host_key(self) -> Finding:
        alias, access = self._alias, self._target.access
        keys: tuple[hostkey.HostKey, ...] = ()
        if alias.indirect is None and self._way.proxy is None:
            keys = hostkey.scan(alias.host, alias.port, self._target.timeout)
        shown = tuple(map(str, keys))
        text = shown[0] if shown else "the key could not be looked at from here"
        if alias.indirect:
            text = f"reached through {alias.indirect}"
        warnings = () if access.strict_host_keys else (_KEY_NOT_CHECKED,)
        if self._host_only:
            return Finding(text, shown[1:], warnings)
        failure = self._contact.failure()
        fault = failure.fault if failure else None
        if failure and fault is Fault.HOST_KEY:
            raise StepFailed(text, why=failure.reason, do=failure.hint, details=shown[1:])
        if failure and fault in _NOT_CONNECTED:
            raise failure
        known = ("the host is known",) if not warnings and fault in _HOST_ACCEPTED else ()
        return Finding(text, (*shown[1:], *known), warnings)

    def _log_in(self) -> Finding:
        endpoint, access = self._endpoint, self._target.access
        greeting = self._greeting() if endpoint.scheme != "ssh" else Greeting()
        failure = self._contact.failure()
        credential = credential_of(endpoint, access, self._target.origins)
        if failure and failure.fault in _NOT_LOGGED_IN:
            text = refusal(failure.fault, credential, http=endpoint.scheme != "ssh")
            raise StepFailed(text, why=failure.reason, do=failure.hint)
        warnings = greeting.warnings()
        if credential and endpoint.scheme == "http":
            warnings += (_IN_THE_CLEAR,)
        # Our certificate is shown by every connection, that of the greeting too.
        plain = None if access.client_certificate else greeting.status
        return Finding(accepted(credential, plain, sure=failure is None), warnings=warnings)

    def _greeting(self) -> Greeting:
        whole = self._way.proxy if self._endpoint.scheme == "http" else None
        return greet(self._dial(), self._endpoint, whole)

    def _list_refs(self) -> Finding:
        self._listing = self._contact.listing()
        return self._listing.finding()

    def _fetch(self) -> Finding:
        fetched = self._contact.fetch()
        self._files.open(self._contact.mirror, branches_first=True)
        return Finding(f"{size(fetched.size)} on disk, {size(fetched.memory)} of memory")

    def _dial(self) -> Callable[[], socket.socket]:
        """Return what the steps so far have found to connect."""
        if self._connection is None:
            raise Unreachable("there is no connection yet", fault=Fault.CONNECT)
        return self._connection
