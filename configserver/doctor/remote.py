"""A remote, step by step: as the server reaches it, but into a temporary directory."""

import asyncio
import os
import socket
import tempfile
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from dulwich.client import GitClient

from configserver.backends.git.faults import Fault, Unreachable
from configserver.backends.git.fetchers import Fetchers
from configserver.backends.git.jobs import Fetched, Job
from configserver.backends.git.transport import talk
from configserver.doctor import hostkey, network, tls
from configserver.doctor.endpoint import endpoint_of, proxy_for
from configserver.doctor.files import READING, Files
from configserver.doctor.greeting import Greeting, greet
from configserver.doctor.listing import Listing, listing_of
from configserver.doctor.logins import accepted, credential_of, refusal
from configserver.doctor.report import Finding, StepFailed, Warned
from configserver.doctor.steps import Todo
from configserver.doctor.surroundings import size
from configserver.doctor.targets import GitTarget, Sample

_SLACK: Final = 2.0
"""Seconds by which a step may outlast the waits within it, so that these can tell the reason."""

_NOT_LOGGED_IN: Final = (
    *(Fault.LOGIN, Fault.FORBIDDEN, Fault.CREDENTIALS, Fault.CERTIFICATE, Fault.PROXY),
    *(Fault.TIMEOUT, Fault.SERVER, Fault.CONNECT, Fault.NAME),
)
"""Failures from which it cannot be told that the host has accepted who asks."""

Dial = Callable[[], socket.socket]
Refs = tuple[tuple[str, ...], Mapping[str, str]]


@dataclass(slots=True)
class _Learnt:
    """What the steps have learnt for those that follow."""

    way: network.Way
    alias: hostkey.Alias
    addresses: tuple[str, ...] = ()
    dial: Dial | None = None
    refs: Refs | None = None
    failure: Unreachable | None = None
    listing: Listing = field(default_factory=lambda: Listing((), ()))


