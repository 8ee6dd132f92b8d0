"""Talking to a remote; only the worker and the doctor do.

Each transport is imported when it is needed: a process that fetches should start quickly.
"""

import re
from collections.abc import Callable
from typing import Final, TypeVar
from urllib.parse import urlsplit

from dulwich.client import GitClient, LocalGitClient, get_transport_and_path

from configserver.backends.git.access import Access
from configserver.backends.git.faults import Fault, Unreachable
from configserver.backends.git.transport.explain import explain

T = TypeVar("T")

_URL: Final = re.compile(r"([A-Za-z][A-Za-z0-9+.-]*)://")
_SCP: Final = re.compile(r"[^/:]*:")
_SSH: Final = ("ssh", "git+ssh", "ssh+git")


def talk(
    uri: str,
    access: Access,
    work: Callable[[GitClient, str], T],
    *,
    timeout: float,
) -> T:
    """Do work with a client of the remote and the repository's path there.

    If the login is refused and the credentials can be had anew, that is done once and the work is
    done again.

    Args:
        uri: the remote, as configured.
        access: credentials and everything else that decides how it is reached.
        work: called with the client and the path; what it raises is translated.
        timeout: seconds that each wait for the network may take.

    Raises:
        Unreachable: with the kind of failure, and a reason without any secret.
    """
    scheme = _scheme(uri)
    try:
        if scheme in {"http", "https"}:
            from configserver.backends.git.transport.http_session import talk_http  # noqa: PLC0415

            return talk_http(uri, access, work, timeout=timeout)
        return _with(_open(uri, scheme, access, timeout), work)
    except Exception as error:  # noqa: BLE001 - whatever a remote provokes has a translation
        told = _told_by_ssh(error) if scheme == "ssh" else None
        raise told or explain(error, _place(uri), timeout=timeout) from None


def _open(uri: str, scheme: str, access: Access, timeout: float) -> tuple[GitClient, str]:
    if scheme == "git":
        from configserver.backends.git.transport.git_protocol import open_git  # noqa: PLC0415

        return open_git(uri, timeout=timeout)
    if scheme == "ssh":
        from configserver.backends.git.transport.ssh import open_ssh  # noqa: PLC0415

        return open_ssh(uri, access, timeout=timeout)
    # What else dulwich takes for ssh, such as `path/x@host:y` and unknown schemes, is none.
    if scheme == "file" or uri.startswith("file:"):
        return get_transport_and_path(uri, operation="pull")
    if scheme:
        raise Unreachable("there is no transport for the URI's scheme", fault=Fault.CREDENTIALS)
    return LocalGitClient(), uri


def _with(opened: tuple[GitClient, str], work: Callable[[GitClient, str], T]) -> T:
    client, path = opened
    try:
        return work(client, path)
    finally:
        client.close()


def _told_by_ssh(error: Exception) -> Unreachable | None:
    from configserver.backends.git.transport.ssh import explain_ssh  # noqa: PLC0415

    return explain_ssh(error)


def _scheme(uri: str) -> str:
    """Return the kind of transport; an empty text stands for a folder of this machine."""
    found = _URL.match(uri)
    if found is not None:
        scheme = found[1].lower()
        return "ssh" if scheme in _SSH else scheme
    return "ssh" if _SCP.match(uri) and not uri.startswith("file:") else ""


def _place(uri: str) -> str:
    """Return what may be shown of where a remote is."""
    try:
        return urlsplit(uri).hostname or "the remote"
    except ValueError:
        return "the remote"