class RemoteExamination:
    """A remote.

    Args:
        target: what is examined.
        sample: what is asked for.
        host_only: do no more than what can be done without knowing the repository.

    Raises:
        StepFailed: the URI cannot be used.
    """

    def __init__(self, target: GitTarget, sample: Sample, *, host_only: bool) -> None:
        self._target = target
        self._host_only = host_only
        self._endpoint = endpoint_of(target.uri)
        self._files = Files(target, sample)
        self._learnt = self._begin()
        self._folder = tempfile.TemporaryDirectory(
            prefix="configserver-doctor-", ignore_cleanup_errors=True
        )

    def todo(self) -> list[Todo]:
        """Return the steps."""
        target, scheme = self._target, self._endpoint.scheme
        wait = target.timeout + _SLACK
        steps: list[Todo] = []
        if self._learnt.alias.indirect is None:
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
            Todo("default branch", self._default_branch, READING),
            Todo("fetch", self._fetch, target.clone_timeout + wait),
            *self._files.todo(),
        ]

    def close(self) -> None:
        """Remove the temporary mirror."""
        self._files.close()
        self._folder.cleanup()

    def _begin(self) -> _Learnt:
        endpoint, target = self._endpoint, self._target
        alias = hostkey.Alias(endpoint.host, endpoint.port)
        if endpoint.scheme == "ssh":
            alias = hostkey.alias_of(endpoint, target.access, target.timeout)
        proxy = proxy_for(endpoint, target.access, os.environ)
        way = network.Way(
            network.Place(alias.host, alias.port),
            target.access,
            proxy,
            tunnel=endpoint.scheme != "http",
            timeout=target.timeout,
        )
        return _Learnt(way, alias)

    def _name(self) -> Finding:
        finding, self._learnt.addresses = network.resolve(self._learnt.way)
        return finding

    def _connect(self) -> Finding:
        finding, self._learnt.dial = network.connect(self._learnt.way, self._learnt.addresses)
        return finding

    def _certificate(self) -> Finding:
        finding, dial = tls.examine(self._dial(), self._endpoint.host, self._target.access)
        self._learnt.dial = dial
        return finding

    def _host_key(self) -> Finding:
        learnt, access = self._learnt, self._target.access
        keys: tuple[hostkey.HostKey, ...] = ()
        if learnt.alias.indirect is None and learnt.way.proxy is None:
            keys = hostkey.scan(learnt.alias.host, learnt.alias.port, self._target.timeout)
        shown = tuple(map(str, keys))
        text = shown[0] if shown else "the key could not be looked at from here"
        if learnt.alias.indirect:
            text = f"reached through {learnt.alias.indirect}"
        warnings = () if access.strict_host_keys else (_NOT_CHECKED,)
        if self._host_only:
            return Finding(text, shown[1:], warnings)
        self._talk()
        if learnt.failure and learnt.failure.fault is Fault.HOST_KEY:
            raise _unknown(learnt.failure, text, shown[1:])
        if learnt.failure and learnt.failure.fault in {Fault.CONNECT, Fault.TIMEOUT, Fault.NAME}:
            raise learnt.failure
        known = () if warnings or not shown else ("the host is known",)
        return Finding(text, (*shown[1:], *known), warnings)

    def _log_in(self) -> Finding:
        greeting = Greeting()
        if self._endpoint.scheme != "ssh":
            plain = self._endpoint.scheme == "http"
            proxy = self._learnt.way.proxy if plain else None
            greeting = greet(self._dial(), self._endpoint, proxy)
        self._talk()
        target = self._target
        credential = credential_of(self._endpoint, target.access, target.origins)
        failure = self._learnt.failure
        if failure and failure.fault in _NOT_LOGGED_IN:
            raise StepFailed(
                refusal(failure.fault, credential, http=self._endpoint.scheme != "ssh"),
                why=failure.reason,
                do=failure.hint,
            )
        warnings = greeting.warnings()
        if credential and self._endpoint.scheme == "http":
            warnings += (_IN_THE_CLEAR,)
        return Finding(accepted(credential, greeting.status, sure=failure is None), (), warnings)

    def _list_refs(self) -> Finding:
        self._talk()
        if self._learnt.failure:
            raise self._learnt.failure
        self._learnt.listing = listing_of(*(self._learnt.refs or ((), {})))
        return self._learnt.listing.finding()

    def _default_branch(self) -> Finding:
        return self._files.label_step(self._learnt.listing)

    def _fetch(self) -> Finding:
        mirror = Path(self._folder.name, "mirror")
        fetched = asyncio.run(self._fetched(mirror))
        self._files.open(mirror, branches_first=True)
        peak = f", {size(fetched.memory)} of memory" if fetched.memory else ""
        return Finding(f"{size(fetched.size)} on disk{peak}")

    def _dial(self) -> Dial:
        if self._learnt.dial is None:
            raise StepFailed("no connection", why="an earlier step made none", do="see above")
        return self._learnt.dial

    def _talk(self) -> None:
        """List the refs as the server does, once; what comes of it belongs to several steps."""
        learnt, target = self._learnt, self._target
        if learnt.refs is not None or learnt.failure is not None:
            return
        try:
            learnt.refs = talk(target.uri, target.access, _refs, timeout=target.timeout)
        except Unreachable as error:
            learnt.failure = error

    async def _fetched(self, mirror: Path) -> Fetched:
        target = self._target
        job = Job(
            uri=target.uri,
            access=target.access,
            path=mirror,
            timeout=target.timeout,
            transfer_timeout=target.clone_timeout,
        )
        async with Fetchers(1, target.fetch_memory) as fetchers:
            return await fetchers.fetch(job)


_NOT_CHECKED: Final = Warned(
    "the host key is NOT checked: anyone on the way can read and change everything",
    "switch strict-host-key-checking on, and name the key in git.host-key",
)


_IN_THE_CLEAR: Final = Warned(
    "credentials are sent without encryption: anyone on the way can read them", "use https"
)


def _unknown(failure: Unreachable, text: str, others: tuple[str, ...]) -> StepFailed:
    return StepFailed(text, why=failure.reason, do=failure.hint, details=others)


def _refs(client: GitClient, path: str) -> Refs:
    found = client.get_refs(os.fsencode(path), ref_prefix=[b"HEAD", b"refs/heads/", b"refs/tags/"])
    names = (os.fsdecode(name) for name, value in found.refs.items() if value)
    symrefs = {os.fsdecode(name): os.fsdecode(to) for name, to in (found.symrefs or {}).items()}
    return tuple(names), symrefs
